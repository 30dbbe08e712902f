/** Refining: where chips and images go, that it goes on where it was interrupted, and that it finds a threshold that is known. */
import { describe, expect, it } from 'vitest';
import { findingsOf } from '../../../src/experiments/ready/findings/index.js';
import { thresholdAlong } from '../../../src/experiments/ready/method/curve.js';
import { findReadyExperiment } from '../../../src/experiments/ready/ready.js';
import { executeRefined, type RefineOptions } from '../../../src/experiments/ready/refine/executeRefined.js';
import { midpoint } from '../../../src/experiments/ready/refine/midpoint.js';
import { trialKey } from '../../../src/experiments/store/identity.js';
import { loadPlan } from '../../../src/experiments/sweep/planFile.js';
import type { SweepAxis, Trial, TrialIdentity, TrialStore } from '../../../src/experiments/sweep/types.js';
import type { TrialExecutor } from '../../../src/experiments/trial/executor.js';
import { packHits } from '../../../src/experiments/trial/hits.js';
import type { TrialLoader } from '../../../src/experiments/trial/trialLoader.js';
import type { TrialSettings } from '../../../src/experiments/trial/trialSettings.js';
import { hardwareHash } from '../../../src/hardware/descriptionFiles.js';

/** Loads nothing: identities of settings, and how many images there would be. */
function madeUpLoader(available: number): TrialLoader {
  return {
    load: async (settings) => {
      const images = settings.images ?? available;
      const identity: TrialIdentity = {
        schema: 'sonic-trial/1',
        code: 'c'.repeat(64),
        network: { name: settings.network, hash: 'a'.repeat(64) },
        compression: settings.compression,
        dataset: { name: 'mnist', split: 'test', hash: `${images}`.padStart(64, '0'), images },
        calibration: { split: 'train', hash: 'd'.repeat(64) },
        hardware: settings.hardware,
        hardwareHash: hardwareHash(settings.hardware),
        fidelity: settings.fidelity,
        backend: settings.backend,
        runSeed: settings.runSeed,
        chipSeed: settings.chipSeed,
      };
      return { key: trialKey(identity), identity, dataset: { count: images }, measured: null, remarks: [] } as never;
    },
  };
}

function trialOf(identity: TrialIdentity, key: string, loss: number): Trial {
  const { images } = identity.dataset;
  const labels = new Uint8Array(images);
  const lost = Math.round(loss * images);
  const classes = Uint8Array.from(labels, (_, i) => (i < lost ? 1 : 0));
  const accuracy = { digital: 1, emulated: 1 - lost / images, interval95: [0, 1] as const, changed: lost, images };
  return {
    key,
    identity,
    result: { schema: 'sonic-result/1', dataset: {}, accuracy, cost: null, layers: [], warnings: [] } as never,
    hits: { digital: packHits(labels, labels), emulated: packHits(classes, labels) },
    layerErrors: [],
    finishedAt: '2026-01-01T00:00:00.000Z',
  };
}

/** @param most trials before it is interrupted. */
function madeUpExecutor(
  loader: TrialLoader,
  lossOf: (settings: TrialSettings) => number,
  most = Number.POSITIVE_INFINITY,
): TrialExecutor & { readonly ran: TrialSettings[] } {
  const all: TrialSettings[] = [];
  return {
    ran: all,
    run: async (tasks, store) => {
      let [ran, reused] = [0, 0];
      for (const { key, settings } of tasks) {
        if (await store.get(key)) {
          reused++;
          continue;
        }
        if (all.length >= most) return { ran, reused, failed: [], interrupted: true };
        const { identity } = await loader.load(settings);
        await store.put(trialOf(identity, key, lossOf(settings)));
        all.push(settings);
        ran++;
      }
      return { ran, reused, failed: [], interrupted: false };
    },
    close: async () => {},
  };
}

/** Trials in memory: what is durable is tested elsewhere. */
function madeUpStore(): TrialStore {
  const trials = new Map<string, Trial>();
  return {
    get: async (key: string) => trials.get(key),
    put: async (trial: Trial) => void trials.set(trial.key, trial),
    putSweep: async () => {},
  } as never;
}

async function refined(
  name: string,
  lossOf: (settings: TrialSettings) => number,
  {
    available = 10_000,
    most,
    store = madeUpStore(),
    ...options
  }: RefineOptions & {
    readonly available?: number;
    readonly most?: number;
    readonly store?: TrialStore;
  } = {},
) {
  const loader = madeUpLoader(available);
  const executor = madeUpExecutor(loader, lossOf, most);
  const source = await loadPlan(findReadyExperiment(name));
  const run = await executeRefined(source, store, executor, loader, options);
  return { ...run, ran: executor.ran };
}

