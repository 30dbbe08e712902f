/** Data sets that the user has installed: a folder of their own, which loaders look into. */
import { existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { CatalogueEntry } from './catalogue.js';
import type { Split } from './types.js';

/** Where a data set is installed: $XDG_DATA_HOME/sonic-photonics/datasets/NAME, by default in ~/.local/share. */
export function userDataFolder(name: string, environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment['XDG_DATA_HOME'];
  // A relative path there is invalid and must be ignored (XDG Base Directory Specification).
  const root = base && isAbsolute(base) ? base : join(homedir(), '.local', 'share');
  return join(root, 'sonic-photonics', 'datasets', name);
}

/** Whether all files of a split are installed in their right size; their content is checked when they are read. */
export function isInstalled({ name, files }: CatalogueEntry, split: Split): boolean {
  const folder = userDataFolder(name);
  return files[split].every((file) => {
    const path = join(folder, file.name);
    return existsSync(path) && statSync(path).size === file.bytes;
  });
}
