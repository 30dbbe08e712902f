/** HDF5 object headers: the messages that describe a group or dataset (format specification 3.0, section IV.A). */
import type { ByteReader } from './byteReader.js';

export const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  link: 0x06,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

export interface Message {
  readonly type: number;
  readonly flags: number;
  /** Where its content begins. */
  readonly offset: number;
  readonly size: number;
}

/** More than any real object has; the blocks of a hostile one could go in a circle. */
const MAXIMUM_MESSAGES = 65_536;

interface Block {
  readonly offset: number;
  readonly size: number;
}

/** The messages of the object at `address`. */
export function readMessages(reader: ByteReader, address: number): readonly Message[] {
  const version = reader.u8(address);
  return version === 1 ? firstVersion(reader, address) : secondVersion(reader, address);
}

function collect(
  reader: ByteReader,
  first: Block,
  messageHeader: number,
  parse: (at: number) => Omit<Message, 'offset'>,
  open: (block: Block) => Block,
): readonly Message[] {
  const messages: Message[] = [];
  const seen = new Set<number>();
  const blocks = [first];
  for (let block = blocks.shift(); block; block = blocks.shift()) {
    if (seen.has(block.offset))
      throw reader.refuse(block.offset, 'the blocks of an object go in a circle; the file is damaged');
    seen.add(block.offset);
    reader.slice(block.offset, block.size, 'a block of an object header');
    const end = block.offset + block.size;
    let at = block.offset;
    while (at + messageHeader <= end) {
      const { type, flags, size } = parse(at);
      const offset = at + messageHeader;
      if (offset + size > end)
        throw reader.refuse(at, `a message of ${size} bytes does not fit its block; the file is damaged`);
      if (type === MESSAGE.continuation)
        blocks.push(open({ offset: reader.u64(offset), size: reader.u64(offset + 8) }));
      else messages.push({ type, flags, offset, size });
      if (messages.length + blocks.length > MAXIMUM_MESSAGES)
        throw reader.refuse(at, `an object has more than ${MAXIMUM_MESSAGES} messages; the file is damaged`);
      at = offset + size;
    }
  }
  return messages;
}

function firstVersion(reader: ByteReader, address: number): readonly Message[] {
  const first = { offset: address + 16, size: reader.u32(address + 8) };
  const parse = (at: number) => ({ type: reader.u16(at), size: reader.u16(at + 2), flags: reader.u8(at + 4) });
  return collect(reader, first, 8, parse, (block) => block);
}

function secondVersion(reader: ByteReader, address: number): readonly Message[] {
  reader.signature(address, 'OHDR');
  const [version, flags] = [reader.u8(address + 4), reader.u8(address + 5)];
  if (version !== 2) throw reader.refuse(address + 4, `object header version ${version}; the file is damaged or newer`);
  const width = 1 << (flags & 3);
  const sizeAt = address + 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0);
  const size = [reader.u8, reader.u16, reader.u32, reader.u64][flags & 3]!.call(reader, sizeAt);
  const ordered = flags & 4 ? 2 : 0;
  const parse = (at: number) => ({ type: reader.u8(at), size: reader.u16(at + 1), flags: reader.u8(at + 3) });
  return collect(reader, { offset: sizeAt + width, size }, 4 + ordered, parse, (block) => {
    reader.signature(block.offset, 'OCHK');
    if (block.size < 8) throw reader.refuse(block.offset, `a block of ${block.size} bytes; the file is damaged`);
    return { offset: block.offset + 4, size: block.size - 8 };
  });
}
