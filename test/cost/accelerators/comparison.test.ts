import { describe, expect, it } from 'vitest';
import {
  AVERAGINGS,
  averageRatio,
  compareDesigns,
  publishedRatios,
  publishedWorkloads,
  ratiosOf,
} from '../../../src/cost/accelerators/comparison.js';
import { COMPARATORS } from '../../../src/cost/accelerators/index.js';
import { nullHop } from '../../../src/cost/accelerators/nullhop/model.js';
import { sensitivities } from '../../../src/cost/accelerators/sensitivity.js';
import { type AcceleratorReport, BIT_RULES, reportOf } from '../../../src/cost/accelerators/types.js';
import { DENSE, OWN, workload } from './layers.js';

/** A report of one image with this energy and bits. */
function report(energy_J: number, bits: number): AcceleratorReport {
  const energyPerBit_J = { denseMac: energy_J / bits, parameter: energy_J / bits, processed: energy_J / bits };
  return {
    latency_s: 1,
    framesPerSecond: 1,
    energy_J,
    power_W: energy_J,
    framesPerSecondPerWatt: 1 / energy_J,
    energyPerBit_J,
    layers: [],
  };
}

describe('averages by hand', () => {
  it.each([
    // 2 / 1 and 6 / 4: means 4 / 2.5, mean of 2 and 1.5, root of 3.
    ['ratioOfMeans' as const, 1.6],
    ['meanOfRatios' as const, 1.75],
    ['geometric' as const, Math.sqrt(3)],
  ])('%s', (rule, expected) => {
    expect(averageRatio([2, 6], [1, 4], rule)).toBeCloseTo(expected, 12);
  });
});

describe('ratios', () => {
  // Ours: 1 J and 4 J; theirs: 2 J and 4 J; 10 and 20 bits. FPS/W: (1 + 0.25) / (0.5 + 0.25); energy/bit: 0.4 / 0.3.
  const ours = [report(1, 10), report(4, 20)];
  const theirs = [report(2, 10), report(4, 20)];

  it('by hand', () => {
    const { fpsPerWatt, energyPerBit, scaleFree } = ratiosOf(ours, theirs, 'ratioOfMeans');
    expect(fpsPerWatt).toBeCloseTo(5 / 3, 12);
    expect(energyPerBit.denseMac).toBeCloseTo(4 / 3, 12);
    expect(scaleFree.denseMac).toBeCloseTo(0.8, 12);
  });

  it('R does not see a factor in power or speed, and is 1 for means of ratios', () => {
    const slower = theirs.map(({ energy_J }, i) => report(7 * energy_J, [10, 20][i]!));
    expect(ratiosOf(ours, slower, 'ratioOfMeans').scaleFree.denseMac).toBeCloseTo(0.8, 12);
    for (const rule of ['meanOfRatios', 'geometric'] as const) {
      expect(ratiosOf(ours, theirs, rule).scaleFree.parameter).toBeCloseTo(1, 12);
    }
  });

  it("the paper's: R from its printed ratios", () => {
    expect(publishedRatios('nullhop')).toEqual({
      fpsPerWatt: 5.81,
      energyPerBit: 8.4,
      scaleFree: expect.closeTo(1.446, 3),
    });
    const R = ['nullhop', 'rsnn', 'lightbulb', 'crosslight', 'holylight'].map((id) => publishedRatios(id)!.scaleFree);
    [1.45, 1.44, 6.3, 6.3, 2.0].forEach((value, i) => {
      expect(Math.abs(R[i]! - value)).toBeLessThan(0.05);
    });
    expect(publishedRatios('p100')).toBeNull();
  });
});

describe('reportOf', () => {
  it('power is energy over time, and bits are dense', () => {
    const network = workload([DENSE], 500);
    const layers = [
      { name: 'a', latency_s: 2, energy_J: 3 },
      { name: 'b', latency_s: 1, energy_J: 6 },
    ];
    expect(reportOf(network, layers, 90)).toMatchObject({
      latency_s: 3,
      energy_J: 9,
      power_W: 3,
      framesPerSecond: 1 / 3,
      framesPerSecondPerWatt: 1 / 9,
      energyPerBit_J: { denseMac: 9 / (40_000 * 16), parameter: 9 / (500 * 16), processed: 0.1 },
    });
    expect(reportOf(network, layers, 90, 2)).toMatchObject({ framesPerSecond: 0.5, power_W: 4.5 });
  });
});

