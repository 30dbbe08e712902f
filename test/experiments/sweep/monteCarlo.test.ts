import { describe, expect, it } from 'vitest';
import { philoxUniforms } from '../../../src/base/random/philox.js';
import { chipDistribution } from '../../../src/experiments/result/chipDistribution.js';
import { planOf } from '../../../src/experiments/sweep/planFile.js';
import { planSweep } from '../../../src/experiments/sweep/planner.js';
import type { SweepPlanInput } from '../../../src/experiments/sweep/planSchema.js';
import { executeSweep } from '../../../src/experiments/sweep/runSweep.js';
import { comparePoints, trialWidth } from '../../../src/experiments/sweep/sample.js';
import { isInShard, parseShard, type Shard } from '../../../src/experiments/sweep/shard.js';
import type { Trial } from '../../../src/experiments/sweep/types.js';
import type { TrialExecutor } from '../../../src/experiments/trial/executor.js';
import { packHits } from '../../../src/experiments/trial/hits.js';
import { createTrialLoader } from '../../../src/experiments/trial/trialLoader.js';
import type { TrialTask } from '../../../src/experiments/trial/trialSettings.js';
import { renderSweep } from '../../../src/report/sweep/sweepReport.js';
import { type MemoryStore, memoryStore } from './memoryStore.js';

const IMAGES = 100;
const loader = createTrialLoader('test');
const labels = new Array<number>(IMAGES).fill(1);

/** A trial whose accuracy scatters by a hash of its chip: only what is read of it is there. */
async function invented({ settings, key }: TrialTask, spread: number): Promise<Trial> {
  const { identity } = await loader.load(settings);
  const [u] = philoxUniforms([settings.chipSeed, settings.runSeed + 1000 * settings.hardware.adc.bits], 0, 1);
  const right = Math.round(IMAGES * (0.8 + spread * (u! - 0.5)));
  const classes = labels.map((_, i) => (i < right ? 1 : 0));
  const accuracy = { digital: 1, emulated: right / IMAGES, images: IMAGES };
  const result = { dataset: {}, accuracy, cost: null, layers: [], warnings: [] };
  const hits = { digital: packHits(labels, labels), emulated: packHits(classes, labels) };
  return { key, identity, result, hits, layerErrors: [], finishedAt: '' } as unknown as Trial;
}

/** Puts invented trials into the store, in the order given or backwards. */
function fakeExecutor(spread: (bits: number) => number, backwards = false): TrialExecutor & { rounds: number[] } {
  const rounds: number[] = [];
  return {
    rounds,
    run: async (tasks, store) => {
      rounds.push(tasks.length);
      for (const task of backwards ? tasks.toReversed() : tasks)
        await store.put(await invented(task, spread(task.settings.hardware.adc.bits)));
      return { ran: tasks.length, reused: 0, failed: [], interrupted: false };
    },
    close: async () => {},
  };
}

const planned = (monteCarlo: SweepPlanInput['monteCarlo'], values = [6, 8, 10]) =>
  planSweep(
    planOf({
      name: 'chips',
      base: { network: 'mnist', images: IMAGES },
      axes: [{ path: 'adc.bits', values }],
      monteCarlo,
    }),
    loader,
  );

const trialsAt = (store: MemoryStore, keys: readonly string[]) => keys.map((key) => store.trialMap.get(key)!);

describe('a width that is not reached', () => {
  it.each(['0.1%', 0.001, '0.003%', 1.5e-5])('%s in a plan is named as asked', async (until) => {
    const store = memoryStore();
    const run = await executeSweep(
      await planned({ until, most: 5 }, [6, 8]),
      store,
      fakeExecutor(() => 0.3),
    );
    expect(run.unreached.length).toBeGreaterThan(0);
    const share = typeof until === 'string' ? until.replace('%', ' %') : `${100 * until} %`;
    const text = renderSweep(run, [], { baseline: 0, store: 'store' });
    expect(text).toContain(`the interval asked for (until ${share}) is not reached at point`);
    expect(text).not.toMatch(/NaN|undefined|--until/);
  });
});

