/** HDF5 datatypes and dataspaces (format specification 3.0, sections IV.A.2.b and IV.A.2.d), as far as Keras writes them. */

import { sizeOf } from '../../../base/batch.js';
import { type Dtype, tensorNumbers } from '../dtypes.js';
import type { Constant } from '../import/constant.js';
import type { ByteReader } from './byteReader.js';

export type Datatype =
  | { readonly kind: 'number'; readonly size: number; readonly dtype: Dtype }
  | { readonly kind: 'string'; readonly size: number }
  | { readonly kind: 'variableString'; readonly size: number };

const [FIXED_POINT, FLOATING_POINT, STRING, ENUM, VARIABLE] = [0, 1, 3, 8, 9];
const INTEGERS: Readonly<Record<number, Dtype>> = { 1: 'I8', 2: 'I16', 4: 'I32', 8: 'I64' };
const UNSIGNED: Readonly<Record<number, Dtype>> = { 1: 'U8', 2: 'U16', 4: 'U32' };
/** Bits of the exponent -> type, by size. */
const FLOATS: Readonly<Record<number, Readonly<Record<number, Dtype>>>> = {
  2: { 5: 'F16', 8: 'BF16' },
  4: { 8: 'F32' },
  8: { 11: 'F64' },
};

/** The datatype described at `offset`. */
export function readDatatype(reader: ByteReader, offset: number): Datatype {
  const first = reader.u8(offset);
  const kind = first & 0x0f;
  const bits = reader.u8(offset + 1);
  const size = reader.u32(offset + 4);
  const unsupported = (what: string) =>
    reader.refuse(offset, `${what} are not supported; save the model again with float32 weights`);
  if (size < 1 || size > 2 ** 20) throw reader.refuse(offset + 4, `elements of ${size} bytes; the file is damaged`);
  switch (kind) {
    case FIXED_POINT: {
      if (bits & 1) throw unsupported('big-endian integers');
      const dtype = (bits & 8 ? INTEGERS : UNSIGNED)[size];
      if (!dtype) throw unsupported(`integers of ${size} bytes`);
      return { kind: 'number', size, dtype };
    }
    case FLOATING_POINT: {
      if (bits & 0x41) throw unsupported('big-endian numbers');
      const dtype = FLOATS[size]?.[reader.u8(offset + 13)];
      if (!dtype) throw unsupported(`floating-point numbers of ${size} bytes`);
      return { kind: 'number', size, dtype };
    }
    case ENUM:
      return { ...readDatatype(reader, offset + 8), size };
    case STRING:
      return { kind: 'string', size };
    case VARIABLE:
      if ((bits & 0x0f) !== 1) throw unsupported('sequences of variable length');
      return { kind: 'variableString', size };
    default:
      throw unsupported(`datatypes of class ${kind}`);
  }
}

/** Lengths of the axes; [] for a single value, null for none at all. */
export function readDataspace(reader: ByteReader, offset: number): readonly number[] | null {
  const [version, rank] = [reader.u8(offset), reader.u8(offset + 1)];
  if (version !== 1 && version !== 2)
    throw reader.refuse(offset, `dataspace version ${version}; the file is damaged or newer`);
  if (rank > 32) throw reader.refuse(offset + 1, `a dataspace of ${rank} axes; the file is damaged`);
  if (version === 2 && reader.u8(offset + 3) === 2) return null;
  const begin = offset + (version === 1 ? 8 : 4);
  return Array.from({ length: rank }, (_, axis) => reader.u64(begin + 8 * axis));
}

/** Numbers at an offset: shape and type must fit the bytes. */
export function readNumbers(
  reader: ByteReader,
  dtype: Dtype,
  shape: readonly number[],
  data: Uint8Array,
  offset: number,
): Constant {
  const numbers = tensorNumbers({ dtype, shape, data, offset }, reader.place);
  if (numbers.length !== sizeOf(shape))
    throw reader.refuse(offset, `[${shape}] does not fit ${data.length} bytes; the file is damaged`);
  return { shape, data: numbers };
}
