import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { loadPlan, planOf, withChanges } from '../../../src/experiments/sweep/planFile.js';
import { planSweep } from '../../../src/experiments/sweep/planner.js';
import type { SweepPlanInput } from '../../../src/experiments/sweep/planSchema.js';
import { planPoints } from '../../../src/experiments/sweep/points.js';
import { createTrialLoader } from '../../../src/experiments/trial/trialLoader.js';
import { temporaryFolder } from '../../helpers/folder.js';

const folder = temporaryFolder();
const loader = createTrialLoader('test');
const base = { network: 'mnist', images: 8 };

const pointsOf = (input: Partial<SweepPlanInput>) =>
  planPoints(planOf({ name: 'test', base, ...input }).plan, 'plan').points.map(({ values }) => Object.values(values));
const sweepOf = (input: Partial<SweepPlanInput>) => planSweep(planOf({ name: 'test', base, ...input }), loader);

describe('axes', () => {
  it('span a grid, the last fastest', () => {
    expect(
      pointsOf({
        axes: [
          { path: 'adc.bits', values: [4, 6] },
          { path: 'fidelity', values: ['exact', 'digital'] },
        ],
      }),
    ).toEqual([
      [4, 'exact'],
      [4, 'digital'],
      [6, 'exact'],
      [6, 'digital'],
    ]);
  });

  it('without axes there is one point', () => {
    expect(pointsOf({})).toEqual([[]]);
  });

  it('ranges are linear or log, rounded where asked, each value once', () => {
    const range = (values: object) => pointsOf({ axes: [{ path: 'adc.bits', range: values as never }] }).flat();
    expect(range({ from: 0, to: 1, steps: 11 })).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]);
    expect(range({ from: 2000, to: 32000, steps: 5, scale: 'log' })).toEqual([2000, 4000, 8000, 16000, 32000]);
    expect(range({ from: 1, to: 3, steps: 5, round: 'integer' })).toEqual([1, 2, 3]);
    expect(range({ from: 5, to: 1, steps: 1 })).toEqual([5]);
  });

  it('links move paths together, variants bundle settings', async () => {
    const { axes, points } = await sweepOf({
      axes: [
        { name: 'size', link: { 'vdu.conv.size': [5, 10], 'vdu.fc.size': [25, 50] }, label: 'vector size' },
        {
          name: 'design',
          variants: {
            plain: {},
            fine: { 'adc.bits': 12, 'compression.clusters': 16, hardware: 'sonic-ideal' },
          },
        },
      ],
    });
    expect(axes).toEqual([
      {
        name: 'size',
        label: 'vector size',
        paths: ['vdu.conv.size', 'vdu.fc.size'],
        values: [5, 10],
        scale: 'linear',
      },
      {
        name: 'design',
        label: 'design',
        paths: ['adc.bits', 'compression.clusters', 'hardware'],
        values: ['plain', 'fine'],
        scale: 'categories',
      },
    ]);
    expect(
      points.map(({ settings: { hardware, compression } }) => [
        hardware.name,
        hardware.vdu.conv.size,
        hardware.vdu.fc.size,
        hardware.adc.bits,
        compression?.clusters ?? null,
      ]),
    ).toEqual([
      ['sonic', 5, 25, 16, null],
      ['sonic-ideal', 5, 25, 12, 16],
      ['sonic', 10, 50, 16, null],
      ['sonic-ideal', 10, 50, 12, 16],
    ]);
    expect(points[3]!.label).toBe('point 4 (size=10, design=fine)');
    expect(points[3]!.loaded.network.layers).not.toEqual(points[2]!.loaded.network.layers);
  });

  it('set the hardware over base.set, over the preset', async () => {
    const { points } = await sweepOf({
      base: { ...base, hardware: 'sonic-untuned', set: { 'adc.bits': 9, 'grid.wavelengthsPerWaveguide': 5 } },
      axes: [{ path: 'adc.bits', values: [4, 7] }],
    });
    expect(
      points.map(({ settings: { hardware } }) => [hardware.adc.bits, hardware.grid.wavelengthsPerWaveguide]),
    ).toEqual([
      [4, 5],
      [7, 5],
    ]);
  });
});

