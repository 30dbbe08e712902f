import { describe, expect, it } from 'vitest';
import { baselineOf } from '../../../src/experiments/check/baselineFile.js';
import { judge } from '../../../src/experiments/check/judge.js';
import type { Measurement } from '../../../src/experiments/check/measure.js';
import { change, measurement } from './measurement.js';

const checkOf = (expected: string, rest = '') =>
  baselineOf('b.yaml', `checks: [{ network: mnist, images: 1000, ${rest} expect: { ${expected} } }]`).checks[0]!;
const failed = (expected: string, measured: Partial<Measurement> = {}, rest = '') =>
  judge(checkOf(expected, rest), measurement(measured))
    .filter(({ passed }) => !passed)
    .map(({ quantity }) => quantity);

const ALL =
  'accuracy: 99 %, digital: 99.1 %, changed: [{ image: 12, from: 7, to: 2 }, { image: 340, from: 5, to: 3 }], maximumEnergy_J: 6.5e-3, maximumLatency_s: 3.2e-4';

describe('what was measured', () => {
  it('passes where all is as expected', () => expect(failed(ALL)).toEqual([]));

  it.each<[string, Partial<Measurement>, string[]]>([
    ['half a point lost', { accuracy: 0.985 }, ['accuracy']],
    ['one image lost', { accuracy: 0.989 }, ['accuracy']],
    ['one image won', { accuracy: 0.991 }, ['accuracy']],
    ['the digital network worse', { digital: 0.99 }, ['digital accuracy']],
    [
      'one changed class more',
      { changed: [change(12, 7, 2), change(17, 1, 4), change(340, 5, 3)] },
      ['changed classes'],
    ],
    ['one changed class less', { changed: [change(12, 7, 2)] }, ['changed classes']],
    ['as many changed classes, another image', { changed: [change(13, 7, 2), change(340, 5, 3)] }, ['changed classes']],
    ['the same images, another class', { changed: [change(12, 7, 1), change(340, 5, 3)] }, ['changed classes']],
    ['more energy', { energy_J: 6.5001e-3 }, ['energy_J']],
    ['more time', { latency_s: 3.2001e-4 }, ['latency_s']],
    ['no number', { accuracy: Number.NaN, energy_J: Number.NaN }, ['accuracy', 'energy_J']],
    ['less energy and time', { energy_J: 1e-3, latency_s: 1e-5 }, []],
  ])('%s', (_, measured, quantities) => expect(failed(ALL, measured)).toEqual(quantities));

  it.each<[string, Partial<Measurement>, number]>([
    ['accuracy: 99 %, tolerance: 0.5 %', { accuracy: 0.985 }, 0],
    ['accuracy: 99 %, tolerance: 0.5 %', { accuracy: 0.9849 }, 1],
    ['accuracy: 0.99, tolerance: 0.005', { accuracy: 0.995 }, 0],
    ['accuracy: 99 %, tolerance: 0', { accuracy: 0.99 }, 0],
    // Wilson's interval of 990 of 1,000 is 0.98169 to 0.99456 (statsmodels: proportion_confint(990, 1000, method='wilson')).
    ['accuracy: 99 %, tolerance: binomial', { accuracy: 0.982 }, 0],
    ['accuracy: 99 %, tolerance: binomial', { accuracy: 0.981 }, 1],
    ['accuracy: 99 %, tolerance: binomial', { accuracy: 0.994 }, 0],
    ['accuracy: 99 %, tolerance: binomial', { accuracy: 0.995 }, 1],
    ['changed: 2', {}, 0],
    ['changed: 1', {}, 1],
    ['changed: 3', {}, 1],
    ['changed: { most: 2 }', {}, 0],
    ['changed: { most: 1 }', {}, 1],
    ['changed: []', { changed: [] }, 0],
    ['changed: []', {}, 1],
  ])('%s, measured %j: %i failures', (expected, measured, count) => {
    expect(failed(expected, measured)).toHaveLength(count);
  });

  it('of a device that may round in other ways has the binomial interval unless the file says otherwise', () => {
    expect(failed('accuracy: 99 %', { accuracy: 0.985 }, 'backend: webgpu,')).toEqual([]);
    expect(failed('accuracy: 99 %, tolerance: 0', { accuracy: 0.985 }, 'backend: webgpu,')).toEqual(['accuracy']);
  });

  it('is exact to the image for thirds, too', () => {
    expect(failed('accuracy: 88.6666666667 %', { accuracy: 266 / 300 })).toEqual([]);
    expect(failed('accuracy: 88.67 %', { accuracy: 266 / 300 })).toEqual(['accuracy']);
  });

  it('tells images of several chips apart', () => {
    const list = '[{ chip: 1, image: 12, from: 7, to: 2 }, { chip: 2, image: 12, from: 7, to: 2 }]';
    const of = (...chips: number[]) => ({ changed: chips.map((chip) => change(12, 7, 2, chip)) });
    expect(failed(`changed: ${list}`, of(1, 2), 'chips: [1, 2],')).toEqual([]);
    expect(failed(`changed: ${list}`, of(1), 'chips: [1, 2],')).toEqual(['changed classes']);
  });
});
