import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeRecord } from '../../../src/experiments/store/record.js';
import { type Damage, openTrialStore } from '../../../src/experiments/store/store.js';
import type { SweepManifest, Trial } from '../../../src/experiments/sweep/types.js';
import { temporaryFolder } from '../../helpers/folder.js';
import { exampleBlock, exampleTrial } from './trials.js';

const folder = temporaryFolder();

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const trialPath = (name: string, { key }: Trial) => folder.path(join(name, 'trials', key.slice(0, 2), `${key}.json`));
const left = (name: string, part: string) => readdir(folder.path(join(name, part)));

describe('the store of trials', () => {
  it('gives back what was put, in another process too, every number bit for bit', async () => {
    const trial = exampleTrial();
    const store = await openTrialStore(folder.path('plain/nested'));
    expect(await store.get(trial.key)).toBeUndefined();
    await store.put(trial);
    expect(await store.get(trial.key)).toEqual(trial);
    expect(await (await openTrialStore(folder.path('plain/nested'))).get(trial.key)).toEqual(trial);
    expect(await left('plain/nested', 'temporary')).toEqual([]);
  });

  it('lists trials by key', async () => {
    const store = await openTrialStore(folder.path('many'));
    const trials = Array.from({ length: 40 }, (_, i) => exampleTrial({ chipSeed: i }));
    await Promise.all(trials.map((trial) => store.put(trial)));
    const keys = trials.map(({ key }) => key).sort();
    expect((await collect(store.trials())).map(({ key }) => key)).toEqual(keys);
    expect(await collect(store.keys())).toEqual(keys);
  });

  it('keeps the first of two that agree and refuses one that does not', async () => {
    const store = await openTrialStore(folder.path('twice'));
    const trial = exampleTrial();
    await store.put(trial);
    await store.put({ ...trial, finishedAt: '2027-01-01T00:00:00.000Z' });
    expect((await store.get(trial.key))?.finishedAt).toBe(trial.finishedAt);
    const other = { ...trial, hits: { ...trial.hits, emulated: 'AAA=' } };
    await expect(store.put(other)).rejects.toThrow(/hits\.emulated is ".*" in one and "AAA=" in the other/);
    expect(await store.get(trial.key)).toEqual(trial);
  });

  it('refuses a trial whose key is not that of its identity', async () => {
    const store = await openTrialStore(folder.path('wrong-key'));
    const trial = { ...exampleTrial(), key: 'e'.repeat(64) };
    await expect(store.put(trial)).rejects.toThrow('its identity has the key');
    await expect(store.get('../../etc')).rejects.toThrow('is no key of a trial');
  });

  it('keeps blocks of unfinished trials in order, and drops them with the trial', async () => {
    const store = await openTrialStore(folder.path('blocks'));
    const trial = exampleTrial();
    for (const first of [16, 0, 8]) await store.putBlock(trial.key, exampleBlock(first));
    expect((await store.blocks(trial.key)).map(({ first }) => first)).toEqual([0, 8, 16]);
    expect(await store.blocks(trial.key)).toContainEqual(exampleBlock(8));
    expect(await store.unfinished()).toEqual([trial.key]);
    await store.put(trial);
    expect([await store.blocks(trial.key), await store.unfinished()]).toEqual([[], []]);
  });

  it('clears blocks away that a death left beside a finished trial', async () => {
    const store = await openTrialStore(folder.path('left-blocks'));
    const [done, open] = [exampleTrial(), exampleTrial({ chipSeed: 2 })];
    await store.put(done);
    for (const { key } of [done, open]) await store.putBlock(key, exampleBlock(0));
    expect(await (await openTrialStore(folder.path('left-blocks'))).unfinished()).toEqual([open.key]);
  });

  it('keeps sweeps by name, the latest of each, oldest first', async () => {
    const store = await openTrialStore(folder.path('sweeps'));
    const sweep = (name: string, createdAt: string): SweepManifest => ({
      schema: 'sonic-sweep/1',
      name,
      title: name,
      description: '',
      source: '',
      command: '',
      axes: [],
      points: [],
      figures: [],
      createdAt,
    });
    for (const [name, at] of [
      ['a b', '2026-01-02'],
      ['a/b', '2026-01-01'],
      ['../x', '2026-01-03'],
      ['a b', '2026-01-04'],
    ]) {
      await store.putSweep(sweep(name!, at!));
    }
    const found = (await store.sweeps()).map(({ name, createdAt }) => [name, createdAt]);
    expect(found).toEqual([
      ['a/b', '2026-01-01'],
      ['../x', '2026-01-03'],
      ['a b', '2026-01-04'],
    ]);
    expect(await left('sweeps', 'sweeps')).toHaveLength(3);
  });
});

