/**
 * Reader of MATLAB 5 MAT-files (The MathWorks, "MAT-File Format", R2019b) as a stream: variables that nobody asks for are
 * passed over and the data of the others handed on in pieces, so memory does not grow with the file. Real numeric arrays
 * only, plain or compressed.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflate } from 'node:zlib';
import { FormatError } from '../base/errors.js';
import { openFileChecked } from '../base/files.js';
import { quoted } from '../base/text/printable.js';
import { ByteSource } from './byteSource.js';

const HEADER_BYTES = 128;
const [MATRIX, COMPRESSED] = [14, 15];
const [INT8, INT32, UINT32] = [1, 5, 6];
/** mxCHAR_CLASS 4 and mxDOUBLE_CLASS 6 to mxUINT64_CLASS 15; the numeric ones. */
const NUMERIC_CLASSES = { first: 6, last: 15 };
const COMPLEX = 0x800;
const MAXIMUM_DIMENSIONS = 8;
/** Elements of a file: each compressed one costs a stream. */
const MAXIMUM_ELEMENTS = 4096;
/** Bytes that all compressed elements of a file may unpack to: what is beyond is a bomb. */
const MAXIMUM_UNPACKED_BYTES = 2 ** 32;

/** How numbers are stored, by the data type's code. */
const STORAGE: Readonly<Record<number, { readonly name: string; readonly bytes: number }>> = {
  1: { name: 'int8', bytes: 1 },
  2: { name: 'uint8', bytes: 1 },
  3: { name: 'int16', bytes: 2 },
  4: { name: 'uint16', bytes: 2 },
  5: { name: 'int32', bytes: 4 },
  6: { name: 'uint32', bytes: 4 },
  7: { name: 'float32', bytes: 4 },
  9: { name: 'float64', bytes: 8 },
};

export interface MatVariable {
  readonly name: string;
  readonly dimensions: readonly number[];
  /** How the numbers lie in the file, first dimension fastest: 'uint8', 'float64', ... */
  readonly storage: string;
  readonly littleEndian: boolean;
}

/** Takes a variable's data, piece by piece. */
export type MatSink = (piece: Uint8Array) => unknown;

interface Tag {
  readonly type: number;
  readonly bytes: number;
  /** Data of the short form, which lie in the tag itself. */
  readonly inline: Uint8Array | null;
}

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

async function readTag(source: ByteSource, little: boolean): Promise<Tag> {
  const tag = await source.take(8, 'the tag of an element');
  const first = view(tag).getUint32(0, little);
  const short = first >>> 16;
  if (short === 0) return { type: first, bytes: view(tag).getUint32(4, little), inline: null };
  if (short > 4) {
    throw new FormatError(
      `${source.place}: offset ${source.offset - 8} announces ${short} bytes in a short element, which holds 4 at most; the file is damaged, fetch it again`,
    );
  }
  return { type: first & 0xffff, bytes: short, inline: tag.subarray(4, 4 + short) };
}

const padding = (bytes: number) => (8 - (bytes % 8)) % 8;

/** A small element of one of `types`. */
async function readSmall(source: ByteSource, little: boolean, type: number, what: string): Promise<Uint8Array> {
  const at = source.offset;
  const tag = await readTag(source, little);
  if (tag.type !== type) {
    throw new FormatError(
      `${source.place}: offset ${at} holds an element of type ${tag.type} where ${what} (type ${type}) must be; the file is damaged or not a numeric array`,
    );
  }
  if (tag.inline) return tag.inline;
  const content = await source.take(tag.bytes, what);
  await source.pass(padding(tag.bytes), `the padding of ${what}`);
  return content;
}

