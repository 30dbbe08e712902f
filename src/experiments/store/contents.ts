/** Whether a record whose checksum holds is also what its name says. */
import type { SweepManifest, Trial, TrialBlock } from '../sweep/types.js';
import { trialKey } from './identity.js';

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** What is wrong with a trial of this key; null if nothing is. */
export function trialProblem(content: unknown, key: string): string | null {
  if (!isObject(content)) return 'it holds no trial';
  const { identity, result, hits, layerErrors, finishedAt } = content as Partial<Trial>;
  if (!isObject(identity) || !isObject(result) || !isObject(hits)) return 'it holds no trial';
  if (identity.schema !== 'sonic-trial/1' || result.schema !== 'sonic-result/1') {
    return `it is of schema ${identity.schema} with ${result.schema}, not sonic-trial/1 with sonic-result/1`;
  }
  if (!Array.isArray(layerErrors) || typeof finishedAt !== 'string') return 'it holds no whole trial';
  if (!isObject(identity.hardware)) return 'its identity has no hardware';
  const actual = trialKey(identity as Trial['identity']);
  if (actual !== key || content['key'] !== key) return `its identity has the key ${actual}, not that of its name`;
  return null;
}

/** What a file of blocks holds: the block, and whose it is. */
export interface BlockContent {
  readonly key: string;
  readonly block: TrialBlock;
}

/** What is wrong with a block of this trial. */
export function blockProblem(content: unknown, key: string, first: number): string | null {
  if (!isObject(content) || !isObject(content['block'])) return 'it holds no block';
  if (content['key'] !== key) return `it is of trial ${content['key']}, not of the one whose folder it is in`;
  const block = content['block'] as Partial<TrialBlock>;
  if (!isCount(block.count) || block.first !== first)
    return `it begins at image ${block.first}, not at that of its name`;
  for (const classes of [block.digitalClasses, block.emulatedClasses ?? block.digitalClasses]) {
    if (!Array.isArray(classes) || classes.length !== block.count) return `it does not hold ${block.count} classes`;
  }
  return null;
}

/** What is wrong with the description of a sweep. */
export function sweepProblem(content: unknown): string | null {
  if (!isObject(content)) return 'it holds no sweep';
  const { schema, name, axes, points } = content as Partial<SweepManifest>;
  if (schema !== 'sonic-sweep/1') return `it is of schema ${schema}, not sonic-sweep/1`;
  return typeof name === 'string' && Array.isArray(axes) && Array.isArray(points) ? null : 'it holds no whole sweep';
}
