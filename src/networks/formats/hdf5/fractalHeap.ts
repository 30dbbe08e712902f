/** Fractal heaps (format specification 3.0, section III.G): where newer HDF5 versions keep links and attributes of objects that have many. */
import { bytesFor, readSized } from './btree2.js';
import type { ByteReader } from './byteReader.js';

const BLOCK_PREFIX = 13;

export class FractalHeap {
  private readonly width: number;
  private readonly startSize: number;
  private readonly maximumDirect: number;
  private readonly offsetWidth: number;
  private readonly lengthWidth: number;
  private readonly root: number | null;
  private readonly rootRows: number;

  constructor(
    private readonly reader: ByteReader,
    private readonly address: number,
  ) {
    reader.signature(address, 'FRHP');
    if (reader.u16(address + 7) !== 0) throw this.refuse('is compressed, which is not supported; save the file again');
    this.width = reader.u16(address + 110);
    this.startSize = reader.u64(address + 112);
    this.maximumDirect = reader.u64(address + 120);
    const bits = reader.u16(address + 128);
    this.root = reader.address(address + 132);
    this.rootRows = reader.u16(address + 140);
    this.offsetWidth = Math.ceil(bits / 8);
    const directWidth = Math.floor((Math.log2(this.maximumDirect) + 7) / 8);
    this.lengthWidth = Math.min(directWidth, bytesFor(reader.u32(address + 10)));
    const isSane =
      this.width > 0 && this.startSize > 0 && this.maximumDirect >= this.startSize && bits > 0 && bits <= 64;
    if (!isSane || this.rootRows > 64) throw this.refuse('has impossible sizes; the file is damaged');
  }

  private refuse(problem: string): Error {
    return this.reader.refuse(this.address, `a heap ${problem}`);
  }

  /** Size of the blocks of a row of the doubling table. */
  private rowSize(row: number): number {
    return this.startSize * 2 ** Math.max(0, row - 1);
  }

  /** Place in the file of a heap offset, and how far its block reaches. */
  private locate(offset: number): { at: number; end: number } {
    if (this.root === null) throw this.refuse('is empty, but an object in it is named; the file is damaged');
    if (this.rootRows === 0) return this.inDirect(this.root, 0, this.startSize, offset);
    return this.inIndirect(this.root, 0, this.rootRows, offset, 0);
  }

  private inDirect(block: number, begin: number, size: number, offset: number): { at: number; end: number } {
    this.reader.signature(block, 'FHDB');
    if (offset < begin || offset >= begin + size)
      throw this.refuse(`holds no object at ${offset}; the file is damaged`);
    return { at: block + offset - begin, end: block + size };
  }

  private inIndirect(
    block: number,
    begin: number,
    rows: number,
    offset: number,
    depth: number,
  ): { at: number; end: number } {
    if (depth > 8) throw this.refuse('nests too deep; the file is damaged');
    this.reader.signature(block, 'FHIB');
    const directRows = Math.floor(Math.log2(this.maximumDirect / this.startSize)) + 2;
    const children = block + BLOCK_PREFIX + this.offsetWidth;
    let from = begin;
    for (let row = 0; row < rows; row++) {
      const size = this.rowSize(row);
      if (offset < from + size * this.width) {
        const column = Math.floor((offset - from) / size);
        const child = this.reader.address(children + 8 * (row * this.width + column));
        if (child === null) break;
        const start = from + column * size;
        if (row < directRows) return this.inDirect(child, start, size, offset);
        // A block of this size holds the rows whose sizes add up to it.
        const inner = Math.floor(Math.log2(size / (this.startSize * this.width))) + 1;
        return this.inIndirect(child, start, inner, offset, depth + 1);
      }
      from += size * this.width;
    }
    throw this.refuse(`holds no object at ${offset}; the file is damaged`);
  }

  /** Where the object of a heap ID (at `idOffset` in the file) lies. */
  find(idOffset: number): { readonly offset: number; readonly size: number } {
    const kind = (this.reader.u8(idOffset) >> 4) & 3;
    if (kind === 2) {
      const size = (this.reader.u8(idOffset) & 0x0f) + 1;
      return { offset: idOffset + 1, size };
    }
    if (kind !== 0)
      throw this.refuse('holds objects too large to be names or attributes; save the file again with fewer of them');
    const offset = readSized(this.reader, idOffset + 1, this.offsetWidth);
    const size = readSized(this.reader, idOffset + 1 + this.offsetWidth, this.lengthWidth);
    const { at, end } = this.locate(offset);
    if (at + size > end)
      throw this.refuse(`holds an object of ${size} bytes that leaves its block; the file is damaged`);
    this.reader.slice(at, size, 'an object in a heap');
    return { offset: at, size };
  }
}