async function readDimensions(source: ByteSource, little: boolean): Promise<number[]> {
  const at = source.offset;
  const bytes = await readSmall(source, little, INT32, "an array's dimensions");
  const dimensions = Array.from({ length: bytes.length >> 2 }, (_, i) => view(bytes).getInt32(4 * i, little));
  const plausible =
    dimensions.length >= 2 && dimensions.length <= MAXIMUM_DIMENSIONS && dimensions.every((n) => n >= 0);
  if (bytes.length % 4 !== 0 || !plausible) {
    throw new FormatError(
      `${source.place}: offset ${at} announces the dimensions ${dimensions.join(' x ') || '(none)'}; 2 to ${MAXIMUM_DIMENSIONS} numbers from 0 on are possible, so the file is damaged`,
    );
  }
  return dimensions;
}

/** An array after its tag: flags, dimensions, name, real part. */
async function readMatrix(
  source: ByteSource,
  little: boolean,
  bytes: number,
  onVariable: (variable: MatVariable) => MatSink | null,
): Promise<void> {
  const end = source.offset + bytes;
  const flags = await readSmall(source, little, UINT32, "an array's flags");
  const word = flags.length === 8 ? view(flags).getUint32(0, little) : 0;
  const numeric = (word & 0xff) >= NUMERIC_CLASSES.first && (word & 0xff) <= NUMERIC_CLASSES.last;
  const skip = () => source.pass(end - source.offset, 'an array');
  if (flags.length !== 8) {
    throw new FormatError(
      `${source.place}: an array's flags have ${flags.length} bytes, expected 8; the file is damaged`,
    );
  }
  if (!numeric || (word & COMPLEX) !== 0) return skip();
  const dimensions = await readDimensions(source, little);
  const name = Buffer.from(await readSmall(source, little, INT8, "an array's name")).toString('latin1');
  const at = source.offset;
  const tag = await readTag(source, little);
  const storage = STORAGE[tag.type];
  const expected = dimensions.reduce((product, n) => product * n, storage?.bytes ?? 1);
  if (!storage || tag.bytes !== expected || source.offset + (tag.inline ? 0 : tag.bytes) > end) {
    throw new FormatError(
      `${source.place}: offset ${at} announces ${tag.bytes} bytes of type ${tag.type} for array ${quoted(name)} of ${dimensions.join(' x ')}${storage ? `, which has ${expected}` : ''}; the file is damaged or of a kind that cannot be read`,
    );
  }
  const sink = onVariable({ name, dimensions, storage: storage.name, littleEndian: little }) ?? undefined;
  if (tag.inline) sink?.(tag.inline);
  else await source.pass(tag.bytes, `array ${quoted(name)}`, sink);
  await skip();
}

/**
 * An inflated element, which must be one array and nothing else.
 * @param left bytes that it may have
 * @returns those that it has
 */
async function readInflated(
  inner: ByteSource,
  little: boolean,
  left: number,
  onVariable: (variable: MatVariable) => MatSink | null,
): Promise<number> {
  const { place } = inner;
  const { type, bytes } = await readTag(inner, little);
  if (type !== MATRIX)
    throw new FormatError(
      `${place}: holds an element of type ${type}, expected an array (${MATRIX}); the file is damaged`,
    );
  if (bytes > left) {
    throw new FormatError(
      `${place}: announces an array of ${bytes} bytes, with those before it more than the ${MAXIMUM_UNPACKED_BYTES} that a file may unpack to; name another file`,
    );
  }
  await readMatrix(inner, little, bytes, onVariable);
  // Reads the checksum behind the data.
  if (!(await inner.atEnd())) throw new FormatError(`${place}: holds more than its array; the file is damaged`);
  return inner.offset;
}

/**
 * A compressed element: one array, deflated.
 * @param left bytes that it may unpack to
 * @returns those that it did
 */
