/**
 * The safetensors container (https://huggingface.co/docs/safetensors, "Format"): u64 little-endian header length, a JSON
 * header {name: {dtype, shape, data_offsets}, __metadata__: {string: string}}, the tensors' bytes without gaps.
 * Nothing the header says is used before it is checked; no data is copied while reading.
 */
import { FormatError, SonicError } from '../../base/errors.js';
import { parseStrictJson } from '../../base/input/jsonText.js';
import { printable, printableValue } from '../../base/text/printable.js';
import { DTYPE_BYTES, type Dtype, isDtype, type StoredTensor, type TensorData } from './dtypes.js';

export type { StoredTensor, TensorData } from './dtypes.js';

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** As the reference implementation: a longer header is refused. */
export const MAXIMUM_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;
const METADATA = '__metadata__';
/** {name: {shape: [..]}}. */
const HEADER_DEPTH = 3;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** Length of the JSON header, checked against the file. */
function headerLength(bytes: Uint8Array, place: string): number {
  if (bytes.length < LENGTH_BYTES) {
    throw new FormatError(
      `${place}: ends at offset ${bytes.length}, before the 8-byte header length; the file is truncated`,
    );
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(MAXIMUM_HEADER_BYTES)) {
    throw new FormatError(
      `${place}: offset 0 announces a header of ${length} bytes, at most ${MAXIMUM_HEADER_BYTES} are allowed; this is no safetensors file`,
    );
  }
  if (length > BigInt(bytes.length - LENGTH_BYTES)) {
    throw new FormatError(
      `${place}: offset 0 announces a header of ${length} bytes, but only ${bytes.length - LENGTH_BYTES} follow; the file is truncated or no safetensors file`,
    );
  }
  return Number(length);
}

function parseMetadata(value: unknown, place: string): Map<string, string> {
  if (value === undefined) return new Map();
  if (!isObject(value)) throw new FormatError(`${place} is ${printableValue(value)}, expected an object of strings`);
  return new Map(
    Object.entries(value).map(([key, text]) => {
      if (typeof text !== 'string')
        throw new FormatError(`${place}: '${printable(key)}' is ${printableValue(text)}, expected a string`);
      return [key, text];
    }),
  );
}

interface Entry {
  readonly name: string;
  readonly place: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** One tensor's entry of the header, its numbers consistent with each other and with `dataBytes`. */
function parseEntry(name: string, value: unknown, dataBytes: number, place: string): Entry {
  const refuse = (what: string) => new FormatError(`${place}: ${what}`);
  if (!isObject(value)) throw refuse(`is ${printableValue(value)}, expected {dtype, shape, data_offsets}`);
  const unknown = Object.keys(value).find((key) => !['dtype', 'shape', 'data_offsets'].includes(key));
  if (unknown !== undefined)
    throw refuse(`unknown key '${printable(unknown)}', expected dtype, shape and data_offsets`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isDtype(dtype))
    throw refuse(`dtype is ${printableValue(dtype)}, expected one of ${Object.keys(DTYPE_BYTES).join(', ')}`);
  if (!Array.isArray(shape) || !shape.every(isSize))
    throw refuse(`shape is ${printableValue(shape)}, expected a list of sizes`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
    throw refuse(`data_offsets is ${printableValue(offsets)}, expected [begin, end]`);
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > dataBytes) {
    throw refuse(
      `data_offsets [${begin}, ${end}] do not lie in the file's ${dataBytes} data bytes; the file is truncated or damaged`,
    );
  }
  let bytes = DTYPE_BYTES[dtype];
  for (const size of shape as number[]) {
    bytes *= size;
    if (!Number.isSafeInteger(bytes))
      throw refuse(`shape ${printableValue(shape)} has too many elements; the file is damaged`);
  }
  if (bytes !== end - begin) {
    throw refuse(
      `shape ${printableValue(shape)} of ${dtype} takes ${bytes} bytes, data_offsets [${begin}, ${end}] give ${end - begin}; the file is damaged`,
    );
  }
  return { name, place, dtype, shape: shape as number[], begin, end };
}

/** The tensors must cover the data exactly once: no overlap, no gap, nothing behind the last. */
function checkCoverage(entries: readonly Entry[], dataBytes: number, place: string): void {
  const ordered = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const entry of ordered) {
    if (entry.begin !== covered) {
      const problem = entry.begin < covered ? 'overlaps the tensor before it' : 'leaves a gap before it';
      throw new FormatError(
        `${entry.place}: begins at data offset ${entry.begin}, expected ${covered}: it ${problem}; the file is damaged`,
      );
    }
    covered = entry.end;
  }
  if (covered !== dataBytes) {
    throw new FormatError(
      `${place}: ${dataBytes - covered} bytes belong to no tensor from data offset ${covered} on; the file is damaged`,
    );
  }
}

