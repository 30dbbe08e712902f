/**
 * Reader of zip archives (PKWARE APPNOTE 6.3.10, sections 4.3 to 4.5), in memory or in a file that may be larger: stored or
 * deflated members, zip64, no encryption. Nothing is inflated beyond what its entry announces. Why not a library that reads
 * archives: docs/decisions/own-archive-readers.md.
 */
import { utf8Of } from './bytes.js';
import { FormatError } from './errors.js';
import { inflateRaw } from './inflate.js';
import { MemoryBudget } from './input/memoryLimit.js';
import { printable } from './text/printable.js';

const [END, CENTRAL, LOCAL] = [0x06054b50, 0x02014b50, 0x04034b50];
const [END64, LOCATOR] = [0x06064b50, 0x07064b50];
const END_BYTES = 22;
const END64_BYTES = 56;
const LOCATOR_BYTES = 20;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
/** What stands where a number is too large for its field, and the field that has it. */
const [MAXIMUM_SHORT, LARGE, ZIP64_FIELD] = [0xffff, 0xffffffff, 1];
const MAXIMUM_MEMBERS = 2 ** 22;
const MAXIMUM_DIRECTORY_BYTES = 2 ** 29;
/** Deflate cannot do better than 258 bytes in 2 bits (RFC 1951). */
const MAXIMUM_DEFLATE_RATIO = 1032;
/** What all members may be inflated to, at most; stored ones are bounded by the file. */
const MAXIMUM_INFLATED_BYTES = 2 ** 30;
/** ... which is more than this only for archives that are large themselves: sparse weights shrink, but not to nothing. */
const SMALL_BYTES = 2 ** 26;
const HONEST_RATIO = 100;
const ENCRYPTED = 1;
const [STORED, DEFLATED] = [0, 8];
const [UNIX_TYPE, UNIX_LINK] = [0o170000, 0o120000];

interface Member {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressed: number;
  readonly size: number;
  /** Of the local header. */
  readonly offset: number;
  /** Type and permissions, 0 where the archive is of another system. */
  readonly unixMode: number;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc >>> 0;
});

/** CRC-32 of ISO 3309, as zip has it. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ bytes[i]!) & 0xff]!;
  return (crc ^ 0xffffffff) >>> 0;
}

/** Bytes of an archive, to be read anywhere. */
export interface ZipSource {
  readonly length: number;
  /** Bytes from `begin` to before `end`, which lie within the archive. */
  read(begin: number, end: number): Uint8Array;
}

/** Bytes in memory as a source. */
export const zipBytes = (bytes: Uint8Array): ZipSource => ({
  length: bytes.length,
  read: (begin, end) => bytes.subarray(begin, end),
});

/** Numbers of a piece, little endian. */
function numbersOf(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    short: (offset: number) => view.getUint16(offset, true),
    long: (offset: number) => view.getUint32(offset, true),
    /** Exact up to 2^53; what is beyond fits in no file. */
    large: (offset: number) => view.getUint32(offset, true) + 2 ** 32 * view.getUint32(offset + 4, true),
  };
}

/** Fields of an entry, those that are too large for it out of its zip64 field (4.5.3: in this order, only those). */
function withLarge(fields: Omit<Member, 'name'>, extra: Uint8Array): Omit<Member, 'name'> {
  const { short, large } = numbersOf(extra);
  for (let at = 0; at + 4 <= extra.length; at += 4 + short(at + 2)) {
    if (short(at) !== ZIP64_FIELD) continue;
    let next = at + 4;
    const end = Math.min(extra.length, next + short(at + 2));
    const taken = (value: number) => {
      if (value !== LARGE || next + 8 > end) return value;
      next += 8;
      return large(next - 8);
    };
    const size = taken(fields.size);
    const compressed = taken(fields.compressed);
    return { ...fields, size, compressed, offset: taken(fields.offset) };
  }
  return fields;
}

