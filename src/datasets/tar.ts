/**
 * Reader of tar archives (POSIX ustar and pax, and what GNU tar writes), plain or gzip, member by member: those that nobody
 * asks for are passed over, without being read where the archive is plain, so memory is bounded by those that are wanted. Why
 * not a library: docs/decisions/own-archive-readers.md.
 */
import type { ReadStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { createGunzip, type Gunzip } from 'node:zlib';
import { utf8Of } from '../base/bytes.js';
import { FormatError } from '../base/errors.js';
import { openFileChecked } from '../base/files.js';
import { printable, quoted } from '../base/text/printable.js';

const BLOCK = 512;
/** Headers of a whole archive of a data set; STL-10's has six. */
const MAXIMUM_MEMBERS = 2 ** 16;
/** Deflate cannot do better than 258 bytes in 2 bits (RFC 1951), so 1032 : 1. */
const MAXIMUM_DEFLATE_RATIO = 1032;
/** Bytes of a name or of extended headers (POSIX pax), which are read into memory. */
const MAXIMUM_EXTENDED = 2 ** 16;
/** Bytes read at a time. */
const PIECE = 1 << 18;

export type TarKind = 'file' | 'folder' | 'other';

const KINDS: Readonly<Record<string, TarKind>> = { '0': 'file', '\0': 'file', '7': 'file', '5': 'folder' };
/** A long name in GNU's way, and extended headers of the next member, or of all. */
const [LONG_NAME, EXTENDED, EXTENDED_FOR_ALL] = ['L', 'x', 'g'];

export interface TarOptions {
  /** Largest size of a file by its name in the archive; null passes over it. */
  readonly limit: (name: string) => number | null;
  /** Asked after each header; true ends the reading. */
  readonly isEnough?: (() => boolean) | undefined;
  /** Bytes that may be inflated altogether: what is beyond is a bomb. */
  readonly maximumBytes: number;
  /** Default 65,536. */
  readonly maximumMembers?: number;
  /** Sees every member's header. */
  readonly onHeader?: ((name: string, kind: TarKind, size: number) => void) | undefined;
}

export interface TarMember {
  readonly name: string;
  readonly content: Uint8Array;
}

function text(block: Uint8Array, begin: number, length: number): string {
  const field = block.subarray(begin, begin + length);
  const end = field.indexOf(0);
  return utf8Of(end < 0 ? field : field.subarray(0, end));
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
  const prefix = text(block, 257, 6) === 'ustar' ? text(block, 345, 155) : '';
  const name = prefix ? `${prefix}/${text(block, 0, 100)}` : text(block, 0, 100);
  return { name, size, type: String.fromCharCode(block[156]!) };
}

/** Records of an extended header, 'LENGTH KEY=VALUE\n' each. */
function extendedFields(content: Uint8Array): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  let rest = content;
  while (rest.length > 0) {
    const length = Number.parseInt(utf8Of(rest.subarray(0, 20)), 10);
    if (!(length > 0 && length <= rest.length)) break;
    const record = utf8Of(rest.subarray(0, length - 1));
    const [begin, equals] = [record.indexOf(' ') + 1, record.indexOf('=')];
    if (begin > 0 && equals > begin) fields.set(record.slice(begin, equals), record.slice(equals + 1));
    rest = rest.subarray(length);
  }
  return fields;
}

/** Takes the archive in pieces, up to the end of a wanted member; done once there is nothing more to read. */
class TarParser {
  private readonly header = new Uint8Array(BLOCK);
  private filled = 0;
  /** Bytes taken. */
  private offset = 0;
  private content: Uint8Array | null = null;
  private name = '';
  private members = 0;
  /** Type of the current member where it is about the next one. */
  private about: string | null = null;
  /** Name and size of the next member, where a header before it says so. */
  private next: { name?: string; size?: number } = {};
  /** Bytes of the current member. */
  private size = 0;
  /** Bytes of it that are still to come, without and with its padding. */
  private left = 0;
  private padded = 0;
  /** A wanted member, to be taken before more is parsed. */
  finished: TarMember | null = null;
  done = false;

  constructor(
    private readonly place: string,
    private readonly options: TarOptions,
    /** Bytes that the file can hold, unpacked. */
    private readonly possible: number,
  ) {}

  /** Takes a part of a chunk, at least a byte. @returns how many bytes it took */
  take(chunk: Uint8Array, at: number): number {
    const taken = this.padded > 0 ? this.member(chunk, at) : this.block(chunk, at);
    this.advance(taken);
    return taken;
  }

  /** Bytes to come that nobody looks at, and that may be passed over. */
  get idle(): number {
    return this.content === null ? this.padded : 0;
  }

  /** Passes over idle bytes. */
  pass(): void {
    const count = this.padded;
    this.padded = 0;
    this.left = 0;
    this.advance(count);
  }

  /** Bytes up to what is to be decided next. */
  get wanted(): number {
    return this.padded > 0 ? this.padded : BLOCK - this.filled;
  }

  private advance(count: number): void {
    this.offset += count;
    if (this.offset <= this.options.maximumBytes || this.done) return;
    throw new FormatError(
      `${this.place}: inflates to more than ${this.options.maximumBytes} bytes; this is not the expected archive`,
    );
  }

  end(): void {
    if (this.done) return;
    // Cut between two members it would look like a whole archive without the others.
    const where =
      this.padded > 0 || this.filled > 0 || this.offset > this.possible
        ? 'within a member'
        : 'without the block of zeros that ends an archive';
    throw new FormatError(
      `${this.place}: ends at offset ${Math.min(this.offset, this.possible)} (unpacked) ${where}; the archive is truncated, fetch it again`,
    );
  }

