/**
 * Reader of HDF5 files as Keras writes them through h5py: groups, attributes (texts and lists of texts), datasets of
 * numbers stored in one piece. A reader of our own, because the HDF5 library accepts damaged files in silence and bounds
 * neither time nor memory: here every offset is checked, and what is allocated is bounded by the file's size
 * (docs/decisions/own-hdf5-reader.md has the figures).
 */

import { sizeOf } from '../../../base/batch.js';
import { utf8Of } from '../../../base/bytes.js';
import { printable } from '../../../base/text/printable.js';
import type { Constant } from '../import/constant.js';
import { MAXIMUM_PARAMETERS, MAXIMUM_TEXT_BYTES } from '../import/limits.js';
import { isHdf5 } from '../signatures.js';
import { readRecords } from './btree2.js';
import { ByteReader } from './byteReader.js';
import { type Datatype, readDataspace, readDatatype, readNumbers } from './datatype.js';
import { FractalHeap } from './fractalHeap.js';
import { readLinks } from './group.js';
import { MESSAGE, type Message, readMessages } from './objectHeader.js';

const MAXIMUM_TEXTS = 65_536;
const SHARED = 2;

const padded = (length: number) => Math.ceil(length / 8) * 8;

export class Hdf5Object {
  private readonly messages: readonly Message[];
  private links: ReadonlyMap<string, number> | null = null;

  constructor(
    private readonly reader: ByteReader,
    readonly path: string,
    readonly address: number,
  ) {
    this.messages = readMessages(reader, address);
    const shared = this.messages.find(({ flags, type }) => flags & SHARED && type !== MESSAGE.attribute);
    if (shared)
      throw reader.refuse(shared.offset, 'committed datatypes are not supported; save the file again without them');
  }

  private message(type: number): Message | undefined {
    return this.messages.find((message) => message.type === type);
  }

  get isDataset(): boolean {
    return this.message(MESSAGE.layout) !== undefined;
  }

  /** The error for something missing here. */
  refuse(problem: string): Error {
    return this.reader.refuse(this.address, `'${printable(this.path)}' ${problem}`);
  }

  /** Names in a group. */
  names(): readonly string[] {
    this.links ??= readLinks(this.reader, this.messages);
    return [...this.links.keys()];
  }

  /** The object of a path below this group, or null. */
  find(path: string): Hdf5Object | null {
    let object: Hdf5Object = this;
    for (const part of path.split('/').filter(Boolean)) {
      object.names();
      const address = object.links!.get(part);
      if (address === undefined) return null;
      object = new Hdf5Object(this.reader, `${object.path}/${part}`, address);
    }
    return object;
  }

  /** Where the attributes are described: in the header, or where there are many, in a heap. */
  private attributeMessages(): { readonly offset: number; readonly size: number }[] {
    const { reader } = this;
    const own = this.messages.filter(({ type }) => type === MESSAGE.attribute);
    const info = this.message(MESSAGE.attributeInfo);
    if (!info) return own;
    const at = info.offset + 2 + (reader.u8(info.offset + 1) & 1 ? 2 : 0);
    const [heapAddress, tree] = [reader.address(at), reader.address(at + 8)];
    if (heapAddress === null || tree === null) return own;
    const heap = new FractalHeap(reader, heapAddress);
    return [...own, ...readRecords(reader, tree).offsets.map((record) => heap.find(record))];
  }

  /** Every attribute's name and where its content is described. */
  private attributes(): { name: string; datatype: number; dataspace: number; data: number; end: number }[] {
    const { reader } = this;
    return this.attributeMessages().map(({ offset, size }) => {
      const version = reader.u8(offset);
      if (version < 1 || version > 3)
        throw reader.refuse(offset, `attribute version ${version}; the file is damaged or newer`);
      if (version > 1 && reader.u8(offset + 1) !== 0)
        throw reader.refuse(offset, 'shared attributes are not supported; save the file again');
      const lengths = [2, 4, 6].map((at) => reader.u16(offset + at)).map((n) => (version === 1 ? padded(n) : n));
      const begin = offset + (version === 3 ? 9 : 8);
      const datatype = begin + lengths[0]!;
      const dataspace = datatype + lengths[1]!;
      const data = dataspace + lengths[2]!;
      const end = offset + size;
      if (data > end) throw reader.refuse(offset, 'an attribute does not fit its message; the file is damaged');
      return { name: reader.text(begin, lengths[0]!), datatype, dataspace, data, end };
    });
  }

