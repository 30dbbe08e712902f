/** Archives written by fflate read back; damaged ones and bombs are refused before they cost anything. */

import { crc32 as zlibCrc32 } from 'node:zlib';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../src/base/errors.js';
import { crc32, ZipArchive, zipBytes } from '../../src/base/zip.js';

const text = (value: string) => new Uint8Array(Buffer.from(value));
const open = (bytes: Uint8Array) => new ZipArchive(zipBytes(bytes), 'f.zip');
const sample = zipSync({
  'a.txt': [text('stored'), { level: 0 }],
  'folder/b.txt': [text('deflated '.repeat(50)), { level: 9 }],
});

/** A copy with a number written over it. */
function patched(bytes: Uint8Array, offset: number, value: number, width: 2 | 4 = 4): Uint8Array {
  const copy = new Uint8Array(bytes);
  const view = new DataView(copy.buffer);
  if (width === 4) view.setUint32(offset, value, true);
  else view.setUint16(offset, value, true);
  return copy;
}

/** Where a signature stands first. */
function find(bytes: Uint8Array, signature: number): number {
  const mark = Buffer.alloc(4);
  mark.writeUInt32LE(signature);
  return Buffer.from(bytes).indexOf(mark);
}
const central = find(sample, 0x02014b50);
const end = find(sample, 0x06054b50);

describe('ZipArchive', () => {
  it('reads what fflate wrote', () => {
    const archive = open(sample);
    expect(archive.names()).toEqual(['a.txt', 'folder/b.txt']);
    expect(archive.read('a.txt')!.content).toEqual(text('stored'));
    expect(archive.read('folder/b.txt')!.content).toEqual(text('deflated '.repeat(50)));
    expect(archive.read('c')).toBeNull();
  });

  it('computes CRC-32 with the check value of its definition', () => {
    expect(crc32(text('123456789'))).toBe(0xcbf43926);
    if (zlibCrc32) expect(crc32(sample)).toBe(zlibCrc32(sample));
  });

  it('reads archives with a comment behind them', () => {
    const commented = patched(new Uint8Array([...sample, 0x68, 0x69]), end + 20, 2, 2);
    expect(open(commented).names()).toHaveLength(2);
  });

  const local = find(sample, 0x04034b50);
  const cases: [string, () => unknown, RegExp][] = [
    ['a missing directory', () => open(sample.subarray(0, end)), /directory is missing/],
    ['a directory beyond the file', () => open(patched(sample, end + 16, 0x7fffffff)), /does not fit/],
    [
      'more entries than there are',
      () => open(patched(patched(sample, end + 8, 3, 2), end + 10, 3, 2)),
      /entry 2 of the directory is missing/,
    ],
    [
      'fewer entries than there are',
      () => open(patched(patched(sample, end + 8, 1, 2), end + 10, 1, 2)),
      /the directory's 109 bytes do not end with its 1 entry/,
    ],
    ['a part of an archive', () => open(patched(sample, end + 8, 1, 2)), /continues in another file/],
    ['zip64', () => open(patched(sample, end + 16, 0xffffffff)), /zip64/],
    ['a wrong checksum', () => open(patched(sample, central + 16, 1)).read('a.txt'), /checksum/],
    ['a member beyond the file', () => open(patched(sample, central + 42, 0x7fffffff)).read('a.txt'), /missing/],
    ['a size that is not stored', () => open(patched(sample, central + 24, 99)).read('a.txt'), /99 are announced/],
    [
      'a name that the directory has otherwise',
      () => open(patched(sample, local + 30, 0x7478, 2)).read('a.txt'),
      /calls 'a.txt' calls itself 'xttxt'/,
    ],
    ['encryption', () => open(patched(sample, central + 8, 1, 2)).read('a.txt'), /encrypted/],
    ['another method', () => open(patched(sample, central + 10, 12, 2)).read('a.txt'), /method 12/],
    ['a damaged local header', () => open(patched(sample, local, 0)).read('a.txt'), /missing/],
  ];
  for (const [what, act, message] of cases) {
    it(`refuses ${what}`, () => {
      expect(act).toThrow(FormatError);
      expect(act).toThrow(message);
    });
  }

  it('any byte changed: the same members with the same content, or an error', () => {
    const contents = (bytes: Uint8Array) => {
      const archive = open(bytes);
      return archive.names().map((name) => [name, Buffer.from(archive.read(name)!.content).toString('latin1')]);
    };
    const whole = JSON.stringify(contents(sample));
    let refused = 0;
    for (let place = 0; place < sample.length; place++) {
      for (let flip = 1; flip < 256; flip++) {
        const damaged = Uint8Array.from(sample);
        damaged[place]! ^= flip;
        let found: string | undefined;
        try {
          found = JSON.stringify(contents(damaged));
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
          refused++;
        }
        if (found !== undefined && found !== whole) expect.fail(`byte ${place} changed by ${flip}: ${found}`);
      }
    }
    expect(refused).toBeGreaterThan(40 * 255);
  });

  it('refuses one name given twice', () => {
    const both = zipSync({ aa: text('1'), ab: text('2') });
    const copy = Buffer.from(both);
    for (let at = copy.indexOf('ab'); at >= 0; at = copy.indexOf('ab', at + 1)) copy.write('aa', at);
    expect(() => open(new Uint8Array(copy))).toThrow(/twice/);
  });

  it('refuses a bomb by its announcement, and one that lies about it', () => {
    const bomb = zipSync({ b: [new Uint8Array(10_000_000), { level: 9 }] });
    const at = find(bomb, 0x02014b50);
    // A gigabyte out of ten kilobytes: more than deflate can hold.
    expect(() => open(patched(bomb, at + 24, 2 ** 30)).read('b')).toThrow(/bomb/);
    // Ten megabytes announced as a thousand bytes: inflating stops there.
    expect(() => open(patched(bomb, at + 24, 1000)).read('b')).toThrow(/does not inflate to the announced 1000/);
    expect(open(bomb).read('b')!.content).toHaveLength(10_000_000);
  });
});
