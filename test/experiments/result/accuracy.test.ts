import { describe, expect, it } from 'vitest';
import { wilsonInterval95 } from '../../../src/base/statistics/wilson.js';
import { accuracyOf, predictedClasses } from '../../../src/experiments/result/accuracy.js';

describe('wilsonInterval95', () => {
  // Newcombe, Statistics in Medicine 17, 857 (1998), table I, method 3.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('%i of %i is between %f and %f', (hits, total, low, high) => {
    const interval = wilsonInterval95(hits, total);
    expect(interval[0]).toBeCloseTo(low, 4);
    expect(interval[1]).toBeCloseTo(high, 4);
  });
  it('says nothing where nothing was counted', () => expect(wilsonInterval95(0, 0)).toEqual([0, 1]));
});

describe('accuracyOf', () => {
  const digital = Float32Array.from([1, 0, 0, 1, 0, 1, 0, 1]);
  const emulated = Float32Array.from([1, 0, 1, 0, 0, 1, 1, 1]);
  it('takes the largest logit, the lowest class of equal ones', () => {
    expect(Array.from(predictedClasses(emulated, 4))).toEqual([0, 0, 1, 0]);
  });
  it('counts hits and changes', () => {
    const accuracy = accuracyOf(digital, emulated, [0, 1, 1, 0]);
    expect(accuracy).toMatchObject({ digital: 0.75, emulated: 0.75, changed: 2, images: 4 });
  });
  it('leaves out what was not emulated', () => {
    expect(accuracyOf(digital, null, [0, 1, 1, 0])).toEqual({
      digital: 0.75,
      emulated: null,
      interval95: null,
      changed: null,
      images: 4,
    });
  });
});
