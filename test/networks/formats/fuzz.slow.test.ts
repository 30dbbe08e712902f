/** Every bit of a checkpoint's header turned, one at a time. */
import { expect, it } from 'vitest';
import { headerBytes, headerFlipsThatLoad } from './fuzzFile.js';

it('a checkpoint survives every single bit flip of the header', () => {
  const loaded = headerFlipsThatLoad(1);
  // Letters of the network's name, digits of values: many flips are another valid file, but not most.
  expect(loaded).toBeGreaterThan(0);
  expect(loaded).toBeLessThan(4 * headerBytes);
});