export interface ZipOptions {
  /** What all members together may be inflated to; default 64 MiB and a hundred times the archive, 1 GiB at most. */
  readonly maximumInflated_bytes?: number;
}

export class ZipArchive {
  private readonly budget: MemoryBudget;
  private readonly members = new Map<string, Member>();

  /** @throws FormatError naming file and offset where the directory of the archive is damaged */
  constructor(
    private readonly source: ZipSource,
    private readonly place: string,
    options: ZipOptions = {},
  ) {
    const inflated = Math.min(MAXIMUM_INFLATED_BYTES, SMALL_BYTES + HONEST_RATIO * source.length);
    this.budget = new MemoryBudget(options.maximumInflated_bytes ?? inflated, FormatError);
    this.readDirectory();
  }

  private refuse(offset: number, problem: string): FormatError {
    return new FormatError(`${this.place}: offset ${offset}: ${problem}`);
  }

  private findEnd(): number {
    const { source } = this;
    const first = Math.max(0, source.length - END_BYTES - 0xffff);
    const tail = source.read(first, source.length);
    const { short, long } = numbersOf(tail);
    for (let at = tail.length - END_BYTES; at >= 0; at--) {
      if (long(at) === END && at + END_BYTES + short(at + 20) === tail.length) return first + at;
    }
    throw this.refuse(source.length, "the zip archive's directory is missing at the end; the file is truncated");
  }

  /** Number of entries, and bytes and place of the directory. */
  private directory(end: number): { count: number; size: number; begin: number; end: number } {
    const { short, long } = numbersOf(this.source.read(end, end + END_BYTES));
    const count = short(10);
    if (short(8) !== count)
      throw this.refuse(
        end,
        'the archive says that it continues in another file, which is not supported; or it is damaged',
      );
    const [size, begin] = [long(12), long(16)];
    if (count < MAXIMUM_SHORT && size !== LARGE && begin !== LARGE) return { count, size, begin, end };
    const locator = end - LOCATOR_BYTES;
    const place = locator < 0 ? null : numbersOf(this.source.read(locator, end));
    if (place?.long(0) !== LOCATOR) {
      if (size !== LARGE && begin !== LARGE) return { count, size, begin, end };
      throw this.refuse(end, 'the zip64 directory of this large archive is missing; the file is damaged');
    }
    const at = place.large(8);
    if (at + END64_BYTES > locator) throw this.refuse(locator, 'the zip64 directory is not there; the file is damaged');
    const large = numbersOf(this.source.read(at, at + END64_BYTES));
    if (large.long(0) !== END64) throw this.refuse(at, 'the zip64 directory is not there; the file is damaged');
    return { count: large.large(32), size: large.large(40), begin: large.large(48), end: at };
  }

  private readDirectory(): void {
    const { count, size, begin, end } = this.directory(this.findEnd());
    if (begin + size > end)
      throw this.refuse(end, `a directory of ${size} bytes at ${begin} does not fit; the file is damaged`);
    if (count > MAXIMUM_MEMBERS || size > MAXIMUM_DIRECTORY_BYTES)
      throw this.refuse(end, `${count} members in a directory of ${size} bytes are too many to be read`);
    const directory = this.source.read(begin, begin + size);
    const { short, long } = numbersOf(directory);
    let at = 0;
    for (let i = 0; i < count; i++) {
      if (at + CENTRAL_BYTES > size || long(at) !== CENTRAL)
        throw this.refuse(begin + at, `entry ${i} of the directory is missing; the file is damaged`);
      const [named, extended] = [at + CENTRAL_BYTES + short(at + 28), short(at + 30)];
      const next = named + extended + short(at + 32);
      if (next > size) throw this.refuse(begin + at, `entry ${i} of the directory does not fit; the file is damaged`);
      const name = utf8Of(directory.subarray(at + CENTRAL_BYTES, named));
      if (this.members.has(name))
        throw this.refuse(begin + at, `'${printable(name)}' is in the archive twice; the file is damaged or hostile`);
      const fields = {
        flags: short(at + 8),
        method: short(at + 10),
        crc: long(at + 16),
        compressed: long(at + 20),
        size: long(at + 24),
        offset: long(at + 42),
        unixMode: long(at + 38) >>> 16,
      };
      this.members.set(name, { name, ...withLarge(fields, directory.subarray(named, named + extended)) });
      at = next;
    }
    if (at !== size)
      throw this.refuse(
        begin + at,
        `the directory's ${size} bytes do not end with its ${count} ${count === 1 ? 'entry' : 'entries'}; the file is damaged`,
      );
  }