describe('a Latin hypercube', () => {
  const plan = (seed: number, count = 40): Partial<SweepPlanInput> => ({
    axes: [
      { path: 'microring.qualityFactor', range: { from: 2000, to: 32000, scale: 'log' } },
      { path: 'tuning.temperatureOffset_K', range: { from: -1, to: 1 } },
      { path: 'adc.bits', values: [6, 8, 10] },
    ],
    sample: { latinHypercube: count, seed },
  });

  it.each([1, 2, 77])('has one value in each stratum of each range, and lists in equal parts (seed %d)', (seed) => {
    const points = pointsOf(plan(seed)) as number[][];
    const strata = (column: number, share: (value: number) => number) =>
      points.map((point) => Math.floor(share(point[column]!) * 40)).sort((a, b) => a - b);
    const all = Array.from({ length: 40 }, (_, i) => i);
    expect(strata(0, (q) => Math.log(q / 2000) / Math.log(16))).toEqual(all);
    expect(strata(1, (t) => (t + 1) / 2)).toEqual(all);
    const counts = [6, 8, 10].map((bits) => points.filter((point) => point[2] === bits).length);
    expect(counts.reduce((sum, n) => sum + n)).toBe(40);
    for (const count of counts) expect([13, 14]).toContain(count);
  });

  it('is the same for the same seed, another for another, and its axes are not correlated', () => {
    expect(pointsOf(plan(1))).toEqual(pointsOf(plan(1)));
    expect(pointsOf(plan(1))).not.toEqual(pointsOf(plan(2)));
    const points = pointsOf(plan(5, 400)) as number[][];
    const [x, y] = [points.map(([q]) => Math.log(q!)), points.map(([, t]) => t!)];
    const mean = (values: number[]) => values.reduce((sum, v) => sum + v) / values.length;
    const centred = (values: number[]) => values.map((v) => v - mean(values));
    const [a, b] = [centred(x), centred(y)];
    const dot = (p: number[], q: number[]) => p.reduce((sum, v, i) => sum + v * q[i]!, 0);
    // Of 400 independent pairs the correlation is within 3 / sqrt(400).
    expect(Math.abs(dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)))).toBeLessThan(0.15);
  });
});

describe('exclude', () => {
  const axes: SweepPlanInput['axes'] = [
    { path: 'adc.bits', values: [4, 6, 8] },
    { name: 'size', link: { 'vdu.conv.size': [5, 10], 'vdu.fc.size': [25, 50] } },
  ];
  it.each<[SweepPlanInput['exclude'], number[][]]>([
    [
      [{ 'adc.bits': 4, 'vdu.fc.size': 50 }],
      [
        [4, 5],
        [6, 5],
        [6, 10],
        [8, 5],
        [8, 10],
      ],
    ],
    [
      [{ 'adc.bits': '< 8' }],
      [
        [8, 5],
        [8, 10],
      ],
    ],
    [
      [{ 'adc.bits': '>=6', size: 10 }],
      [
        [4, 5],
        [4, 10],
        [6, 5],
        [8, 5],
      ],
    ],
    [
      [{ 'adc.bits': '!= 6' }],
      [
        [6, 5],
        [6, 10],
      ],
    ],
    [
      [{ 'adc.bits': 'in [4, 8]' }],
      [
        [6, 5],
        [6, 10],
      ],
    ],
    [
      [{ 'adc.bits': [4, 8] }],
      [
        [6, 5],
        [6, 10],
      ],
    ],
    [[{ size: 5 }, { 'adc.bits': '<=6' }], [[8, 10]]],
  ])('%j', (exclude, left) => {
    expect(pointsOf({ axes, exclude })).toEqual(left);
  });
});

