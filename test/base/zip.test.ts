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

  /** The sample with a zip64 directory (4.3.14, 4.3.15) and, in its first entry, a zip64 field of size, packed size and place. */
  function zip64(change: (record: Buffer, locator: Buffer) => void = () => undefined): Uint8Array {
    const entry = Buffer.from(sample.subarray(central, end));
    const named = 46 + entry.readUInt16LE(28);
    const field = Buffer.alloc(28);
    field.writeUInt16LE(1, 0);
    field.writeUInt16LE(24, 2);
    for (const [i, at] of [24, 20, 42].entries()) {
      field.writeUInt32LE(entry.readUInt32LE(at), 4 + 8 * i);
      entry.writeUInt32LE(0xffffffff, at);
    }
    entry.writeUInt16LE(28, 30);
    const directory = Buffer.concat([entry.subarray(0, named), field, entry.subarray(named)]);
    const [record, locator] = [Buffer.alloc(56), Buffer.alloc(20)];
    record.writeUInt32LE(0x06064b50, 0);
    record.writeUInt32LE(2, 32);
    record.writeUInt32LE(directory.length, 40);
    record.writeUInt32LE(central, 48);
    locator.writeUInt32LE(0x07064b50, 0);
    locator.writeUInt32LE(central + directory.length, 8);
    change(record, locator);
    const last = Buffer.from(sample.subarray(end));
    for (const at of [8, 10]) last.writeUInt16LE(0xffff, at);
    for (const at of [12, 16]) last.writeUInt32LE(0xffffffff, at);
    return new Uint8Array(Buffer.concat([sample.subarray(0, central), directory, record, locator, last]));
  }

  it('reads zip64, and refuses a damaged one', () => {
    const archive = open(zip64());
    expect(archive.names()).toEqual(['a.txt', 'folder/b.txt']);
    expect(archive.read('a.txt')!.content).toEqual(text('stored'));
    expect(archive.read('folder/b.txt')!.content).toEqual(text('deflated '.repeat(50)));
    const damaged: ((record: Buffer, locator: Buffer) => void)[] = [
      (record) => record.writeUInt32LE(0, 0),
      (record) => record.writeUInt32LE(1, 52),
      (record) => record.writeUInt32LE(7, 36),
      (_, locator) => locator.writeUInt32LE(0, 0),
      (_, locator) => locator.writeUInt32LE(99, 12),
    ];
    for (const change of damaged) expect(() => open(zip64(change))).toThrow(FormatError);
  });

  it('reads only what is asked for', () => {
    let read = 0;
    const source = {
      length: sample.length,
      read: (begin: number, end: number) => {
        read += end - begin;
        return sample.subarray(begin, end);
      },
    };
    const archive = new ZipArchive(source, 'f.zip');
    read = 0;
    archive.read('a.txt');
    expect(read).toBe(30 + 'a.txt'.length + 'stored'.length);
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

  it('does not read more packed bytes than a member may have', () => {
    // Of 6 bytes, whose entry says that what it is packed in reaches nearly to the directory.
    const packed = patched(sample, central + 20, central - 50);
    const lengths: number[] = [];
    const source = zipBytes(packed);
    const read = (begin: number, past: number) => {
      lengths.push(past - begin);
      return source.read(begin, past);
    };
    const archive = new ZipArchive({ length: packed.length, read }, 'f.zip');
    lengths.length = 0;
    expect(() => archive.read('a.txt', 40)).toThrow(/f.zip: offset \d+: 'a.txt' announces \d+ bytes, at most 40/);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(40);
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
