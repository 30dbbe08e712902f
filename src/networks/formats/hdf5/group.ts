/** Names in an HDF5 group: symbol tables (format specification 3.0, sections III.A, III.D), links in its header or a heap. */
import { utf8Of } from '../../../base/bytes.js';
import { printable } from '../../../base/text/printable.js';
import { readRecords } from './btree2.js';
import type { ByteReader } from './byteReader.js';
import { FractalHeap } from './fractalHeap.js';
import { MESSAGE, type Message } from './objectHeader.js';

const MAXIMUM_NODES = 65_536;
const SYMBOL_BYTES = 40;
const MAXIMUM_NAME_BYTES = 1024;

/** Addresses of the objects in a group, by name. */
export function readLinks(reader: ByteReader, messages: readonly Message[]): ReadonlyMap<string, number> {
  const links = new Map<string, number>();
  const add = (name: string, address: number | null, at: number) => {
    if (address === null)
      throw reader.refuse(
        at,
        `'${printable(name)}' is a link to nowhere or to another file; only hard links are supported`,
      );
    if (links.has(name)) throw reader.refuse(at, `'${printable(name)}' is there twice; the file is damaged`);
    links.set(name, address);
  };
  for (const { type, offset } of messages) {
    if (type === MESSAGE.symbolTable) symbolTable(reader, reader.u64(offset), reader.u64(offset + 8), add);
    else if (type === MESSAGE.link) link(reader, offset, add);
    else if (type === MESSAGE.linkInfo) denseLinks(reader, offset, add);
  }
  return links;
}

type Add = (name: string, address: number | null, at: number) => void;

/** Links of a group with many of them: a heap of link messages, found through a tree of their names. */
function denseLinks(reader: ByteReader, offset: number, add: Add): void {
  const at = offset + 2 + (reader.u8(offset + 1) & 1 ? 8 : 0);
  const [heapAddress, tree] = [reader.address(at), reader.address(at + 8)];
  if (heapAddress === null || tree === null) return;
  const heap = new FractalHeap(reader, heapAddress);
  // Each record is a hash of the name, then the heap ID.
  for (const record of readRecords(reader, tree).offsets) link(reader, heap.find(record + 4).offset, add);
}

function link(reader: ByteReader, offset: number, add: Add): void {
  const flags = reader.u8(offset + 1);
  let at = offset + 2;
  const type = flags & 8 ? reader.u8(at++) : 0;
  at += (flags & 4 ? 8 : 0) + (flags & 16 ? 1 : 0);
  const width = 1 << (flags & 3);
  const length = [reader.u8, reader.u16, reader.u32, reader.u64][flags & 3]!.call(reader, at);
  const name = utf8Of(reader.slice(at + width, length, 'a name'));
  add(name, type === 0 ? reader.address(at + width + length) : null, offset);
}

/** Walks the B-tree; its levels must fall towards the leaves, so it cannot go in a circle. */
function symbolTable(reader: ByteReader, tree: number, heap: number, add: Add): void {
  reader.signature(heap, 'HEAP');
  const [heapSize, heapData] = [reader.u64(heap + 8), reader.u64(heap + 24)];
  const name = (offset: number, at: number): string => {
    if (offset >= heapSize)
      throw reader.refuse(at, `a name at ${offset} lies outside its heap of ${heapSize} bytes; the file is damaged`);
    const length = Math.min(heapSize - offset, MAXIMUM_NAME_BYTES + 1);
    const text = reader.text(heapData + offset, length);
    if (text.length > MAXIMUM_NAME_BYTES)
      throw reader.refuse(heapData + offset, `a name is longer than ${MAXIMUM_NAME_BYTES} bytes; the file is damaged`);
    return text;
  };
  let nodes = 0;
  const visit = (address: number, level: number | null): void => {
    if (++nodes > MAXIMUM_NODES)
      throw reader.refuse(address, `a group has more than ${MAXIMUM_NODES} nodes; the file is damaged`);
    if (level === -1) {
      leaf(address);
      return;
    }
    reader.signature(address, 'TREE');
    const own = reader.u8(address + 5);
    if (reader.u8(address + 4) !== 0 || (level !== null && own !== level))
      throw reader.refuse(address, 'a node of another tree within a group; the file is damaged');
    const count = reader.u16(address + 6);
    for (let i = 0; i < count; i++) visit(reader.u64(address + 24 + 16 * i + 8), own - 1);
  };
  const leaf = (address: number): void => {
    reader.signature(address, 'SNOD');
    const count = reader.u16(address + 6);
    for (let i = 0; i < count; i++) {
      const entry = address + 8 + SYMBOL_BYTES * i;
      const isSoft = reader.u32(entry + 16) === 2;
      add(name(reader.u64(entry), entry), isSoft ? null : reader.address(entry + 8), entry);
    }
  };
  visit(tree, null);
}
