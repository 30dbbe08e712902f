/** Bundled data: where it lies, and the checksums that say it is what its manifest tells. */
import { createHash } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { DatasetError } from '../base/errors.js';
import { sha256Hex } from '../base/files.js';
import { checkValue } from '../base/input/issues.js';
import { readJson } from '../base/input/jsonText.js';

const fileSchema = z.strictObject({
  bytes: z.int().positive(),
  count: z.int().positive(),
  md5: z.string().regex(/^[0-9a-f]{32}$/),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Images of the whole split, where the file holds a part of it. */
  partOf: z.int().positive().optional(),
  /** Place of each image in the whole split, where that is not its place in the file. */
  indices: z.array(z.int().nonnegative()).optional(),
});

const manifestSchema = z.strictObject({
  name: z.string(),
  title: z.string(),
  authors: z.array(z.string()),
  source: z.string(),
  licence: z.string(),
  changes: z.string(),
  shape: z.tuple([z.int().positive(), z.int().positive(), z.int().positive()]),
  classes: z.int().positive(),
  files: z.record(z.string(), fileSchema),
});

export type Manifest = z.infer<typeof manifestSchema>;

/** Folder of the data set bundled under `name`. */
export function bundledDirectory(name: string): string {
  return fileURLToPath(new URL(`../../datasets/${name}/`, import.meta.url));
}

/**
 * The manifest.json of a bundled data set's folder.
 * @throws DatasetError if it is missing or not a manifest
 */
export async function readManifest(directory: string): Promise<Manifest> {
  const path = join(directory, 'manifest.json');
  const remedy = 'restore the file from the package';
  const json = await readJson(path, 'manifest', { place: path, ErrorClass: DatasetError }, 1 << 20);
  return checkValue(manifestSchema, json, { place: path, ErrorClass: DatasetError }, { remedy });
}

/**
 * Compares the bytes of a bundled file with size, SHA-256 and MD5 (the checksum its publisher gave) of the manifest.
 * @throws DatasetError naming the file and both values
 */
export function verifyBundled(path: string, bytes: Uint8Array, manifest: Manifest): void {
  const name = basename(path);
  const expected = Object.hasOwn(manifest.files, name) ? manifest.files[name] : undefined;
  const manifestPath = join(dirname(resolve(path)), 'manifest.json');
  if (!expected) throw new DatasetError(`${path}: not listed in ${manifestPath}; restore both from the package`);
  const actual = { bytes: bytes.length, sha256: sha256Hex(bytes), md5: createHash('md5').update(bytes).digest('hex') };
  for (const key of ['bytes', 'sha256', 'md5'] as const) {
    if (actual[key] !== expected[key]) {
      throw new DatasetError(
        `${path}: ${key} is ${actual[key]}, the manifest says ${expected[key]}; the file is damaged, restore it from the package or name another folder with --data`,
      );
    }
  }
}
