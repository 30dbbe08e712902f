/**
 * What the compiler makes of a network on a hardware description: typed arrays and numbers only, so that worker threads
 * can share it. Symbols are those of the emulation contract; "u" is in units of one full-scale product.
 */
import type { HardwareDescription } from '../../hardware/description.js';
import type { ChipTrims } from '../../hardware/optics/chipTrims.js';
import type { NoiseTable } from '../../hardware/optics/noiseTable.js';
import type { Values } from './coded.js';

/**
 * variance(u) = shot * g_f * sum v a + intensity * g_f^2 * sum v^2 b^2 + constant + (standard deviation of the table at u
 * without noise)^2. All 0: nothing is drawn.
 */
export interface NoiseConstants {
  readonly shot: number;
  readonly intensity: number;
  readonly constant: number;
  /** The receiver's measured noise; absent where there is none. Not all 0. */
  readonly table?: NoiseTable;
}

/** What a layer's light is where every image has its own: the full-scale photocurrent of a wavelength, A. */
export interface ImageLight {
  /** If the image's mean quantised activation were 1; divided by that mean it is the image's. */
  readonly full_A: number;
  /** What the link gives: never more. */
  readonly most_A: number;
  /** Part of `NoiseConstants.constant` that falls with the square of the light: dark current and receiver, at `I_A`. */
  readonly receiver: number;
}

/** The DAC of the activations, floor of the VCSELs included where activations are streamed. */
export interface ActivationDac {
  /** Whether activations are rounded to codes. */
  readonly quantise: boolean;
  /** Largest code, 2^bits - 1. */
  readonly maximumCode: number;
  /** float32((2^bits - 1) / S_x): codes are roundHalfEven(min(|x| * codeScale, maximumCode)) in float32. */
  readonly codeScale: number;
}

export interface Adc {
  /** Whether u is rounded and clipped. */
  readonly quantise: boolean;
  /** Full-scale range in units of u. */
  readonly range: number;
  /** Size of one step in units of u. */
  readonly step: number;
  /** Largest code, 2^(bits-1) - 1. */
  readonly limit: number;
}

interface MacProgramBase {
  /** Name of the network's layer. */
  readonly name: string;
  /** l of section 9: place among the network's MAC layers, from 0. */
  readonly layerIndex: number;
  /** Name of the last layer this program stands for: the MAC layer itself or the batch-norm that belongs to it. */
  readonly outputName: string;
  readonly filters: number;
  /** 1, or 2 where the input may be negative. */
  readonly passes: 1 | 2;
  readonly weightLevels: 'codebook' | 'uniform';
  /** S_x; 1 where every image has its own. */
  readonly activationScale: number;
  /** Where every image's largest magnitude is its S_x; absent: `activationScale` is. */
  readonly scaling?: 'perImage';
  /** S_w, of the folded weights if batch-norm is folded; of offset weights max W - min W. */
  readonly weightScale: number;
  /** Offset weights: min W. S_x g_max g_f min W times the sum of what a filter's entries meet is added to its outputs. */
  readonly minimum?: number;
  /** Mean of the quantised activations on calibration images; only where the light of a layer follows from it. */
  readonly meanActivation?: number;
  /** The same of the calibration image with least. */
  readonly leastActivation?: number;
  /** g_max. */
  readonly gainScale: number;
  /** g_f, [filters]. */
  readonly gain: Float64Array;
  /** shift_f, [filters]. */
  readonly shift: Float64Array;
  /** Mean neighbour transmission of section 4. */
  readonly X: number;
  /** Transmission of a product of two full-scale values, section 6. */
  readonly c: number;
  /** Full-scale photocurrent of one wavelength, A. */
  readonly I_A: number;
  /** Where every image has its own light, of which `noise` is not: that is at `I_A`. */
  readonly light?: ImageLight;
  /** Smallest value a lit VCSEL emits (0: no floor). */
  readonly floor: number;
  readonly noise: NoiseConstants;
  /** Shift of a VCSEL's wavelength from no light to full scale, nm; 0 with the effect chirp off. */
  readonly chirp_nm: number;
  readonly activationDac: ActivationDac;
  readonly adc: Adc;
  /** Largest |u| on calibration images and six standard deviations of its noise; null where nothing was calibrated. */
  readonly peak: number | null;
  /** Signal-to-noise ratio on calibration images, dB; null where there is no noise, absent where nothing was calibrated. */
  readonly snr_dB?: number | null;
  /** Share of zero weight codes. */
  readonly weightSparsity: number;
  /** Dense multiply-accumulates of one image. */
  readonly macs: number;
}

export interface ConvGeometry {
  /** [rows, columns, channels]. */
  readonly input: readonly [number, number, number];
  /** [rows, columns, filters]. */
  readonly output: readonly [number, number, number];
  /** [rows, columns]. */
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly padding: readonly [readonly [number, number], readonly [number, number]];
  readonly groups: number;
}

