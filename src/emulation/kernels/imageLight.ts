/**
 * Light that is set for every image: calibration.photonAverage `image` (docs/physics.md). Only noise depends on light: shot
 * noise falls with it, what the receiver adds with its square; intensity noise and the converter's are parts of the signal.
 */
import type { ImageLight, MacProgram, NoiseConstants } from '../program/types.js';
import { quantiseActivations } from './referenceSteps.js';

/** Mean of an image's quantised activations, passes weighing the same. */
function meanOf(program: MacProgram, x: Float32Array): number {
  let sum = 0;
  for (let pass = 0; pass < program.passes; pass++)
    for (const v of quantiseActivations(program, x, pass).value) sum += v;
  return sum / (program.passes * x.length);
}

/** Noise in `ratio` times the light that a program's constants are of. */
function noiseIn(noise: NoiseConstants, { receiver }: ImageLight, ratio: number): NoiseConstants {
  return {
    ...noise,
    shot: noise.shot / ratio,
    constant: Math.max(0, noise.constant - receiver) + receiver / ratio ** 2,
  };
}

/** Noise of one image; the program's own where a layer has one light. An image of zeros has all the light there is. */
export function noiseOfImage(program: MacProgram, x: Float32Array): NoiseConstants {
  const { noise, light, I_A } = program;
  if (!light) return noise;
  const mean = meanOf(program, x);
  return noiseIn(noise, light, (mean > 0 ? Math.min(light.most_A, light.full_A / mean) : light.most_A) / I_A);
}

/** The least noise that any image can have. */
export function leastNoise({ noise, light, I_A }: MacProgram): NoiseConstants {
  return light ? noiseIn(noise, light, light.most_A / I_A) : noise;
}

/** The program as it is in an image's light. */
export function inLightOf<P extends MacProgram>(program: P, x: Float32Array): P {
  return program.light ? { ...program, noise: noiseOfImage(program, x) } : program;
}
