import { describe, expect, it } from 'vitest';
import { formatCount, formatDuration, formatShare, formatSi } from '../../../src/base/text/units.js';

describe('formatSi', () => {
  it.each([
    [1.57e-5, 's', '15.7 us'],
    [0.0009996, 's', '1.00 ms'],
    [12345, '', '12.3 k'],
    [999.6, 'J', '1.00 kJ'],
    [0, 'W', '0 W'],
    [4.2e-14, 'J', '0.0420 pJ'],
    [-0.25, 'W', '-250 mW'],
  ])('%d %s', (value, unit, text) => expect(formatSi(value, unit)).toBe(text));
});

it('formats shares, counts and durations', () => {
  expect(formatShare(0.98514)).toBe('98.51 %');
  expect(formatCount(1032192)).toBe('1,032,192');
  expect(formatCount(23.46)).toBe('23.5');
  expect(formatDuration(3.21)).toBe('3.2 s');
  expect(formatDuration(59.2)).toBe('59 s');
  expect(formatDuration(75)).toBe('1 min 15 s');
});

describe('numbers at the ends of float64', () => {
  it.each([5e-324, -5e-324, 1e-310, 2.2e-308, 1e-40, 1e-16, 1.7e308, 1e21])(
    '%d has a text of few characters',
    (value) => {
      const text = formatSi(value, 'J');
      expect(text.length).toBeLessThan(40);
      expect(text).toMatch(/^-?[\d.]+(e[+-]\d+)? \w?J$/);
    },
  );
});
