/** What follows from a data set's bytes: how many images, their hash, and whether they are the ones that were published. */
import { createHash } from 'node:crypto';
import type { Dataset, Labels } from './types.js';

/** SHA-256 of the images' bytes followed by the labels'. */
export function contentHash(images: Uint8Array, labels: Labels): string {
  return createHash('sha256').update(images).update(labels).digest('hex');
}

/** A data set of these images and labels. */
export function datasetOf(parts: Omit<Dataset, 'count' | 'sha256'>): Dataset {
  const { images, labels } = parts;
  return { ...parts, count: labels.length, sha256: contentHash(images, labels) };
}

/** Name and source of what a user keeps at `place`, which may be the published files or others of their form. */
export const recognised = (isPublished: boolean, name: string, place: string, files: string) =>
  isPublished
    ? { name, source: `${place}, recognised by checksum` }
    : { name: 'custom', source: `${place}, not ${files}` };
