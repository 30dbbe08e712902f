import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SonicError, UsageError } from '../../../src/base/errors.js';
import { deviceAreas } from '../../../src/cost/area.js';
import { sparsityStatistics, weightStatistics } from '../../../src/cost/layerStatistics.js';
import { predictCost } from '../../../src/cost/predict.js';
import { explore } from '../../../src/experiments/exploration/exploration.js';
import { dominates, paretoFront } from '../../../src/experiments/exploration/pareto.js';
import {
  type ExploreOptions,
  hardwareAt,
  keeps,
  type Metric,
  paretoPoints,
  rankOf,
  searchSpace,
} from '../../../src/experiments/exploration/search.js';
import { axesOf, DEFAULT_AXES, overridesOf, parseAxis, pointsOf } from '../../../src/experiments/exploration/space.js';
import { valueAtPath } from '../../../src/hardware/descriptionFiles.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';
import { sonicMnistStructure } from '../../../src/networks/zoo/sonicMnist.js';
import { sonicSvhn, sonicSvhnStructure } from '../../../src/networks/zoo/sonicSvhn.js';
import { explorationFigure, renderExploration } from '../../../src/report/explore/exploreReport.js';

const hardware = presetHardware('sonic');
const networks = [
  { name: 'mnist', structure: sonicMnistStructure() },
  { name: 'svhn', structure: sonicSvhnStructure() },
].map(({ name, structure }) => ({
  name,
  statistics: (here: typeof hardware) => sparsityStatistics(structure, here, 0.5),
}));

function options(texts: readonly string[]): ExploreOptions {
  const axes = texts.map(parseAxis);
  return { networks, hardware, axes, points: pointsOf(axes) };
}

describe('axes', () => {
  it.each([
    ['n=2,5,10', 'vdu.conv.size', [2, 5, 10]],
    ['K=5..20:5', 'vdu.fc.units', [5, 10, 15, 20]],
    ['m=3..5', 'vdu.fc.size', [3, 4, 5]],
    ['vcsel.electricalPower_mW=0.1..0.3:0.1', 'vcsel.electricalPower_mW', [0.1, 0.2, 0.3]],
    ['tuning.mode=hybrid,thermal', 'tuning.mode', ['hybrid', 'thermal']],
    ['N=10,10,20..22:2', 'vdu.conv.units', [10, 20, 22]],
  ])('%s', (text, path, values) => {
    expect(parseAxis(text)).toEqual({ path, values });
  });

  it.each([
    ['q=3', "no field 'q'"],
    ['adc.bit=8', "did you mean 'adc.bits'"],
    ['vdu.conv=3', 'it is a group of size, units'],
    ['n', 'write NAME=VALUES'],
    ['n=2,,3', 'a value is missing'],
    ['n=5..2', 'no range'],
    ['n=1..2:0', 'no range'],
    ['n=1..1000000', 'at most 10000'],
  ])('%s is refused: %s', (text, message) => {
    expect(() => parseAxis(text)).toThrow(UsageError);
    expect(() => parseAxis(text)).toThrow(message);
  });

  it('given ones replace those of the default space, or stand alone', () => {
    const [given] = [parseAxis('n=7')];
    expect(axesOf([given!], true)).toEqual([given]);
    const merged = axesOf([given!], false);
    expect(merged.map(({ path }) => path).sort()).toEqual(DEFAULT_AXES.map(({ path }) => path).sort());
    expect(merged.find(({ path }) => path === 'vdu.conv.size')!.values).toEqual([7]);
    expect(() => axesOf([given!, given!], true)).toThrow(/given twice/);
  });

  it('the default space holds the paper’s point', () => {
    for (const [path, value] of [
      ['vdu.conv.size', 5],
      ['vdu.fc.size', 50],
      ['vdu.conv.units', 50],
      ['vdu.fc.units', 10],
    ] as const) {
      expect(DEFAULT_AXES.find((axis) => axis.path === path)!.values).toContain(value);
    }
  });
});

