/**
 * A record: one JSON object in a file, `{"schema":"sonic-record/1","kind":KIND,"sha256":HASH,"content":CONTENT}` and a line
 * break, with the SHA-256 of CONTENT's bytes. Nothing else is accepted, so that a flipped bit or a cut anywhere shows.
 */
import { sha256Hex } from '../../base/files.js';
import { decodeNotFinite, encodeNotFinite } from '../../base/text/notFinite.js';

export type RecordKind = 'trial' | 'block' | 'sweep';

const HASH_LENGTH = 64;
const END = '}\n';
const startOf = (kind: RecordKind) => `{"schema":"sonic-record/1","kind":"${kind}","sha256":"`;
const BETWEEN = '","content":';

export function encodeRecord(kind: RecordKind, content: unknown): string {
  const text = JSON.stringify(content, (_, member) => encodeNotFinite(member));
  return `${startOf(kind)}${sha256Hex(text)}${BETWEEN}${text}${END}`;
}

export type Decoded = { readonly content: unknown } | { readonly problem: string };

/** The content of a record, every number bit for bit as it was, or what is wrong with the bytes. */
export function decodeRecord(kind: RecordKind, bytes: Uint8Array): Decoded {
  if (bytes.length === 0) return { problem: 'it is empty' };
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const [start, hashStart] = [startOf(kind), startOf(kind).length];
  const contentStart = hashStart + HASH_LENGTH + BETWEEN.length;
  const contentEnd = buffer.length - END.length;
  if (buffer.toString('latin1', 0, hashStart) !== start.slice(0, buffer.length)) {
    return { problem: `it does not begin as a record of a ${kind}` };
  }
  if (contentEnd < contentStart || buffer.toString('latin1', contentEnd) !== END) return { problem: 'it is cut off' };
  const hash = buffer.toString('latin1', hashStart, hashStart + HASH_LENGTH);
  const content = buffer.subarray(contentStart, contentEnd);
  if (buffer.toString('latin1', hashStart + HASH_LENGTH, contentStart) !== BETWEEN || sha256Hex(content) !== hash) {
    return { problem: 'its content does not match its checksum' };
  }
  const text = content.toString('utf8');
  try {
    return {
      content: text.includes('"$number"') ? JSON.parse(text, (_, member) => decodeNotFinite(member)) : JSON.parse(text),
    };
  } catch {
    return { problem: 'its content is not JSON' };
  }
}
