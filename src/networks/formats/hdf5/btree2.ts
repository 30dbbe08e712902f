/** Version 2 B-trees (format specification 3.0, section III.A.2): here only as lists of records, in order. */
import type { ByteReader } from './byteReader.js';

const MAXIMUM_NODES = 65_536;
/** Signature, version, type; checksum at the end. */
const NODE_OVERHEAD = 10;
const NODE_HEADER = 6;

/** Bytes that hold numbers up to `limit`. */
export function bytesFor(limit: number): number {
  return Math.floor(Math.log2(Math.max(1, limit)) / 8) + 1;
}

/** Unsigned little-endian number of up to 8 bytes. */
export function readSized(reader: ByteReader, offset: number, width: number): number {
  const bytes = reader.slice(offset, width, 'a number');
  let value = 0;
  for (let i = width - 1; i >= 0; i--) value = value * 256 + bytes[i]!;
  return value;
}

/** Offsets of all records of the tree whose header is at `address`; each is `size` bytes long. */
export function readRecords(
  reader: ByteReader,
  address: number,
): { readonly offsets: readonly number[]; readonly size: number } {
  reader.signature(address, 'BTHD');
  const nodeSize = reader.u32(address + 6);
  const size = reader.u16(address + 10);
  const depth = reader.u16(address + 12);
  if (size < 1 || nodeSize < NODE_OVERHEAD + size || depth > 16)
    throw reader.refuse(
      address,
      `a tree of depth ${depth} with records of ${size} bytes in nodes of ${nodeSize}; the file is damaged`,
    );
  // How many records a node and all below it can hold decides how wide the counts in it are.
  const mostOwn = [Math.floor((nodeSize - NODE_OVERHEAD) / size)];
  const mostBelow = [mostOwn[0]!];
  const countWidth = bytesFor(mostOwn[0]!);
  for (let level = 1; level <= depth; level++) {
    const pointer = 8 + countWidth + (level > 1 ? bytesFor(mostBelow[level - 1]!) : 0);
    mostOwn[level] = Math.floor((nodeSize - NODE_OVERHEAD - pointer) / (size + pointer));
    mostBelow[level] = (mostOwn[level]! + 1) * mostBelow[level - 1]! + mostOwn[level]!;
  }
  const offsets: number[] = [];
  let nodes = 0;
  const visit = (at: number, count: number, level: number): void => {
    if (++nodes > MAXIMUM_NODES)
      throw reader.refuse(at, `a tree has more than ${MAXIMUM_NODES} nodes; the file is damaged`);
    if (count > mostOwn[level]!)
      throw reader.refuse(at, `a node holds ${count} records, ${mostOwn[level]} fit; the file is damaged`);
    reader.signature(at, level === 0 ? 'BTLF' : 'BTIN');
    for (let i = 0; i < count; i++) offsets.push(at + NODE_HEADER + i * size);
    if (level === 0) return;
    const totalWidth = level > 1 ? bytesFor(mostBelow[level - 1]!) : 0;
    let child = at + NODE_HEADER + count * size;
    for (let i = 0; i <= count; i++) {
      visit(reader.u64(child), readSized(reader, child + 8, countWidth), level - 1);
      child += 8 + countWidth + totalWidth;
    }
  };
  const root = reader.address(address + 16);
  if (root !== null) visit(root, reader.u16(address + 24), depth);
  return { offsets, size };
}
