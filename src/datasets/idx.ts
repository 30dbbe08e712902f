/**
 * Reader of idx files, the container of MNIST (http://yann.lecun.com/exdb/mnist, "file format"): two zero bytes, a type
 * byte, the number of dimensions, each dimension as a big-endian u32, then the data. Plain or gzip. Every number in the
 * file is checked before it sizes anything.
 */

import { constants, createGunzip, gunzipSync } from 'node:zlib';
import { sizeOf } from '../base/batch.js';
import { FormatError } from '../base/errors.js';

export interface IdxArray {
  readonly dimensions: readonly number[];
  /** Row-major, product of `dimensions` bytes. */
  readonly data: Uint8Array;
}

/** No idx file may hold more: ten times MNIST's training split and then some. */
export const MAXIMUM_IDX_BYTES = 2 ** 30;

const UBYTE = 0x08;
const OTHER_TYPES: Record<number, string> = { 9: 'int8', 11: 'int16', 12: 'int32', 13: 'float32', 14: 'float64' };
/** Deflate cannot do better than 258 bytes in 2 bits (RFC 1951), so 1032 : 1. */
const MAXIMUM_DEFLATE_RATIO = 1032;

/** Memory that is taken at once for what a header announces. */
const LARGEST_CHUNK_BYTES = 2 ** 26;

const hex = (byte: number) => `0x${byte.toString(16).padStart(2, '0')}`;

/** Header length in bytes for `rank` dimensions. */
const headerBytes = (rank: number) => 4 + 4 * rank;

/** Checks the header that `bytes` begin with; the dimensions it announces. */
function parseHeader(bytes: Uint8Array, rank: number, place: string): readonly number[] {
  const length = headerBytes(rank);
  if (bytes.length < length) {
    throw new FormatError(
      `${place}: ends at offset ${bytes.length} within the ${length}-byte idx header; the file is truncated, fetch it again`,
    );
  }
  if (bytes[0] !== 0 || bytes[1] !== 0) {
    throw new FormatError(
      `${place}: offset 0 holds ${hex(bytes[0]!)} ${hex(bytes[1]!)} where an idx file has two zero bytes; name an idx file`,
    );
  }
  if (bytes[2] !== UBYTE) {
    const type = OTHER_TYPES[bytes[2]!] ?? 'no idx type';
    throw new FormatError(
      `${place}: offset 2 holds type ${hex(bytes[2]!)} (${type}), expected 0x08 (uint8); convert the file`,
    );
  }
  if (bytes[3] !== rank) {
    throw new FormatError(
      `${place}: offset 3 announces ${bytes[3]} dimensions, expected ${rank}; images (idx3) and labels (idx1) may be exchanged`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  return Array.from({ length: rank }, (_, axis) => {
    const offset = 4 + 4 * axis;
    const size = view.getUint32(offset);
    if (size === 0)
      throw new FormatError(`${place}: offset ${offset} announces dimension ${axis} of size 0; the file holds no data`);
    return size;
  });
}

/** Size in bytes of the file that a header announces, checked against the bound. */
function announcedBytes(dimensions: readonly number[], place: string): number {
  const total = sizeOf(dimensions) + headerBytes(dimensions.length);
  if (total > MAXIMUM_IDX_BYTES) {
    throw new FormatError(
      `${place}: offset 4 announces ${dimensions.join(' x ')} values, more than the ${MAXIMUM_IDX_BYTES} bytes an idx file may hold; the header is damaged or the file must be split`,
    );
  }
  return total;
}

/** The content of an uncompressed idx file of `rank` dimensions of uint8; `place` names it in errors. */
function parseIdx(bytes: Uint8Array, rank: 1 | 3, place: string): IdxArray {
  const dimensions = parseHeader(bytes, rank, place);
  const total = announcedBytes(dimensions, place);
  if (bytes.length !== total) {
    const problem =
      bytes.length < total ? 'the file is truncated, fetch it again' : `${bytes.length - total} bytes too many`;
    throw new FormatError(
      `${place}: the header announces ${dimensions.join(' x ')} values, so an end at offset ${total}, but it ends at ${bytes.length}: ${problem}`,
    );
  }
  return { dimensions, data: bytes.subarray(headerBytes(rank)) };
}

function gzipError(error: unknown, place: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'Z_BUF_ERROR') return new FormatError(`${place}: the gzip stream is truncated; fetch the file again`);
  if (code?.startsWith('Z_'))
    return new FormatError(`${place}: the gzip stream is damaged (${message}); fetch the file again`);
  return error;
}

/** The first `length` bytes of a gzip stream (fewer if it is shorter), inflating hardly more than those. */
async function inflateStart(compressed: Uint8Array, length: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let received = 0;
  const gunzip = createGunzip({ chunkSize: 64 });
  gunzip.end(compressed);
  for await (const chunk of gunzip) {
    chunks.push(chunk as Uint8Array);
    received += (chunk as Uint8Array).length;
    if (received >= length) break;
  }
  return Buffer.concat(chunks).subarray(0, length);
}

/** The idx header decides how much may be inflated: a bomb is refused at the first byte beyond what it announces. */
async function inflate(compressed: Uint8Array, rank: number, place: string): Promise<Uint8Array> {
  try {
    const start = await inflateStart(compressed, headerBytes(rank));
    const total = announcedBytes(parseHeader(start, rank, place), place);
    if (total > compressed.length * MAXIMUM_DEFLATE_RATIO) {
      throw new FormatError(
        `${place}: offset 4 announces ${total} bytes, more than ${compressed.length} compressed bytes can hold; the file is truncated or damaged, fetch it again`,
      );
    }
    // Chunks as large as need be: what comes in many small ones is copied once more.
    const chunkSize = Math.min(Math.max(total, 64), LARGEST_CHUNK_BYTES);
    const content = gunzipSync(compressed, { maxOutputLength: total, chunkSize, info: true }) as unknown as {
      buffer: Uint8Array;
      engine: { bytesWritten: number };
    };
    const consumed = content.engine.bytesWritten;
    if (consumed !== compressed.length) {
      throw new FormatError(
        `${place}: ${compressed.length - consumed} bytes follow the gzip stream's end at offset ${consumed}; cut them off`,
      );
    }
    return content.buffer;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new FormatError(
        `${place}: inflates to more than its idx header announces; the file is damaged, fetch it again`,
      );
    }
    throw gzipError(error, place);
  }
}

