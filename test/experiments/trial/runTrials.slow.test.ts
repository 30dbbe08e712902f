import { beforeAll, describe, expect, it } from 'vitest';
import { BackendUnavailableError } from '../../../src/base/errors.js';
import { readBytes } from '../../../src/base/storedBytes.js';
import { loadExperiment } from '../../../src/experiments/run/loadExperiment.js';
import { runExperiment } from '../../../src/experiments/run/runExperiment.js';
import { planOf } from '../../../src/experiments/sweep/planFile.js';
import { planSweep } from '../../../src/experiments/sweep/planner.js';
import type { Trial } from '../../../src/experiments/sweep/types.js';
import { blockImages } from '../../../src/experiments/trial/imageBlocks.js';
import { createTrialLoader } from '../../../src/experiments/trial/trialLoader.js';
import type { TrialTask } from '../../../src/experiments/trial/trialSettings.js';
import { buildIfStale } from '../../cli/sonic.js';
import { type MemoryStore, memoryStore } from '../sweep/memoryStore.js';
import { runTrials } from '../sweep/runOnce.js';

const BLOCK_IMAGES = blockImages('wasm');
const IMAGES = BLOCK_IMAGES + 10;
const loader = createTrialLoader('test');
let tasks: TrialTask[];
let store: MemoryStore;

/** What must be the same however a trial was computed. */
function numbers({ finishedAt: _, ...trial }: Trial) {
  const { wallTime_s: _w, imagesPerSecond: _i, ...run } = trial.result.run;
  return { ...trial, result: { ...trial.result, run } };
}

const trialsOf = ({ trialMap }: MemoryStore) => tasks.map(({ key }) => numbers(trialMap.get(key)!));

beforeAll(async () => {
  buildIfStale();
  const plan = planOf({
    name: 'test',
    base: { network: 'mnist', images: IMAGES, set: { 'calibration.images': 20 } },
    axes: [
      {
        name: 'design',
        variants: {
          sonic: {},
          untuned: { hardware: 'sonic-untuned' },
          lumped: { fidelity: 'auto', 'compression.clusters': 16 },
          digital: { fidelity: 'digital' },
        },
      },
    ],
  });
  const { points } = await planSweep(plan, loader);
  tasks = points.map(({ label, settings, loaded: { key } }) => ({ key, label, settings }));
  store = memoryStore();
  const report = await runTrials(tasks, store, { loader, threads: 2 });
  expect(report).toEqual({ ran: 4, reused: 0, failed: [], interrupted: false });
}, 300_000);

describe('a trial', () => {
  it('has the result that runExperiment gives', async () => {
    for (const [at, design] of [
      [0, { hardware: 'sonic' }],
      [1, { hardware: 'sonic-untuned' }],
      [3, { hardware: 'sonic', fidelity: 'digital' as const }],
    ] as const) {
      const experiment = await loadExperiment({
        network: 'mnist',
        set: ['calibration.images=20'],
        images: IMAGES,
        ...design,
      });
      const wanted = await runExperiment({ ...experiment, ...design, hardware: experiment.hardware });
      const { result } = store.trialMap.get(tasks[at]!.key)!;
      expect(result.accuracy).toEqual(wanted.accuracy);
      expect(result.hardwareHash).toBe(wanted.hardwareHash);
      expect(result.warnings).toEqual(wanted.warnings);
      expect(Object.keys(result)).toEqual(Object.keys(wanted));
      const flat = (value: unknown): number[] =>
        typeof value === 'number'
          ? [value]
          : typeof value === 'object' && value
            ? Object.values(value).flatMap(flat)
            : [];
      // A store does without the means of every place of a kernel: thousands of numbers a trial.
      const layers = wanted.layers.map(({ streamMean: _, ...layer }) => layer);
      expect(flat([result.layers, result.cost])).toBeAllclose(flat([layers, wanted.cost]), { rtol: 1e-12 });
      expect(JSON.stringify(result.layers.map(({ name, kind, fidelity }) => [name, kind, fidelity]))).toBe(
        JSON.stringify(wanted.layers.map(({ name, kind, fidelity }) => [name, kind, fidelity])),
      );
    }
  });

  it('has hits that add up to its accuracy, and errors of its layers', () => {
    for (const { key } of tasks) {
      const { hits, result, layerErrors } = store.trialMap.get(key)!;
      const bits = (packed: string) =>
        [...Buffer.from(packed, 'base64')].reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);
      expect(bits(hits.digital) / IMAGES).toBe(result.accuracy.digital);
      if (result.accuracy.emulated === null) expect([hits.emulated, layerErrors]).toEqual([null, []]);
      else {
        expect(bits(hits.emulated!) / IMAGES).toBe(result.accuracy.emulated);
        expect(layerErrors.map(({ name }) => name)).toEqual(result.layers.map(({ name }) => name));
      }
    }
  });
});

