/** How often the bootstrap's interval covers a truth that is known because it was simulated. */
import { expect } from 'vitest';
import { philoxNormals, philoxUniforms } from '../../../src/base/random/philox.js';
import { bootstrapInterval95 } from '../../../src/experiments/result/bootstrap.js';

/**
 * Losses of chips and images: image i is lost on chip c where its own uniform lies below the chip's share, so that chips lose
 * much the same images, as they do. The truth is the share's mean over chips, exp(normal) about `share`.
 */
function simulated(seed: number, chips: number, images: number, share: number, spread: number) {
  const normals = philoxNormals([seed, 11], 0, chips);
  const common = philoxUniforms([seed, 12], 0, images);
  const own = philoxUniforms([seed, 13], 0, chips * images);
  return Array.from({ length: chips }, (_, c) => {
    const ofChip = share * Math.exp(spread * normals[c]! - spread ** 2 / 2);
    // Half of what is lost is decided by the image, half by the noise on this chip.
    return Float64Array.from(common, (u, i) => ((i % 2 === 0 ? u : own[c * images + i]!) < ofChip ? 1 : 0));
  });
}

const RUNS = 150;

/** Of 150 runs, which know a coverage of 95 % to 1.8 points. */
export function expectCoverage(chips: number, images: number, share: number, spread: number): void {
  let [below, above] = [0, 0];
  for (let seed = 1; seed <= RUNS; seed++) {
    const [low, high] = bootstrapInterval95(simulated(seed, chips, images, share, spread));
    if (share < low) below++;
    if (share > high) above++;
  }
  expect(1 - (below + above) / RUNS).toBeGreaterThan(0.91);
  expect(below / RUNS).toBeLessThan(0.05);
}
