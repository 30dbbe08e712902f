/**
 * A network and the program it was compiled to, as one file: for places that cannot compile and calibrate, such as a
 * web page. After 8 bytes of magic and a 32-bit length (little-endian) comes JSON, then the typed arrays it refers to.
 */
import { FormatError } from '../../base/errors.js';
import { decodeNotFinite, encodeNotFinite } from '../../base/text/notFinite.js';
import type { Network } from '../../networks/types.js';
import type { Program } from './types.js';

export interface CompiledNetwork {
  readonly network: Network;
  readonly program: Program;
}

const MAGIC = 'SONICPR1';
const HEADER_BYTES = 12;
/** Key of the object that stands for a typed array: [type, byte offset, elements]. */
const ARRAY = '$array';

const ARRAY_TYPES = { Float64Array, Float32Array, Int32Array, Uint16Array, Uint8Array } as const;
type ArrayType = keyof typeof ARRAY_TYPES;
type TypedArray = InstanceType<(typeof ARRAY_TYPES)[ArrayType]>;

const aligned = (bytes: number) => Math.ceil(bytes / 8) * 8;

/** The file's bytes. */
export function serialiseProgram({ network, program }: CompiledNetwork): Uint8Array {
  const arrays: TypedArray[] = [];
  let size = 0;
  const json = JSON.stringify({ network, program }, (_, value: unknown) => {
    // Bounds of an input may be infinite.
    if (!ArrayBuffer.isView(value)) return encodeNotFinite(value);
    const array = value as TypedArray;
    const reference = { [ARRAY]: [array.constructor.name, size, array.length] };
    arrays.push(array);
    size += aligned(array.byteLength);
    return reference;
  });
  const text = new TextEncoder().encode(json);
  const data = aligned(HEADER_BYTES + text.length);
  const bytes = new Uint8Array(data + size);
  bytes.set(new TextEncoder().encode(MAGIC));
  new DataView(bytes.buffer).setUint32(MAGIC.length, text.length, true);
  bytes.set(text, HEADER_BYTES);
  let at = data;
  for (const array of arrays) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += aligned(array.byteLength);
  }
  return bytes;
}

function arrayAt(buffer: ArrayBuffer, data: number, reference: unknown, origin: string): TypedArray {
  const [type, offset, length] = Array.isArray(reference) ? reference : [];
  const Type = Object.hasOwn(ARRAY_TYPES, String(type)) ? ARRAY_TYPES[type as ArrayType] : null;
  const fits =
    Type !== null &&
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    offset % 8 === 0 &&
    data + offset + length * Type.BYTES_PER_ELEMENT <= buffer.byteLength;
  if (!fits) {
    throw new FormatError(`${origin}: array ${JSON.stringify(reference)} does not lie in the file; write it anew`);
  }
  return new Type(buffer, data + offset, length);
}

/**
 * The network and program of a file; their arrays are views of it.
 * @param origin names the file in errors.
 * @throws FormatError where the container is damaged. What is in it is taken as its writer made it.
 */
export function parseProgram(file: Uint8Array, origin: string): CompiledNetwork {
  const buffer = file.slice().buffer;
  const text = (from: number, to: number) => new TextDecoder().decode(new Uint8Array(buffer, from, to - from));
  if (file.length < HEADER_BYTES || text(0, MAGIC.length) !== MAGIC) {
    throw new FormatError(`${origin}: not a compiled program: it does not begin with '${MAGIC}'`);
  }
  const length = new DataView(buffer).getUint32(MAGIC.length, true);
  const data = aligned(HEADER_BYTES + length);
  if (data > buffer.byteLength) {
    throw new FormatError(`${origin}: header of ${length} bytes in a file of ${file.length}: it is cut short`);
  }
  try {
    return JSON.parse(text(HEADER_BYTES, HEADER_BYTES + length), (_, value: unknown) => {
      const isArray = typeof value === 'object' && value !== null && ARRAY in value;
      return isArray
        ? arrayAt(buffer, data, (value as Record<string, unknown>)[ARRAY], origin)
        : decodeNotFinite(value);
    }) as CompiledNetwork;
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw new FormatError(`${origin}: header is not JSON (${(error as Error).message})`, { cause: error });
  }
}