describe('what a plan gets wrong is named', () => {
  const wrong: [what: Record<string, unknown>, message: string][] = [
    [{ axis: [] }, "unknown key 'axis', did you mean 'axes'?"],
    [{ base: { netwrok: 'mnist' } }, "unknown key 'base.netwrok', did you mean 'base.network'?"],
    [{ name: 'ADC bits' }, 'name is "ADC bits": write small letters'],
    [
      { monteCarlo: { until: '200%' } },
      'monteCarlo.until is "200%": write a share of 1 above 0 and below 1, as in \'0.2%\' or 0.002',
    ],
    [{ monteCarlo: { chip: 2 } }, "unknown key 'monteCarlo.chip', did you mean 'monteCarlo.chips'?"],
    [
      { axes: [{ path: 'adc.bits', value: [4] }] },
      'axes.0 has only path, value; give it exactly one of values, range, link, variants',
    ],
    [{ axes: [{ path: 'adc.bits', values: [4], lable: 'x' }] }, "axes.0: unknown key 'lable', did you mean 'label'?"],
    [{ axes: [{ path: 'adc.bit', values: [4] }] }, "axes.0: unknown path 'adc.bit'; did you mean 'adc.bits'?"],
    [{ axes: [{ path: 'adc', values: [4] }] }, "axes.0: unknown path 'adc'; it is a group of bits, latency_ns"],
    [{ axes: [{ path: 'adc.bits', values: [4, 99] }] }, 'point 2 (adc.bits=99): adc.bits is 99'],
    [{ axes: [{ path: 'adc.bits', values: ['x', 2] }] }, 'point 1 (adc.bits=x): adc.bits is "x"'],
    [{ axes: [{ path: 'fidelity', values: ['exakt'] }] }, 'point 1 (fidelity=exakt): fidelity is "exakt"'],
    [
      { axes: [{ path: 'hardware', values: ['sonc'] }] },
      "point 1 (hardware=sonc): hardware 'sonc' is neither a preset",
    ],
    [
      { axes: [{ path: 'network', values: ['mnits'] }] },
      "point 1 (network=mnits): no network 'mnits', did you mean 'mnist'?",
    ],
    [{ axes: [{ path: 'images', values: [20_000] }] }, 'point 1 (images=20000): 20000 images were asked of mnist'],
    [
      { axes: [{ path: 'dataset', values: ['cifar10'] }] },
      "point 1 (dataset=cifar10): data set 'cifar10' has images of 32x32x3",
    ],
    [
      { axes: [{ path: 'classes', values: ['0=1'] }] },
      "point 1 (classes=0=1): classes of data set 'mnist': nothing says which output '1' is",
    ],
    [
      {
        axes: [
          { path: 'adc.bits', values: [4] },
          { path: 'adc.bits', values: [6] },
        ],
      },
      "axes.1: 'adc.bits' is already set or named by axis 'adc.bits'",
    ],
    [{ axes: [{ path: 'adc.bits', range: { from: 2, to: 8 } }] }, 'axes.0.range: steps is missing'],
    [
      { axes: [{ path: 'adc.bits', range: { from: 0, to: 8, steps: 3, scale: 'log' } }] },
      'axes.0: a log scale from 0 to 8',
    ],
    [
      { axes: [{ name: 'size', link: { 'vdu.conv.size': [5], 'vdu.fc.size': [25, 50] } }] },
      'axes.0.link: vdu.conv.size has 1 values and vdu.fc.size 2',
    ],
    [
      {
        axes: [
          { path: 'adc.bits', values: Array.from({ length: 101 }, (_, i) => i) },
          { path: 'seed', values: Array.from({ length: 101 }, (_, i) => i) },
        ],
      },
      '10201 combinations, at most 10000',
    ],
    [{ exclude: [{ 'adc.bits': 4 }] }, 'exclude.0.adc.bits: no axis has that name or path'],
    [{ axes: [{ path: 'adc.bits', values: [4] }], exclude: [{ 'adc.bits': 4 }] }, 'exclude leaves none of 1 points'],
    [{ axes: [{ path: 'adc.bits', values: [4] }], exclude: [{ 'adc.bits': '< x' }] }, "'< x' compares with no number"],
    [
      { figures: [{ kind: 'line', x: 'adc.bit', y: 'accuracy' }], axes: [{ path: 'adc.bits', values: [4] }] },
      "figures.0.x is 'adc.bit', which is not the name of an axis; did you mean 'adc.bits'?",
    ],
    [{ figures: [{ kind: 'line', x: 'accuracy', y: 'accuracy' }] }, 'is a quantity, not an axis'],
    [{ figures: [{ kind: 'line', x: 'adc.bits', y: 'acuracy' }] }, 'figures.0.y is "acuracy"'],
    [
      { figures: [{ kind: 'line', x: 'adc.bits', y: 'accuracy', serie: 'x' }] },
      "unknown key 'figures.0.serie', did you mean 'figures.0.series'?",
    ],
    [{ base: { ...base, set: { 'adc.bit': 4 } } }, "base.set: unknown path 'adc.bit'; did you mean 'adc.bits'?"],
    [{ base: {} }, 'no network; name one in base.network'],
  ];
  it.each(wrong)('%j', async (input, message) => {
    await expect((async () => sweepOf(input as never))()).rejects.toThrow(message);
  });

  it('in files too, with their name; relative paths start at the file', async () => {
    const file = folder.path('plan.yaml');
    await writeFile(file, 'name: x\nbase: { network: [ }\n');
    await expect(loadPlan(file)).rejects.toThrow(/plan\.yaml: not YAML/);
    await writeFile(file, 'name: x\nbase: { network: mnist, images: 8, hardware: own.yaml }\n');
    await writeFile(folder.path('own.yaml'), 'preset: sonic-ideal\nadc: { bits: 7 }\n');
    const { points } = await planSweep(await loadPlan(file), loader);
    expect(points[0]!.settings.hardware.adc.bits).toBe(7);
    await expect(loadPlan(folder.path('plan.yml'))).rejects.toThrow('did you mean');
  });
});

