/**
 * Reader of zip archives (PKWARE APPNOTE 6.3.10, sections 4.3 and 4.4) as Keras and PyTorch write them: stored or deflated
 * members, no encryption, no zip64. Nothing is inflated beyond what its entry announces. Why not a library that reads
 * archives: docs/decisions/own-archive-readers.md.
 */
import { utf8Of } from '../../base/bytes.js';
import { FormatError } from '../../base/errors.js';
import { inflateRaw } from '../../base/inflate.js';
import { MemoryBudget } from '../../base/input/memoryLimit.js';
import { printable } from '../../base/text/printable.js';

const [END, CENTRAL, LOCAL] = [0x06054b50, 0x02014b50, 0x04034b50];
const END_BYTES = 22;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
const MAXIMUM_MEMBERS = 65_535;
/** Deflate cannot do better than 258 bytes in 2 bits (RFC 1951). */
const MAXIMUM_DEFLATE_RATIO = 1032;
/** What all members may be inflated to, at most; stored ones are bounded by the file. */
const MAXIMUM_INFLATED_BYTES = 2 ** 30;
/** ... which is more than this only for archives that are large themselves: sparse weights shrink, but not to nothing. */
const SMALL_BYTES = 2 ** 26;
const HONEST_RATIO = 100;
const ENCRYPTED = 1;
const [STORED, DEFLATED] = [0, 8];

interface Member {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressed: number;
  readonly size: number;
  /** Of the local header. */
  readonly offset: number;
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

export class ZipArchive {
  private readonly view: DataView;
  private readonly budget: MemoryBudget;
  private readonly members = new Map<string, Member>();

  /** @throws FormatError naming file and offset where the directory of the archive is damaged */
  constructor(
    private readonly bytes: Uint8Array,
    private readonly place: string,
  ) {
    const inflated = Math.min(MAXIMUM_INFLATED_BYTES, SMALL_BYTES + HONEST_RATIO * bytes.length);
    this.budget = new MemoryBudget(inflated, FormatError);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.readDirectory();
  }

  private refuse(offset: number, problem: string): FormatError {
    return new FormatError(`${this.place}: offset ${offset}: ${problem}`);
  }

  private findEnd(): number {
    const first = Math.max(0, this.bytes.length - END_BYTES - 0xffff);
    for (let at = this.bytes.length - END_BYTES; at >= first; at--) {
      if (
        this.view.getUint32(at, true) === END &&
        at + END_BYTES + this.view.getUint16(at + 20, true) === this.bytes.length
      )
        return at;
    }
    throw this.refuse(this.bytes.length, "the zip archive's directory is missing at the end; the file is truncated");
  }

  private readDirectory(): void {
    const end = this.findEnd();
    const count = this.view.getUint16(end + 10, true);
    const [size, begin] = [this.view.getUint32(end + 12, true), this.view.getUint32(end + 16, true)];
    if (this.view.getUint16(end + 8, true) !== count)
      throw this.refuse(
        end,
        'the archive says that it continues in another file, which is not supported; or it is damaged',
      );
    if (count === MAXIMUM_MEMBERS || size === 0xffffffff || begin === 0xffffffff)
      throw this.refuse(end, 'archives of 4 GiB or 65,535 members (zip64) are not supported');
    if (begin + size > end)
      throw this.refuse(end, `a directory of ${size} bytes at ${begin} does not fit; the file is damaged`);
    let at = begin;
    for (let i = 0; i < count; i++) {
      if (at + CENTRAL_BYTES > end || this.view.getUint32(at, true) !== CENTRAL)
        throw this.refuse(at, `entry ${i} of the directory is missing; the file is damaged`);
      const short = (offset: number) => this.view.getUint16(at + offset, true);
      const long = (offset: number) => this.view.getUint32(at + offset, true);
      const next = at + CENTRAL_BYTES + short(28) + short(30) + short(32);
      if (next > end) throw this.refuse(at, `entry ${i} of the directory does not fit; the file is damaged`);
      const name = utf8Of(this.bytes.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + short(28)));
      if (this.members.has(name))
        throw this.refuse(at, `'${printable(name)}' is in the archive twice; the file is damaged or hostile`);
      const fields = {
        flags: short(8),
        method: short(10),
        crc: long(16),
        compressed: long(20),
        size: long(24),
        offset: long(42),
      };
      this.members.set(name, { name, ...fields });
      at = next;
    }
    if (at !== begin + size)
      throw this.refuse(
        at,
        `the directory's ${size} bytes do not end with its ${count} ${count === 1 ? 'entry' : 'entries'}; the file is damaged`,
      );
  }

  names(): readonly string[] {
    return [...this.members.keys()];
  }

  /** Where the content of a member lies in the file. */
  private contentOffset({ name, offset, compressed }: Member): number {
    if (offset + LOCAL_BYTES > this.bytes.length || this.view.getUint32(offset, true) !== LOCAL)
      throw this.refuse(offset, `'${printable(name)}' is missing; the file is damaged`);
    const named = offset + LOCAL_BYTES + this.view.getUint16(offset + 26, true);
    const own = utf8Of(this.bytes.subarray(offset + LOCAL_BYTES, named));
    if (own !== name)
      throw this.refuse(
        offset,
        `the member that the directory calls '${printable(name)}' calls itself '${printable(own)}'; the file is damaged`,
      );
    const begin = named + this.view.getUint16(offset + 28, true);
    if (begin + compressed > this.bytes.length)
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
    if (member.size > maximumBytes)
      throw this.refuse(
        offset,
        `'${printable(name)}' announces ${member.size} bytes, at most ${maximumBytes} are read of it; the file is damaged or a bomb`,
      );
    const content = this.inflate(member, this.bytes.subarray(offset, offset + member.compressed), offset);
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