const { abs } = Math;
/** Lost beyond 0.11 K of either side, where Q is 8000; in proportion to Q. */
const beyond = ({ hardware }: TrialSettings) =>
  abs(hardware.tuning.temperatureOffset_K) * hardware.microring.qualityFactor > 0.11 * 8000 ? 0.05 : 0.001;

describe('a refined experiment', () => {
  it('finds the threshold, between two points of 4 chips and 2,000 images, eight times as near', async () => {
    const { evidence, ran } = await refined('temperature', beyond);
    const { curves, all } = findingsOf('temperature')!;
    const widths: number[] = [];
    for (const curve of curves!(evidence)) {
      const threshold = thresholdAlong(evidence, curve);
      if (threshold.kind !== 'bracketed') throw new Error(threshold.kind);
      const [kept, lost] = [threshold.kept, threshold.lost].map(({ value }) => abs(Number(value)));
      const truth = (0.11 * 8000) / Number(curve.fixed['microring.qualityFactor']);
      expect(kept).toBeLessThanOrEqual(truth);
      expect(lost).toBeGreaterThan(truth);
      expect(threshold.kept.loss).toMatchObject({ chips: 4, images: 2000 });
      expect(threshold.lost.loss).toMatchObject({ chips: 4, images: 2000 });
      widths.push(lost! - kept!);
    }
    // Of the grid's 0.1 K on the cold side (Q 8000) and 0.15 K on the warm one, an eighth.
    expect(widths[0]).toBeCloseTo(0.0125, 3);
    expect(widths[1]).toBeCloseTo(0.0188, 3);
    expect(all(evidence).slice(0, 2).join()).not.toContain('no claim');
    // 18 points once, cheaply; of two curves and two sides each two points of the grid and three between.
    expect(ran.filter(({ images }) => images === 200)).toHaveLength(18);
    expect(ran.filter(({ images }) => images === 2000)).toHaveLength(4 * 4 * 5);
    expect(ran.filter(({ images }) => images !== 200 && images !== 2000)).toEqual([]);
  }, 120_000);

  it('goes on where it was interrupted, to the same', async () => {
    const whole = await refined('temperature', beyond);
    const store = madeUpStore();
    const counts: number[] = [];
    for (const most of [5, 20, 30]) {
      const part = await refined('temperature', beyond, { store, most });
      expect(part.execution.interrupted).toBe(true);
      counts.push(part.ran.length);
    }
    const rest = await refined('temperature', beyond, { store });
    expect(counts).toEqual([5, 20, 30]);
    expect(55 + rest.ran.length).toBe(whole.ran.length);
    expect(rest.manifest.points).toEqual(whole.manifest.points);
    expect(rest.summary.points).toEqual(whole.summary.points);
    expect((await refined('temperature', beyond, { store })).ran).toEqual([]);
  }, 120_000);

  it('moves out where the coarse grid was wrong', async () => {
    // Few images see nothing lost at Q 8000 below 0.5 K; more see 3 % beyond 0.05 K.
    const { evidence } = await refined('temperature', (settings) => {
      const { temperatureOffset_K } = settings.hardware.tuning;
      if (settings.images === 200) return temperatureOffset_K >= 0.5 ? 0.3 : 0;
      return temperatureOffset_K > 0.05 ? 0.03 : 0;
    });
    const warm = findingsOf('temperature')!.curves!(evidence).find(({ side }) => side === 1)!;
    const threshold = thresholdAlong(evidence, warm);
    expect(threshold).toMatchObject({ kind: 'bracketed', kept: { value: 0.05 } });
  }, 120_000);

  it('stays on whole numbers where a setting has no others', async () => {
    const { manifest, evidence } = await refined('adc-bits', ({ hardware }) => (hardware.adc.bits < 11 ? 0.1 : 0));
    const bits = manifest.axes.find(({ name }) => name === 'adc.bits')!.values as number[];
    expect(bits.every(Number.isInteger)).toBe(true);
    expect(bits).toEqual(bits.toSorted((a, b) => a - b));
    for (const curve of findingsOf('adc-bits')!.curves!(evidence)) {
      expect(thresholdAlong(evidence, curve)).toMatchObject({ kept: { value: 11 }, lost: { value: 10 } });
    }
  }, 120_000);

  it('halves links whose paths take the same value, one thing at a time, and half margins by themselves', async () => {
    const { evidence, manifest } = await refined('tolerances', ({ hardware: { calibration, tuning } }) =>
      calibration.railResidual > 0.05 || tuning.hoursSinceCalibration > 450 ? 0.05 : 0,
    );
    const curves = findingsOf('tolerances')!.curves!(evidence);
    const gain = thresholdAlong(evidence, curves.find(({ along }) => along === 'gain errors')!);
    // 0.03 to 0.1, halved three times by geometric means: 0.0548, 0.0405, 0.0471.
    expect(gain).toMatchObject({ kind: 'bracketed', kept: { value: 0.0471 }, lost: { value: 0.0548 } });
    for (const { values } of manifest.points) {
      const moved = manifest.axes.filter(
        ({ name }) => values[name] !== evidence.manifest.axes.find((a) => a.name === name)!.values[0],
      );
      expect(moved.length).toBeLessThanOrEqual(1);
    }
    // Half a point is lost beyond 20 h, a whole one beyond 200 h.
    const drift = await refined(
      'drift',
      ({ hardware: { tuning } }) => {
        const hours = tuning.hoursSinceCalibration;
        return hours > 200 ? 0.05 : hours > 20 ? 0.0075 : 0;
      },
      { images: 10_000 },
    );
    const at = (ofMargin: number) =>
      thresholdAlong(
        drift.evidence,
        findingsOf('drift')!.curves!(drift.evidence).find((c) => c.ofMargin === ofMargin)!,
      );
    const [half, whole] = [at(0.5), at(1)];
    if (half.kind !== 'bracketed' || whole.kind !== 'bracketed') throw new Error(`${half.kind}, ${whole.kind}`);
    expect(Number(half.kept.value)).toBeLessThanOrEqual(20);
    expect(Number(half.lost.value)).toBeGreaterThan(20);
    expect(Number(whole.kept.value)).toBeLessThanOrEqual(200);
    expect(Number(whole.lost.value)).toBeGreaterThan(200);
  }, 240_000);

  it('takes the images there are, and makes no claim of few', async () => {
    const { evidence, ran } = await refined('temperature', beyond, { available: 1000, rounds: 0 });
    expect(Math.max(...ran.map(({ images }) => images!))).toBe(1000);
    expect(findingsOf('temperature')!.all(evidence)[0]).toContain('no claim: 4 chips and 1,000 images');
  }, 120_000);

  it.each(['chips', 'vector-size', 'sparsity'])(
    'runs all of %s in full, whose findings rest on every point',
    async (name) => {
      const { evidence } = await refined(name, () => 0);
      for (const point of evidence.points) {
        expect(point.images).toBe(2000);
        expect(point.chips).toBeGreaterThanOrEqual(4);
      }
      const { headline, all } = findingsOf(name)!;
      expect([headline(evidence), ...all(evidence)].join()).not.toContain('no claim');
    },
    120_000,
  );
});

