/** Bytes in a file of ours: it is open as long as something holds a part of it, in whatever thread, and not longer. */
import { fstatSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { type Bytes, partOfBytes, readBytes, type StoredBytes, whileOpen } from '../../src/base/storedBytes.js';
import { createImageStore } from '../../src/datasets/imageStore.js';
import { toShared } from '../../src/emulation/emulator/shared.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Finalisers run some turns after the collection. */
async function collect(): Promise<void> {
  for (let i = 0; i < 4; i++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** As a function of its own, so that no register of the test's holds the bytes. */
function stored(): StoredBytes {
  const store = createImageStore(4, 8, 0);
  for (let i = 0; i < 4; i++) store.put(i, new Uint8Array(8).fill(i));
  return store.images as StoredBytes;
}

const isOpen = (file: number) => {
  try {
    return fstatSync(file).nlink === 0;
  } catch {
    return false;
  }
};

describe('a file of stored bytes', () => {
  it.each<[string, (bytes: StoredBytes) => Bytes]>([
    ['a part', (bytes) => partOfBytes(bytes, 8, 24)],
    ['a part of a part', (bytes) => partOfBytes(partOfBytes(bytes, 0, 24), 8, 24)],
    ['a copy for threads', (bytes) => partOfBytes(toShared({ images: bytes }).images, 8, 24)],
  ])('is open while %s of it is held, and closed after that', async (_, make) => {
    let part: Bytes | undefined = make(stored());
    const { file } = part as StoredBytes;
    await collect();
    expect(isOpen(file)).toBe(true);
    expect(readBytes(part, 0, 9)).toEqual(Uint8Array.of(1, 1, 1, 1, 1, 1, 1, 1, 2));
    part = undefined;
    await collect();
    expect(isOpen(file)).toBe(false);
  });

  it('is open while what a run gave to threads is read, although nothing here holds it', async () => {
    let thread: StoredBytes | undefined;
    const [file, running] = (() => {
      const bytes = stored();
      thread = structuredClone(bytes);
      return [bytes.file, whileOpen(bytes, () => collect().then(() => readBytes(thread!, 8, 9)))];
    })();
    expect(await running).toEqual(Uint8Array.of(1));
    await collect();
    expect(isOpen(file)).toBe(false);
    // The next file may have its number.
    expect(() => readBytes(thread!, 8, 9)).toThrow('decoded images were given up before they were read');
  });
});
