/** What calibration finds and what it leaves. */
import { z } from 'zod';
import { between, count, share } from './quantities.js';

export const calibration = z
  .strictObject({
    images: count(1_000_000).default(200).describe('First images of the training split used for calibration.'),
    activationScale: z
      .enum(['calibrated', 'perImage', 'given'])
      .default('calibrated')
      .describe(
        "S_x: one a layer, from calibration images, every image's own largest |x|, searched as it runs, or as a quantised network gives it (elsewhere from calibration images).",
      ),
    activationQuantile: share().default(1).describe('Share of |x| that the activation scale must hold.'),
    photonsPerMultiplication: between(1e-6, 1e12)
      .nullable()
      .default(null)
      .describe(
        "Attenuates each layer's light so that a weight at full scale receives this many photons, on average over the layer's " +
          'inputs on calibration images; null: all the light there is.',
      ),
    photonAverage: z
      .enum(['layer', 'image'])
      .default('layer')
      .describe(
        "What photonsPerMultiplication is an average over: the layer's inputs on calibration images (one light a layer), or those " +
          'of every image, whose light is set anew.',
      ),
    gainResidual: between(0, 100)
      .default(0.002)
      .describe('Relative gain error of each slot that calibration leaves (effect gainErrors). (T)'),
    railResidual: between(0, 100)
      .default(0.002)
      .describe("Relative gain error of each rail's detector that calibration leaves (effect gainErrors). (T)"),
  })
  .prefault({});
