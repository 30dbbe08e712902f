import { expect, it } from 'vitest';
import { expectCoverage } from './simulatedLosses.js';

it.each([
  [4, 2000, 0.01, 0],
  [4, 2000, 0.01, 0.3],
  [4, 2000, 0.05, 0.3],
  [4, 2000, 0.002, 0.3],
  [8, 2000, 0.02, 0.5],
  [1, 2000, 0.01, 0],
])('the bootstrap covers the truth: %i chips, %i images, a loss of %f, spread %f', (chips, images, share, spread) => {
  expect.hasAssertions();
  expectCoverage(chips, images, share, spread);
});