describe('runTrials', () => {
  it('gives the same bits on one thread, and with trials in another order', async () => {
    const other = memoryStore();
    await runTrials(tasks.toReversed(), other, { loader, threads: 1 });
    expect(trialsOf(other)).toEqual(trialsOf(store));
  });

  it('runs nothing that the store has, and leaves no claim and no block', async () => {
    const report = await runTrials([...tasks, ...tasks], store, { loader, threads: 1 });
    expect(report).toEqual({ ran: 0, reused: 4, failed: [], interrupted: false });
    expect([store.claims.size, store.blockMap.size]).toEqual([0, 0]);
  });

  it('goes on where it was interrupted, with the same bits', async () => {
    const other = memoryStore();
    const abort = new AbortController();
    const first = await runTrials(tasks, other, {
      loader,
      threads: 2,
      signal: abort.signal,
      onProgress: ({ imagesDone }) => imagesDone > 60 && abort.abort(),
    });
    expect(first.interrupted).toBe(true);
    expect(other.claims.size).toBe(0);
    const blocks = [...other.blockMap.values()].reduce((sum, { size }) => sum + size, 0);
    expect(blocks).toBeGreaterThan(0);
    let [run, done] = [0, 0];
    const second = await runTrials(tasks, other, {
      loader,
      threads: 2,
      onProgress: ({ imagesRun, imagesDone }) => {
        [run, done] = [imagesRun, imagesDone];
      },
    });
    expect(second.interrupted).toBe(false);
    expect(done).toBe(4 * IMAGES);
    expect(run).toBeLessThan(4 * IMAGES - 60);
    expect(trialsOf(other)).toEqual(trialsOf(store));
  });

  it('does not trust blocks of other bounds', async () => {
    const other = memoryStore();
    const [task] = tasks as [TrialTask];
    const wrong = { digitalClasses: [0], emulatedClasses: [0], activity: null, wallTime_s: 0 };
    await other.putBlock(task.key, { first: 0, count: 1, ...wrong });
    await runTrials([task], other, { loader, threads: 1 });
    expect(numbers(other.trialMap.get(task.key)!)).toEqual(trialsOf(store)[0]);
  });

  it('waits for a trial that another process has claimed, and computes it if that one gives up', async () => {
    const other = memoryStore();
    const [mine, theirs] = [tasks[3]!, tasks[0]!];
    other.claims.add(theirs.key);
    setTimeout(() => other.put(store.trialMap.get(theirs.key)!), 1500);
    const report = await runTrials([theirs, mine], other, { loader, threads: 1 });
    expect(report).toEqual({ ran: 1, reused: 1, failed: [], interrupted: false });
    const third = memoryStore();
    third.claims.add(mine.key);
    setTimeout(() => third.claims.delete(mine.key), 300);
    expect((await runTrials([mine], third, { loader, threads: 1 })).ran).toBe(1);
  });

  it('sets a trial aside that cannot be computed, and does the others', async () => {
    const [good, digital] = [tasks[0]!, tasks[3]!];
    const bad: TrialTask = { ...good, key: good.key.replace(/^./, (c) => (c === '0' ? '1' : '0')) };
    const other = memoryStore();
    const report = await runTrials([bad, digital], other, { loader, threads: 1 });
    expect([report.ran, report.failed.length]).toEqual([1, 1]);
    expect(report.failed[0]!.message).toContain('the code, the network or the data differ');
  });

  it('lets no trial fail for another that has the same calibration, or whose calibration was dropped', async () => {
    const [good, digital] = [tasks[0]!, tasks[3]!];
    // Keys and calibrations as the good trial has them, but images that end too early.
    const keys = ['bad', 'worse', 'bad3', 'bad4', 'bad5', 'bad6'];
    const bad = keys.map((key, at): TrialTask => ({ ...good, key, settings: { ...good.settings, runSeed: 100 + at } }));
    const poisoned = {
      load: async (settings: TrialTask['settings']) => {
        const loaded = await loader.load({ ...settings, runSeed: settings.runSeed % 100 });
        if (settings.runSeed < 100) return loaded;
        const { identity, calibrationSet } = loaded;
        const { calibration } = identity;
        const hash = settings.runSeed === 100 ? calibration.hash : `${settings.runSeed}`;
        return {
          ...loaded,
          key: keys[settings.runSeed - 100]!,
          identity: { ...identity, calibration: { ...calibration, hash } },
          calibrationSet: { ...calibrationSet, images: readBytes(calibrationSet.images, 0, 1000) },
        };
      },
    };
    const other = memoryStore();
    const report = await runTrials([...bad, good, digital], other, { loader: poisoned, threads: 1 });
    expect([report.ran, report.failed.map(({ task }) => task.key)]).toEqual([2, keys]);
    expect(numbers(other.trialMap.get(good.key)!)).toEqual(trialsOf(store)[0]);
  });

  it('does the others where a trial cannot be loaded, or its backend cannot be had', async () => {
    const digital = tasks[3]!;
    const gone: TrialTask = { ...digital, key: 'gone', settings: { ...digital.settings, network: '/nowhere.onnx' } };
    const settings = { ...digital.settings, backend: 'tensorflow-gpu' as const };
    const gpu: TrialTask = { key: (await loader.load(settings)).key, label: 'gpu', settings };
    let asked = 0;
    const machine = {
      load: async (given: TrialTask['settings']) => {
        // Its images are counted first.
        if (given.backend === 'tensorflow-gpu' && ++asked % 2 === 0) {
          throw new BackendUnavailableError('tensorflow-gpu', 'is not installed', 'install it');
        }
        return loader.load(given);
      },
    };
    const other = memoryStore();
    const report = await runTrials([gone, gpu, digital], other, { loader: machine, threads: 1 });
    expect([report.ran, report.failed.map(({ task }) => task.key)]).toEqual([1, ['gone', gpu.key]]);
    expect(report.failed[0]!.message).toContain('/nowhere.onnx');
    expect(report.failed[1]!.message).toContain('tensorflow-gpu');
    await expect(runTrials([gpu], other, { loader: machine, threads: 1 })).rejects.toThrow('tensorflow-gpu');
  });

  it('stops where the store fails', async () => {
    const other = memoryStore();
    const broken = { ...other, putBlock: () => Promise.reject(new Error('no space')) };
    await expect(runTrials([tasks[3]!], broken, { loader, threads: 1 })).rejects.toThrow('no space');
    expect(other.claims.size).toBe(0);
  });
});
