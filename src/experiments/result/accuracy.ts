/** Accuracy of logits against labels. */
import { imagesOf } from '../../base/batch.js';
import { NetworkError } from '../../base/errors.js';
import { wilsonInterval95 } from '../../base/statistics/wilson.js';

/**
 * Class with the largest logit of every image; the lowest of equal ones.
 * @throws NetworkError where a logit is NaN: it is neither larger nor smaller than another, so there is no class.
 */
export function predictedClasses(logits: Float32Array, images: number): Int32Array {
  const classes = logits.length / images;
  return Int32Array.from({ length: images }, (_, image) => {
    const own = imagesOf(logits, images, image);
    let best = 0;
    for (let c = 0; c < classes; c++) {
      if (Number.isNaN(own[c]))
        throw new NetworkError(`logit ${c} of image ${image} of the batch is NaN: no class is the largest`);
      if (own[c]! > own[best]!) best = c;
    }
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
export function accuracyOfClasses(
  digital: ArrayLike<number>,
  emulated: ArrayLike<number> | null,
  labels: ArrayLike<number>,
): Accuracy {
  const images = labels.length;
  const agreeing = (a: ArrayLike<number>, b: ArrayLike<number>) => {
    let count = 0;
    for (let image = 0; image < images; image++) if (a[image] === b[image]) count++;
    return count;
  };
  const digitalShare = agreeing(digital, labels) / images;
  if (!emulated) return { digital: digitalShare, emulated: null, interval95: null, changed: null, images };
  const hits = agreeing(emulated, labels);
  return {
    digital: digitalShare,
    emulated: hits / images,
    interval95: wilsonInterval95(hits, images),
    changed: images - agreeing(emulated, digital),
    images,
  };
}

/** As `accuracyOfClasses`, of the logits' largest. */
export function accuracyOf(digital: Float32Array, emulated: Float32Array | null, labels: ArrayLike<number>): Accuracy {
  const images = labels.length;
  return accuracyOfClasses(predictedClasses(digital, images), emulated && predictedClasses(emulated, images), labels);
}
