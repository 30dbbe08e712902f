/** Extents that are remembered are never stale: every value of every field, changed from descriptions of several kinds. */
import { describe, it } from 'vitest';
import { expectNothingStale } from './fieldChanges.js';

const DESCRIPTIONS: readonly [string, object][] = [
  ['the largest', {}],
  ['a quantile, with noise of the converter', { adc: { rangeQuantile: 0.9, effectiveBits: 7 } }],
  [
    'chirp and light of every image',
    { vcsel: { chirp_nm: 0.02 }, calibration: { photonsPerMultiplication: 50, photonAverage: 'image' } },
  ],
];

describe('a program after others is that of a first compile', () => {
  it.each(DESCRIPTIONS)('every value of every field changed from %s', (_, given) => expectNothingStale(given));
});
