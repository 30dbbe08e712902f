/** Architectures that come with the project as files; `bundledFiles.browser.ts` stands for this file in a web page. */
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../../../examples/architectures/', import.meta.url));
const EXTENSION = '.yaml';

/** Path of each file by the architecture's name. */
export async function bundledFiles(): Promise<ReadonlyMap<string, string>> {
  const files = (await readdir(FOLDER).catch(() => [])).filter((file) => file.endsWith(EXTENSION));
  return new Map(files.map((file) => [file.slice(0, -EXTENSION.length), FOLDER + file]));
}
