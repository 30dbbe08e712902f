/** What a result says of its images: which, how many of each class, what was passed over, what a reader should be warned of. */
import { interleavedClasses } from '../../datasets/interleave.js';
import type { Dataset } from '../../datasets/types.js';
import type { ClassUse, DatasetFacts } from '../result/types.js';

type Described = Pick<Dataset, 'name' | 'split' | 'count' | 'sha256' | 'labels' | 'outputs' | 'files' | 'indices'>;

/** Classes that a warning lists. */
const LISTED = 6;

function classesOf({ labels, indices, outputs, files }: Described): readonly ClassUse[] | null {
  if (!files) return null;
  // Labels may be outputs by now, which classes share: what a slice holds of each class follows from the folder's order.
  const sizes = files.classes.map(({ images }) => images);
  const useds = sizes.map(() => 0);
  const ended = indices ? indices.reduce((most, place) => Math.max(most, place + 1), 0) : labels.length;
  const order = interleavedClasses(sizes, ended);
  for (const place of indices ?? order.keys()) useds[order[place]!]!++;
  return files.classes.map(({ name, images, skipped }, label) => {
    const used = useds[label]!;
    return { name, output: outputs?.[label] ?? label, used, unused: images - used, skipped };
  });
}

export function datasetFacts(dataset: Described): DatasetFacts {
  const { name, split, count, sha256, files } = dataset;
  const facts = { name, split, images: count, hash: sha256 };
  return files ? { ...facts, classes: classesOf(dataset)!, skipped: files.beside } : facts;
}

/** Sentences on what the images leave unsaid: a split that stands for another, classes that have no image. */
export function dataWarnings(dataset: Described, calibrationSet: Pick<Dataset, 'split' | 'fallback'> | null): string[] {
  const { split, fallback } = calibrationSet ?? {};
  const empty = (classesOf(dataset) ?? []).filter(({ used }) => used === 0).map(({ name }) => name);
  const names = `${empty.slice(0, LISTED).join(', ')}${empty.length > LISTED ? ', ...' : ''}`;
  return [
    ...(fallback ? [`calibrated on images of the ${split} split: ${fallback}`] : []),
    ...(empty.length > 0
      ? [
          `the first ${dataset.count} images hold no image of ${empty.length} of ${dataset.files!.classes.length} classes (${names}), ` +
            'for they are fewer than classes: the accuracy is of the others alone; run more images',
        ]
      : []),
  ];
}
