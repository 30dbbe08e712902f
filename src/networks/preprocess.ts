/** An image's bytes as the network's input. */
import type { Network } from './types.js';

/** (byte * scale - mean[c]) / std[c], rounded to float32, of images one after the other, channel fastest. */
export function preprocess({ preprocessing }: Pick<Network, 'preprocessing'>, bytes: Uint8Array): Float32Array {
  const { scale, mean, std } = preprocessing;
  const tables = mean.map((m, c) => Float32Array.from({ length: 256 }, (_, byte) => (byte * scale - m) / std[c]!));
  const inputs = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) inputs[i] = tables[i % tables.length]![bytes[i]!]!;
  return inputs;
}
