/** Accuracy of logits against labels. */
import { wilsonInterval95 } from './wilson.js';

/** Class with the largest logit of every image; the lowest of equal ones. */
export function predictedClasses(logits: Float32Array, images: number): Int32Array {
  const classes = logits.length / images;
  return Int32Array.from({ length: images }, (_, image) => {
    const own = logits.subarray(image * classes, (image + 1) * classes);
    let best = 0;
    for (let c = 1; c < classes; c++) if (own[c]! > own[best]!) best = c;
    return best;
  });
}

/** Shares of images; `emulated`, its interval and `changed` are null where nothing was emulated. */
export interface Accuracy {
  readonly digital: number;
  readonly emulated: number | null;
  readonly interval95: readonly [number, number] | null;
  /** Images whose class the emulation changed. */
  readonly changed: number | null;
  readonly images: number;
}

/** Compares both networks' classes with the labels, and with each other. */
export function accuracyOf(digital: Float32Array, emulated: Float32Array | null, labels: ArrayLike<number>): Accuracy {
  const images = labels.length;
  const hitsOf = (classes: Int32Array) => classes.reduce((hits, c, image) => hits + (c === labels[image] ? 1 : 0), 0);
  const digitalClasses = predictedClasses(digital, images);
  const digitalShare = hitsOf(digitalClasses) / images;
  if (!emulated) return { digital: digitalShare, emulated: null, interval95: null, changed: null, images };
  const emulatedClasses = predictedClasses(emulated, images);
  const hits = hitsOf(emulatedClasses);
  return {
    digital: digitalShare,
    emulated: hits / images,
    interval95: wilsonInterval95(hits, images),
    changed: emulatedClasses.reduce((changed, c, image) => changed + (c === digitalClasses[image] ? 0 : 1), 0),
    images,
  };
}