describe('the comparison', () => {
  const workloads = publishedWorkloads({ networks: ['mnist', 'cifar10', 'svhn'] });

  it('has every design with its variants on every network', () => {
    const { designs, networks, sonic } = compareDesigns(OWN, 'ratioOfMeans', workloads);
    expect(networks).toEqual(['MNIST', 'CIFAR-10', 'SVHN']);
    for (const design of COMPARATORS) {
      const own = designs.filter(({ id }) => id === design.id);
      expect(own.map(({ variant }) => variant)).toEqual([null, ...Object.keys(design.variants)]);
    }
    for (const { reports, ratios } of designs) {
      expect(reports).toHaveLength(3);
      expect(ratios).toEqual(ratiosOf(sonic.reports, reports, 'ratioOfMeans'));
    }
  });

  it('every report of every design: power is energy times rate, and layers add up', () => {
    for (const devices of ['own', 'sonic'] as const) {
      const { designs, sonic } = compareDesigns({ ...OWN, devices }, 'ratioOfMeans', workloads);
      for (const { reports } of [sonic, ...designs]) {
        reports.forEach((one, i) => {
          expect(one.power_W / (one.energy_J * one.framesPerSecond!)).toBeCloseTo(1, 9);
          const sum = one.layers.reduce((total, { energy_J }) => total + energy_J, 0);
          expect(sum / one.energy_J).toBeCloseTo(1, 9);
          expect(one.layers.map(({ name }) => name)).toEqual(workloads[i]!.layers.map(({ name }) => name));
          for (const rule of BIT_RULES) expect(one.energyPerBit_J[rule]).toBeGreaterThan(0);
        });
      }
    }
  });

  it('electronic designs do not depend on the device table, photonic ones do', () => {
    const efficiency = (devices: 'own' | 'sonic') =>
      Object.fromEntries(
        compareDesigns({ ...OWN, devices }, 'ratioOfMeans', workloads)
          .designs.filter(({ variant }) => variant === null)
          .map(({ id, reports }) => [id, reports[0]!.framesPerSecondPerWatt]),
      );
    const [own, table2] = [efficiency('own'), efficiency('sonic')];
    for (const id of ['nullhop', 'rsnn', 'p100', 'xeon9282']) expect(table2[id]).toBe(own[id]);
    for (const id of ['crosslight', 'holylight', 'lightbulb']) expect(table2[id]).not.toBe(own[id]);
  });
});

describe('sensitivity', () => {
  const all = sensitivities(OWN, 'ratioOfMeans');

  it("tries every alternative of the design's and of SONIC's choices, and the shared ones, one at a time", () => {
    const base = compareDesigns(OWN, 'ratioOfMeans');
    for (const { id, title, base: ratios, rows } of all) {
      const design = COMPARATORS.find((one) => one.id === id)!;
      expect(ratios).toEqual(base.designs.find((one) => one.id === id && one.variant === null)!.ratios);
      const alternatives = design.choices.flatMap((choice) => choice.alternatives);
      expect(rows.filter(({ of }) => of === title)).toHaveLength(alternatives.length);
      const shared = rows.filter(({ of }) => of === 'both').map(({ choice }) => choice);
      expect(new Set(shared)).toEqual(
        new Set([
          'zero activations',
          'pruned layers',
          'MNIST network',
          'networks',
          'averaging',
          'accounting of converters',
          'memory',
          'device table',
        ]),
      );
      expect(shared.filter((choice) => choice === 'averaging')).toHaveLength(AVERAGINGS.length - 1);
      const effects = rows.map(({ factor }) => Math.abs(Math.log(factor)));
      expect(effects).toEqual([...effects].sort((a, b) => b - a));
    }
  });

  it("has the ratio of NullHop's other build", () => {
    const row = all[0]!.rows.find(({ choice }) => choice === 'build')!;
    // 500 MHz at 0.155 W against 60 MHz at 1 W, the same cycles.
    expect(row.factor).toBeCloseTo(60 / 1 / (500 / 0.155), 9);
    expect(row.ratios.scaleFree.denseMac).toBeCloseTo(all[0]!.base.scaleFree.denseMac, 9);
    expect(nullHop.defaults.clock_MHz).toBe(60);
  });
});
