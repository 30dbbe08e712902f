/**
 * Where things lie in a store's folder:
 *
 *     sonic-store.json                      what the folder is: version of its layout, id of the store
 *     trials/ab/abcd....json                a finished trial: record of its key; 256 sub-folders
 *     blocks/abcd.../0000000064.json        images 64 and on of an unfinished trial
 *     claims/abcd....1                      who computes the trial
 *     sweeps/NAME-0123456789ab.json         what a sweep asked for; hash of its name
 *     temporary/                            half-written files
 */
import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SonicError } from '../../base/errors.js';
import { makeFolders, sha256Hex } from '../../base/files.js';
import {
  clearTemporary,
  makeFolder,
  namesIn,
  publish,
  readIfThere,
  removeIfThere,
  storeError,
  writeTemporary,
} from './durable.js';

const VERSION = 1;
const MARKER = 'sonic-store.json';
const TEMPORARY = 'temporary';

export interface Layout {
  /** The same wherever the folder is mounted; null in stores from before there were ids. */
  readonly id: string | null;
  readonly folder: string;
  readonly trials: string;
  readonly blocks: string;
  readonly claims: string;
  readonly sweeps: string;
  readonly temporary: string;
}

function layoutOf(folder: string, { id }: Marker): Layout {
  const at = (name: string) => join(folder, name);
  return {
    id,
    folder,
    trials: at('trials'),
    blocks: at('blocks'),
    claims: at('claims'),
    sweeps: at('sweeps'),
    temporary: at(TEMPORARY),
  };
}

const KEY = /^[0-9a-f]{64}$/;
export const isKey = (text: string) => KEY.test(text);

/** @throws SonicError where the text is no key: it must not become a path. */
function checkedKey(key: string): string {
  if (!isKey(key)) throw new SonicError(`'${key}' is no key of a trial: 64 hexadecimal digits`);
  return key;
}

export const trialFile = ({ trials }: Layout, key: string) => join(trials, checkedKey(key).slice(0, 2), `${key}.json`);
export const blockFolder = ({ blocks }: Layout, key: string) => join(blocks, checkedKey(key));
export const blockFile = (layout: Layout, key: string, first: number) =>
  join(blockFolder(layout, key), `${String(first).padStart(10, '0')}.json`);

/** Names may hold anything; the hash keeps those apart that look alike. */
export function sweepFile({ sweeps }: Layout, name: string): string {
  const readable = name
    .replace(/[^A-Za-z0-9.-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, 60);
  return join(sweeps, `${readable}-${sha256Hex(name).slice(0, 12)}.json`);
}

interface Marker {
  readonly id: string | null;
}

/** What says that the folder is a store; null if it is empty. @throws SonicError where it is one of another version, or something else. */
async function readMarker(folder: string): Promise<Marker | null> {
  const marker = join(folder, MARKER);
  const bytes = await readIfThere(marker);
  if (bytes) {
    const text = Buffer.from(bytes).toString('utf8');
    const [, version] = /"schema": *"sonic-store\/(\d+)"/.exec(text) ?? [];
    if (version === String(VERSION)) return { id: /"id": *"([0-9a-f]+)"/.exec(text)?.[1] ?? null };
    const problem =
      version === undefined
        ? 'is damaged: it does not say sonic-store/1; restore it, the trials beside it are checked one by one'
        : `is of version ${version}, this sonic reads version ${VERSION}; use the sonic that wrote it, or name another folder`;
    throw new SonicError(`result store: '${marker}' ${problem}`);
  }
  const strangers = (await namesIn(folder)).filter((name) => name !== TEMPORARY);
  if (strangers.length === 0) return null;
  throw new SonicError(
    `result store: '${folder}' is not a store of trials (it holds '${strangers[0]}', but no ${MARKER}); name an empty or a new folder`,
  );
}

async function checkFolder(folder: string): Promise<boolean> {
  const status = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw storeError('open', folder, error);
  });
  if (status && !status.isDirectory()) {
    throw new SonicError(`result store: '${folder}' is a file; name a folder`);
  }
  return status !== null;
}

/** Opens a store to read. @throws SonicError where there is none. */
export async function openLayout(folder: string): Promise<Layout> {
  const marker = (await checkFolder(folder)) ? await readMarker(folder) : null;
  if (!marker) {
    throw new SonicError(
      `result store: there is none in '${folder}'; 'sonic sweep' makes one, or name another with --store`,
    );
  }
  return layoutOf(folder, marker);
}

/** Opens a store to write, and makes it where there is none. @throws SonicError where it cannot be written. */
export async function prepareLayout(folder: string): Promise<Layout> {
  await checkFolder(folder);
  const temporary = join(folder, TEMPORARY);
  let marker = await readMarker(folder);
  try {
    await makeFolder(temporary);
    if (!marker) {
      const text = `${JSON.stringify({ schema: `sonic-store/${VERSION}`, id: randomBytes(8).toString('hex') })}\n`;
      await publish(await writeTemporary(temporary, text), join(folder, MARKER), false);
      // Of several processes that make the store at once, one has made it.
      marker = await readMarker(folder);
    }
  } catch (error) {
    throw storeError('make', folder, error);
  }
  const layout = layoutOf(folder, marker!);
  try {
    for (const part of [layout.trials, layout.blocks, layout.claims, layout.sweeps]) {
      await makeFolders(part);
    }
  } catch (error) {
    throw storeError('make', folder, error);
  }
  // Better known now than after the first hour.
  await removeIfThere(await writeTemporary(temporary, '\n'));
  await clearTemporary(temporary);
  return layout;
}
