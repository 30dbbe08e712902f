/** The network's input: the image of the data set, brought to what the source graph expects. */
import { sizeOf } from '../../../base/batch.js';
import { FormatError } from '../../../base/errors.js';
import type { Network } from '../../types.js';
import { GraphBuilder } from './networkBuilder.js';
import { inputRangeOf, networkPreprocessing, type Preprocessing } from './preprocessing.js';
import { take } from './rearrange.js';
import type { Site } from './site.js';
import type { Value } from './value.js';

export interface InputOptions {
  readonly place: string;
  /** As the source has it, batch excluded; null where the file leaves a length open. */
  readonly shape: readonly (number | null)[];
  readonly layout: 'channelsFirst' | 'channelsLast';
  readonly preprocessing: Preprocessing;
}

export interface NetworkInput {
  readonly builder: GraphBuilder;
  /** What the graph's first node takes. */
  readonly value: Value;
  readonly preprocessing: Network['preprocessing'];
  readonly inputRange: Network['inputRange'];
}

const text = (shape: readonly (number | null)[]) => `[${shape.map((length) => length ?? '?').join(', ')}]`;

/** [rows, columns, channels] or [features] of the images to be fed. */
function imageShape({ place, shape, layout, preprocessing: { image } }: InputOptions): readonly number[] {
  const refuse = (problem: string) => new FormatError(`${place}: the input ${text(shape)} (batch excluded) ${problem}`);
  const bad = shape.find((length) => length !== null && !(Number.isSafeInteger(length) && length >= 1));
  if (bad !== undefined) throw refuse('has a length that is not a positive whole number; the file is damaged');
  if (shape.length < 1 || shape.length > 3) throw refuse('is neither an image nor a vector; only those are supported');
  const inOrder = shape.length === 3 && layout === 'channelsFirst' ? [shape[1]!, shape[2]!, shape[0]!] : shape;
  if (image) {
    const fits =
      shape.length === 1
        ? shape[0] === null || shape[0] === sizeOf(image)
        : inOrder.every((length, axis) => length === null || length === image[axis]) &&
          (shape.length === 3 || image[2] === 1);
    if (!fits) throw refuse(`does not fit the given image [${image.join(', ')}] (rows, columns, channels)`);
    return image;
  }
  if (inOrder.includes(null)) {
    throw refuse('leaves a length open; give the image with --preprocessing "image: [rows, columns, channels]"');
  }
  return (shape.length === 2 ? [...inOrder, 1] : inOrder) as number[];
}

/**
 * Begins a network.
 * @throws FormatError where the source's input is no image, or the preprocessing does not fit it
 */
export function beginNetwork(options: InputOptions): NetworkInput {
  const { place, shape, layout } = options;
  const image = imageShape(options);
  const refuse = (problem: string) => new FormatError(`${place}: ${problem}`);
  const channelsFirst = image.length === 3 && layout === 'channelsFirst';
  const builder = new GraphBuilder(place, image, channelsFirst ? [1, 2, 0] : undefined);
  const site: Site = { place, node: 'input', operator: 'input' };
  const channels = image.at(-1)!;
  const bgr = options.preprocessing.channels === 'bgr';
  if (bgr && (image.length !== 3 || channels !== 3))
    throw refuse(`channel order bgr needs images of 3 channels, the input is ${text(shape)}`);
  const ordered = bgr
    ? take(builder, { ...site, node: 'bgr' }, builder.input, channelsFirst ? 0 : 2, [2, 1, 0])
    : builder.input;
  const wanted = shape.map((length, axis) => length ?? (shape.length === 1 ? sizeOf(image) : ordered.shape[axis]!));
  const value = builder.reshape({ ...site, node: 'features' }, ordered, wanted);
  const preprocessing = networkPreprocessing(options.preprocessing, channels, refuse);
  return { builder, value, preprocessing, inputRange: inputRangeOf(preprocessing) };
}
