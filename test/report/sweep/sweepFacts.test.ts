import { describe, expect, it } from 'vitest';
import { foldedWarnings, sweepFacts } from '../../../src/report/sweep/sweepFacts.js';
import { BITS, summaryOf } from './summaries.js';

const base = summaryOf({ name: 'bits', title: 'Bits', axes: [BITS] });

/** Facts of a sweep whose points have these accuracies and energies. */
function factsOf(accuracies: readonly number[], energies: readonly number[]): Map<string, string> {
  const points = accuracies.map((accuracy, i) => ({
    ...base.points[i]!,
    accuracy,
    cost: { ...base.points[i]!.cost!, energy_J: energies[i]! },
  }));
  return new Map(sweepFacts({ ...base, points }));
}

describe('the ends of a sweep', () => {
  it('are named where one point has them', () => {
    const facts = factsOf([0.5, 0.9, 0.7], [2e-3, 1e-3, 3e-3]);
    expect(facts.get('highest accuracy')).toBe('90.00 % at ADC bits 6');
    expect(facts.get('lowest energy')).toBe('1.00 mJ an image at ADC bits 6');
  });

  it('are shared where several have them', () => {
    const facts = factsOf([0.9, 0.9, 0.7], [1e-3, 3e-3, 1e-3 * (1 + 1e-13)]);
    expect(facts.get('highest accuracy')).toBe('90.00 % at ADC bits 4 and 1 other point');
    expect(facts.get('lowest energy')).toBe('1.00 mJ an image at ADC bits 4 and 1 other point');
    expect(factsOf([0.9, 0.9, 0.9, 0.1], [4, 1, 1, 1]).get('lowest energy')).toMatch(
      /at ADC bits 6 and 2 other points$/,
    );
  });

  it('of accuracy are of points on as many images and chips as any, up to four chips', () => {
    const counts = [
      { images: 200, chips: 1, accuracy: 1 },
      { images: 2000, chips: 1, accuracy: 0.99 },
      { images: 2000, chips: 4, accuracy: 0.95 },
      { images: 2000, chips: 7, accuracy: 0.96 },
    ];
    const points = counts.map((count, i) => ({ ...base.points[i]!, ...count }));
    expect(new Map(sweepFacts({ ...base, points })).get('highest accuracy')).toBe('96.00 % at ADC bits 10');
    const few = points.slice(0, 2);
    expect(new Map(sweepFacts({ ...base, points: few })).get('highest accuracy')).toBeUndefined();
    const digital = points.map((point, i) => (i === 1 ? { ...point, cost: null } : point));
    expect(new Map(sweepFacts({ ...base, points: digital })).get('highest accuracy')).toBe('99.00 % at ADC bits 6');
  });

  it('are none where all points are equal, or there is one', () => {
    for (const facts of [factsOf([0.9, 0.9, 0.9], [1e-3, 1e-3, 1e-3]), factsOf([0.9], [1e-3])]) {
      expect([...facts.keys()].filter((key) => /highest|lowest/.test(key))).toEqual([]);
      expect(facts.get('accuracy')).toBe('90.00 %');
    }
    expect(factsOf([0.9, 0.8], [1e-3, 1e-3]).get('energy')).toBe('1.00 mJ an image at every point');
    expect(factsOf([0.9], [1e-3]).get('energy')).toBe('1.00 mJ an image');
    expect([...factsOf([], []).keys()]).not.toContain('energy');
  });
});

describe('warnings of a sweep', () => {
  it('are said once a subject: the first, how many differ in numbers or layer alone, and at how many points', () => {
    const points = [
      ["layer 'conv1': 176 of 500 rings move by 0.107", 'current capped at 100 uA'],
      [
        "layer 'conv1': 170 of 500 rings move by 0.2",
        "layer 'conv2': 8 of 9 rings move by 1.5e-3",
        'current capped at 100 uA',
      ],
      ['no light'],
    ].map((warnings) => ({ warnings }));
    expect(foldedWarnings(points)).toEqual([
      "layer 'conv1': 176 of 500 rings move by 0.107 (2 more like it with other numbers, at 2 points)",
      'current capped at 100 uA (at 2 points)',
      'no light',
    ]);
  });
});
