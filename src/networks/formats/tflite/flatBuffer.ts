/**
 * FlatBuffers through the library, which itself reads whatever lies behind an offset, and nothing (zeros) beyond the end: here
 * every place is checked before it is read, so that damage is an error that names the offset.
 */
import { ByteBuffer } from 'flatbuffers';
import { utf8Of } from '../../../base/bytes.js';
import { FormatError } from '../../../base/errors.js';

/** Bytes of a name that are read. */
const LONGEST_TEXT = 1000;

class CheckedBuffer extends ByteBuffer {
  constructor(
    private readonly content: Uint8Array,
    readonly place: string,
  ) {
    super(content);
  }

  damaged(offset: number, problem: string): never {
    throw new FormatError(`${this.place}: offset ${offset}: ${problem}; the file is truncated or damaged`);
  }

  /** `length` bytes at `offset`, which must be there. */
  part(offset: number, length: number): Uint8Array {
    this.within(offset, length);
    return this.content.subarray(offset, offset + length);
  }

  private within(offset: number, length: number): void {
    if (offset < 0 || length < 0 || offset + length > this.content.length)
      this.damaged(offset, `${length} bytes are wanted, the file has ${this.content.length}`);
  }

  override readUint8(offset: number): number {
    this.within(offset, 1);
    return super.readUint8(offset);
  }

  override readUint16(offset: number): number {
    this.within(offset, 2);
    return super.readUint16(offset);
  }

  override readInt32(offset: number): number {
    this.within(offset, 4);
    return super.readInt32(offset);
  }
}

/** A table, whose fields are known by their number in the schema; a field that is not there has its default. */
export class Table {
  private constructor(
    private readonly buffer: CheckedBuffer,
    readonly offset: number,
  ) {}

  /** The table that a file begins with. */
  static root(bytes: Uint8Array, place: string): Table {
    const buffer = new CheckedBuffer(bytes, place);
    return new Table(buffer, buffer.__indirect(0));
  }

  /** @throws FormatError that names the table's offset. */
  damaged(problem: string): never {
    this.buffer.damaged(this.offset, problem);
  }

  /** Where a field's value lies; null where it is not there. */
  private at(field: number): number | null {
    const inside = this.buffer.__offset(this.offset, 4 + 2 * field);
    return inside === 0 ? null : this.offset + inside;
  }

  private scalar(field: number, otherwise: number, read: (at: number) => number): number {
    const at = this.at(field);
    return at === null ? otherwise : read(at);
  }

  int8(field: number, otherwise = 0): number {
    return this.scalar(field, otherwise, (at) => this.buffer.readInt8(at));
  }

  int32(field: number, otherwise = 0): number {
    return this.scalar(field, otherwise, (at) => this.buffer.readInt32(at));
  }

  uint32(field: number, otherwise = 0): number {
    return this.scalar(field, otherwise, (at) => this.buffer.readUint32(at));
  }

  uint64(field: number, otherwise = 0): number {
    return this.scalar(field, otherwise, (at) => Number(this.buffer.readUint64(at)));
  }

  float32(field: number, otherwise = 0): number {
    return this.scalar(field, otherwise, (at) => this.buffer.readFloat32(at));
  }

  flag(field: number): boolean {
    return this.int8(field) !== 0;
  }

  /** Where the elements of a vector begin and how many there are; null where it is not there. */
  private vector(field: number, width: number, most: number): { start: number; length: number } | null {
    const at = this.at(field);
    if (at === null) return null;
    const start = this.buffer.__vector(at);
    const length = this.buffer.__vector_len(at);
    if (length < 0 || length > most)
      this.buffer.damaged(start - 4, `a list of ${length} elements, at most ${most} make sense`);
    this.buffer.part(start, length * width);
    return { start, length };
  }

  private elements<T>(field: number, width: number, most: number, read: (at: number) => T): T[] | null {
    const found = this.vector(field, width, most);
    return found && Array.from({ length: found.length }, (_, i) => read(found.start + i * width));
  }

  /** At most `most` whole numbers of 32 bits; null where the field is not there. */
  ints(field: number, most: number): number[] | null {
    return this.elements(field, 4, most, (at) => this.buffer.readInt32(at));
  }

  /** Of 64 bits. */
  longs(field: number, most: number): number[] | null {
    return this.elements(field, 8, most, (at) => Number(this.buffer.readInt64(at)));
  }

  floats(field: number, most: number): number[] | null {
    return this.elements(field, 4, most, (at) => this.buffer.readFloat32(at));
  }

  tables(field: number, most: number): Table[] {
    return this.elements(field, 4, most, (at) => new Table(this.buffer, this.buffer.__indirect(at))) ?? [];
  }

  table(field: number): Table | null {
    const at = this.at(field);
    return at === null ? null : new Table(this.buffer, this.buffer.__indirect(at));
  }

  /** Bytes of a vector; empty where it is not there. */
  bytes(field: number): Uint8Array {
    const found = this.vector(field, 1, Number.POSITIVE_INFINITY);
    return found ? this.buffer.part(found.start, found.length) : new Uint8Array();
  }

  /** Bytes anywhere in the file. */
  part(offset: number, length: number): Uint8Array {
    return this.buffer.part(offset, length);
  }

  /** The beginning of a text. */
  text(field: number): string {
    return utf8Of(this.bytes(field).subarray(0, LONGEST_TEXT));
  }
}
