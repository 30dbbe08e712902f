/**
 * Claims: files `KEY.N` in one folder, each naming the process that computes the trial. A process announces itself and
 * then looks: of two that announce, the later one sees the earlier one and withdraws, so that there are never two holders.
 * Only the holder removes the claims of dead processes, so that no living claim is removed by mistake.
 */
import { open, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Claim } from '../sweep/types.js';
import {
  codeOf,
  LAPSE_ms,
  linkNew,
  namesIn,
  readIfThere,
  removeIfThere,
  storeError,
  writeTemporary,
} from './durable.js';
import { lifeOf, ownIdentity, parseIdentity } from './processIdentity.js';

const HEARTBEAT_ms = 10_000;

interface Folders {
  readonly claims: string;
  readonly temporary: string;
}

const keyOf = (name: string) => name.slice(0, name.lastIndexOf('.'));
const numberOf = (name: string) => Number(name.slice(name.lastIndexOf('.') + 1));

/** Whether a claim counts. Of other machines, clocks may be off: both times are of the file system. */
async function isLiving(file: string, now_ms: number): Promise<boolean> {
  const bytes = await readIfThere(file);
  if (!bytes) return false;
  const owner = parseIdentity(Buffer.from(bytes).toString('utf8'));
  const life = owner ? lifeOf(owner) : 'elsewhere';
  if (life !== 'elsewhere') return life === 'alive';
  const status = await stat(file).catch(() => null);
  return status !== null && now_ms - status.mtimeMs <= LAPSE_ms;
}

/** Touches the claim's file by the file system's own clock, for processes on other machines. */
async function startHeartbeat(file: string, length: number): Promise<() => Promise<void>> {
  const handle = await open(file, 'r+');
  let beat: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    // The line break at the end, again.
    beat = handle.write('\n', length - 1).then(
      () => handle.sync(),
      () => undefined,
    );
  }, HEARTBEAT_ms);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await beat.catch(() => undefined);
    await handle.close();
  };
}

/** @returns null while another living process, or this one, holds the key. */
export async function claimKey(folders: Folders, key: string): Promise<Claim | null> {
  const text = `${JSON.stringify({ ...ownIdentity(), since: new Date().toISOString() })}\n`;
  const temporary = await writeTemporary(folders.temporary, text);
  try {
    const now_ms = (await stat(temporary)).mtimeMs;
    const pathOf = (name: string) => join(folders.claims, name);
    const others = async (own?: string) =>
      (await namesIn(folders.claims)).filter((name) => keyOf(name) === key && name !== own);
    const isHeld = async (names: readonly string[]) => {
      for (const name of names) if (await isLiving(pathOf(name), now_ms)) return true;
      return false;
    };
    const before = await others();
    if (await isHeld(before)) return null;
    const file = pathOf(`${key}.${1 + Math.max(0, ...before.map(numberOf))}`);
    try {
      await linkNew(temporary, file);
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return null;
      throw storeError('write', file, error);
    }
    const after = await others(basename(file));
    if (await isHeld(after)) {
      await removeIfThere(file);
      return null;
    }
    for (const name of after) await removeIfThere(pathOf(name));
    return heldClaim(file, text.length);
  } finally {
    await removeIfThere(temporary);
  }
}

async function heldClaim(file: string, length: number): Promise<Claim> {
  const stopHeartbeat = await startHeartbeat(file, length);
  let released: Promise<void> | undefined;
  const release = async () => {
    await stopHeartbeat();
    await removeIfThere(file);
  };
  return {
    release: () => {
      released ??= release();
      return released;
    },
  };
}

/** Keys that processes hold, or held when they died. */
export async function claimedKeys(folders: Folders): Promise<string[]> {
  return [...new Set((await namesIn(folders.claims)).map(keyOf))];
}

/** Clears away the claims of processes that died on this machine: by holding them for a moment. */
export async function clearClaims(folders: Folders): Promise<void> {
  for (const name of await namesIn(folders.claims)) {
    const bytes = await readIfThere(join(folders.claims, name));
    const owner = bytes && parseIdentity(Buffer.from(bytes).toString('utf8'));
    if (owner && lifeOf(owner) === 'dead') await (await claimKey(folders, keyOf(name)))?.release();
  }
}