describe('damage', () => {
  it('of any kind counts as absent, is named, and is replaced', async () => {
    const damages: Damage[] = [];
    const store = await openTrialStore(folder.path('damaged'), { onDamage: (damage) => damages.push(damage) });
    const trial = exampleTrial();
    await store.put(trial);
    const file = trialPath('damaged', trial);
    const whole = await readFile(file);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        async (at, flip, cut) => {
          const damaged = Buffer.from(whole);
          damaged[at]! ^= flip;
          await writeFile(file, cut ? damaged.subarray(0, at) : damaged);
          damages.length = 0;
          expect(await store.get(trial.key)).toBeUndefined();
          expect(damages).toHaveLength(1);
          expect(damages[0]!.file).toBe(file);
          expect(await collect(store.trials())).toEqual([]);
        },
      ),
      { numRuns: 100 },
    );
    await store.put(trial);
    expect(await store.get(trial.key)).toEqual(trial);
  });

  it.each<[string, string, (trial: Trial) => string]>([
    ['an empty file', 'it is empty', () => ''],
    ['a file of nulls, as a power failure leaves it', 'does not begin as a record', () => '\0'.repeat(900)],
    [
      'another schema',
      'sonic-trial/2',
      (t) => encodeRecord('trial', { ...t, identity: { ...t.identity, schema: 'sonic-trial/2' } }),
    ],
    [
      'another result schema',
      'sonic-result/2',
      (t) => encodeRecord('trial', { ...t, result: { ...t.result, schema: 'sonic-result/2' } }),
    ],
    [
      'the identity of another trial',
      'its identity has the key',
      (t) => encodeRecord('trial', { ...t, identity: exampleTrial({ chipSeed: 9 }).identity }),
    ],
    [
      'another trial under this name',
      'its identity has the key',
      () => encodeRecord('trial', exampleTrial({ chipSeed: 9 })),
    ],
    ['no trial at all', 'it holds no trial', () => encodeRecord('trial', null)],
    ['half a trial', 'it holds no whole trial', ({ layerErrors: _, ...t }) => encodeRecord('trial', t)],
  ])('%s is found', async (_, problem, contentOf) => {
    const damages: Damage[] = [];
    const store = await openTrialStore(folder.path('kinds'), { onDamage: (damage) => damages.push(damage) });
    const trial = exampleTrial();
    await store.drop(trial.key);
    await store.put(trial);
    await writeFile(trialPath('kinds', trial), contentOf(trial));
    expect(await store.get(trial.key)).toBeUndefined();
    expect(damages.map((damage) => damage.problem).join()).toContain(problem);
  });

  it.each<[string, string, (file: string) => Promise<unknown>]>([
    ['a folder', 'it is a folder', (file) => mkdir(join(file, 'inside'), { recursive: true })],
    ['a pipe', 'it is no regular file', async (file) => spawnSync('mkfifo', [file])],
    ['a device', 'it is no regular file', (file) => symlink('/dev/zero', file)],
    ['a link to itself', 'its links point in a circle', (file) => symlink(file, file)],
    [
      'a file in place of its folder',
      'a part of the path is a file',
      async (file) => {
        await rm(dirname(file), { recursive: true });
        await writeFile(dirname(file), 'x');
      },
    ],
    [
      'more bytes than a record has',
      'more than any record',
      async (file) => {
        await writeFile(file, '');
        await truncate(file, 2 ** 40);
      },
    ],
  ])('%s under the name of a record counts as absent, is named, and is replaced', async (_, problem, put) => {
    const damages: Damage[] = [];
    const name = `unreadable-${problem.replaceAll(' ', '-')}`;
    await rm(folder.path(name), { recursive: true, force: true });
    const store = await openTrialStore(folder.path(name), { onDamage: (damage) => damages.push(damage) });
    const [trial, other] = [exampleTrial(), exampleTrial({ chipSeed: 3 })];
    await store.put(trial);
    await store.put(other);
    await store.putBlock(trial.key, exampleBlock(0));
    await store.putBlock(trial.key, exampleBlock(8));
    const block = folder.path(`${name}/blocks/${trial.key}/0000000008.json`);
    for (const file of [trialPath(name, trial), block]) {
      await rm(file);
      await put(file);
    }
    expect(await store.get(trial.key)).toBeUndefined();
    expect(damages.map((damage) => [damage.file, damage.problem])).toEqual([
      [trialPath(name, trial), expect.stringContaining(problem)],
    ]);
    expect((await store.blocks(trial.key)).length).toBeLessThan(2);
    expect((await collect(store.trials())).map(({ key }) => key)).toEqual([other.key]);
    expect((await openTrialStore(folder.path(name))).id).toBe(store.id);
    await store.putBlock(trial.key, exampleBlock(8));
    expect(await store.blocks(trial.key)).toContainEqual(exampleBlock(8));
    await store.put(trial);
    expect(await store.get(trial.key)).toEqual(trial);
  });

  it('of a block loses that block alone', async () => {
    const damages: Damage[] = [];
    const store = await openTrialStore(folder.path('bad-blocks'), { onDamage: (damage) => damages.push(damage) });
    const { key } = exampleTrial();
    for (const first of [0, 8, 16]) await store.putBlock(key, exampleBlock(first));
    const fileOf = (first: number) => folder.path(`bad-blocks/blocks/${key}/${String(first).padStart(10, '0')}.json`);
    await writeFile(fileOf(8), (await readFile(fileOf(8))).subarray(0, 100));
    expect((await store.blocks(key)).map(({ first }) => first)).toEqual([0, 16]);
    // The right block in the wrong place.
    await writeFile(fileOf(16), await readFile(fileOf(0)));
    expect((await store.blocks(key)).map(({ first }) => first)).toEqual([0]);
    expect(damages.at(-1)!.problem).toContain('it begins at image 0');
    await store.putBlock(key, exampleBlock(8));
    expect((await store.blocks(key)).map(({ first }) => first)).toEqual([0, 8]);
  });
});

