/** Decoded images beyond what memory is to hold, as far as ImageNet's 50,000 validation pictures, 7.5 GB, reach. */
import { expect, it } from 'vitest';
import { DatasetError } from '../../src/base/errors.js';
import { partOfBytes, readBytes } from '../../src/base/storedBytes.js';
import { createImageStore, imageMemory_bytes } from '../../src/datasets/imageStore.js';

const COUNT = 50_000;
const SIZE = 224 * 224 * 3;

it('reads images back from behind 2^31 and 2^32 bytes', () => {
  const store = createImageStore(COUNT, SIZE, 2 ** 20);
  // What is not written takes no room: the file is sparse.
  const at = [0, 1, Math.ceil(2 ** 31 / SIZE), Math.ceil(2 ** 32 / SIZE), COUNT - 1];
  const imageOf = (i: number) => Uint8Array.from({ length: SIZE }, (_, byte) => (byte * 7 + i) % 256);
  for (const i of at) store.put(i, imageOf(i));
  for (const i of at) expect(readBytes(store.images, i * SIZE, (i + 1) * SIZE)).toEqual(imageOf(i));
  const end = partOfBytes(store.images, (COUNT - 2) * SIZE, COUNT * SIZE);
  expect(readBytes(end, SIZE)).toEqual(imageOf(COUNT - 1));
  expect(readBytes(end, 0, SIZE).every((byte) => byte === 0)).toBe(true);
});

it('takes the bound of memory out of the environment, and refuses what is none', () => {
  expect(imageMemory_bytes({ SONIC_IMAGE_MEMORY_MiB: '2' })).toBe(2 ** 21);
  expect(imageMemory_bytes({ SONIC_IMAGE_MEMORY_MiB: '0' })).toBe(0);
  for (const environment of [{}, { SONIC_IMAGE_MEMORY_MiB: ' ' }]) expect(imageMemory_bytes(environment)).toBe(2 ** 29);
  for (const text of ['much', '-1', 'Infinity', '1\u001b[31m']) {
    const read = () => imageMemory_bytes({ SONIC_IMAGE_MEMORY_MiB: text });
    expect(read).toThrow(DatasetError);
    expect(read).toThrow(/^SONIC_IMAGE_MEMORY_MiB is '[ -~]+'; give MiB of memory/);
  }
});