  names(): readonly string[] {
    return [...this.members.keys()];
  }

  /** Whether a member is a link as Unix has them, whose content is where it leads. */
  isLink(name: string): boolean {
    return ((this.members.get(name)?.unixMode ?? 0) & UNIX_TYPE) === UNIX_LINK;
  }

  /** Where the content of a member lies in the file. */
  private contentOffset({ name, offset, compressed }: Member): number {
    const { source } = this;
    const missing = () => this.refuse(offset, `'${printable(name)}' is missing; the file is damaged`);
    if (offset + LOCAL_BYTES > source.length) throw missing();
    const { short, long } = numbersOf(source.read(offset, offset + LOCAL_BYTES));
    if (long(0) !== LOCAL) throw missing();
    const named = offset + LOCAL_BYTES + short(26);
    const own = utf8Of(source.read(offset + LOCAL_BYTES, Math.min(named, source.length)));
    if (own !== name)
      throw this.refuse(
        offset,
        `the member that the directory calls '${printable(name)}' calls itself '${printable(own)}'; the file is damaged`,
      );
    const begin = named + short(28);
    if (begin + compressed > source.length)
      throw this.refuse(
        offset,
        `'${printable(name)}' of ${compressed} bytes lies outside the file; it is truncated or damaged`,
      );
    return begin;
  }

  /**
   * A member's content and where it begins in the file; null if there is none of that name.
   * @param maximumBytes of the content; all inflated members together are bounded as well
   * @throws FormatError naming file and offset
   */
  read(
    name: string,
    maximumBytes = Number.POSITIVE_INFINITY,
  ): { readonly content: Uint8Array; readonly offset: number } | null {
    const member = this.members.get(name);
    if (!member) return null;
    const offset = this.contentOffset(member);
    // Packed bytes are read whole, too, and may be more than they become.
    const most = Math.max(member.size, member.compressed);
    if (most > maximumBytes)
      throw this.refuse(
        offset,
        `'${printable(name)}' announces ${most} bytes, at most ${maximumBytes} are read of it; the file is damaged or a bomb`,
      );
    const content = this.inflate(member, this.source.read(offset, offset + member.compressed), offset);
    if (crc32(content) !== member.crc)
      throw this.refuse(offset, `the checksum of '${printable(name)}' is wrong; the file is damaged`);
    return { content, offset };
  }

  private inflate({ name, flags, method, compressed, size }: Member, data: Uint8Array, offset: number): Uint8Array {
    const shown = `'${printable(name)}'`;
    if (flags & ENCRYPTED) throw this.refuse(offset, `${shown} is encrypted; save the file without a password`);
    if (method === STORED) {
      if (compressed !== size)
        throw this.refuse(offset, `${shown} has ${compressed} bytes, ${size} are announced; the file is damaged`);
      return data;
    }
    if (method !== DEFLATED)
      throw this.refuse(offset, `${shown} is compressed by method ${method}; only deflate is supported`);
    if (size > compressed * MAXIMUM_DEFLATE_RATIO)
      throw this.refuse(offset, `${shown} announces ${size} bytes in ${compressed}; the file is damaged or a bomb`);
    this.budget.take(size, `${this.place}: offset ${offset}`, `${shown}, inflated`);
    const content = inflateRaw(data, size);
    if (content) return content;
    throw this.refuse(offset, `${shown} does not inflate to the announced ${size} bytes; the file is damaged`);
  }
}
