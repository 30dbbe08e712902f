/** idx files put together by hand from the description on the MNIST page. */
import { gzipSync } from 'node:zlib';

/** Magic number and dimensions. */
export function idxHeader(dimensions: readonly number[], type = 0x08): Uint8Array {
  const header = Buffer.alloc(4 + 4 * dimensions.length);
  header.writeUInt8(type, 2);
  header.writeUInt8(dimensions.length, 3);
  for (const [i, size] of dimensions.entries()) header.writeUInt32BE(size, 4 + 4 * i);
  return new Uint8Array(header);
}

export function idx(dimensions: readonly number[], data: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([idxHeader(dimensions), data]));
}

export const gz = (bytes: Uint8Array): Uint8Array => new Uint8Array(gzipSync(bytes));

export const bytes = (count: number, value = (i: number) => i % 251): Uint8Array =>
  Uint8Array.from({ length: count }, (_, i) => value(i));

/** gzip members one after the other, which inflate to `header` and then `mebibytes` of zeros; about 1 KiB per MiB. */
export function bomb(header: Uint8Array, mebibytes: number): Uint8Array {
  const member = gzipSync(new Uint8Array(2 ** 20));
  return new Uint8Array(Buffer.concat([gzipSync(header), ...Array.from({ length: mebibytes }, () => member)]));
}