describe('a value between two', () => {
  const axis = (path: string, scale: SweepAxis['scale'], paths = [path]): SweepAxis => ({
    ...{ name: path, label: path, paths, scale, values: [] },
  });
  it.each([
    ['tuning.temperatureOffset_K', 'linear', -0.2, -0.1, -0.15],
    ['vcsel.opticalPower_mW', 'log', 0.003, 0.01, 0.00548],
    ['adc.bits', 'linear', 8, 16, 12],
    ['adc.bits', 'linear', 5, 6, null],
    ['adc.bits', 'linear', 6, 8, 7],
    ['compression.clusters', 'log', 4, 16, 8],
    ['compression.clusters', 'log', 2, 3, null],
    ['vcsel.chirp_nm', 'log', 0, 0.01, 0.005],
    ['microring.gap_um', 'log', 5, 5.001, null],
  ] as const)('%s, %s: %f and %f', (path, scale, a, b, expected) => {
    expect(midpoint(axis(path, scale), a, b)).toBe(expected);
    expect(midpoint(axis(path, scale), b, a)).toBe(expected);
  });

  it('is none of words, nor of paths that move together', () => {
    expect(midpoint(axis('sparsity', 'categories'), '0 %', '50 %')).toBeNull();
    const linked = axis('adc.bits', 'linear', ['adc.bits', 'weightDac.bits']);
    expect(midpoint(linked, 2, 6)).toBeNull();
    expect(midpoint({ ...linked, same: true }, 2, 6)).toBe(4);
  });
});