  /** The texts of an attribute, one or a list; null if there is no such attribute. */
  texts(name: string): readonly string[] | null {
    const { reader } = this;
    const found = this.attributes().find((attribute) => attribute.name === name);
    if (!found) return null;
    const type = readDatatype(reader, found.datatype);
    const shape = readDataspace(reader, found.dataspace);
    if (type.kind === 'number' && shape && sizeOf(shape) === 0) return [];
    if (type.kind === 'number')
      throw this.refuse(`has an attribute '${printable(name)}' of numbers; texts are expected`);
    const count = shape === null ? 0 : sizeOf(shape);
    if (count > MAXIMUM_TEXTS || found.data + count * type.size > found.end)
      throw reader.refuse(found.data, `an attribute of ${count} texts does not fit its message; the file is damaged`);
    let bytes = 0;
    return Array.from({ length: count }, (_, i) => {
      const text = this.text(type, found.data + i * type.size);
      bytes += text.length;
      if (bytes > MAXIMUM_TEXT_BYTES)
        throw reader.refuse(found.data, `texts of more than ${MAXIMUM_TEXT_BYTES} bytes; the file is damaged`);
      return text;
    });
  }

  private text(type: Datatype, offset: number): string {
    const { reader } = this;
    if (type.kind === 'string') return reader.text(offset, type.size).trimEnd();
    const length = reader.u32(offset);
    if (length === 0) return '';
    return utf8Of(heapObject(reader, reader.u64(offset + 4), reader.u32(offset + 12), length));
  }

  /** The numbers of a dataset. */
  numbers(): Constant {
    const { reader } = this;
    const [typeAt, spaceAt, layoutAt] = [MESSAGE.datatype, MESSAGE.dataspace, MESSAGE.layout].map((type) => {
      const message = this.message(type);
      if (!message) throw this.refuse('is no dataset; the file is damaged');
      return message.offset;
    }) as [number, number, number];
    const type = readDatatype(reader, typeAt);
    const shape = readDataspace(reader, spaceAt) ?? [];
    if (type.kind !== 'number') throw this.refuse('holds texts, numbers are expected');
    const count = sizeOf(shape);
    if (!(count <= MAXIMUM_PARAMETERS))
      throw reader.refuse(spaceAt, `[${shape}] has more than ${MAXIMUM_PARAMETERS} numbers`);
    const { offset, size } = this.layout(layoutAt);
    if (size !== count * type.size)
      throw reader.refuse(
        layoutAt,
        `[${shape}] of ${type.dtype} takes ${count * type.size} bytes, ${size} are stored; the file is damaged`,
      );
    return readNumbers(reader, type.dtype, shape, reader.slice(offset, size, 'a dataset'), offset);
  }

  private layout(at: number): { offset: number; size: number } {
    const { reader } = this;
    const [version, kind] = [reader.u8(at), reader.u8(at + 1)];
    if (version !== 3 && version !== 4)
      throw reader.refuse(at, `data layout version ${version} is not supported; save the file again with h5py`);
    if (kind === 0) return { offset: at + 4, size: reader.u16(at + 2) };
    if (kind === 1) {
      const offset = reader.address(at + 2);
      const size = reader.u64(at + 10);
      if (offset === null && size > 0) throw this.refuse('was never written; save the model again');
      return { offset: offset ?? at, size };
    }
    throw this.refuse('is stored in chunks or compressed; save the model again without compression');
  }
}

/** Content of an object in a global heap collection (section III.E). */
function heapObject(reader: ByteReader, collection: number, index: number, length: number): Uint8Array {
  reader.signature(collection, 'GCOL');
  const end = collection + reader.u64(collection + 8);
  let at = collection + 16;
  for (let i = 0; i < MAXIMUM_TEXTS && at + 16 <= end; i++) {
    const [own, size] = [reader.u16(at), reader.u64(at + 8)];
    if (own === index) {
      if (length > size) throw reader.refuse(at, `a text of ${length} bytes in ${size}; the file is damaged`);
      return reader.slice(at + 16, length, 'a text');
    }
    if (own === 0) break;
    at += 16 + padded(size);
  }
  throw reader.refuse(collection, `the heap holds no object ${index}; the file is damaged`);
}

/**
 * The root group of an HDF5 file's bytes.
 * @throws FormatError naming file and offset
 */
export function openHdf5(bytes: Uint8Array, place: string): Hdf5Object {
  const reader = new ByteReader(bytes, place);
  if (!isHdf5(bytes)) throw reader.refuse(0, 'this is no HDF5 file');
  const version = reader.u8(8);
  if (version > 3) throw reader.refuse(8, `superblock version ${version}; the file is damaged or newer`);
  const old = version < 2;
  const sizes = old ? 13 : 9;
  if (reader.u8(sizes) !== 8 || reader.u8(sizes + 1) !== 8)
    throw reader.refuse(sizes, 'addresses of other than 8 bytes are not supported; save the file again with h5py');
  const begin = old ? (version === 0 ? 24 : 28) : 12;
  if (reader.u64(begin) !== 0) throw reader.refuse(begin, 'a file within another is not supported');
  const endAt = begin + 16;
  if (reader.u64(endAt) > bytes.length)
    throw reader.refuse(
      endAt,
      `the file should have ${reader.u64(endAt)} bytes, it has ${bytes.length}; it is truncated`,
    );
  const root = old ? reader.u64(begin + 40) : reader.u64(begin + 24);
  return new Hdf5Object(reader, '', root);
}
