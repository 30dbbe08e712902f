/** The store of trials: a folder that any number of sweeps and processes share. */
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SonicError } from '../../base/errors.js';
import type { SweepManifest, Trial, TrialBlock, TrialStore } from '../sweep/types.js';
import { claimedKeys, claimKey, clearClaims } from './claims.js';
import { type BlockContent, blockProblem, sweepProblem, trialProblem } from './contents.js';
import { namesIn, namesOrProblem, publish, readOrProblem, storeError, writeTemporary } from './durable.js';
import { trialDifference } from './identity.js';
import {
  blockFile,
  blockFolder,
  isKey,
  type Layout,
  openLayout,
  prepareLayout,
  sweepFile,
  trialFile,
} from './layout.js';
import { decodeRecord, encodeRecord, type RecordKind } from './record.js';

/** A file of the store that is not what it should be. It counts as absent and is replaced by what is computed again. */
export interface Damage {
  readonly file: string;
  readonly problem: string;
}

export interface StoreOptions {
  /** Told of every damaged file that is met. */
  readonly onDamage?: ((damage: Damage) => void) | undefined;
  /** Only what is there is read: nothing is made, cleared away or claimed. */
  readonly readOnly?: boolean | undefined;
}

/** A store in a folder, with what its keepers need. */
export interface FolderStore extends TrialStore {
  /** The same wherever the folder is mounted; null in stores from before there were ids. */
  readonly id: string | null;
  /** Keys of finished trials, damaged ones included. */
  keys(): AsyncIterable<string>;
  /** Keys of trials that have blocks. */
  unfinished(): Promise<string[]>;
  /** Keys that processes claim. */
  claimed(): Promise<string[]>;
  /** Removes a trial and its blocks. */
  drop(key: string): Promise<void>;
}

/** No record of a trial of a million images has a tenth of it. */
const MAXIMUM_RECORD_BYTES = 2 ** 28;

/** Reads one record; one that is damaged, or cannot be read, is named and counts as absent. */
class Reader {
  constructor(readonly onDamage: (damage: Damage) => void) {}

  /** Names in a folder of records. */
  async names(folder: string): Promise<string[]> {
    const names = await namesOrProblem(folder);
    if (typeof names !== 'string') return names;
    this.onDamage({ file: folder, problem: names });
    return [];
  }

  async read<T>(
    kind: RecordKind,
    file: string,
    problemOf: (content: unknown) => string | null,
  ): Promise<T | undefined> {
    const bytes = await readOrProblem(file, MAXIMUM_RECORD_BYTES);
    if (bytes === null) return undefined;
    const decoded = typeof bytes === 'string' ? { problem: bytes } : decodeRecord(kind, bytes);
    const problem = 'problem' in decoded ? decoded.problem : problemOf(decoded.content);
    if (problem !== null) {
      this.onDamage({ file, problem });
      return undefined;
    }
    return (decoded as { content: unknown }).content as T;
  }

  trial(layout: Layout, key: string): Promise<Trial | undefined> {
    return this.read<Trial>('trial', trialFile(layout, key), (content) => trialProblem(content, key));
  }
}

/** Keys in the order of the alphabet, one sub-folder at a time. */
async function* keysOf({ trials }: Layout, reader: Reader): AsyncIterable<string> {
  for (const shard of await namesIn(trials)) {
    if (!/^[0-9a-f]{2}$/.test(shard)) continue;
    for (const name of await reader.names(join(trials, shard))) {
      const key = basename(name, '.json');
      if (isKey(key) && key.startsWith(shard)) yield key;
    }
  }
}

async function putTrial(layout: Layout, reader: Reader, trial: Trial): Promise<void> {
  const problem = trialProblem(trial, trial.key);
  if (problem) throw new SonicError(`result store: trial ${trial.key} is not kept: ${problem}`);
  const write = async (replace: boolean) =>
    publish(
      await writeTemporary(layout.temporary, encodeRecord('trial', trial)),
      trialFile(layout, trial.key),
      replace,
    );
  if (!(await write(false))) {
    const present = await reader.trial(layout, trial.key);
    const difference = present && trialDifference(present, trial);
    if (difference) {
      throw new SonicError(
        `result store: '${trialFile(layout, trial.key)}' differs from the same trial computed again: ${difference}; remove the file to have it computed afresh`,
      );
    }
    if (!present) await write(true);
  }
  await rm(blockFolder(layout, trial.key), { recursive: true, force: true });
}

async function readBlocks(layout: Layout, reader: Reader, key: string): Promise<TrialBlock[]> {
  const blocks: TrialBlock[] = [];
  for (const name of await reader.names(blockFolder(layout, key))) {
    const file = join(blockFolder(layout, key), name);
    const first = Number(basename(name, '.json'));
    const read = await reader.read<BlockContent>('block', file, (content) => blockProblem(content, key, first));
    if (read) blocks.push(read.block);
  }
  return blocks.sort((a, b) => a.first - b.first);
}

/** Blocks of trials that were finished just before their process died. */
async function clearBlocks(layout: Layout, reader: Reader): Promise<void> {
  for (const key of await namesIn(layout.blocks)) {
    if (isKey(key) && (await reader.trial(layout, key))) {
      await rm(blockFolder(layout, key), { recursive: true, force: true });
    }
  }
}

async function readSweeps(layout: Layout, reader: Reader): Promise<SweepManifest[]> {
  const sweeps: SweepManifest[] = [];
  for (const name of await namesIn(layout.sweeps)) {
    if (!name.endsWith('.json')) continue;
    const sweep = await reader.read<SweepManifest>('sweep', join(layout.sweeps, name), sweepProblem);
    if (sweep) sweeps.push(sweep);
  }
  return sweeps.sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
}

/**
 * Opens the store in a folder, and makes one where there is nothing.
 * @throws SonicError naming the folder and what is wrong: not a store, another version, no permission, no space.
 */
export async function openTrialStore(
  folder: string,
  { onDamage = () => {}, readOnly = false }: StoreOptions = {},
): Promise<FolderStore> {
  const layout = await (readOnly ? openLayout(folder) : prepareLayout(folder));
  const reader = new Reader(onDamage);
  if (!readOnly) {
    await clearClaims(layout);
    await clearBlocks(layout, new Reader(() => {}));
  }
  const publishRecord = async (kind: RecordKind, file: string, content: unknown) => {
    await publish(await writeTemporary(layout.temporary, encodeRecord(kind, content)), file, true);
  };
  return {
    id: layout.id,
    location: folder,
    get: async (key) => reader.trial(layout, key),
    put: (trial) => putTrial(layout, reader, trial),
    blocks: async (key) => readBlocks(layout, reader, key),
    putBlock: async (key, block) => publishRecord('block', blockFile(layout, key, block.first), { key, block }),
    claim: (key) => claimKey(layout, key),
    async *trials() {
      for await (const key of keysOf(layout, reader)) {
        const trial = await reader.trial(layout, key);
        if (trial) yield trial;
      }
    },
    putSweep: (manifest) => publishRecord('sweep', sweepFile(layout, manifest.name), manifest),
    sweeps: () => readSweeps(layout, reader),
    keys: () => keysOf(layout, reader),
    unfinished: async () => (await namesIn(layout.blocks)).filter(isKey),
    claimed: () => claimedKeys(layout),
    drop: async (key) => {
      for (const path of [trialFile(layout, key), blockFolder(layout, key)]) {
        await rm(path, { recursive: true, force: true }).catch((error) => {
          throw storeError('remove', path, error);
        });
      }
    },
  };
}
