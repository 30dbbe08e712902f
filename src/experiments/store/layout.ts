/**
 * Where things lie in a store's folder:
 *
 *     sonic-store.json                      what the folder is, and the version of its layout
 *     trials/ab/abcd....json                a finished trial: record of its key; 256 sub-folders
 *     blocks/abcd.../0000000064.json        images 64 and on of an unfinished trial
 *     claims/abcd....1                      who computes the trial
 *     sweeps/NAME-0123456789ab.json         what a sweep asked for; hash of its name
 *     temporary/                            half-written files
 */
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SonicError } from '../../errors.js';
import { sha256Hex } from '../../files.js';
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
  readonly folder: string;
  readonly trials: string;
  readonly blocks: string;
  readonly claims: string;
  readonly sweeps: string;
  readonly temporary: string;
}

export function layoutOf(folder: string): Layout {
  const at = (name: string) => join(folder, name);
  return {
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

/** Whether the folder is a store. @throws SonicError where it is one of another version, or something else. */
async function isStore(folder: string): Promise<boolean> {
  const marker = join(folder, MARKER);
  const bytes = await readIfThere(marker);
  if (bytes) {
    const [, version] = /"schema": *"sonic-store\/(\d+)"/.exec(Buffer.from(bytes).toString('utf8')) ?? [];
    if (version === String(VERSION)) return true;
    const problem =
      version === undefined
        ? 'is damaged: it does not say sonic-store/1; restore it, the trials beside it are checked one by one'
        : `is of version ${version}, this sonic reads version ${VERSION}; use the sonic that wrote it, or name another folder`;
    throw new SonicError(`result store: '${marker}' ${problem}`);
  }
  const strangers = (await namesIn(folder)).filter((name) => name !== TEMPORARY);
  if (strangers.length === 0) return false;
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
  if (!((await checkFolder(folder)) && (await isStore(folder)))) {
    throw new SonicError(
      `result store: there is none in '${folder}'; 'sonic sweep' makes one, or name another with --store`,
    );
  }
  return layoutOf(folder);
}

/** Opens a store to write, and makes it where there is none. @throws SonicError where it cannot be written. */
export async function prepareLayout(folder: string): Promise<Layout> {
  const layout = layoutOf(folder);
  await checkFolder(folder);
  const isThere = await isStore(folder);
  try {
    for (const part of [layout.folder, layout.temporary]) await makeFolder(part);
    if (!isThere) {
      const text = `${JSON.stringify({ schema: `sonic-store/${VERSION}` })}\n`;
      await publish(await writeTemporary(layout.temporary, text), join(folder, MARKER), false);
    }
    for (const part of [layout.trials, layout.blocks, layout.claims, layout.sweeps])
      await mkdir(part, { recursive: true });
  } catch (error) {
    throw storeError('make', folder, error);
  }
  // Better known now than after the first hour.
  await removeIfThere(await writeTemporary(layout.temporary, '\n'));
  await clearTemporary(layout.temporary);
  return layout;
}
