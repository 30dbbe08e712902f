import { beforeAll, describe, expect, it } from 'vitest';
import { predictCost } from '../../../src/cost/predict.js';
import {
  bestSize,
  meanStudy,
  SIZES,
  type SizeStudy,
  sizeAt,
  studySizes,
} from '../../../src/experiments/exploration/unitSizes.js';
import { type CostSubject, loadCostSubject } from '../../../src/experiments/run/costSubject.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';

const hardware = presetHardware('sonic');
let subjects: CostSubject[];
let studies: SizeStudy[];
const studyOf = (network: string, chunking: string) =>
  studies.find((study) => study.network === network && study.chunking === chunking)!;

beforeAll(async () => {
  subjects = await Promise.all(['cifar10', 'mnist-3x3'].map((name) => loadCostSubject(name)));
  studies = studySizes(subjects, hardware);
});

describe('sizes of the units', () => {
  it('are tried all, the paper’s among them, n from 2 to 50 and m from 10 to 200', () => {
    expect([SIZES.n[0], SIZES.n.at(-1), SIZES.m[0], SIZES.m.at(-1)]).toEqual([2, 50, 10, 200]);
    expect(studies).toHaveLength(4);
    for (const { points } of studies) expect(points).toHaveLength(SIZES.n.length * SIZES.m.length);
  });

  it('cost what the predictor says of that hardware', () => {
    for (const [n, m, chunking] of [
      [5, 50, 'slice'],
      [12, 20, 'concatenated'],
    ] as const) {
      const here = presetHardware('sonic', { vdu: { conv: { size: n, chunking }, fc: { size: m } } });
      const cost = predictCost(subjects[0]!.statistics(here), here);
      const point = sizeAt(studyOf('cifar10', chunking), n, m);
      expect(point.fpsPerWatt).toBeCloseTo(cost.framesPerSecondPerWatt!, 9);
      expect(point.latency_s).toBeCloseTo(cost.latency_s, 12);
      expect(point.power_W).toBeCloseTo(cost.power_W, 9);
    }
  });

  it('the best is better than all others that keep', () => {
    const study = studyOf('mnist-3x3', 'slice');
    const frugal = bestSize(study, ({ power_W }) => power_W < 15);
    expect(frugal.power_W).toBeLessThan(15);
    for (const { fpsPerWatt, power_W } of study.points) {
      expect(fpsPerWatt).toBeLessThanOrEqual(bestSize(study).fpsPerWatt);
      if (power_W < 15) expect(fpsPerWatt).toBeLessThanOrEqual(frugal.fpsPerWatt);
    }
  });

  it('a slice of a 3 x 3 kernel has nine weights: wider units win nothing, concatenated ones do', () => {
    const [slice, together] = ['slice', 'concatenated'].map((chunking) => studyOf('cifar10', chunking));
    for (const [a, b] of [
      [9, 10],
      [10, 25],
      [25, 50],
    ] as const) {
      const at = (study: SizeStudy, n: number) => sizeAt(study, n, 50);
      expect(at(slice!, b).latency_s).toBeGreaterThanOrEqual(at(slice!, a).latency_s);
      expect(at(slice!, b).fpsPerWatt).toBeLessThan(at(slice!, a).fpsPerWatt);
      expect(at(together!, b).latency_s).toBeLessThan(at(together!, a).latency_s);
    }
  });

  it('the description’s own sizes are tried too', () => {
    const own = presetHardware('sonic', { vdu: { conv: { size: 11 }, fc: { size: 33 } } });
    expect(sizeAt(studySizes([subjects[0]!], own)[0]!, 11, 33).fpsPerWatt).toBeGreaterThan(0);
  });

  it('means are geometric', () => {
    const own = studies.filter(({ chunking }) => chunking === 'slice');
    const [a, b] = own.map((study) => sizeAt(study, 5, 50));
    expect(sizeAt(meanStudy(own), 5, 50).fpsPerWatt).toBeCloseTo(Math.sqrt(a!.fpsPerWatt * b!.fpsPerWatt), 9);
  });
});
