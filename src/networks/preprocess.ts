/** An image's bytes as the network's input. */
import { sizeOf } from '../base/batch.js';
import type { LoadOptions } from '../datasets/types.js';
import type { Network } from './types.js';

/** What a loader of pictures of any size is to bring them to. */
export function pictureOptions({
  inputShape: [rows, columns, channels],
  preprocessing: { resize, crop },
}: Pick<Network, 'inputShape' | 'preprocessing'>): Pick<LoadOptions, 'shape' | 'frame'> {
  return {
    shape: channels === undefined ? undefined : [rows!, columns!, channels],
    frame: resize === undefined || crop === undefined ? undefined : { resize, crop },
  };
}

/**
 * (byte * scale - mean[c]) / std[c], rounded to float32, of images one after the other, channel fastest.
 * @param bytes of whole images of the network's input shape.
 * @throws RangeError where they are not.
 */
export function preprocess(
  { preprocessing, inputShape }: Pick<Network, 'preprocessing' | 'inputShape'>,
  bytes: Uint8Array,
): Float32Array {
  const size = sizeOf(inputShape);
  if (bytes.length % size !== 0) throw new RangeError(`${bytes.length} bytes are not whole images of ${size}`);
  const { scale, mean, std } = preprocessing;
  const tables = mean.map((m, c) => Float32Array.from({ length: 256 }, (_, byte) => (byte * scale - m) / std[c]!));
  const inputs = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) inputs[i] = tables[i % tables.length]![bytes[i]!]!;
  return inputs;
}
