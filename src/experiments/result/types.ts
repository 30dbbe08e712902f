/** The one form of a result, `sonic-result/1`: everything that was measured, and everything it depends on. */

import type { CostReport } from '../../cost/costReport.js';
import type { SkippedFiles } from '../../datasets/types.js';
import type { BackendName } from '../../emulation/backends/types.js';
import type { LayerFidelity, LumpedValidity } from '../../emulation/emulator/fidelity.js';
import type { CalibrationImages } from '../../emulation/program/types.js';
import type { HardwareDescription } from '../../hardware/description.js';
import type { Accuracy } from './accuracy.js';
import type { ChipDistribution } from './chipDistribution.js';

export const FIDELITIES = ['exact', 'lumped', 'auto', 'digital'] as const;
export type Fidelity = (typeof FIDELITIES)[number];

/** Of one MAC layer; counts, latency and energy are means per image. */
export interface LayerResult {
  readonly name: string;
  readonly kind: 'conv2d' | 'dense';
  /** Shapes of one image, [rows, columns, channels] or [features]. */
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  /** [rows, columns], of a convolution. */
  readonly kernel: readonly [number, number] | null;
  readonly macs: number;
  /** Share of zero weight codes. */
  readonly weightSparsity: number;
  /** Share of zero codes in the layer's input, before padding. */
  readonly activationSparsity: number;
  readonly weightLevels: 'codebook' | 'uniform';
  readonly fidelity: LayerFidelity;
  /** Where fidelity `lumped` would hold: both ratios at most 1. */
  readonly lumpedValidity: LumpedValidity;
  readonly passes: 1 | 2;
  /** S_x; null where every image's largest value is its own. */
  readonly activationScale: number | null;
  /** Full-scale range of the ADC in units of one full-scale product. */
  readonly adcRange: number;
  /**
   * m0: mean light under which the layer's banks were tuned, of both rails' buses in a dense layer; null where nothing depends
   * on it.
   */
  readonly operatingPoint: number | readonly [plus: number, minus: number] | null;
  /** Drive at which chirping sources were tuned, likewise. */
  readonly lightPoint: number | readonly [plus: number, minus: number] | null;
  /**
   * m_k of a convolution by (kernel row, kernel column, input channel of the layer), channel fastest; absent in trials, of
   * dense layers, and where nothing depends on it.
   */
  readonly streamMean?: readonly number[];
  readonly chunkRows: number;
  /** ADC conversions. */
  readonly partialSums: number;
  readonly clippedConversions: number;
  readonly clippedActivations: number;
  /**
   * Signal-to-noise ratio, dB: variance of an output's u over the mean variance of its noise, on the first calibration
   * images; null where there is no noise, or the result is of before this was reported.
   */
  readonly snr_dB: number | null;
  readonly latency_s: number;
  readonly energy_J: number;
}

/** Images of one class of an image folder. */
export interface ClassUse {
  readonly name: string;
  /** Output of the network that it is. */
  readonly output: number;
  /** Images that were run. */
  readonly used: number;
  /** Images beyond those that were asked for. */
  readonly unused: number;
  /** Entries of the class's folder that are no images. */
  readonly skipped: SkippedFiles;
}

export interface DatasetFacts {
  readonly name: string;
  readonly split: string;
  readonly images: number;
  readonly hash: string;
  /** Of an image folder. */
  readonly classes?: readonly ClassUse[];
  /** Of an image folder: entries beside the folders of the classes. */
  readonly skipped?: SkippedFiles;
}

/** Static errors out of a file. */
export interface StaticFacts {
  /** Of the maps' names, shapes and values. */
  readonly sha256: string;
  /** Which they are, as in 'conv_trim_nm'; the others were drawn. */
  readonly maps: readonly string[];
}

export interface Result {
  readonly schema: 'sonic-result/1';
  readonly network: { readonly name: string; readonly parameters: number; readonly hash: string };
  readonly dataset: DatasetFacts;
  readonly hardware: HardwareDescription;
  /** SHA-256 of the hardware description, its name aside. */
  readonly hardwareHash: string;
  readonly run: {
    readonly fidelity: Fidelity;
    readonly backend: BackendName;
    readonly threads: number;
    readonly batch: number;
    readonly runSeed: number;
    readonly chipSeed: number;
    /** Static errors of the chip that were given rather than drawn; absent: all were drawn. */
    readonly static?: StaticFacts;
    /**
     * Which images activation scales, stream means, light points and ADC ranges come from. Results of before name neither data
     * set nor hash.
     */
    readonly calibration:
      | (Pick<CalibrationImages, 'split' | 'images' | 'fallback'> & Partial<CalibrationImages>)
      | null;
    /** Of the images alone, set-up not included. */
    readonly wallTime_s: number;
    readonly imagesPerSecond: number;
    /** What a backend computed on that uses the whole machine by itself: a GPU's adapter and driver. */
    readonly adapter: string | null;
    /** How far a partial sum can be off in another batch or on another device, over the ADC's range; null: not at all. */
    readonly tolerance: number | null;
    readonly versions: Readonly<Record<string, string>>;
  };
  readonly accuracy: Accuracy;
  /** Of several chips; null where one was run. */
  readonly chips: ChipDistribution | null;
  readonly layers: readonly LayerResult[];
  /** Null in fidelity `digital`. */
  readonly cost: CostReport | null;
  readonly warnings: readonly string[];
}