/**
 * Reads a safetensors file's bytes; `place` is the file's name for messages. The tensors' data are views of `bytes`.
 * @throws FormatError naming the file, the offset of the header entry and the offending value
 */
export function parseSafetensors(bytes: Uint8Array, place: string): Safetensors {
  const length = headerLength(bytes, place);
  const header = bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
  const { value, keyOffsets } = parseStrictJson(header, {
    place: `${place}: header`,
    offset: LENGTH_BYTES,
    maximumDepth: HEADER_DEPTH,
  });
  if (!isObject(value))
    throw new FormatError(
      `${place}: offset ${LENGTH_BYTES} holds ${printableValue(value)}, expected a JSON object of tensors`,
    );
  const dataStart = LENGTH_BYTES + length;
  const dataBytes = bytes.length - dataStart;
  const at = (key: string) =>
    `${place}: offset ${keyOffsets.get(key)}: ${key === METADATA ? METADATA : `tensor '${printable(key)}'`}`;
  const entries = Object.entries(value)
    .filter(([name]) => name !== METADATA)
    .map(([name, entry]) => parseEntry(name, entry, dataBytes, at(name)));
  checkCoverage(entries, dataBytes, place);
  const tensors = new Map(
    entries.map(({ name, dtype, shape, begin, end }) => [
      name,
      { dtype, shape, data: bytes.subarray(dataStart + begin, dataStart + end), offset: dataStart + begin },
    ]),
  );
  const metadata = Object.hasOwn(value, METADATA)
    ? parseMetadata(value[METADATA], at(METADATA))
    : new Map<string, string>();
  return { tensors, metadata };
}

/** Wide types first, so that every tensor is aligned to its own size; then by name. As the reference implementation. */
function storageOrder(tensors: ReadonlyMap<string, TensorData>): [string, TensorData][] {
  return [...tensors].sort(
    ([a, x], [b, y]) => DTYPE_BYTES[y.dtype] - DTYPE_BYTES[x.dtype] || (a < b ? -1 : a > b ? 1 : 0),
  );
}

/**
 * The bytes of a safetensors file; the same tensors and metadata give the same bytes, whatever their order.
 * @throws SonicError if a tensor's data do not fit its shape
 */
export function serialiseSafetensors(
  tensors: ReadonlyMap<string, TensorData>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const ordered = storageOrder(tensors);
  const keys = Object.keys(metadata).sort();
  const header = new Map<string, unknown>();
  if (keys.length > 0) header.set(METADATA, Object.fromEntries(keys.map((key) => [key, metadata[key]])));
  let end = 0;
  for (const [name, { dtype, shape, data }] of ordered) {
    const bytes = shape.reduce((product, size) => product * size, DTYPE_BYTES[dtype]);
    if (bytes !== data.length || name === METADATA) {
      throw new SonicError(
        `tensor '${name}': shape [${shape}] of ${dtype} takes ${bytes} bytes, its data has ${data.length}`,
      );
    }
    header.set(name, { dtype, shape, data_offsets: [end, end + bytes] });
    end += bytes;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  // Spaces after the JSON align the data to 8 bytes.
  const length = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(LENGTH_BYTES + length + end).fill(0x20, LENGTH_BYTES, LENGTH_BYTES + length);
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.set(json, LENGTH_BYTES);
  let place = LENGTH_BYTES + length;
  for (const [, { data }] of ordered) {
    file.set(data, place);
    place += data.length;
  }
  return file;
}
