/** The bootstrap over chips and images: against intervals known otherwise, and against a truth that was simulated. */
import { describe, expect, it } from 'vitest';
import { philoxNormals, philoxUniforms } from '../../../src/base/random/philox.js';
import { bootstrapInterval95 } from '../../../src/experiments/result/bootstrap.js';
import { studentT975 } from '../../../src/experiments/result/chipDistribution.js';
import { pairedDifference } from '../../../src/experiments/result/paired.js';

/** +1 on the first `lost` images, -1 on the next `won`, else 0. */
const row = (images: number, lost: number, won = 0) =>
  Array.from({ length: images }, (_, i) => (i < lost ? 1 : i < lost + won ? -1 : 0));

describe('the bootstrap interval of a loss', () => {
  // Of chips that agree only images vary: Agresti and Min's interval, whose tails are normal where the bootstrap's are counted.
  it.each([
    [1, 2000, 0, 0],
    [4, 2000, 0, 0],
    [1, 2000, 30, 4],
    [4, 2000, 30, 4],
    [4, 2000, 400, 10],
    [1, 500, 3, 2],
  ])('of %i chips that agree is the images’: %i images, %i lost, %i won', (chips, images, lost, won) => {
    const [low, high] = bootstrapInterval95(Array.from({ length: chips }, () => row(images, lost, won)));
    const { interval95 } = pairedDifference(won, lost, images);
    const width = interval95[1] - interval95[0];
    expect(Math.abs(low - interval95[0])).toBeLessThan(0.1 * width);
    expect(Math.abs(high - interval95[1])).toBeLessThan(0.1 * width);
  });

  // Where only chips vary it is Student's.
  it('of images that agree is the chips’', () => {
    const shares = Array.from({ length: 12 }, (_, c) => 0.1 + 0.01 * c);
    const images = 4000;
    // Every image loses the same share, so that images do not vary.
    const [low, high] = bootstrapInterval95(shares.map((share) => new Array<number>(images).fill(share)));
    const mean = shares.reduce((sum, share) => sum + share, 0) / 12;
    const s = Math.sqrt(shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / 11);
    const half = (studentT975(11) * s) / Math.sqrt(12);
    expect((high - low) / 2 / half).toBeGreaterThan(0.9);
    expect((high - low) / 2 / half).toBeLessThan(1.1);
    expect((high + low) / 2).toBeCloseTo(mean, 2);
  });

  it('turns with the sign, and is the same every time', () => {
    const table = [row(300, 9, 2), row(300, 14, 1)];
    const interval = bootstrapInterval95(table);
    const turned = bootstrapInterval95(table.map((chip) => chip.map((value) => -value)));
    expect(bootstrapInterval95(table)).toEqual(interval);
    expect(turned[0]).toBeCloseTo(-interval[1], 2);
    expect(turned[1]).toBeCloseTo(-interval[0], 2);
  });

  it('is wider of fewer chips and of fewer images', () => {
    const width = (chips: number, images: number) => {
      const [low, high] = bootstrapInterval95(
        Array.from({ length: chips }, (_, c) => row(images, Math.round(images * (0.02 + 0.01 * (c % 2))))),
      );
      return high - low;
    };
    expect(width(2, 1000)).toBeGreaterThan(width(4, 1000));
    expect(width(4, 1000)).toBeGreaterThan(width(16, 1000));
    expect(width(4, 200)).toBeGreaterThan(width(4, 1000));
  });
});

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

describe('coverage of a simulated truth', () => {
  const RUNS = 150;
  // 150 runs know a coverage of 95 % to 1.8 points.
  it.each([
    [4, 2000, 0.01, 0],
    [4, 2000, 0.01, 0.3],
    [4, 2000, 0.05, 0.3],
    [4, 2000, 0.002, 0.3],
    [8, 2000, 0.02, 0.5],
    [1, 2000, 0.01, 0],
  ])('%i chips, %i images, a loss of %f, spread %f', (chips, images, share, spread) => {
    let [below, above] = [0, 0];
    for (let seed = 1; seed <= RUNS; seed++) {
      const [low, high] = bootstrapInterval95(simulated(seed, chips, images, share, spread));
      if (share < low) below++;
      if (share > high) above++;
    }
    expect(1 - (below + above) / RUNS).toBeGreaterThan(0.91);
    expect(below / RUNS).toBeLessThan(0.05);
  });
});
