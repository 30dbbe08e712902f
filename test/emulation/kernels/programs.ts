/** Programs made by hand: what the compiler could have made, with every field under the test's control. */
import type { Conv2dProgram, ConvGeometry, DenseBank, DenseProgram } from '../../../src/emulation/program/types.js';
import { uniforms } from '../../helpers/random.js';

type Common = Pick<
  Conv2dProgram,
  | 'name'
  | 'outputName'
  | 'layerIndex'
  | 'weightLevels'
  | 'X'
  | 'I_A'
  | 'weightSparsity'
  | 'peak'
  | 'macs'
  | 'activationScale'
  | 'weightScale'
  | 'gainScale'
  | 'floor'
  | 'noise'
  | 'chirp_nm'
  | 'activationDac'
  | 'adc'
>;

export const QUIET = { shot: 0, intensity: 0, constant: 0 };

/** An ADC of `bits` bits. */
export function adcOf(bits: number, range: number) {
  const limit = 2 ** (bits - 1) - 1;
  return { quantise: true, range, step: range / limit, limit };
}

/** A DAC of `bits` bits for a scale of 1.5. */
export function dacOf(bits: number, scale = 1.5) {
  const maximumCode = 2 ** bits - 1;
  return { quantise: true, maximumCode, codeScale: Math.fround(maximumCode / scale) };
}

function common(): Common {
  return {
    name: 'layer',
    outputName: 'layer',
    layerIndex: 3,
    weightLevels: 'uniform',
    X: 1,
    I_A: 1e-4,
    peak: null,
    weightSparsity: 0,
    macs: 0,
    activationScale: 1.5,
    weightScale: 0.75,
    gainScale: 2,
    floor: 0.01,
    noise: { shot: 1.3e-6, intensity: 4e-6, constant: 4e-6 },
    chirp_nm: 0,
    activationDac: dacOf(16),
    adc: adcOf(16, 2),
  };
}

/** A geometry with these defaults: stride 1, no dilation, no padding, one group. */
export function geometryOf(
  given: Pick<ConvGeometry, 'input' | 'kernel'> & Partial<ConvGeometry> & { filters: number },
): ConvGeometry {
  const { filters, ...rest } = given;
  const geometry = {
    strides: [1, 1] as const,
    dilation: [1, 1] as const,
    padding: [
      [0, 0],
      [0, 0],
    ] as const,
    groups: 1,
    ...rest,
  };
  const { input, kernel, strides, dilation, padding } = geometry;
  const extent = (axis: 0 | 1) =>
    Math.floor(
      (input[axis] + padding[axis][0] + padding[axis][1] - dilation[axis] * (kernel[axis] - 1) - 1) / strides[axis],
    ) + 1;
  return { ...geometry, output: [extent(0), extent(1), filters] };
}

/** Rows of up to 5 entries; about half the weights are 0, and filter 1 has none (if there are more filters). */
export function convProgram(seed: number, geometry: ConvGeometry, given: Partial<Conv2dProgram> = {}): Conv2dProgram {
  const next = uniforms(seed);
  const filters = geometry.output[2];
  const patch = geometry.kernel[0] * geometry.kernel[1] * (geometry.input[2] / geometry.groups);
  const rowFilter: number[] = [];
  const rowStart: number[] = [];
  const entryK: number[] = [];
  for (let f = 0; f < filters; f++) {
    const ks = Array.from({ length: patch }, (_, k) => k).filter(() => next() < 0.5 && f !== 1);
    for (let at = 0; at < ks.length; at += 5) {
      rowFilter.push(f);
      rowStart.push(entryK.length);
      entryK.push(...ks.slice(at, at + 5));
    }
  }
  rowStart.push(entryK.length);
  const random = (low: number, high: number, count: number) =>
    Float64Array.from({ length: count }, () => low + (high - low) * next());
  return {
    ...common(),
    kind: 'conv2d',
    passes: 1,
    filters,
    geometry,
    c: 0.93,
    gain: random(0.2, 1, filters),
    shift: random(-1, 1, filters),
    rowFilter: Int32Array.from(rowFilter),
    rowStart: Int32Array.from(rowStart),
    entryK: Int32Array.from(entryK),
    held: random(-1, 1, entryK.length),
    hPlus: random(0, 1, entryK.length),
    hMinus: random(0, 1, entryK.length),
    dPlus: null,
    dMinus: null,
    streamMean: null,
    operatingPoint: null,
    lightPoint: null,
    rowEoShift_nm: new Float64Array(rowFilter.length),
    rowToShift_nm: new Float64Array(rowFilter.length),
    rowSlow: new Uint8Array(rowFilter.length),
    ...given,
  };
}

/** The bank of preset `sonic` but for what is given; errors of up to +-0.05 nm. */
export function bankOf(seed: number, given: Partial<DenseBank> = {}): DenseBank {
  const next = uniforms(seed);
  const w = given.ringsPerWaveguide ?? 10;
  const bank = {
    size: 50,
    ringsPerWaveguide: w,
    waveguides: Math.ceil((given.size ?? 50) / w),
    units: 10,
    rails: 2 as const,
    channelSpacing_nm: 18 / w,
    freeSpectralRange_nm: 18,
    Tmin: 10 ** -2.5,
    Tfs: 0.94,
    finesseCoefficient: 1 / Math.sin((Math.PI * 1550) / 8000 / (2 * 18)) ** 2,
    response: null,
    spectralCrosstalk: true,
    heating: null,
    source_nm: null,
    gain: null,
    eoRange_nm: 0.15,
    ...given,
  };
  const rings = bank.units * 2 * bank.waveguides * w;
  return { ...bank, error_nm: Float64Array.from({ length: rings }, () => 0.1 * (next() - 0.5)) };
}

/** A third of the streamed weights are 0. */
export function denseProgram(
  seed: number,
  inputs: number,
  filters: number,
  bank: DenseBank,
  given: Partial<DenseProgram> = {},
): DenseProgram {
  const next = uniforms(seed);
  return {
    ...common(),
    kind: 'dense',
    operatingPoint: null,
    lightPoint: null,
    passes: 1,
    inputs,
    filters,
    bank,
    c: bank.Tfs * 0.98,
    adc: adcOf(16, 8),
    gain: Float64Array.from({ length: filters }, () => 0.2 + 0.8 * next()),
    shift: Float64Array.from({ length: filters }, () => 2 * next() - 1),
    streamed: Float64Array.from({ length: inputs * filters }, () => (next() < 1 / 3 ? 0 : 2 * next() - 1)),
    ...given,
  };
}

/** Activations in [0, 1.7) or (-1.7, 1.7), a third of them 0; some are beyond the scale of 1.5. */
export function activations(seed: number, count: number, signed = false): Float32Array {
  const next = uniforms(seed);
  return Float32Array.from({ length: count }, () => (next() < 1 / 3 ? 0 : 1.7 * (signed ? 2 * next() - 1 : next())));
}
