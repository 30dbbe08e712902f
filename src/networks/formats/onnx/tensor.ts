/** Tensors of an ONNX file as constants. */

import { type TensorProto, TensorProto_DataType as Type } from 'onnx-buf';
import { sizeOf } from '../../../base/batch.js';
import { DTYPE_BYTES, type Dtype, tensorNumbers } from '../dtypes.js';
import type { Constant, NumberArray } from '../import/constant.js';
import type { FoldingBudget } from '../import/fold.js';
import { type Site, siteError } from '../import/site.js';
import { isExternal } from './externalData.js';

const RAW: Partial<Record<Type, Dtype>> = {
  [Type.FLOAT]: 'F32',
  [Type.UINT8]: 'U8',
  [Type.INT8]: 'I8',
  [Type.UINT16]: 'U16',
  [Type.INT16]: 'I16',
  [Type.INT32]: 'I32',
  [Type.INT64]: 'I64',
  [Type.BOOL]: 'BOOL',
  [Type.FLOAT16]: 'F16',
  [Type.DOUBLE]: 'F64',
  [Type.UINT32]: 'U32',
  [Type.BFLOAT16]: 'BF16',
};

/** 16-bit floats that are stored as numbers are widened by way of their bytes. */
function halves(values: readonly number[], dtype: 'F16' | 'BF16', place: string): NumberArray {
  const data = new Uint8Array(Uint16Array.from(values).buffer);
  return tensorNumbers({ dtype, shape: [values.length], data, offset: 0 }, place);
}

function typedValues(tensor: TensorProto, place: string): NumberArray | null {
  switch (tensor.dataType) {
    case Type.FLOAT:
      return Float32Array.from(tensor.floatData);
    case Type.DOUBLE:
      return Float32Array.from(tensor.doubleData);
    case Type.INT64:
      return Float64Array.from(tensor.int64Data, Number);
    case Type.UINT32:
    case Type.UINT64:
      return Float64Array.from(tensor.uint64Data, Number);
    case Type.FLOAT16:
    case Type.BFLOAT16:
      return halves(tensor.int32Data, tensor.dataType === Type.FLOAT16 ? 'F16' : 'BF16', place);
    case Type.INT32:
    case Type.INT16:
    case Type.INT8:
    case Type.UINT16:
    case Type.UINT8:
    case Type.BOOL:
      return Float64Array.from(tensor.int32Data);
    default:
      return null;
  }
}

/** @throws FormatError naming the tensor where type, shape and data do not fit */
export function constantOfTensor(tensor: TensorProto, given: Site, budget: FoldingBudget): Constant {
  const site = { ...given, node: tensor.name || given.node };
  if (isExternal(tensor)) throw siteError(site, 'its values lie in another file, which was not read');
  const shape = tensor.dims.map(Number);
  if (shape.length > 8 || shape.some((length) => !Number.isSafeInteger(length) || length < 0))
    throw siteError(site, `its shape [${shape}] is not one; the file is damaged`);
  const dtype = RAW[tensor.dataType as Type];
  const name = Type[tensor.dataType] ?? tensor.dataType;
  if (dtype === undefined && tensor.dataType !== Type.UINT64)
    throw siteError(site, `its values are of type ${name}; only real numbers and integers are supported`);
  const count = sizeOf(shape);
  const raw = tensor.rawData;
  if (raw.length > 0) {
    if (dtype === undefined || raw.length !== count * DTYPE_BYTES[dtype])
      throw siteError(site, `[${shape}] of ${name} does not fit its ${raw.length} bytes; the file is damaged`);
    budget.spend(site, count);
    return { shape, data: tensorNumbers({ dtype, shape, data: raw, offset: 0 }, site.place) };
  }
  const data = typedValues(tensor, site.place);
  if (data?.length !== count)
    throw siteError(site, `[${shape}] of ${name} has ${data?.length ?? 0} values; the file is damaged`);
  budget.spend(site, count);
  return { shape, data };
}