async function readCompressed(
  source: ByteSource,
  little: boolean,
  bytes: number,
  left: number,
  onVariable: (variable: MatVariable) => MatSink | null,
): Promise<number> {
  const place = `${source.place}, compressed element at ${source.offset - 8}`;
  const inflate = createInflate({ chunkSize: 1 << 16 });
  const feeding = pipeline(Readable.from(source.pieces(bytes, 'a compressed element')), inflate);
  // Errors of the feeding come out where the inflated bytes are read.
  feeding.catch(() => undefined);
  try {
    const unpacked = await readInflated(new ByteSource(inflate, place), little, left, onVariable);
    // The stream ends where its checksum does, whatever is fed to it after that.
    const behind = bytes - inflate.bytesWritten;
    if (behind !== 0) {
      throw new FormatError(
        `${place}: ${behind} of its ${bytes} bytes follow the end of the compressed data; the file is damaged, fetch it again`,
      );
    }
    await feeding;
    return unpacked;
  } catch (error) {
    inflate.destroy();
    await feeding.catch(() => undefined);
    const { code, name, message } = error as NodeJS.ErrnoException;
    const isOfStream = code?.startsWith('Z_') || code?.startsWith('ERR_STREAM') || name === 'AbortError';
    if (!isOfStream) throw error;
    throw new FormatError(`${place}: the compressed data are damaged (${message}); fetch the file again`, {
      cause: error,
    });
  }
}

async function readHeader(source: ByteSource): Promise<boolean> {
  const header = await source.take(HEADER_BYTES, 'the 128-byte header');
  const mark = Buffer.from(header.subarray(126)).toString('latin1');
  const little = mark === 'IM';
  if (!little && mark !== 'MI') {
    throw new FormatError(
      `${source.place}: offset 126 holds no byte-order mark 'IM' or 'MI'; this is no MATLAB 5 file (version 7.3 files are HDF5: save with -v7)`,
    );
  }
  const version = view(header).getUint16(124, little);
  if (version !== 0x0100)
    throw new FormatError(
      `${source.place}: offset 124 holds version 0x${version.toString(16)}, expected 0x100 (MATLAB 5); save with -v7`,
    );
  return little;
}

/**
 * Reads the MAT-file at `path`, a regular file.
 * @param onVariable called for every real numeric array, in the file's order; what it returns takes the data
 * @param onChunk sees all bytes of the file as they are read, for checksums
 * @throws FormatError naming file and offset
 */
export async function readMat(
  path: string,
  onVariable: (variable: MatVariable) => MatSink | null,
  onChunk: (chunk: Uint8Array) => void = () => {},
): Promise<void> {
  const { handle } = await openFileChecked(path, FormatError, 'MAT-file');
  const stream = handle.createReadStream({ highWaterMark: 1 << 18 });
  async function* seen(): AsyncGenerator<Uint8Array> {
    for await (const chunk of stream) {
      onChunk(chunk as Uint8Array);
      yield chunk as Uint8Array;
    }
  }
  const source = new ByteSource(seen(), path);
  try {
    const little = await readHeader(source);
    let left = MAXIMUM_UNPACKED_BYTES;
    for (let elements = 0; !(await source.atEnd()); elements++) {
      const at = source.offset;
      if (elements === MAXIMUM_ELEMENTS) {
        throw new FormatError(
          `${path}: holds more than ${MAXIMUM_ELEMENTS} elements, the next at offset ${at}; name a file of fewer`,
        );
      }
      const tag = await readTag(source, little);
      if (tag.type === COMPRESSED) left -= await readCompressed(source, little, tag.bytes, left, onVariable);
      else if (tag.type === MATRIX) {
        const begin = source.offset;
        await readMatrix(source, little, tag.bytes, onVariable);
        if (source.offset !== begin + tag.bytes)
          throw new FormatError(`${path}: the array at offset ${at} is longer than its tag says; the file is damaged`);
      } else {
        throw new FormatError(
          `${path}: offset ${at} holds an element of type ${tag.type}, expected an array (${MATRIX} or ${COMPRESSED}); the file is damaged`,
        );
      }
    }
  } finally {
    stream.destroy();
  }
}
