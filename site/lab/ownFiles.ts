/** Files that somebody drops or chooses: which is the network, and what the others are to it. */
import type { OwnFiles } from './messages.js';

/** The importers hold more than a page may: whole files, as numbers, a copy a thread. */
const MOST_BYTES = 512 * 2 ** 20;
const MAIN = [/\.onnx$/i, /\.(h5|hdf5|keras)$/i, /\.safetensors$/i, /\.(pt|pth|th)$/i, /\.json$/i];

/**
 * Reads chosen files.
 * @param architecture a bundled name; a YAML file among the files goes before it.
 * @throws where there are none, or too much of them
 */
export async function readOwnFiles(
  files: readonly File[],
  architecture: string,
  preprocessing: string,
): Promise<OwnFiles> {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  if (files.length === 0) throw new Error('no file was given; choose the file of a network');
  if (total > MOST_BYTES)
    throw new Error(
      `the files have ${total} bytes, the page takes ${MOST_BYTES}; use the command line: sonic run FILE`,
    );
  const names = files.map(({ name }) => name);
  const others = names.filter((name) => !/\.ya?ml$/i.test(name));
  const main = MAIN.flatMap((pattern) => others.filter((name) => pattern.test(name)))[0] ?? others[0];
  if (main === undefined)
    throw new Error(`${names.join(', ')}: an architecture alone; choose the file with its weights too`);
  const yaml = names.find((name) => /\.ya?ml$/i.test(name));
  const contents = new Map(
    await Promise.all(files.map(async (file) => [file.name, new Uint8Array(await file.arrayBuffer())] as const)),
  );
  return {
    main,
    contents,
    architecture: (yaml ? `./${yaml}` : architecture.trim()) || undefined,
    preprocessing: preprocessing.trim() || undefined,
  };
}
