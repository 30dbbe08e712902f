import { describe, expect, it } from 'vitest';
import { calibrationText, classLines } from '../../../src/report/kit/dataText.js';

const NONE = { count: 0, examples: [] };
const facts = { name: 'image-folder', split: 'test', images: 5, hash: '' };

describe('what is said of the classes', () => {
  it('is nothing where the data are no folder', () => {
    expect(classLines(facts)).toEqual([]);
  });

  it('is a line each, with control characters of names escaped and the first entries that were skipped', () => {
    const skipped = { count: 5, examples: ['._1.png', '\u001b[2J', 'c'] };
    const classes = [
      { name: 'a\n', output: 0, used: 1200, unused: 0, skipped },
      { name: 'b', output: 1, used: 1, unused: 3, skipped: NONE },
    ];
    expect(classLines({ ...facts, classes, skipped: { count: 1, examples: ['.git'] } })).toEqual([
      'a\\u000a: 1,200 used, 5 skipped (._1.png, \\u001b[2J, c, ...)',
      'b: 1 of 4 used',
      'beside the classes 1 skipped (.git)',
    ]);
  });

  it('is a summary and the classes with skipped entries where there are many', () => {
    const classes = Array.from({ length: 30 }, (_, i) => ({
      name: `c${i}`,
      output: i,
      used: 10 + (i % 3),
      unused: 0,
      skipped: i === 7 ? { count: 2, examples: ['x', 'y'] } : NONE,
    }));
    expect(classLines({ ...facts, classes, skipped: NONE })).toEqual([
      '30: 10 to 12 images of each used, 2 entries skipped',
      'c7: 11 used, 2 skipped (x, y)',
    ]);
  });

  it('is said of the calibration where it stands for another split', () => {
    expect(calibrationText({ split: 'train', images: 20 })).toBe('first 20 images of the train split');
    expect(calibrationText({ split: 'test', images: 3, fallback: 'there is none' })).toBe(
      'first 3 images of the test split, as there is none',
    );
  });
});
