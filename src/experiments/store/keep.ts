/** Keeping a store: merging others into it, verifying it, and dropping what the code has left behind. */
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { trialDifference } from './identity.js';
import { isKey } from './layout.js';
import type { Damage, FolderStore } from './store.js';

interface Conflict {
  readonly key: string;
  /** Store whose trial is left out. */
  readonly from: string;
  readonly difference: string;
}

export interface MergeReport {
  /** Trials that the store lacked, and those it had with the same numbers. */
  readonly copied: number;
  readonly present: number;
  readonly conflicts: readonly Conflict[];
  /** Blocks of unfinished trials. */
  readonly blocks: number;
  readonly sweeps: number;
}

/** Blocks of trials that neither store has finished; those that are there already stay. */
async function mergeBlocks(from: FolderStore, into: FolderStore): Promise<number> {
  let copied = 0;
  for (const key of await from.unfinished()) {
    if ((await into.get(key)) || (await from.get(key))) continue;
    const there = new Set((await into.blocks(key)).map(({ first }) => first));
    for (const block of await from.blocks(key)) {
      if (there.has(block.first)) continue;
      await into.putBlock(key, block);
      copied++;
    }
  }
  return copied;
}

/** The later description of a sweep stays. */
async function mergeSweeps(from: FolderStore, into: FolderStore): Promise<number> {
  const there = new Map((await into.sweeps()).map((sweep) => [sweep.name, sweep.createdAt]));
  let copied = 0;
  for (const sweep of await from.sweeps()) {
    const known = there.get(sweep.name);
    if (known !== undefined && known >= sweep.createdAt) continue;
    await into.putSweep(sweep);
    copied++;
  }
  return copied;
}

/**
 * Copies what `into` lacks. Trials that both have with different numbers are reported, and stay as `into` has them. Claims
 * are not copied: they belong to the processes of their store.
 */
export async function mergeStores(
  froms: readonly FolderStore[],
  into: FolderStore,
  onTrial: (done: number) => void = () => {},
): Promise<MergeReport> {
  let [copied, present, blocks, sweeps] = [0, 0, 0, 0];
  const conflicts: Conflict[] = [];
  for (const from of froms) {
    for await (const trial of from.trials()) {
      const there = await into.get(trial.key);
      const difference = there ? trialDifference(there, trial) : null;
      if (difference) conflicts.push({ key: trial.key, from: from.location, difference });
      else if (there) present++;
      else {
        await into.put(trial);
        copied++;
      }
      onTrial(copied + present + conflicts.length);
    }
    blocks += await mergeBlocks(from, into);
    sweeps += await mergeSweeps(from, into);
  }
  return { copied, present, conflicts, blocks, sweeps };
}

export interface Verification {
  readonly trials: number;
  readonly unfinished: number;
  readonly blocks: number;
  readonly sweeps: number;
}

const RECORD = /^(trials\/([0-9a-f]{2})\/\2[0-9a-f]{62}|blocks\/[0-9a-f]{64}\/\d{10}|sweeps\/[^/]+)\.json$/;

/** Files in folders of records that no record has the name of. */
async function strangersIn(folder: string): Promise<Damage[]> {
  const found: Damage[] = [];
  for (const part of ['trials', 'blocks', 'sweeps']) {
    for (const entry of await readdir(join(folder, part), { recursive: true, withFileTypes: true }).catch(() => [])) {
      const file = join(entry.parentPath, entry.name);
      if (entry.isDirectory() || RECORD.test(relative(folder, file).replaceAll('\\', '/'))) continue;
      found.push({ file, problem: 'it has not the name of a record; it is not read' });
    }
  }
  return found;
}

/**
 * Reads every record.
 * @param store opened with an `onDamage` that collects.
 */
export async function verifyStore(
  store: FolderStore,
  onDamage: (damage: Damage) => void,
  onTrial: (done: number) => void = () => {},
): Promise<Verification> {
  let [trials, blocks] = [0, 0];
  for await (const _ of store.trials()) onTrial(++trials);
  const unfinished = await store.unfinished();
  for (const key of unfinished) blocks += (await store.blocks(key)).length;
  for (const damage of await strangersIn(store.location)) onDamage(damage);
  return { trials, unfinished: unfinished.length, blocks, sweeps: (await store.sweeps()).length };
}

/** Trials of one version of the code. */
export interface CodeVersion {
  readonly code: string;
  readonly keys: readonly string[];
  /** ISO 8601, of the last one. */
  readonly finishedAt: string;
}

/** Versions of the code in a store, the latest first. */
export async function codeVersions(
  store: FolderStore,
  onTrial: (done: number) => void = () => {},
): Promise<CodeVersion[]> {
  const versions = new Map<string, { keys: string[]; finishedAt: string }>();
  let done = 0;
  for await (const { key, identity, finishedAt } of store.trials()) {
    const version = versions.get(identity.code) ?? { keys: [], finishedAt };
    version.keys.push(key);
    if (finishedAt > version.finishedAt) version.finishedAt = finishedAt;
    versions.set(identity.code, version);
    onTrial(++done);
  }
  return [...versions]
    .map(([code, version]) => ({ code, ...version }))
    .sort((a, b) => (a.finishedAt < b.finishedAt ? 1 : -1));
}

/** Keys of unfinished trials that no process claims. */
export async function abandoned(store: FolderStore): Promise<string[]> {
  const claimed = new Set(await store.claimed());
  return (await store.unfinished()).filter((key) => isKey(key) && !claimed.has(key));
}