/** Whether this process may mount file systems: then a full and a read-only one can be tried. */
const canMount =
  process.platform === 'linux' &&
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

describe.skipIf(!canMount)('a file system', () => {
  const mounted: string[] = [];
  const mount = async (name: string, options: string) => {
    await mkdir(folder.path(name));
    spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder.path(name)]);
    mounted.push(folder.path(name));
  };
  afterAll(() => {
    for (const path of mounted) spawnSync('umount', [path]);
  });

  it('that is full is said so, and nothing half-written stays', async () => {
    await mount('full', 'size=256k');
    const store = await openTrialStore(folder.path('full'));
    const trials = Array.from({ length: 60 }, (_, i) => exampleTrial({ chipSeed: i }));
    const kept: Trial[] = [];
    const fillUp = async () => {
      for (const trial of trials) {
        await store.put(trial);
        kept.push(trial);
      }
    };
    await expect(fillUp()).rejects.toThrow(/^result store: cannot write .*no space is left; make room$/);
    expect(kept.length).toBeGreaterThan(3);
    expect(await left('full', 'temporary')).toEqual([]);
    expect(await collect(store.trials())).toHaveLength(kept.length);
    await expect(openTrialStore(folder.path('full/inner'))).rejects.toThrow('no space is left');
  });

  it('that is read-only is said so before anything runs, and can be read', async () => {
    await mount('frozen', 'size=1m');
    const trial = exampleTrial();
    await (await openTrialStore(folder.path('frozen'))).put(trial);
    spawnSync('mount', ['-o', 'remount,ro', folder.path('frozen')]);
    await expect(openTrialStore(folder.path('frozen'))).rejects.toThrow('it lies on a read-only file system');
    expect(await (await openTrialStore(folder.path('frozen'), { readOnly: true })).get(trial.key)).toEqual(trial);
  });
});

describe('opening', () => {
  const open = (name: string, readOnly = false) => openTrialStore(folder.path(name), { readOnly });

  it('refuses what is no store, or one of another version', async () => {
    await mkdir(folder.path('stranger'));
    await folder.file('stranger/thesis.tex', 'x');
    await expect(open('stranger')).rejects.toThrow(/is not a store of trials \(it holds 'thesis.tex'/);
    await mkdir(folder.path('newer'));
    await folder.file('newer/sonic-store.json', '{"schema":"sonic-store/2"}');
    await expect(open('newer')).rejects.toThrow('is of version 2, this sonic reads version 1');
    await mkdir(folder.path('broken'));
    await folder.file('broken/sonic-store.json', '{"schema"');
    await expect(open('broken')).rejects.toThrow('is damaged: it does not say sonic-store/1');
    await folder.file('plain-file', 'x');
    await expect(open('plain-file')).rejects.toThrow('is a file; name a folder');
    await expect(open('plain-file/below')).rejects.toThrow('a part of the path is a file');
  });

  it('only to read makes nothing', async () => {
    await expect(open('absent', true)).rejects.toThrow("there is none in '");
    await expect(readdir(folder.path('absent'))).rejects.toThrow('ENOENT');
    await mkdir(folder.path('empty'));
    await expect(open('empty', true)).rejects.toThrow('there is none in');
    expect(await readdir(folder.path('empty'))).toEqual([]);
  });

  it('takes an empty folder, by many at once', async () => {
    await mkdir(folder.path('at-once'));
    const stores = await Promise.all(Array.from({ length: 20 }, () => open('at-once')));
    await Promise.all(stores.map((store, i) => store.put(exampleTrial({ chipSeed: i % 3 }))));
    expect(await collect(stores[0]!.keys())).toHaveLength(3);
    expect(await left('at-once', 'temporary')).toEqual([]);
  });
});