describe('chips', () => {
  it('are as many as asked for, each with all its seeds, numbered on from the base', async () => {
    const store = memoryStore();
    const { manifest } = await executeSweep(
      await planned({ chips: 3, seeds: 2 }),
      store,
      fakeExecutor(() => 0.1),
    );
    for (const { trials } of manifest.points) {
      const seeds = trialsAt(store, trials).map(({ identity: { chipSeed, runSeed } }) => [chipSeed, runSeed]);
      expect(seeds).toEqual([
        [1, 1],
        [1, 2],
        [2, 1],
        [2, 2],
        [3, 1],
        [3, 2],
      ]);
    }
  });

  it('are added point by point until the interval is narrow enough', async () => {
    const spread = (bits: number) => ({ 6: 0, 8: 0.1, 10: 0.3 })[bits]!;
    const executor = fakeExecutor(spread);
    const store = memoryStore();
    const run = await executeSweep(await planned({ until: '4%', most: 200 }), store, executor);
    const counts = run.manifest.points.map(({ trials }) => trials.length);
    expect(counts[0]).toBe(4);
    expect(counts[1]).toBeGreaterThan(4);
    expect(counts[2]).toBeGreaterThan(counts[1]!);
    expect([run.unreached, run.undecided]).toEqual([[], []]);
    run.manifest.points.forEach(({ trials }) => {
      const found = trialsAt(store, trials);
      expect(trialWidth(found)).toBeLessThanOrEqual(0.04);
      // By the book: twice the half width of the interval over chips.
      const { interval95 } = chipDistribution(
        found.map(({ result }, chipSeed) => ({ chipSeed, emulated: result.accuracy.emulated!, changed: 0 })),
      );
      expect(trialWidth(found)).toBeCloseTo(interval95![1] - interval95![0], 10);
    });
    expect(executor.rounds.reduce((sum, n) => sum + n)).toBe(counts.reduce((sum, n) => sum + n));
  });

  it('do not depend on the order in which trials finish', async () => {
    const spread = () => 0.2;
    const [one, other] = [memoryStore(), memoryStore()];
    const plan = await planned({ until: 0.05, most: 60 });
    const points = async (store: MemoryStore, backwards: boolean) =>
      (await executeSweep(plan, store, fakeExecutor(spread, backwards))).manifest.points;
    expect(await points(one, false)).toEqual(await points(other, true));
  });

  it('stop at the most allowed, which is said', async () => {
    const run = await executeSweep(
      await planned({ until: '0.1%', most: 9 }),
      memoryStore(),
      fakeExecutor(() => 0.3),
    );
    expect(run.manifest.points.map(({ trials }) => trials.length)).toEqual([9, 9, 9]);
    expect(run.unreached.map(({ index }) => index)).toEqual([0, 1, 2]);
    for (const { width } of run.unreached) expect(width).toBeGreaterThan(0.001);
  });

  it('of the digital network are one', async () => {
    const plan = planOf({
      name: 'digital',
      base: { network: 'mnist', images: IMAGES, fidelity: 'digital' },
      monteCarlo: { chips: 8, seeds: 3 },
    });
    const run = await executeSweep(
      await planSweep(plan, loader),
      memoryStore(),
      fakeExecutor(() => 0),
    );
    expect(run.manifest.points[0]!.trials.length).toBe(1);
  });
});

describe('shards', () => {
  const keys = Array.from({ length: 2000 }, (_, i) => i.toString(16).padStart(4, '0').repeat(16).slice(0, 64));
  it.each([1, 2, 3, 7])('of %i are disjoint and cover all keys', (count) => {
    for (const key of keys) {
      const owners = Array.from({ length: count }, (_, i) => isInShard(key, { index: i + 1, count }));
      expect(owners.filter(Boolean).length).toBe(1);
    }
  });

  it('wait for one another where a round needs all', async () => {
    const store = memoryStore();
    const plan = await planned({ until: '3%', most: 40 });
    const alone = await executeSweep(
      plan,
      memoryStore(),
      fakeExecutor(() => 0.2),
    );
    const call = (shard: Shard) =>
      executeSweep(
        plan,
        store,
        fakeExecutor(() => 0.2),
        { shard },
      );
    const first = await call({ index: 1, count: 2 });
    expect(first.undecided.length).toBeGreaterThan(0);
    let run = first;
    for (let round = 0; round < 20 && (run.undecided.length > 0 || round < 2); round++) {
      run = await call({ index: 1 + (round % 2 === 0 ? 1 : 0), count: 2 });
    }
    expect(run.undecided).toEqual([]);
    expect(run.manifest.points).toEqual(alone.manifest.points);
  });

  it('are written i/n', () => {
    expect(parseShard('2/4')).toEqual({ index: 2, count: 4 });
    for (const text of ['0/4', '5/4', '2', '2/', 'a/b', '-1/2']) expect(() => parseShard(text)).toThrow('write i/n');
  });
});

describe('the summary', () => {
  it('has means over trials and changes against digital, image by image', async () => {
    const store = memoryStore();
    const { summary, manifest } = await executeSweep(
      await planned({ chips: 5 }),
      store,
      fakeExecutor(() => 0.2),
    );
    expect(summary.missing).toEqual([]);
    summary.points.forEach((point, i) => {
      const shares = trialsAt(store, manifest.points[i]!.trials).map(({ result }) => result.accuracy.emulated!);
      const mean = shares.reduce((sum, share) => sum + share, 0) / 5;
      expect(point.accuracy).toBeCloseTo(mean, 12);
      expect(point.change.difference).toBeCloseTo(mean - 1, 12);
      expect(point.change.lost).toBe(Math.round((1 - mean) * 500));
      const [low, high] = point.interval95;
      const [least, most] = point.trialInterval95!;
      expect(low).toBeLessThan(least);
      // Wilson's interval is a little shorter than the same variance's about the mean.
      expect(high - low).toBeGreaterThan(0.95 * (most - least));
    });
    const [a, b] = manifest.points.map(({ trials }) => trialsAt(store, trials));
    const difference = comparePoints(a!, b!)!;
    expect(difference.difference).toBeCloseTo(summary.points[1]!.accuracy - summary.points[0]!.accuracy, 12);
  });

  it('leaves out points whose trials are not all there', async () => {
    const store = memoryStore();
    const shard = { index: 1, count: 3 };
    const { summary } = await executeSweep(
      await planned({ chips: 3 }),
      store,
      fakeExecutor(() => 0.2),
      { shard },
    );
    expect(summary.points.length + summary.missing.length).toBe(3);
    expect(summary.missing.length).toBeGreaterThan(0);
  });
});
