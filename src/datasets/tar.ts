/**
 * Reader of tar archives (POSIX ustar and what GNU tar writes), plain or gzip, as a stream: members that nobody asks for
 * are passed over, so memory is bounded by those that are wanted. Why not a library: docs/decisions/own-archive-readers.md.
 */
import type { FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { FormatError } from '../base/errors.js';
import { openFileChecked } from '../base/files.js';
import { printable, quoted } from '../base/text/printable.js';

const BLOCK = 512;
/** Headers of a whole archive; STL-10's has six. */
const MAXIMUM_MEMBERS = 2 ** 16;
/** Deflate cannot do better than 258 bytes in 2 bits (RFC 1951), so 1032 : 1. */
const MAXIMUM_DEFLATE_RATIO = 1032;
const REGULAR_FILES = ['0', '\0', '7'];

export interface TarOptions {
  /** Largest size of a member by its name in the archive; null passes over it. */
  readonly limit: (name: string) => number | null;
  /** Called with each wanted member; true ends the reading. */
  readonly onMember: (name: string, content: Uint8Array) => boolean;
  /** Asked after each header; true ends the reading. */
  readonly isEnough?: () => boolean;
  /** Bytes that may be inflated altogether: what is beyond is a bomb. */
  readonly maximumBytes: number;
}

function text(block: Uint8Array, begin: number, length: number): string {
  const field = block.subarray(begin, begin + length);
  const end = field.indexOf(0);
  return Buffer.from(end < 0 ? field : field.subarray(0, end)).toString('latin1');
}

/** The member a header block announces; null for a block of zeros. */
function parseHeader(block: Uint8Array, offset: number, place: string) {
  if (block.every((byte) => byte === 0)) return null;
  const stored = Number.parseInt(text(block, 148, 8).trim(), 8);
  // The checksum counts its own field as eight spaces.
  const sum = block.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 0x20 : byte), 0);
  if (stored !== sum) {
    throw new FormatError(
      `${place}: offset ${offset} (unpacked) is no header of a tar archive; the file is damaged or no tar archive`,
    );
  }
  const digits = text(block, 124, 12).trim();
  const size = Number.parseInt(digits, 8);
  if (!/^[0-7]+$/.test(digits) || !Number.isSafeInteger(size))
    throw new FormatError(
      `${place}: offset ${offset + 124} (unpacked) holds the size ${quoted(digits)}, no octal number; the file is damaged`,
    );
  const prefix = text(block, 257, 5) === 'ustar' ? text(block, 345, 155) : '';
  const name = prefix ? `${prefix}/${text(block, 0, 100)}` : text(block, 0, 100);
  return { name, size, isFile: REGULAR_FILES.includes(String.fromCharCode(block[156]!)) };
}

/** Takes the archive in pieces; true once there is nothing more to read. */
class TarParser {
  private readonly header = new Uint8Array(BLOCK);
  private filled = 0;
  private offset = 0;
  private content: Uint8Array | null = null;
  private name = '';
  private members = 0;
  /** Bytes of the current member. */
  private size = 0;
  /** Bytes of it that are still to come, without and with its padding. */
  private left = 0;
  private padded = 0;
  done = false;

  constructor(
    private readonly place: string,
    private readonly options: TarOptions,
    /** Bytes that the file can hold, unpacked. */
    private readonly possible: number,
  ) {}

