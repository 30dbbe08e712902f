/**
 * What calibration images make of compiled layers: the ranges of their ADCs, what these have to hold, signal-to-noise ratios.
 * Layers do not depend on each other: threads may have some each.
 */
import type { HardwareDescription } from '../../hardware/description.js';
import { withAdcRange, withoutConverterNoise } from '../compiler/layerConstants.js';
import type { Kernels } from '../kernels/contract.js';
import type { MacProgram, Program } from '../program/types.js';
import { ExtentMemory, type LayerExtents } from './extentMemory.js';
import { type Counting, type Extent, extentsOf, type MeasureAll, measureExtents, peakOf } from './extents.js';
import { type ImageRange, type InputSource, type OnProgress, watched } from './inputs.js';
import { SNR_IMAGES, snrMeter } from './snr.js';

/** Of one layer. */
export interface LayerMeasure {
  readonly extent: Extent;
  /** In dB, null where there is no noise or no signal; undefined where it was not asked for. */
  readonly snr_dB: number | null | undefined;
}

/** Inputs of a program's layers on calibration images. */
export interface LayerInputs {
  readonly count: number;
  /** Of these inputs. */
  readonly extents: ExtentMemory;
  /** Has `work` see the inputs, when they can be had. */
  see<T>(work: (inputs: InputSource) => T): Promise<T>;
}

export interface MeasureOptions {
  readonly onProgress?: OnProgress | undefined;
  /** Whether the layers have signal-to-noise ratios; default true. A run does not need them. */
  readonly withSnr?: boolean | undefined;
  /**
   * Has several threads measure the ADC ranges; absent: this one measures them on all images.
   * @param here measures on some images in this thread.
   */
  readonly share?: (
    counting: Counting,
    here: (images: ImageRange) => Promise<LayerExtents[]>,
  ) => Promise<readonly LayerExtents[]>;
}

/** What layers ask of their ADCs. */
async function measureRanges(
  kernels: Kernels,
  program: Program,
  { see, count, extents: memory }: LayerInputs,
  { share, onProgress }: MeasureOptions,
): Promise<Extent[]> {
  const { hardware } = program;
  const silent = { ...program, layers: program.layers.map((layer) => withoutConverterNoise(layer, hardware)) };
  const here = (images: ImageRange, counting: Counting) =>
    see((inputs) => {
      kernels.free();
      const steps = silent.layers.length * (images.end - images.first);
      const seen = watched(inputs, 'ranges of the ADCs', steps, onProgress);
      return measureExtents(kernels, silent, { inputs: seen, images, memory }, counting);
    });
  const all = { first: 0, end: count };
  const measure: MeasureAll = (counting) =>
    share ? share(counting, (images) => here(images, counting)) : here(all, counting);
  return extentsOf(measure, silent.layers, hardware);
}

/** A layer with the ADC range that was measured, or as it is where that is given. */
function rangedLayer(layer: MacProgram, hardware: HardwareDescription, extent: Extent): MacProgram {
  const ranged = hardware.adc.range === 'calibrated' ? withAdcRange(layer, hardware, extent.range) : layer;
  return { ...ranged, peak: peakOf(hardware, ranged, extent) };
}

/** The layer as it was measured. */
export function measuredLayer(
  layer: MacProgram,
  hardware: HardwareDescription,
  { extent, snr_dB }: LayerMeasure,
): MacProgram {
  const ranged = rangedLayer(layer, hardware, extent);
  return snr_dB === undefined ? ranged : { ...ranged, snr_dB };
}

/** @param program as compiled, ranges unknown. */
export async function measureLayers(
  kernels: Kernels,
  program: Program,
  inputs: LayerInputs,
  options: MeasureOptions = {},
): Promise<LayerMeasure[]> {
  const { hardware } = program;
  const extents = await measureRanges(kernels, program, inputs, options);
  if (options.withSnr === false) return extents.map((extent) => ({ extent, snr_dB: undefined }));
  const layers = program.layers.map((layer, l) => rangedLayer(layer, hardware, extents[l]!));
  const ratios = await inputs.see((source) => {
    kernels.free();
    const meter = snrMeter(kernels, { ...program, layers });
    source((layer, x) => meter.add(layer, x), { first: 0, end: SNR_IMAGES });
    return meter.measure();
  });
  return extents.map((extent, l) => ({ extent, snr_dB: ratios[l]! }));
}

/** One layer to be measured, by whichever thread. Plain data. */
export interface LayerTask {
  /** Of this layer alone. */
  readonly program: Program;
  /** [images][elements]. */
  readonly inputs: Float32Array;
  readonly count: number;
  readonly withSnr: boolean;
}

export async function measureLayer(
  kernels: Kernels,
  { program, inputs, count, withSnr }: LayerTask,
): Promise<LayerMeasure> {
  const size = inputs.length / count;
  const source: InputSource = (sink, { first, end } = { first: 0, end: count }) => {
    for (let image = first; image < Math.min(end, count); image++)
      sink(0, inputs.subarray(image * size, (image + 1) * size));
  };
  const own: LayerInputs = { count, extents: new ExtentMemory(), see: async (work) => work(source) };
  return (await measureLayers(kernels, program, own, { withSnr }))[0]!;
}
