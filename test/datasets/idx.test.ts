import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../src/base/errors.js';
import { decodeIdx, MAXIMUM_IDX_BYTES } from '../../src/datasets/idx.js';
import { bomb, bytes, gz, idx, idxHeader } from './idxFiles.js';

const plainAndGz: readonly [string, (content: Uint8Array) => Uint8Array][] = [
  ['plain', (content) => content],
  ['gzip', gz],
];

/** Whether it decodes; anything but a FormatError of one line fails the test. */
async function decodes(content: Uint8Array, rank: 1 | 3): Promise<boolean> {
  try {
    const { dimensions, data } = await decodeIdx(content, rank, 'f');
    expect(data.length).toBe(dimensions.reduce((product, size) => product * size, 1));
    return true;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    expect(error.message).toMatch(/^f: \P{Cc}+$/u);
    return false;
  }
}

describe.each(plainAndGz)('%s idx', (_, pack) => {
  it('reads images and labels', async () => {
    const images = await decodeIdx(pack(idx([2, 3, 4], bytes(24))), 3, 'f');
    expect(images.dimensions).toEqual([2, 3, 4]);
    expect([...images.data]).toEqual([...bytes(24)]);
    const labels = await decodeIdx(pack(idx([5], bytes(5))), 1, 'f');
    expect([labels.dimensions, ...labels.data]).toEqual([[5], 0, 1, 2, 3, 4]);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(), /ends at offset 0 within the 16-byte idx header/],
    ['half a header', idxHeader([2, 3, 4]).subarray(0, 15), /ends at offset 15 within/],
    ['a wrong magic', Uint8Array.of(0x89, 0x50, ...bytes(30)), /offset 0 holds 0x89 0x50/],
    ['floats', Uint8Array.of(...idxHeader([1, 1, 1], 0x0d), 1), /offset 2 holds type 0x0d \(float32\), expected 0x08/],
    ['no type', Uint8Array.of(...idxHeader([1, 1, 1], 0x42), 1), /offset 2 holds type 0x42 \(no idx type\)/],
    ['labels', idx([16], bytes(16)), /offset 3 announces 1 dimensions, expected 3/],
    ['no images', idx([0, 28, 28], new Uint8Array()), /offset 4 announces dimension 0 of size 0/],
    ['no columns', idx([28, 28, 0], new Uint8Array()), /offset 12 announces dimension 2 of size 0/],
    [
      'a byte too few',
      idx([2, 3, 4], bytes(23)),
      /2 x 3 x 4 values, so an end at offset 40, but it ends at 39: the file is truncated/,
    ],
    [
      'a size beyond the bound',
      idx([2 ** 31, 1, 1], bytes(24)),
      new RegExp(`more than the ${MAXIMUM_IDX_BYTES} bytes`),
    ],
    [
      'a product beyond all numbers',
      idx([2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1], bytes(24)),
      /offset 4 announces 4294967295 x/,
    ],
  ])('refuses %s', async (_name, content, message) => {
    await expect(decodeIdx(pack(content), 3, 'f')).rejects.toThrow(FormatError);
    await expect(decodeIdx(pack(content), 3, 'f')).rejects.toThrow(message);
  });

  it('is refused, truncated at any byte, and with one more', async () => {
    const file = pack(idx([2, 3, 4], bytes(24)));
    for (let length = 0; length < file.length; length++)
      expect(await decodes(file.subarray(0, length), 3), `${length}`).toBe(false);
    expect(await decodes(Uint8Array.of(...file, 0), 3)).toBe(false);
    expect(await decodes(Uint8Array.of(...file, 77), 3)).toBe(false);
    expect(await decodes(file, 3)).toBe(true);
  });

  it('survives every single bit flip', async () => {
    const file = pack(idx([2, 3, 4], bytes(24)));
    for (let bit = 0; bit < 8 * file.length; bit++) {
      const flipped = new Uint8Array(file);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      await decodes(flipped, 3);
    }
  });

  it('survives random bytes behind any start', async () => {
    const starts = [new Uint8Array(), idxHeader([2, 3, 4]), Uint8Array.of(0x1f, 0x8b, 8, 0), Uint8Array.of(0x1f, 0x8b)];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 100 }), async (start, rest) => {
        const content = Uint8Array.of(...start, ...rest);
        await decodes(content, 1);
        await decodes(pack(content), 3);
      }),
      { numRuns: 500 },
    );
  });
});

describe('gzip', () => {
  it('says whether bytes are missing, changed or too many', async () => {
    const file = gz(idx([2, 3, 4], bytes(24)));
    const changed = new Uint8Array(file);
    changed[changed.length - 6]! ^= 1;
    await expect(decodeIdx(file.subarray(0, -1), 3, 'f')).rejects.toThrow(/f: the gzip stream is truncated/);
    await expect(decodeIdx(changed, 3, 'f')).rejects.toThrow(/f: the gzip stream is damaged \(incorrect data check\)/);
    await expect(decodeIdx(Uint8Array.of(...file, 0, 0), 3, 'f')).rejects.toThrow(
      `f: 2 bytes follow the gzip stream's end at offset ${file.length}`,
    );
    await expect(decodeIdx(gz(idx([2, 3, 4], bytes(25))), 3, 'f')).rejects.toThrow(
      /inflates to more than its idx header announces/,
    );
  });

  it('cannot announce more than deflate can hold', async () => {
    await expect(decodeIdx(gz(idxHeader([2 ** 29])), 1, 'f')).rejects.toThrow(
      /offset 4 announces 536870920 bytes, more than \d+ compressed bytes can hold/,
    );
  });

  it('refuses a bomb without inflating it', async () => {
    // Half a GiB behind a header for 24 bytes, for 16 MiB, for more than the bound, and behind none; half a megabyte each.
    const mebibytes = 512;
    const bombs = [
      idxHeader([2, 3, 4]),
      idxHeader([16, 1024, 1024]),
      idxHeader([1025, 1024, 1024]),
      new Uint8Array(),
    ].map((header) => bomb(header, mebibytes));
    const before = process.resourceUsage().maxRSS;
    for (const content of bombs) expect(await decodes(content, 3)).toBe(false);
    expect((process.resourceUsage().maxRSS - before) / 1024).toBeLessThan(100);
  });

  it('reads several members, as gzip does', async () => {
    const file = idx([2, 3, 4], bytes(24));
    const content = Uint8Array.of(...gz(file.subarray(0, 5)), ...gz(file.subarray(5, 30)), ...gz(file.subarray(30)));
    expect([...(await decodeIdx(content, 3, 'f')).data]).toEqual([...bytes(24)]);
  });
});
