/** Ending a training once images that it does not see stop gaining. */

import { datasetOf, imageBytes } from '../datasets/content.js';
import { type Dataset, labelsOf } from '../datasets/types.js';
import type { TrainingLogEntry } from './log.js';

export interface EarlyStop {
  /** Training images that are kept back and evaluated after every epoch; the test images take no part. */
  readonly validationImages: number;
  /** Epochs without a new best after which training ends; the best epoch's network is what it returns. */
  readonly patience: number;
}

/** The images at `places`, copied. */
function gather(data: Dataset, places: readonly number[]): Dataset {
  const size = data.images.length / data.count;
  const images = new Uint8Array(places.length * size);
  for (const [i, place] of places.entries()) images.set(imageBytes(data, place), i * size);
  const labels = labelsOf(
    places.map((place) => data.labels[place]!),
    data.classes,
  );
  const indices = Int32Array.from(places, (place) => data.indices?.[place] ?? place);
  return datasetOf({ ...data, images, labels, indices });
}

/** `data` in two: what is trained on, and `validationImages` spread evenly over it (a folder lists its classes in turn). */
export function holdOut(data: Dataset, validationImages: number): { fitted: Dataset; held: Dataset } {
  const before = (i: number) => Math.floor((i * validationImages) / data.count);
  const [fitted, held]: [number[], number[]] = [[], []];
  for (let i = 0; i < data.count; i++) (before(i + 1) > before(i) ? held : fitted).push(i);
  return { fitted: gather(data, fitted), held: gather(data, held) };
}

/** Whether the last epoch's accuracy is the best so far; false before there is one. */
export function isBest(history: readonly TrainingLogEntry[]): boolean {
  const seen = history.flatMap(({ validationAccuracy }) => validationAccuracy ?? []);
  const last = seen.at(-1);
  return last !== undefined && seen.slice(0, -1).every((accuracy) => accuracy < last);
}

/** Whether `patience` epochs have gone by without a new best. */
export function hasStalled(history: readonly TrainingLogEntry[], patience: number): boolean {
  const seen = history.flatMap(({ validationAccuracy }) => validationAccuracy ?? []);
  return seen.length > 0 && seen.length - 1 - seen.indexOf(Math.max(...seen)) >= patience;
}