describe('points', () => {
  const axes = [parseAxis('n=2,3'), parseAxis('K=1..3'), parseAxis('adc.bits=8,10')];

  it('are all combinations, each once', () => {
    const points = pointsOf(axes);
    expect(points).toHaveLength(12);
    expect(new Set(points.map(String)).size).toBe(12);
    expect(points[0]).toEqual([2, 1, 8]);
    expect(points.at(-1)).toEqual([3, 3, 10]);
  });

  it('some are different ones of them, the same for the same seed', () => {
    const some = pointsOf(axes, 5, 9);
    expect(new Set(some.map(String)).size).toBe(5);
    expect(pointsOf(axes, 5, 9)).toEqual(some);
    expect(pointsOf(axes, 5, 10)).not.toEqual(some);
    expect(pointsOf(axes, 50, 9)).toHaveLength(12);
  });

  it('too many are refused before they are made', () => {
    const wide = [parseAxis('n=1..1000'), parseAxis('m=1..1000')];
    expect(() => pointsOf(wide)).toThrow(/1000000 points, at most 200000/);
    expect(pointsOf(wide, 3)).toHaveLength(3);
  });

  it('become overrides', () => {
    expect(overridesOf(axes, [2, 1, 8])).toEqual({ vdu: { conv: { size: 2 }, fc: { units: 1 } }, adc: { bits: 8 } });
  });
});

describe('Pareto set', () => {
  it('is what no point dominates: against every pair', () => {
    const score = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(score, { maxLength: 40 }), (scores) => {
        const better = (a: number[], b: number[]) => a.every((v, i) => v >= b[i]!) && a.some((v, i) => v > b[i]!);
        const expected = scores.flatMap((b, i) => (scores.some((a) => better(a, b)) ? [] : [i]));
        expect([...paretoFront(scores)].sort((a, b) => a - b)).toEqual(expected);
      }),
    );
  });

  it('lists the best in the first objective first', () => {
    expect(
      paretoFront([
        [1, 5],
        [3, 3],
        [2, 2],
        [5, 1],
      ]),
    ).toEqual([3, 1, 0]);
    expect(dominates([1, 1], [1, 1])).toBe(false);
  });
});

describe('searchSpace', () => {
  const search = options(['n=3,5', 'N=25,50', 'K=10']);
  const { points, invalid } = searchSpace(search);

  it('costs each point as the predictor does; means are geometric, the worst network is kept', () => {
    expect(invalid.size).toBe(0);
    for (const point of points) {
      const here = hardwareAt(search, point.values);
      const costs = networks.map(({ statistics }) => predictCost(statistics(here), here));
      const efficiency = costs.map((cost) => cost.framesPerSecondPerWatt);
      expect(point.metrics.fpsPerWatt).toBeCloseTo(Math.sqrt(efficiency[0]! * efficiency[1]!), 9);
      expect(point.worst.fpsPerWatt).toBeCloseTo(Math.min(...efficiency.map((value) => value!)), 12);
      expect(point.worst.power).toBeCloseTo(Math.max(...costs.map((cost) => cost.power_W)), 12);
      const delays = costs.map((cost) => cost.energy_J * cost.latency_s);
      expect(point.metrics.energyDelay! / Math.sqrt(delays[0]! * delays[1]!)).toBeCloseTo(1, 12);
      expect(point.metrics.area).toBeCloseTo(
        deviceAreas(here).reduce((sum, { total_mm2 }) => sum + total_mm2, 0),
        9,
      );
    }
  });

  it('more units are never slower', () => {
    const fps = (n: number, N: number) => points.find(({ values }) => values[0] === n && values[1] === N)!.metrics.fps;
    expect(fps(3, 50)).toBeGreaterThan(fps(3, 25)!);
    expect(fps(5, 50)).toBeGreaterThan(fps(5, 25)!);
  });

  it('does not mix up statistics of different codes', () => {
    // With 2 bits more weights are code 0 than with 6.
    const network = sonicSvhn(1);
    const statistics = (here: typeof hardware) => weightStatistics(network, here);
    const coded = { ...options(['weightDac.bits=2,6']), networks: [{ name: 'svhn', statistics }] };
    const both = searchSpace(coded).points;
    for (const point of both) {
      const here = hardwareAt(coded, point.values);
      expect(point.metrics.energy).toBeCloseTo(predictCost(network, here).energy_J, 12);
    }
    expect(both[0]!.metrics.energy).toBeLessThan(0.9 * both[1]!.metrics.energy!);
  });

  it('leaves out what is no valid hardware, and says why', () => {
    const { points: valid, invalid: reasons } = searchSpace(options(['adc.bits=1,8']));
    expect(valid.map(({ values }) => values)).toEqual([[8]]);
    expect([...reasons.keys()].join()).toContain('adc.bits is 1');
    expect(() => searchSpace(options(['adc.bits=0,1']))).toThrow(SonicError);
  });

  it('scales the power of converters at each point, unless it is fixed', () => {
    const energies = (text: string, converterScaling: 'table2' | 'fixed') => {
      const tried = { ...options([text]), hardware: presetHardware('sonic', { cost: { converterScaling } }) };
      return searchSpace(tried).points.map(({ metrics }) => metrics.energy!);
    };
    for (const text of ['adc.bits=4,8,12,16', 'activationDac.bits=8,12,16', 'weightDac.bits=5,6,8']) {
      const scaled = energies(text, 'table2');
      expect(scaled).toEqual(scaled.toSorted((a, b) => a - b));
      expect(new Set(scaled).size).toBe(scaled.length);
      expect(new Set(energies(text, 'fixed')).size).toBe(1);
    }
  });
});