it('the plan of docs/sweeps.md holds: 3 x 5 x 2 x 2 points less those excluded', async () => {
  const page = await readFile(new URL('../../../docs/sweeps.md', import.meta.url), 'utf8');
  const [, yaml] = /```yaml\n([\s\S]*?)```/.exec(page)!;
  await writeFile(folder.path('page.yaml'), yaml!);
  const { plan, origin } = await loadPlan(folder.path('page.yaml'));
  expect(planPoints(plan, origin).points.length).toBe(60 - 15);
  expect(plan.monteCarlo).toEqual({ chips: 4, seeds: 1, until: 0.002, most: 64 });
});

describe('changes from the command line', () => {
  const source = planOf({ name: 'test', base, axes: [{ path: 'adc.bits', values: [4] }] });
  it('go over the base', async () => {
    const changed = withChanges(source, {
      images: 16,
      chips: 3,
      until: 0.01,
      set: ['weightDac.bits=5', 'fidelity=lumped'],
    });
    const { points } = await planSweep(changed, loader);
    const { images, fidelity, hardware } = points[0]!.settings;
    expect([images, fidelity, hardware.weightDac.bits]).toEqual([16, 'lumped', 5]);
    expect(changed.plan.monteCarlo).toEqual({ chips: 3, seeds: 1, until: 0.01, most: 64 });
  });
  it('may not touch what an axis varies', () => {
    expect(() => withChanges(source, { set: ['adc.bits=5'] })).toThrow("an axis varies 'adc.bits'");
    expect(() => withChanges(source, { set: ['adc.bit=5'] })).toThrow("did you mean 'adc.bits'?");
  });
});