/** Deflate stores what it cannot compress in blocks, each with 5 bytes more (RFC 1951); gzip's header names a file. */
const mostCompressed = (bytes: number) => bytes + 5 * Math.ceil(bytes / 2 ** 10) + 2 ** 12;

/**
 * The first `items` of an idx file that is known to be sound (a bundled one, by its checksums): nothing is inflated that
 * lies far behind them. All of it where there are not more.
 * @throws FormatError as `decodeIdx`
 */
export async function decodeIdxStart(bytes: Uint8Array, rank: 1 | 3, place: string, items: number): Promise<IdxArray> {
  const [count, ...shape] = await idxDimensions(bytes, rank, place);
  if (items >= count! || !isGzip(bytes)) return decodeIdx(bytes, rank, place);
  const [from, size] = [headerBytes(rank), items * sizeOf(shape)];
  const start = gunzipSync(bytes.subarray(0, mostCompressed(from + size)), { finishFlush: constants.Z_SYNC_FLUSH });
  return { dimensions: [items, ...shape], data: start.subarray(from, from + size) };
}

const isGzip = (bytes: Uint8Array) => bytes[0] === 0x1f && bytes[1] === 0x8b;

/**
 * The dimensions that an idx file's bytes announce, plain or gzip, without unpacking the rest.
 * @throws FormatError as `decodeIdx`
 */
export async function idxDimensions(bytes: Uint8Array, rank: 1 | 3, place: string): Promise<readonly number[]> {
  try {
    const dimensions = parseHeader(isGzip(bytes) ? await inflateStart(bytes, headerBytes(rank)) : bytes, rank, place);
    announcedBytes(dimensions, place);
    return dimensions;
  } catch (error) {
    throw gzipError(error, place);
  }
}

/**
 * The content of an idx file's bytes, plain or gzip (told by content, not by name). Offsets in errors count in the
 * inflated file unless they speak of the gzip stream.
 * @throws FormatError naming `place`, offset and value
 */
export async function decodeIdx(bytes: Uint8Array, rank: 1 | 3, place: string): Promise<IdxArray> {
  return parseIdx(isGzip(bytes) ? await inflate(bytes, rank, place) : bytes, rank, place);
}