/** A convolution: kernel weights are held on the rings, patches are streamed. R rows, E entries. */
export interface Conv2dProgram extends MacProgramBase {
  readonly kind: 'conv2d';
  readonly geometry: ConvGeometry;
  /** Filter of each chunk row, [R], ascending. */
  readonly rowFilter: Int32Array;
  /** Where each row's entries begin, [R + 1]. */
  readonly rowStart: Int32Array;
  /** k (kernel row, kernel column, channel of the group; channel fastest) of each entry, [E]. */
  readonly entryK: Int32Array;
  /** Quantised weight with its effective sign, [E]. */
  readonly held: Values;
  /** Transmission of each rail with all static effects, before any division by c, [E]. */
  readonly hPlus: Float64Array;
  readonly hMinus: Float64Array;
  /** dH/dlambda of each rail, gain errors included, 1/nm, [E]; null where nothing chirps. */
  readonly dPlus: Float64Array | null;
  readonly dMinus: Float64Array | null;
  /**
   * m_k: mean emitted value by (kernel row, kernel column, input channel of the layer), channel fastest, over calibration
   * images, positions and passes; null where self-heating is off and no VCSEL was tuned at its stream's mean.
   */
  readonly streamMean: Float64Array | null;
  /** m0: mean of the m_k above 0, the light under which the bank was tuned; null like `streamMean`. */
  readonly operatingPoint: number | null;
  /** Drive at which the sources were tuned: v0, where the light is, or m0 (vcsel.tuningPoint); null where nothing chirps. */
  readonly lightPoint: number | null;
  /** Per row, sums over its rings (both rails) of what tuning must hold, for the cost model, in nm, [R]. */
  readonly rowEoShift_nm: Float64Array;
  readonly rowToShift_nm: Float64Array;
  /** 1 where a ring of the row needs the thermo-optic tuner, [R]. */
  readonly rowSlow: Uint8Array;
}

/** The constants from which an FC bank's transmissions follow per image. Lengths in nm. */
export interface DenseBank {
  /** Slots of a VDU (m). */
  readonly size: number;
  /** Rings per waveguide and rail (w). */
  readonly ringsPerWaveguide: number;
  readonly waveguides: number;
  readonly units: number;
  /** 1 where weights are offset: what `gain` makes of the other is 0. */
  readonly rails: 1 | 2;
  readonly channelSpacing_nm: number;
  readonly freeSpectralRange_nm: number;
  readonly Tmin: number;
  readonly Tfs: number;
  /** F of section 3; not read where there is a measured response. */
  readonly finesseCoefficient: number;
  /** Measured rows in place of the Airy form, [rows] each; null: none. */
  readonly response: { readonly detuning_nm: Float64Array; readonly transmission: Float64Array } | null;
  readonly spectralCrosstalk: boolean;
  /** e of section 5 but self-heating, [units][2 rails][slots], slots = waveguides * ringsPerWaveguide. */
  readonly error_nm: Float64Array;
  /** Self-heating: shift of a ring that takes all of a full-scale wavelength, nm, and m_k - m0, [2 rails][inputs]; null: off. */
  readonly heating: { readonly full_nm: number; readonly excess: Float64Array } | null;
  /** How far each slot's VCSELs stand off their channel, nm, [units][slots]; null with sourceWavelength off. */
  readonly source_nm: Float64Array | null;
  /** Gains of slots and rails, [units][2 rails][slots]; null with gainErrors off. */
  readonly gain: Float64Array | null;
  /** Reach of the fast tuner (cost only); rings whose shift is larger are slow. 0 if mode is `thermal`. */
  readonly eoRange_nm: number;
}

/** A dense layer: weights are streamed, activations are held on the rings. */
export interface DenseProgram extends MacProgramBase {
  readonly kind: 'dense';
  readonly inputs: number;
  /** Emitted weight values (after DAC and floor) with effective sign, [inputs][filters]. */
  readonly streamed: Values;
  readonly bank: DenseBank;
  /** m0 of each rail's bus: mean of the m_k above 0; null where self-heating is off. */
  readonly operatingPoint: readonly [plus: number, minus: number] | null;
  /** Drive at which the sources of each rail's bus were tuned: v0 or m0 (vcsel.tuningPoint); null where nothing chirps. */
  readonly lightPoint: readonly [plus: number, minus: number] | null;
}

export type MacProgram = Conv2dProgram | DenseProgram;

/** Images that a program was calibrated on. */
export interface CalibrationImages {
  /** Name of the data set. */
  readonly dataset: string;
  readonly split: string;
  /** The first so many of the split. */
  readonly images: number;
  /** SHA-256 of these images' bytes followed by their labels'. */
  readonly hash: string;
  /** Why this split stands for the training split. */
  readonly fallback?: string;
}

export interface Program {
  readonly hardware: HardwareDescription;
  /**
   * Where what was measured comes from: S_x, stream means and light point, range and peak of every layer. Absent where it was
   * given, or measured on images that nobody named.
   */
  readonly calibration?: CalibrationImages;
  readonly chipSeed: number;
  /** Trims of the chip that were measured; the others are those of the seed. For the cost model. */
  readonly measuredTrims?: Partial<ChipTrims>;
  /** In the order the core runs them. */
  readonly layers: readonly MacProgram[];
  /** What the compiler wants the user to know; each one line. */
  readonly warnings: readonly string[];
}

/** Whether the layer does any optics: without a scale its output is its shift. */
export function hasOptics(program: MacProgram): boolean {
  return program.activationScale > 0 && program.weightScale > 0 && program.gainScale > 0;
}

/** Whether read noise is drawn at all. */
export function hasNoise({ noise }: MacProgram): boolean {
  return noise.shot > 0 || noise.intensity > 0 || noise.constant > 0 || noise.table !== undefined;
}

/** Shape of one image's input: [rows, columns, channels] or [inputs]. */
export function inputShape(program: MacProgram): readonly number[] {
  return program.kind === 'dense' ? [program.inputs] : program.geometry.input;
}

/** Shape of one image's output: [rows, columns, filters] or [filters]. */
export function outputShape(program: MacProgram): readonly number[] {
  return program.kind === 'dense' ? [program.filters] : program.geometry.output;
}
