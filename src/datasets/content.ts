/** What follows from a data set's bytes: how many images, their hash, and whether they are the ones that were published. */
import { createHash } from 'node:crypto';
import { type Bytes, readBytes } from '../base/storedBytes.js';
import type { Dataset, Labels } from './types.js';

/** Bytes that are hashed at a time. */
const PIECE = 2 ** 24;

/** SHA-256 of the images' bytes followed by the labels'. */
export function contentHash(images: Bytes, labels: Labels): string {
  const hash = createHash('sha256');
  for (let at = 0; at < images.length; at += PIECE)
    hash.update(readBytes(images, at, Math.min(images.length, at + PIECE)));
  return hash.update(labels).digest('hex');
}

/** Bytes of images `first` to `first + count` - 1 of a data set. */
export function imageBytes(
  { images, count: all }: Pick<Dataset, 'images' | 'count'>,
  first: number,
  count = 1,
): Uint8Array {
  const size = images.length / all;
  return readBytes(images, first * size, (first + count) * size);
}

/** A data set of these images and labels. */
export function datasetOf<P extends Omit<Dataset, 'count' | 'sha256'>>(
  parts: P,
): P & Pick<Dataset, 'count' | 'sha256'> {
  const { images, labels } = parts;
  return { ...parts, count: labels.length, sha256: contentHash(images, labels) };
}

/** Name and source of what a user keeps at `place`, which may be the published files or others of their form. */
export const recognised = (isPublished: boolean, name: string, place: string, files: string) =>
  isPublished
    ? { name, source: `${place}, recognised by checksum` }
    : { name: 'custom', source: `${place}, not ${files}` };
