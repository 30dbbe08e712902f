import { appendFile, readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SonicError } from '../../../src/base/errors.js';
import { philoxUniforms } from '../../../src/base/random/philox.js';
import type { Dataset } from '../../../src/datasets/types.js';
import {
  accuracyHardware,
  accurateFront,
  type Emulated,
  storedAccuracy,
} from '../../../src/experiments/exploration/accurateFront.js';
import { openResultStore } from '../../../src/experiments/exploration/resultStore.js';
import { type ExplorePoint, keeps, paretoPoints } from '../../../src/experiments/exploration/search.js';
import { codeHash } from '../../../src/experiments/store/codeHash.js';
import type { HardwareDescription } from '../../../src/hardware/description.js';
import { hardwareHash } from '../../../src/hardware/descriptionFiles.js';
import { nestedSettings } from '../../../src/hardware/descriptionPaths.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';
import { temporaryFolder } from '../../helpers/folder.js';
import { compile, convSpec, denseSpec } from '../../helpers/layers.js';
import { NUMERIC_FIELDS } from '../../helpers/schemaFields.js';

const folder = temporaryFolder();

/** Points with random costs and a hidden accuracy. */
function randomPoints(count: number): { points: ExplorePoint[]; accuracy: Map<unknown, number> } {
  const u = philoxUniforms([8, 8], 0, 3 * count);
  const accuracy = new Map<unknown, number>();
  const points = Array.from({ length: count }, (_, i): ExplorePoint => {
    const [fpsPerWatt, fps] = [u[3 * i]!, u[3 * i + 1]!];
    const costs = { fpsPerWatt, fps, energyDelay: 1, latency: 1, energy: 1, power: 1, area: 1 };
    const point: ExplorePoint = { values: [i], metrics: costs, worst: costs, accuracy: null };
    // What is fast is inaccurate, roughly.
    accuracy.set(i, 1 - 0.4 * (fps + fpsPerWatt) * u[3 * i + 2]!);
    return point;
  });
  return { points, accuracy };
}

describe('accurateFront', () => {
  const { points, accuracy } = randomPoints(60);
  const accuracyAt = async (point: ExplorePoint) => accuracy.get(point.values[0])!;
  const objectives = ['fpsPerWatt', 'fps'] as const;
  const constraints = [{ metric: 'accuracy', limit: 'least', value: 0.85 }] as const;
  const places = (list: readonly ExplorePoint[]) => list.map(({ values }) => values[0]);

  it('is the Pareto set of all points that are accurate enough, without emulating them all', async () => {
    const { front, emulated, stopped } = await accurateFront({
      points,
      objectives,
      constraints,
      accuracyAt,
      limit: 60,
    });
    const all = points.map((point) => ({ ...point, accuracy: accuracy.get(point.values[0])! }));
    const exhaustive = paretoPoints(
      all.filter((point) => keeps(point, constraints)),
      objectives,
    );
    expect(places(front)).toEqual(places(exhaustive));
    expect(stopped).toBe(false);
    expect(emulated.length).toBeLessThan(60);
    expect(emulated.length).toBeGreaterThan(front.length);
  });

  it('stops at the limit and says so', async () => {
    const { emulated, stopped } = await accurateFront({ points, objectives, constraints, accuracyAt, limit: 2 });
    expect([emulated.length, stopped]).toEqual([2, true]);
  });

  it('as an objective, accuracy decides among the emulated points', async () => {
    const three = ['fpsPerWatt', 'fps', 'accuracy'] as const;
    const { front, emulated } = await accurateFront({
      points,
      objectives: three,
      constraints: [],
      accuracyAt,
      limit: 60,
    });
    // Without a limit on accuracy only the set under the costs is emulated, and all of it stays.
    expect(places(emulated)).toEqual(places(paretoPoints(points, objectives)));
    expect(new Set(places(front))).toEqual(new Set(places(emulated)));
  });
});

describe('the result store', () => {
  it('finds what was kept by content, in another session too', async () => {
    const file = folder.path('nested/store.jsonl');
    const store = await openResultStore(file);
    expect(store.get({ a: 1 })).toBeUndefined();
    await store.put({ a: 1 }, 0.5);
    await store.put({ a: 2 }, 0.25);
    expect([store.get({ a: 1 }), store.get({ a: 2 }), store.get({ a: 3 })]).toEqual([0.5, 0.25, undefined]);
    const again = await openResultStore(file);
    expect([again.get({ a: 1 }), again.get({ a: 2 }), again.get({ a: 3 })]).toEqual([0.5, 0.25, undefined]);
  });

  it('survives a line that was cut off', async () => {
    const file = folder.path('cut.jsonl');
    await (await openResultStore(file)).put('kept', 1);
    await appendFile(file, '{"key":"abc","val');
    const store = await openResultStore(file);
    expect(store.get('kept')).toBe(1);
    await store.put('after', 2);
    const again = await openResultStore(file);
    expect([again.get('kept'), again.get('after')]).toEqual([1, 2]);
    expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(4);
  });

  it('says where it cannot write', async () => {
    const file = await folder.file('plain', 'x');
    const store = await openResultStore(`${file}/store.jsonl`);
    await expect(store.put('a', 1)).rejects.toThrow(SonicError);
  });
});

