/** Whether a layer's outputs are finite whatever its input is: then nobody needs to look for NaN and infinity in them. */
import type { MacProgram } from '../program/types.js';
import { hasElectronics } from './electronics.js';
import { constantVariance } from './lumpedOutputs.js';

/** Below the largest float32, by what rounding on the way there may take. */
const MOST = 3e38;
/** No normal of the contract's stream is as large: sqrt(-2 ln 1e-7) = 5.7. */
const LARGEST_NORMAL = 6;

/** Largest magnitude; NaN where there is one. */
function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let at = 0; at < values.length; at++) most = Math.max(most, Math.abs(values[at]!));
  return most;
}

/** Rows and entries that an output is the sum of in a pass, at most, and what both rails of an entry transmit. */
function sizesOf(program: MacProgram): Readonly<Record<'rows' | 'entries' | 'transmitted', number>> {
  if (program.kind === 'dense') {
    const { inputs, bank } = program;
    const gain = Math.max(1, largest(bank.gain ?? []));
    return { rows: Math.ceil(inputs / bank.size), entries: inputs, transmitted: 2 * gain };
  }
  const { rowFilter, entryK, hPlus, hMinus } = program;
  return { rows: rowFilter.length, entries: entryK.length, transmitted: largest(hPlus) + largest(hMinus) };
}

/** Largest |u| that all rows of an output sum up to, noise included, without a converter. */
function largestSum(program: MacProgram): number {
  // What chirp and a receiver's table add is not bounded here.
  if (program.chirp_nm !== 0 || program.noise.table) return Number.POSITIVE_INFINITY;
  const { gain, c, noise, passes } = program;
  const { rows, entries, transmitted } = sizesOf(program);
  const weight = largest(gain) * transmitted;
  const variance = rows * constantVariance(program) + entries * (noise.shot * weight + noise.intensity * weight ** 2);
  return passes * ((entries * weight) / c + LARGEST_NORMAL * Math.sqrt(passes * variance));
}

/**
 * Whether every output is a finite float32, found from the program alone.
 * @param converted by the ADC, whose codes end at its limit; otherwise in fidelity `lumped`.
 */
export function outputsAreFinite(program: MacProgram, converted: boolean): boolean {
  // Scales, offsets and light of every image are not in the program.
  if (hasElectronics(program) || program.light) return false;
  const { activationScale, weightScale, gainScale, shift, adc, passes } = program;
  const sum = converted ? passes * sizesOf(program).rows * adc.limit * adc.step : largestSum(program);
  // A comparison with NaN is false.
  return activationScale * weightScale * gainScale * sum + largest(shift) < MOST;
}
