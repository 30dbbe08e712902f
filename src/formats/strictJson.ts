/**
 * JSON from a file that may be hostile: what JSON.parse lets pass (one key given twice, nesting without end, text that is
 * not UTF-8) is an error here, and the places of the keys are kept for messages about their values.
 */
import { FormatError } from '../errors.js';
import { printable } from './printable.js';

export interface StrictJson {
  readonly value: unknown;
  /** Byte offset, in the file, of each key of the outermost object. */
  readonly keyOffsets: ReadonlyMap<string, number>;
}

export interface StrictJsonOptions {
  /** What the text is, with the file's name, for messages. */
  readonly place: string;
  /** Byte offset of the text in its file. */
  readonly offset?: number;
  /** Brackets that may be open at once. */
  readonly maximumDepth: number;
}

const [QUOTE, BACKSLASH, COLON, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [...'"\\:{}[]'].map((c) =>
  c.charCodeAt(0),
);
const isSpace = (byte: number | undefined) => byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;

/** Index just after the string that opens at `start`; the text's end if it never closes. */
function stringEnd(bytes: Uint8Array, start: number): number {
  let i = start + 1;
  while (i < bytes.length && bytes[i] !== QUOTE) i += bytes[i] === BACKSLASH ? 2 : 1;
  return Math.min(i + 1, bytes.length);
}

/** Walks the brackets and keys; what is not JSON at all is left to JSON.parse. */
function checkStructure(
  bytes: Uint8Array,
  { place, offset = 0, maximumDepth }: StrictJsonOptions,
): Map<string, number> {
  const keyOffsets = new Map<string, number>();
  // One set of keys per open bracket; arrays keep theirs empty.
  const open: Set<string>[] = [];
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      open.push(new Set());
      if (open.length > maximumDepth) {
        throw new FormatError(
          `${place}: offset ${offset + i} nests more than ${maximumDepth} deep; the file is damaged or hostile`,
        );
      }
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      open.pop();
    } else if (byte === QUOTE) {
      const end = stringEnd(bytes, i);
      let next = end;
      while (isSpace(bytes[next])) next++;
      const keys = open.at(-1);
      if (bytes[next] === COLON && keys) {
        const key = decodeKey(bytes.subarray(i, end));
        if (keys.has(key)) {
          throw new FormatError(
            `${place}: offset ${offset + i} gives the key '${printable(key)}' a second time; write it once`,
          );
        }
        keys.add(key);
        if (open.length === 1) keyOffsets.set(key, offset + i);
      }
      i = end - 1;
    }
  }
  return keyOffsets;
}

/** A key without quotes and escapes; the raw text where it is no JSON string (JSON.parse will say so). */
function decodeKey(quoted: Uint8Array): string {
  const text = Buffer.from(quoted.buffer, quoted.byteOffset, quoted.length).toString('utf8');
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}

/**
 * The value of a JSON text.
 * @throws FormatError naming place and offset if it is not JSON, not UTF-8, nests too deep or repeats a key
 */
export function parseStrictJson(bytes: Uint8Array, options: StrictJsonOptions): StrictJson {
  const { place, offset = 0 } = options;
  const keyOffsets = checkStructure(bytes, options);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FormatError(
      `${place}: the ${bytes.length} bytes from offset ${offset} are not UTF-8; the file is damaged`,
    );
  }
  try {
    return { value: JSON.parse(text), keyOffsets };
  } catch (error) {
    const detail = printable((error as Error).message);
    throw new FormatError(
      `${place}: the ${bytes.length} bytes from offset ${offset} are not JSON (${detail}); the file is damaged`,
    );
  }
}
