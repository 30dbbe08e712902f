/** Little-endian numbers out of a file, every access checked against its end. */
import { latin1Of, utf8Of } from '../../../base/bytes.js';
import { FormatError } from '../../../base/errors.js';

/** HDF5's "no address": all bits set. */
const UNDEFINED = 0xffffffffffffffffn;

export class ByteReader {
  private readonly view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    readonly place: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The error for something wrong at an offset. */
  refuse(offset: number, problem: string): FormatError {
    return new FormatError(`${this.place}: offset ${offset}: ${problem}`);
  }

  private check(offset: number, length: number, what: string): void {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.bytes.length)) {
      throw this.refuse(
        offset,
        `${what} of ${length} bytes lies outside the file of ${this.bytes.length}; the file is truncated or damaged`,
      );
    }
  }

  u8(offset: number): number {
    this.check(offset, 1, 'a number');
    return this.view.getUint8(offset);
  }

  u16(offset: number): number {
    this.check(offset, 2, 'a number');
    return this.view.getUint16(offset, true);
  }

  u32(offset: number): number {
    this.check(offset, 4, 'a number');
    return this.view.getUint32(offset, true);
  }

  /** A length or count, at most 2^53. */
  u64(offset: number): number {
    this.check(offset, 8, 'a number');
    const value = this.view.getBigUint64(offset, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw this.refuse(offset, `the number ${value} is too large; the file is damaged`);
    return Number(value);
  }

  /** An offset in the file; null where it says that there is nothing. */
  address(offset: number): number | null {
    this.check(offset, 8, 'an address');
    return this.view.getBigUint64(offset, true) === UNDEFINED ? null : this.u64(offset);
  }

  slice(offset: number, length: number, what: string): Uint8Array {
    this.check(offset, length, what);
    return this.bytes.subarray(offset, offset + length);
  }

  /** @throws FormatError if the four characters are not there */
  signature(offset: number, expected: string): void {
    const found = latin1Of(this.slice(offset, 4, `the mark '${expected}'`));
    if (found !== expected) throw this.refuse(offset, `the mark '${expected}' is missing; the file is damaged`);
  }

  /** Text up to a zero byte, at most `length` bytes. */
  text(offset: number, length: number): string {
    const field = this.slice(offset, length, 'a text');
    const end = field.indexOf(0);
    return utf8Of(end < 0 ? field : field.subarray(0, end));
  }
}
