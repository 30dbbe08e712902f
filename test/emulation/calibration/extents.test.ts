/** ADC ranges from parts of the calibration images: whoever measures which, the program is the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibrate, compileForChip } from '../../../src/emulation/calibration/calibrate.js';
import { ExtentMemory } from '../../../src/emulation/calibration/extentMemory.js';
import { mergeExtents } from '../../../src/emulation/calibration/extents.js';
import { imageRanges } from '../../../src/emulation/calibration/inputs.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { randomArray } from '../../helpers/random.js';
import { smallNetwork } from '../emulator/smallNetwork.js';

const network = smallNetwork();
const SIZE = network.inputShape.reduce((a, b) => a * b);
const IMAGES = 19;
const images = randomArray(5, IMAGES * SIZE, 0, 1, 0.3);

describe('the images in ranges', () => {
  it('are all of them once, in order, each range but the last a multiple of what is computed at once', () => {
    const some = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(some, some, some, (count, atOnce, parts) => {
        const ranges = imageRanges(count, atOnce, parts);
        expect(ranges.length).toBe(Math.min(parts, Math.ceil(count / atOnce)));
        expect(ranges.flatMap(({ first, end }) => Array.from({ length: end - first }, (_, i) => first + i))).toEqual(
          Array.from({ length: count }, (_, i) => i),
        );
        for (const { first } of ranges) expect(first % atOnce).toBe(0);
        const sizes = ranges.map(({ first, end }) => Math.ceil((end - first) / atOnce));
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('a program compiled by several who measure some images each', () => {
  it.each([
    ['the largest', {}],
    ['a quantile', { adc: { rangeQuantile: 0.97 } }],
    ['the largest, peaks alone', { adc: { range: 'full' } }],
    ['noise that each image has of its own', { calibration: { photonsPerMultiplication: 50, photonAverage: 'image' } }],
    ['scales of images, offset weights', { calibration: { activationScale: 'perImage' }, vdu: { signs: 'offset' } }],
  ])('is that of one, by %s', async (_, overrides) => {
    const hardware = parseHardware(overrides);
    const calibration = await calibrate(network, hardware, images);
    const whole = await compileForChip(network, hardware, 1, calibration);
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: IMAGES - 1 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(cuts, async (inside) => {
        const ends = [...inside.sort((a, b) => a - b), IMAGES];
        const split = await compileForChip(
          network,
          hardware,
          1,
          { ...calibration, extents: new ExtentMemory() },
          {
            share: async (_counting, here) => {
              const parts = await Promise.all(ends.map((end, i) => here({ first: ends[i - 1] ?? 0, end })));
              // In any order, and as they come out of a message.
              return mergeExtents(structuredClone(parts).reverse());
            },
          },
        );
        expect(split).toEqual(whole);
      }),
      { numRuns: 8 },
    );
  });
});
