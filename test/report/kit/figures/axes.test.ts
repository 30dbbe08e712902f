import { describe, expect, it } from 'vitest';
import { domainOf, logTicks, tickText } from '../../../../src/report/kit/figures/axes.js';

describe('tickText', () => {
  it.each([
    [0, '0'],
    [0.001, '0.001'],
    [0.1, '0.1'],
    [-2.5, '-2.5'],
    [64_000, '64000'],
    [1e6, '10⁶'],
    [2e-4, '2·10⁻⁴'],
    [1e-12, '10⁻¹²'],
  ])('%d is %s', (value, text) => {
    expect(tickText(value)).toBe(text);
  });
});

describe('logTicks', () => {
  it('are powers of ten over many decades, with twos and fives over few', () => {
    expect(logTicks([0.001, 10])).toEqual([0.001, 0.01, 0.1, 1, 10]);
    expect(logTicks([3, 120])).toEqual([5, 10, 20, 50, 100]);
  });
});

describe('domainOf', () => {
  it('holds all values with room', () => {
    expect(domainOf([3, 1, Number.NaN, 2], 'linear', 0.1)).toBeAllclose([0.8, 3.2]);
    expect(domainOf([1, 100, 0, -1], 'log', 0.5)).toBeAllclose([0.1, 1000]);
    expect(domainOf([], 'linear', 0.1)).toEqual([0, 1]);
    const [low, high] = domainOf([0], 'linear', 0.1);
    expect(high).toBeGreaterThan(low);
  });
});