  take(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && !this.done) at += this.padded > 0 ? this.member(chunk, at) : this.block(chunk, at);
    this.offset += chunk.length;
    if (this.offset > this.options.maximumBytes && !this.done) {
      throw new FormatError(
        `${this.place}: inflates to more than ${this.options.maximumBytes} bytes; this is not the expected archive`,
      );
    }
  }

  end(): void {
    if (this.done) return;
    // Cut between two members it would look like a whole archive without the others.
    const where =
      this.padded > 0 || this.filled > 0 ? 'within a member' : 'without the block of zeros that ends an archive';
    throw new FormatError(
      `${this.place}: ends at offset ${this.offset} (unpacked) ${where}; the archive is truncated, fetch it again`,
    );
  }

  private block(chunk: Uint8Array, at: number): number {
    const count = Math.min(BLOCK - this.filled, chunk.length - at);
    this.header.set(chunk.subarray(at, at + count), this.filled);
    this.filled += count;
    if (this.filled === BLOCK) {
      this.filled = 0;
      this.begin(this.offset + at + count - BLOCK);
    }
    return count;
  }

  private begin(offset: number): void {
    const header = parseHeader(this.header, offset, this.place);
    if (!header) {
      this.done = true;
      return;
    }
    if (++this.members > MAXIMUM_MEMBERS) {
      throw new FormatError(
        `${this.place}: holds more than ${MAXIMUM_MEMBERS} members, the next at offset ${offset} (unpacked); this is not the expected archive`,
      );
    }
    const limit = header.isFile ? this.options.limit(header.name) : null;
    if (this.options.isEnough?.()) {
      this.done = true;
      return;
    }
    if (limit !== null && header.size > limit) {
      throw new FormatError(
        `${this.place}: offset ${offset + 124} (unpacked) announces ${header.size} bytes for ${printable(header.name)}, at most ${limit} are expected; the archive is damaged or another`,
      );
    }
    this.name = header.name;
    // What a damaged header announces beyond the file's end takes no memory; the end then comes within the member.
    const present = Math.max(0, Math.min(header.size, this.possible - offset - BLOCK));
    this.content = limit === null ? null : new Uint8Array(present);
    this.size = header.size;
    this.left = header.size;
    this.padded = Math.ceil(header.size / BLOCK) * BLOCK;
    if (this.padded === 0) this.finishMember();
  }

  private member(chunk: Uint8Array, at: number): number {
    const count = Math.min(this.padded, chunk.length - at);
    const useful = Math.min(this.left, count);
    this.content?.set(chunk.subarray(at, at + useful), this.size - this.left);
    this.left -= useful;
    this.padded -= count;
    if (this.padded === 0) this.finishMember();
    return count;
  }

  private finishMember(): void {
    if (this.content) this.done = this.options.onMember(this.name, this.content);
    this.content = null;
  }
}

async function isGzip(handle: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await handle.read(new Uint8Array(2), 0, 2, 0);
  return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
}

/**
 * Reads members of the archive at `path`.
 * @throws FormatError naming the file and the offset (in the unpacked archive); where it is no regular file
 */
export async function readTar(path: string, options: TarOptions): Promise<void> {
  const { handle, size_bytes } = await openFileChecked(path, FormatError, 'archive');
  const stop = new AbortController();
  let refusal: unknown = null;
  let parser: TarParser | null = null;
  const consumer = (archive: TarParser) => async (stream: AsyncIterable<Uint8Array>) => {
    for await (const chunk of stream) {
      try {
        archive.take(chunk);
      } catch (error) {
        // The pipeline may report that it was ended rather than why.
        refusal = error;
        throw error;
      }
      if (archive.done) {
        stop.abort();
        return;
      }
    }
    archive.end();
  };
  const { signal } = stop;
  try {
    const packed = await isGzip(handle);
    parser = new TarParser(path, options, packed ? size_bytes * MAXIMUM_DEFLATE_RATIO : size_bytes);
    const source = handle.createReadStream({ start: 0, highWaterMark: 1 << 18, autoClose: false });
    if (packed) await pipeline(source, createGunzip({ chunkSize: 1 << 18 }), consumer(parser), { signal });
    else await pipeline(source, consumer(parser), { signal });
  } catch (error) {
    const { code, name, message } = error as NodeJS.ErrnoException;
    if (refusal !== null) throw refusal;
    if (name === 'AbortError' && parser?.done) return;
    if (code === 'Z_BUF_ERROR') throw new FormatError(`${path}: the gzip stream is truncated; fetch the file again`);
    if (code?.startsWith('Z_'))
      throw new FormatError(`${path}: the gzip stream is damaged (${message}); fetch the file again`);
    throw error;
  } finally {
    await handle.close();
  }
}