describe('constraints and ranks', () => {
  const { points } = searchSpace(options(['n=2,5,10', 'N=10,50,100', 'K=10']));

  it('hold for the worst network', () => {
    const limit = points.map(({ worst }) => worst.power).sort((a, b) => a! - b!)[4]!;
    const kept = points.filter((point) => keeps(point, [{ metric: 'power', limit: 'most', value: limit }]));
    expect(kept).toHaveLength(5);
    expect(points.every((point) => keeps(point, []))).toBe(true);
    expect(points.filter((point) => keeps(point, [{ metric: 'fps', limit: 'least', value: 1e9 }]))).toEqual([]);
  });

  it('accuracy is held against points that were emulated', () => {
    const constraint = [{ metric: 'accuracy', limit: 'least', value: 0.9 }] as const;
    expect(keeps(points[0]!, constraint)).toBe(true);
    expect(keeps({ ...points[0]!, accuracy: 0.89 }, constraint)).toBe(false);
    expect(keeps({ ...points[0]!, accuracy: 0.9 }, constraint)).toBe(true);
  });

  it('rank 1 is the best', () => {
    const [best] = paretoPoints(points, ['energyDelay']);
    expect(rankOf(best!, points, 'energyDelay')).toBe(1);
    expect(Math.min(...points.map(({ metrics }) => metrics.energyDelay!))).toBe(best!.metrics.energyDelay);
    expect(points.map((point) => rankOf(point, points, 'fps')).sort((a, b) => a - b)[0]).toBe(1);
  });
});

