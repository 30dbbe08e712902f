/**
 * JSON from a file that may be hostile: what JSON.parse lets pass (one key given twice, nesting without end, text that is
 * not UTF-8) is an error here, and the places of the keys are kept for messages about their values. Why not a library:
 * docs/decisions/strict-json.md.
 */
import { firstIndex } from '../bisection.js';
import { FormatError, type SonicErrorClass } from '../errors.js';
import { readFileChecked } from '../files.js';
import { printable, quoted } from '../text/printable.js';
import { MACHINE_WRITTEN, type Origin } from './tree.js';

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
  readonly maximumDepth?: number;
  /** Values altogether. */
  readonly maximumNodes?: number;
  /** The text is all of the file: messages need no offset of it. */
  readonly isWholeFile?: boolean;
  /** Default FormatError. */
  readonly ErrorClass?: SonicErrorClass;
}

const [QUOTE, BACKSLASH, COLON, COMMA, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [...'"\\:,{}[]'].map(
  (c) => c.charCodeAt(0),
);
const isSpace = (byte: number | undefined) => byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;

/** Index just after the string that opens at `start`; the text's end if it never closes. */
function stringEnd(bytes: Uint8Array, start: number): number {
  let i = start + 1;
  while (i < bytes.length && bytes[i] !== QUOTE) i += bytes[i] === BACKSLASH ? 2 : 1;
  return Math.min(i + 1, bytes.length);
}

/** Walks the brackets and keys; what is not JSON at all is left to JSON.parse. */
function checkStructure(bytes: Uint8Array, options: StrictJsonOptions): Map<string, number> {
  const { place, offset = 0, ErrorClass = FormatError } = options;
  const { maximumDepth, maximumNodes } = { ...MACHINE_WRITTEN, ...options };
  const refuse = (i: number, problem: string) => new ErrorClass(`${place}: offset ${offset + i} ${problem}`);
  const keyOffsets = new Map<string, number>();
  // The keys of each open bracket; arrays have none.
  const open: (Set<string> | null)[] = [];
  // Each list and map, and each comma: as many as there are values, or more.
  let nodes = 1;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET || byte === COMMA) {
      if (++nodes > maximumNodes)
        throw refuse(i, `is beyond ${maximumNodes} values, more than are read; the file is damaged or hostile`);
      if (byte === COMMA) continue;
      open.push(byte === OPEN_BRACE ? new Set() : null);
      if (open.length > maximumDepth)
        throw refuse(i, `nests more than ${maximumDepth} deep; the file is damaged or hostile`);
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      open.pop();
    } else if (byte === QUOTE) {
      const end = stringEnd(bytes, i);
      let next = end;
      while (isSpace(bytes[next])) next++;
      const keys = open.at(-1);
      if (bytes[next] === COLON && keys) {
        const key = decodeKey(bytes.subarray(i, end));
        if (keys.has(key)) throw refuse(i, `gives the key ${quoted(key)} a second time; write it once`);
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
  const text = new TextDecoder().decode(quoted);
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}

/** The place that JSON.parse stops at, which its message names for long texts only; null where the text is JSON. */
function stopsAt(text: string): number | 'somewhere' | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    const { message } = error as Error;
    if (/^(Unterminated|Unexpected end)/.test(message)) return text.length;
    const place = /at position (\d+)/.exec(message)?.[1];
    return place === undefined ? 'somewhere' : Number(place);
  }
}

/** Index of the character that a text breaks at, its length where it only ends too early. */
function brokenAt(text: string): number {
  const place = stopsAt(text);
  if (typeof place === 'number') return place;
  // What ends before that character is unfinished, what has it is wrong.
  return firstIndex(text.length, (at) => {
    const stop = stopsAt(text.slice(0, at + 1));
    return stop === 'somewhere' || (stop !== null && stop <= at);
  });
}

/**
 * The value of a JSON text.
 * @throws ErrorClass naming place and offset if it is not JSON, not UTF-8, nests too deep, holds too much or repeats a key
 */
export function parseStrictJson(bytes: Uint8Array, options: StrictJsonOptions): StrictJson {
  const { place, offset = 0, ErrorClass = FormatError } = options;
  const refuse = (part: string, whole: string) => {
    const what = options.isWholeFile ? `not JSON: ${whole}` : `the ${bytes.length} bytes from offset ${offset} ${part}`;
    return new ErrorClass(`${place}: ${what}; the file is damaged`);
  };
  const keyOffsets = checkStructure(bytes, options);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refuse('are not UTF-8', 'the text is not UTF-8');
  }
  try {
    return { value: JSON.parse(text), keyOffsets };
  } catch (error) {
    const at = brokenAt(text);
    if (text.slice(at).trim() === '') {
      const begins = offset === 0 ? '' : ` that begins at offset ${offset}`;
      const problem = `the JSON${begins} ends here, unfinished; the file is truncated or damaged`;
      throw new ErrorClass(`${place}: offset ${offset + bytes.length}: ${problem}`);
    }
    const detail = printable((error as Error).message);
    if (options.isWholeFile) throw refuse('', detail);
    const broken = offset + new TextEncoder().encode(text.slice(0, at)).length;
    throw new ErrorClass(`${place}: offset ${broken}: not JSON (${detail}); the file is damaged`);
  }
}

/**
 * The value of a JSON file that a program wrote.
 * @param what what the file is to the user ('result').
 * @throws ErrorClass as `parseStrictJson`, or if the file cannot be read or is larger than `maximumBytes`.
 */
export async function readJson(file: string, what: string, origin: Origin, maximumBytes: number): Promise<unknown> {
  const bytes = await readFileChecked(file, origin.ErrorClass, what, maximumBytes);
  return parseStrictJson(bytes, { ...origin, isWholeFile: true }).value;
}