describe('storedAccuracy', () => {
  const dataset = { sha256: 'd', count: 10 } as Dataset;
  const emulated = { networkHash: 'n', dataset, calibrationSet: { ...dataset, sha256: 'c' } } as Emulated;
  const seeds = { runSeed: 1, chipSeed: 1 };

  it('emulates once for what accuracy depends on', async () => {
    const store = await openResultStore(folder.path('accuracy.jsonl'));
    let runs = 0;
    const of = (given: Emulated, s = seeds) => storedAccuracy(given, s, store, async () => ++runs / 100);
    const hardware = presetHardware('sonic');
    expect(await of(emulated)(hardware)).toBe(0.01);
    expect(await of(emulated)(hardware)).toBe(0.01);
    // Costs and powers do not matter; bits, seeds, images and networks do.
    const dearer = presetHardware('sonic', { adc: { power_mW: 1 }, cost: { doubleBuffered: true }, name: 'other' });
    expect(await of(emulated)(dearer)).toBe(0.01);
    expect(await of(emulated)(presetHardware('sonic', { adc: { bits: 8 } }))).toBe(0.02);
    expect(await of(emulated, { ...seeds, chipSeed: 2 })(hardware)).toBe(0.03);
    expect(await of({ ...emulated, dataset: { ...dataset, count: 11 } })(hardware)).toBe(0.04);
    expect(await of({ ...emulated, networkHash: 'm' })(hardware)).toBe(0.05);
    const elsewhere = { ...dataset, indices: Int32Array.of(5, 6, 7, 8, 9, 10, 11, 12, 13, 14) };
    expect(await of({ ...emulated, dataset: elsewhere })(hardware)).toBe(0.06);
    expect(await of({ ...emulated, calibrationSet: { ...elsewhere, sha256: 'c' } })(hardware)).toBe(0.07);
  });

  it('does not use what other code emulated, whatever its version says', async () => {
    const file = folder.path('code.jsonl');
    let runs = 0;
    const by = async (code?: string) =>
      storedAccuracy(emulated, seeds, await openResultStore(file), async () => ++runs / 100, code);
    const hardware = presetHardware('sonic');
    expect(await (await by())(hardware)).toBe(0.01);
    expect(await (await by(codeHash()))(hardware)).toBe(0.01);
    expect(await (await by('e'.repeat(64)))(hardware)).toBe(0.02);
  });

  // Where every number acts: an old calibration, warmth, chirp, an ADC with fewer bits than it says.
  const acting = {
    'tuning.hoursSinceCalibration': 24,
    'tuning.temperatureOffset_K': 0.1,
    'vcsel.chirp_nm': 0.01,
    'adc.effectiveBits': 8,
  };
  const described = (changes: Record<string, unknown> = {}) =>
    parseHardware(nestedSettings(Object.entries({ ...acting, ...changes })));
  const specs = [convSpec({ input: [5, 5, 2], filters: 3 }), denseSpec({ inputs: 60, filters: 5 })];
  const programs = (hardware: HardwareDescription) => specs.map((spec) => compile(spec as never, hardware, 1));
  const keyOf = (hardware: HardwareDescription) => hardwareHash(accuracyHardware(hardware));
  const plain = described();
  const [base, basePrograms] = [keyOf(plain), programs(plain)];
  const valueAt = (path: string) =>
    path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], plain);

  it.each(NUMERIC_FIELDS.map(({ path }) => path))('knows whether the emulation reads %s', (path) => {
    const value = valueAt(path);
    // Half of it, one less, or for what is found by itself (auto, null) something.
    const tries = typeof value === 'number' ? [value / 2, value - 1, value + 1] : [0.5, 3];
    const changed = tries.flatMap((other) => {
      try {
        return [described({ [path]: other })];
      } catch {
        return [];
      }
    });
    expect(changed.length).toBeGreaterThan(0);
    const [hardware] = changed as [HardwareDescription];
    const isRead = !isDeepStrictEqual(programs(hardware), basePrograms);
    if (isRead) expect(keyOf(hardware)).not.toBe(base);
    if (/power|Efficiency|^cost|(eo|to)Latency/i.test(path) && path !== 'vcsel.opticalPower_mW') {
      expect([isRead, keyOf(hardware)]).toEqual([false, base]);
    }
  });

  it('sets aside no word that the emulation reads', () => {
    for (const changes of [
      { 'tuning.ted': false },
      { 'tuning.mode': 'thermal' },
      { 'effects.shotNoise': false },
      { batchNorm: 'folded' },
      { 'vdu.conv.chunking': 'concatenated' },
    ]) {
      expect(keyOf(described(changes))).not.toBe(base);
    }
  });
});
