/** Constants of the shaders that hold a batch, float32, found in float64: where rings begin to be detuned, and to be slow. */
import type { DenseProgram } from '../../program/types.js';
import { float32From } from '../levels.js';
import type { Uniform } from '../webgpu/uniforms.js';

/** A number as the sum of two float32. */
export function inTwo(x: number): [high: number, low: number] {
  const high = Math.fround(x);
  return [high, x - high];
}

/** What a level is of full scale: a code's largest, or S_x where activations are not rounded. */
function fullLevel({ activationDac, activationScale }: DenseProgram): number {
  return activationDac.quantise ? activationDac.maximumCode : activationScale;
}

/** The level that transmits t; of codes the nearest, and what is left. */
function levelOfTransmission(program: DenseProgram, t: number): [high: number, low: number] {
  const level = (t * fullLevel(program)) / program.bank.Tfs;
  if (!program.activationDac.quantise) return inTwo(level);
  return [Math.round(level), level - Math.round(level)];
}

/** pi / FSR times a shift. */
export const radiansOf = ({ bank }: DenseProgram, shift_nm: number) => (Math.PI * shift_nm) / bank.freeSpectralRange_nm;

/** pi delta / FSR of a level, as `detuning_nm` has it. */
function detuning(program: DenseProgram, level: number): number {
  const { Tmin, Tfs, finesseCoefficient } = program.bank;
  const t = Math.max(Tmin, Math.min(level / fullLevel(program), 1) * Tfs);
  return Math.asin(Math.sqrt(Math.min(Math.max((t - Tmin) / (finesseCoefficient * (1 - t)), 0), 1)));
}

/** More than any level. */
const NEVER = 3e38;

/** The least level that is detuned beyond the electro-optic range. */
function firstSlowLevel(program: DenseProgram): number {
  const { bank, activationDac } = program;
  const isSlow = (level: number) => (bank.freeSpectralRange_nm / Math.PI) * detuning(program, level) > bank.eoRange_nm;
  if (!isSlow(fullLevel(program))) return NEVER;
  if (!activationDac.quantise) return float32From(isSlow, fullLevel(program));
  let [fast, slow] = [-1, activationDac.maximumCode];
  while (slow - fast > 1) {
    const middle = Math.floor((fast + slow) / 2);
    if (isSlow(middle)) slow = middle;
    else fast = middle;
  }
  return slow;
}

/** Units of the sums of shifts: full scale is just below 2^32 of them. */
const FULL_UNITS = 2 ** 32 * (1 - 1e-5);

/** Units in an angle of 1. */
export function unitsPerRadian(program: DenseProgram): number {
  return Math.fround(FULL_UNITS / Math.max(detuning(program, fullLevel(program)), 1e-20));
}

/** Constants of `detuned`. */
export function detuningUniforms(program: DenseProgram): Record<string, Uniform> {
  const { Tmin, Tfs, finesseCoefficient } = program.bank;
  const full = fullLevel(program);
  return {
    full: ['f32', ...inTwo(full)],
    floorLevel: ['f32', ...levelOfTransmission(program, Tmin)],
    ring: ['f32', Tfs / full, 1 - Tfs, Tmin, finesseCoefficient],
  };
}

/** Constants of what tuning holds. */
export function tuningUniforms(program: DenseProgram): Record<string, Uniform> {
  const { Tmin, Tfs, finesseCoefficient, eoRange_nm } = program.bank;
  const firstSlow = firstSlowLevel(program);
  // Of no ring where none is slow: then it is not read.
  const range = firstSlow === NEVER ? 0 : radiansOf(program, eoRange_nm);
  const [sine, units] = [Math.sin(range), unitsPerRadian(program)];
  const excess = finesseCoefficient * sine * sine;
  const t = (Tmin + excess) / (1 + excess);
  return {
    firstSlow: ['f32', firstSlow],
    unitsPerRadian: ['f32', units],
    rangeUnits: ['u32', Math.round(range * units)],
    range: ['f32', sine, Math.cos(range)],
    rangeLevel: ['f32', ...levelOfTransmission(program, t)],
    beyond: ['f32', ((Tfs / fullLevel(program)) * (1 - Tmin)) / (finesseCoefficient * (1 - t))],
  };
}

/** Constants of `transmitWgsl`. */
export function transmissionUniforms(program: DenseProgram): Record<string, Uniform> {
  const { bank, chirp_nm, lightPoint } = program;
  const { Tmin, finesseCoefficient, freeSpectralRange_nm, ringsPerWaveguide, spectralCrosstalk } = bank;
  const plain = {
    ringsPerWaveguide: ['u32', ringsPerWaveguide],
    crosstalk: ['u32', spectralCrosstalk ? 1 : 0],
    finesse: ['f32', finesseCoefficient],
    Tmin: ['f32', Tmin],
  } as const;
  if (chirp_nm === 0) return plain;
  return {
    ...plain,
    steepness: ['f32', (2 * (1 - Tmin) * finesseCoefficient * Math.PI) / freeSpectralRange_nm],
    chirp: ['f32', chirp_nm],
    lightPoint: ['f32', ...(lightPoint ?? ([0, 0] as const))],
  };
}