  private block(chunk: Uint8Array, at: number): number {
    const count = Math.min(BLOCK - this.filled, chunk.length - at);
    this.header.set(chunk.subarray(at, at + count), this.filled);
    this.filled += count;
    if (this.filled === BLOCK) {
      this.filled = 0;
      this.begin(this.offset + count - BLOCK);
    }
    return count;
  }

  private begin(offset: number): void {
    const header = parseHeader(this.header, offset, this.place);
    if (!header) {
      this.done = true;
      return;
    }
    const { maximumMembers = MAXIMUM_MEMBERS, onHeader, isEnough } = this.options;
    if (++this.members > maximumMembers) {
      throw new FormatError(
        `${this.place}: holds more than ${maximumMembers} members, the next at offset ${offset} (unpacked); this is not the expected archive`,
      );
    }
    const isAbout = [LONG_NAME, EXTENDED, EXTENDED_FOR_ALL].includes(header.type);
    const { name = header.name, size = header.size } = isAbout ? header : this.next;
    if (!isAbout) this.next = {};
    const kind = KINDS[header.type] ?? 'other';
    if (!isAbout) onHeader?.(name, kind, size);
    const limit = isAbout ? MAXIMUM_EXTENDED : kind === 'file' ? this.options.limit(name) : null;
    if (isEnough?.()) {
      this.done = true;
      return;
    }
    if (limit !== null && size > limit) {
      throw new FormatError(
        `${this.place}: offset ${offset + 124} (unpacked) announces ${size} bytes for ${printable(name)}, at most ${limit} are expected; the archive is damaged or another`,
      );
    }
    this.about = isAbout ? header.type : null;
    this.name = name;
    // What a damaged header announces beyond the file's end takes no memory; the end then comes within the member.
    const present = Math.max(0, Math.min(size, this.possible - offset - BLOCK));
    this.content = limit === null ? null : new Uint8Array(present);
    this.size = size;
    this.left = size;
    this.padded = Math.ceil(size / BLOCK) * BLOCK;
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
    const { content, name, about } = this;
    this.content = null;
    if (content === null) return;
    if (about === null) this.finished = { name, content };
    else if (about === LONG_NAME) this.next = { ...this.next, name: text(content, 0, content.length) };
    else if (about === EXTENDED) {
      const fields = extendedFields(content);
      const [path, size] = [fields.get('path'), Number(fields.get('size') ?? Number.NaN)];
      this.next = {
        ...this.next,
        ...(path === undefined ? {} : { name: path }),
        ...(Number.isSafeInteger(size) && size >= 0 ? { size } : {}),
      };
    }
  }
}

async function isGzip(handle: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await handle.read(new Uint8Array(2), 0, 2, 0);
  return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
}

/** Wanted members of chunks that come one after the other. */
async function* ofStream(chunks: AsyncIterable<Uint8Array>, parser: TarParser): AsyncGenerator<TarMember> {
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length && !parser.done; ) {
      at += parser.take(chunk, at);
      if (parser.finished) {
        const member = parser.finished;
        parser.finished = null;
        yield member;
      }
    }
    if (parser.done) return;
  }
  parser.end();
}

/** Wanted members of a file that can be read anywhere: what nobody wants is not read. */
async function* ofFile(handle: FileHandle, parser: TarParser): AsyncGenerator<TarMember> {
  const piece = new Uint8Array(PIECE);
  for (let position = 0; !parser.done; ) {
    if (parser.idle > 0) {
      position += parser.idle;
      parser.pass();
      continue;
    }
    const { bytesRead } = await handle.read(piece, 0, Math.min(PIECE, parser.wanted), position);
    if (bytesRead === 0) return parser.end();
    position += bytesRead;
    for (let at = 0; at < bytesRead; ) at += parser.take(piece.subarray(0, bytesRead), at);
    if (parser.finished) {
      const member = parser.finished;
      parser.finished = null;
      yield member;
    }
  }
}

/**
 * Members of the archive at `path` that are wanted, in their order.
 * @throws FormatError naming the file and the offset (in the unpacked archive); where it is no regular file
 */
export async function* tarMembers(path: string, options: TarOptions): AsyncGenerator<TarMember> {
  const { handle, size_bytes } = await openFileChecked(path, FormatError, 'archive');
  let source: ReadStream | null = null;
  let gunzip: Gunzip | null = null;
  try {
    if (!(await isGzip(handle))) {
      yield* ofFile(handle, new TarParser(path, options, size_bytes));
      return;
    }
    source = handle.createReadStream({ start: 0, highWaterMark: PIECE, autoClose: false });
    gunzip = createGunzip({ chunkSize: PIECE });
    source.on('error', (error) => gunzip?.destroy(error));
    yield* ofStream(source.pipe(gunzip), new TarParser(path, options, size_bytes * MAXIMUM_DEFLATE_RATIO));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'Z_BUF_ERROR') throw new FormatError(`${path}: the gzip stream is truncated; fetch the file again`);
    if (code?.startsWith('Z_'))
      throw new FormatError(`${path}: the gzip stream is damaged (${message}); fetch the file again`);
    throw error;
  } finally {
    source?.destroy();
    gunzip?.destroy();
    await handle.close();
  }
}

/**
 * Reads members of the archive at `path`.
 * @throws as `tarMembers`
 */
export async function readTar(
  path: string,
  {
    onMember,
    ...options
  }: TarOptions & {
    /** Called with each wanted member; true ends the reading. */
    readonly onMember: (name: string, content: Uint8Array) => boolean;
  },
): Promise<void> {
  for await (const { name, content } of tarMembers(path, options)) if (onMember(name, content)) return;
}
