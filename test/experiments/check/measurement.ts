/** Measurements that no run made. */

import type { ChangedClass } from '../../../src/experiments/check/baselineSchema.js';
import type { Measurement } from '../../../src/experiments/check/measure.js';

export const change = (image: number, from: number, to: number, chip = 1): ChangedClass => ({
  chip,
  seed: 1,
  image,
  from,
  to,
});

/** Of 1,000 images, 990 right, two changed. */
export function measurement(given: Partial<Measurement> = {}): Measurement {
  return {
    accuracy: 0.99,
    digital: 0.991,
    changed: [change(12, 7, 2), change(340, 5, 3)],
    energy_J: 6.44e-3,
    latency_s: 3.19e-4,
    images: 1000,
    networkHash: 'n',
    datasetHash: 'd',
    hardwareHash: 'h',
    versions: {},
    ...given,
  };
}
