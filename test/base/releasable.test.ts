import { expect, it } from 'vitest';
import { ReleasableFloat32 } from '../../src/base/releasable.js';

it('copies outlive what they are of, of which nothing is left', () => {
  const numbers = new ReleasableFloat32(20);
  numbers.set(Float32Array.of(1, 2, 3), 5);
  const copy = numbers.copy(4, 4);
  const other = new Float32Array(3);
  numbers.copyInto(other, 5);
  numbers.release();
  expect(copy).toEqual(Float32Array.of(0, 1, 2, 3));
  expect(other).toEqual(Float32Array.of(1, 2, 3));
  expect(numbers.copy(4, 4)).toHaveLength(0);
});

it.runIf(process.platform === 'linux')('gives pages back to the system', () => {
  const length = 2 ** 25;
  const numbers = new ReleasableFloat32(length);
  numbers.set(new Float32Array(length).fill(1), 0);
  const before = process.memoryUsage.rss();
  numbers.release();
  expect(before - process.memoryUsage.rss()).toBeGreaterThan(0.9 * 4 * length);
});
