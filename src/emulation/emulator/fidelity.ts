/** Which layers run `lumped`, and where that holds (section 10 of the contract). */
import { tableVariances } from '../../hardware/optics/noiseTable.js';
import { leastNoise } from '../kernels/imageLight.js';
import type { MacProgram, Program } from '../program/types.js';

/** Of one MAC layer on the hardware. */
export type LayerFidelity = 'exact' | 'lumped';

export interface LumpedValidity {
  /** Largest |u| on calibration images with six standard deviations of noise, over the ADC's range: at most 1, nothing clips. */
  readonly peakOverRange: number;
  /**
   * ADC step over the standard deviation of a dark partial sum, with what a noise table adds where it adds least: at most 1,
   * rounding is a noise like the others.
   */
  readonly stepOverDarkNoise: number;
  readonly valid: boolean;
}

/** Whether one normal per output stands for noise, rounding and clipping of every partial sum. */
export function lumpedValidity(program: MacProgram): LumpedValidity {
  const { adc, peak } = program;
  const noise = leastNoise(program);
  if (!adc.quantise) return { peakOverRange: 0, stepOverDarkNoise: 0, valid: true };
  const peakOverRange = peak === null ? Number.POSITIVE_INFINITY : peak / adc.range;
  const least = noise.constant + tableVariances(noise.table, peak ?? adc.range).least;
  const stepOverDarkNoise = adc.step / Math.sqrt(least);
  return { peakOverRange, stepOverDarkNoise, valid: peakOverRange <= 1 && stepOverDarkNoise <= 1 };
}

/** The fidelity of every MAC layer of a run: `auto` is lumped where that is valid. */
export function layerFidelities(program: Program, fidelity: 'exact' | 'lumped' | 'auto'): LayerFidelity[] {
  return program.layers.map((layer) =>
    fidelity === 'auto' ? (lumpedValidity(layer).valid ? 'lumped' : 'exact') : fidelity,
  );
}