describe('a whole search', () => {
  const current = (path: string) => valueAtPath(hardware, path);
  const base = { constraints: [], objectives: ['fpsPerWatt', 'fps'] as const };

  it("costs the paper's point even where the grid lacks it", async () => {
    const exploration = await explore({ ...options(['n=3,8', 'adc.bits=16']), ...base }, current);
    expect([exploration.searched, exploration.points.length]).toEqual([2, 3]);
    expect(exploration.paper!.values).toEqual([5, 16]);
    const here = networks.map(({ statistics }) => predictCost(statistics(hardware), hardware).framesPerSecond);
    expect(exploration.paper!.metrics.fps).toBeCloseTo(Math.sqrt(here[0]! * here[1]!), 6);
    // Larger units are faster, so 5 is in the middle; where kernels are cut slice by slice, their width is not used up.
    const efficiency = (size: number) => {
      const other = presetHardware('sonic', { vdu: { conv: { size } } });
      const [a, b] = networks.map(({ statistics }) => predictCost(statistics(other), other).framesPerSecondPerWatt!);
      return a! * b!;
    };
    const place = 1 + [3, 8].filter((size) => efficiency(size) > efficiency(5)).length;
    expect(exploration.ranks).toEqual({ fpsPerWatt: place, fps: 2 });
    expect(exploration.best.fps!.values).toEqual([8, 16]);
    const text = renderExploration(exploration);
    expect(text).toContain('(5, 50, 50, 10) is in the Pareto set of FPS/W and FPS');
    expect(text).toMatch(/2 points in [\d.]+ s: [\d.]+ ms a point, \d+ points\/s/);
    expect(text).toContain('place 2 of 3');
    expect(explorationFigure(exploration)).toContain('the paper: (5, 50, 50, 10)');
  });

  it('says so where no point keeps the constraints', async () => {
    const constraints = [{ metric: 'power', limit: 'most', value: 0.001 } as const];
    const exploration = await explore({ ...options(['n=3,5']), ...base, constraints }, current);
    expect([exploration.points, exploration.front, exploration.paper]).toEqual([[], [], null]);
    const text = renderExploration(exploration);
    expect(text).toContain('No point keeps the constraints');
    expect(text).toContain('power (W) at most 1.000 mW');
  });

  it('says what bars the paper: a constraint and its value, or why it is no hardware', async () => {
    const power = [{ metric: 'power', limit: 'most', value: 0.001 } as const];
    const barred = renderExploration(await explore({ ...options(['n=3,5']), ...base, constraints: power }, current));
    expect(barred).toMatch(
      /The paper's point does not keep the constraints: power \(W\) at most 1\.000 mW \(it has [\d.]+ W\)\./,
    );
    const invalid = await explore({ ...options(['adc.bits=8']), ...base }, (path) =>
      path === 'adc.bits' ? 1 : current(path),
    );
    expect(invalid.paperProblem).toMatchObject({ kind: 'invalid' });
    expect(renderExploration(invalid)).toMatch(/The paper's point is not valid hardware here: .*adc\.bits is 1/);
  });

  it('a place that is shared says so, and a point that is not in the set names one that is better', async () => {
    // The bits of the ADC cost nothing where the power of converters is fixed, so all points tie in FPS/W.
    const accuracies = new Map([
      [4, 0.5],
      [8, 0.9],
      [16, 0.8],
    ]);
    const exploration = await explore(
      {
        ...options(['adc.bits=4,8,16']),
        hardware: presetHardware('sonic', { cost: { converterScaling: 'fixed' } }),
        constraints: [],
        objectives: ['fpsPerWatt', 'accuracy'],
        accuracy: { at: async ({ values }) => accuracies.get(values[0] as number)!, images: 10, limit: 10 },
      },
      current,
    );
    expect(exploration.front.map(({ values }) => values)).toEqual([[8]]);
    expect([exploration.ranks, exploration.ties]).toEqual([
      { fpsPerWatt: 1, accuracy: 2 },
      { fpsPerWatt: 2, accuracy: 0 },
    ]);
    const text = renderExploration(exploration);
    expect(text).toContain('is not in the Pareto set of FPS/W and emulated accuracy.');
    expect(text).toContain('adc.bits = 8 is better in emulated accuracy and no worse in the others');
    expect(text).toMatch(/FPS\/W: the same at all 3 points/);
    expect(text).toMatch(/emulated accuracy: place 2 of 3 emulated \(80\.00 %; the best has 90\.00 %\)/);
  });

  it('text and set agree at every point, whatever ties there are', async () => {
    const score = fc.integer({ min: 1, max: 3 });
    await fc.assert(
      fc.asyncProperty(fc.array(score, { minLength: 4, maxLength: 4 }), async (scores) => {
        const [tried, bits] = [options(['adc.bits=4,8,12,16', 'weightDac.bits=4,6']), [4, 8, 12, 16]];
        const exploration = await explore(
          {
            ...tried,
            constraints: [],
            objectives: ['energy', 'accuracy'],
            accuracy: {
              at: async ({ values }) => scores[bits.indexOf(values[0] as number)]! / 4,
              images: 1,
              limit: 100,
            },
          },
          current,
        );
        const { paper, front, ranks } = exploration;
        const inSet = front.some(({ values }) => values === paper!.values);
        expect(/is in the Pareto set/.test(renderExploration(exploration))).toBe(inSet);
        if (!inSet) expect(renderExploration(exploration)).toMatch(/ is better in /);
        // First in one objective and alone there: in the set.
        if (ranks.accuracy === 1 && exploration.ties.accuracy === 0) expect(inSet).toBe(true);
        expect(paretoPoints([...front, paper!], ['energy', 'accuracy']).some((p) => p.values === paper!.values)).toBe(
          inSet,
        );
      }),
      { numRuns: 15 },
    );
  });

  it('text and set agree wherever the emulations end, whatever keeps the limit on accuracy', async () => {
    const accuracies = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 4, maxLength: 4 });
    const objectives = fc.constantFrom<readonly Metric[]>(
      ['power', 'fps'],
      ['fps', 'power'],
      ['fpsPerWatt', 'energy'],
      ['energy'],
    );
    const units = [10, 25, 50, 100];
    await fc.assert(
      fc.asyncProperty(accuracies, objectives, fc.integer({ min: 1, max: 4 }), async (scores, metrics, limit) => {
        const exploration = await explore(
          {
            ...options(['N=10,25,50,100']),
            constraints: [{ metric: 'accuracy', limit: 'least', value: 0.5 }],
            objectives: metrics,
            accuracy: { at: async ({ values }) => scores[units.indexOf(values[0] as number)]! / 4, images: 1, limit },
          },
          current,
        );
        const { paper, front, points, ranks, ties } = exploration;
        const text = renderExploration(exploration);
        if (!paper) {
          expect(text).toMatch(/does not keep the constraints/);
          return;
        }
        const inSet = front.some(({ values }) => values === paper.values);
        expect(/is in the Pareto set/.test(text)).toBe(inSet);
        expect(/ is better in /.test(text)).toBe(!inSet);
        // What is not emulated may keep the limit: only points that do not, do not count.
        expect(paretoPoints(points, metrics).some(({ values }) => values === paper.values)).toBe(inSet);
        for (const metric of metrics) if (ranks[metric] === 1 && ties[metric] === 0) expect(inSet).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  it('a paper that is dominated in cost and most accurate of all is in the set; one below the limit is out', async () => {
    // Concatenated kernels fill wider units.
    const wide = presetHardware('sonic', { vdu: { conv: { chunking: 'concatenated' } } });
    const more = { ...options(['n=5,8']), hardware: wide, objectives: ['fpsPerWatt', 'accuracy'] as const };
    const at = async ({ values }: { values: readonly unknown[] }): Promise<number> => (values[0] === 5 ? 0.9 : 0.8);
    const search = (constraints: Parameters<typeof explore>[0]['constraints'], accuracyAt = at) =>
      explore({ ...more, constraints, accuracy: { at: accuracyAt, images: 1, limit: 10 } }, current);
    const both = await search([]);
    expect(both.front.map(({ values }) => values[0])).toEqual([8, 5]);
    expect(renderExploration(both)).toContain('is in the Pareto set');
    const low = async ({ values }: { values: readonly unknown[] }) => (values[0] === 5 ? 0.6 : 0.8);
    const without = await search([{ metric: 'accuracy', limit: 'least', value: 0.7 }], low);
    expect(without.paper).toBeNull();
    expect(renderExploration(without)).toContain('emulated accuracy at least 70.00 % (it has 60.00 %)');
  });
});
