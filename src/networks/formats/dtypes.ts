/** Element types of safetensors, and their values as typed arrays. */
import { FormatError } from '../../base/errors.js';

/** Bytes of one element. */
export const DTYPE_BYTES = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  I64: 8,
  F64: 8,
} as const;

export type Dtype = keyof typeof DTYPE_BYTES;

export function isDtype(value: unknown): value is Dtype {
  return typeof value === 'string' && Object.hasOwn(DTYPE_BYTES, value);
}

/** A tensor's values as a file has them. */
export interface TensorData {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Little-endian values, row-major. */
  readonly data: Uint8Array;
}

export interface StoredTensor extends TensorData {
  /** Where `data` begins in the file. */
  readonly offset: number;
}

export type TensorValues =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigInt64Array;

const HOST_IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** A copy of little-endian elements of `width` bytes in the host's order, aligned to hold any typed array. */
function toHostOrder(data: Uint8Array, width: number): ArrayBuffer {
  const copy = new Uint8Array(data);
  if (!HOST_IS_LITTLE_ENDIAN) {
    for (let i = 0; i < copy.length; i += width) copy.subarray(i, i + width).reverse();
  }
  return copy.buffer;
}

/** IEEE 754 binary16, exactly. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function halfToFloat32(bits: Uint16Array): Float32Array {
  return Float32Array.from(bits, halfToNumber);
}

/** bfloat16 is the upper half of a float32. */
function bfloat16ToFloat32(bits: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (half) => half << 16).buffer);
}

/**
 * A tensor's values; F16 and BF16 are widened (exactly) to float32, BOOL gives 0 and 1.
 * @throws FormatError naming the offset if a BOOL is neither
 */
export function tensorValues({ dtype, data, offset }: StoredTensor, place: string): TensorValues {
  const buffer = toHostOrder(data, DTYPE_BYTES[dtype]);
  switch (dtype) {
    case 'BOOL': {
      const wrong = data.findIndex((byte) => byte > 1);
      if (wrong >= 0)
        throw new FormatError(`${place}: offset ${offset + wrong} holds ${data[wrong]}, a BOOL is 0 or 1`);
      return new Uint8Array(buffer);
    }
    case 'U8':
      return new Uint8Array(buffer);
    case 'I8':
      return new Int8Array(buffer);
    case 'U16':
      return new Uint16Array(buffer);
    case 'I16':
      return new Int16Array(buffer);
    case 'F16':
      return halfToFloat32(new Uint16Array(buffer));
    case 'BF16':
      return bfloat16ToFloat32(new Uint16Array(buffer));
    case 'U32':
      return new Uint32Array(buffer);
    case 'I32':
      return new Int32Array(buffer);
    case 'F32':
      return new Float32Array(buffer);
    case 'I64':
      return new BigInt64Array(buffer);
    case 'F64':
      return new Float64Array(buffer);
  }
  return dtype satisfies never;
}

/** A tensor's values as constants of a network have them: real numbers as float32, integers as float64. @throws as `tensorValues` */
export function tensorNumbers(tensor: StoredTensor, place: string): Float32Array | Float64Array {
  const values = tensorValues(tensor, place);
  if (values instanceof Float32Array) return values;
  return values instanceof Float64Array
    ? Float32Array.from(values)
    : Float64Array.from(values as ArrayLike<number | bigint>, Number);
}

/** Smaller tensors are copied: a view keeps the whole file in memory. */
const LEAST_VIEW_BYTES = 2 ** 20;

/**
 * As `tensorNumbers`, but of large float32 tensors a view of the file's bytes where the host can read them in place: for readers
 * that bring them into another order, and so hold them twice already.
 */
export function tensorNumbersInPlace(tensor: StoredTensor, place: string): Float32Array | Float64Array {
  const { dtype, data } = tensor;
  const isReadable = HOST_IS_LITTLE_ENDIAN && data.byteOffset % 4 === 0 && data.length >= LEAST_VIEW_BYTES;
  if (dtype !== 'F32' || !isReadable) return tensorNumbers(tensor, place);
  return new Float32Array(data.buffer, data.byteOffset, data.length / 4);
}

/** The little-endian bytes of float32 values; a view where the host's order allows it. */
export function float32Bytes(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return HOST_IS_LITTLE_ENDIAN ? bytes : new Uint8Array(toHostOrder(bytes, 4));
}
