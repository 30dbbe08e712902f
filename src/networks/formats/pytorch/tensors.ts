/** Tensors in torch pickles: storages by persistent id, and the three functions that make tensors of them. */
import { sizeOf } from '../../../base/batch.js';
import { FormatError } from '../../../base/errors.js';
import { printableValue } from '../../../base/text/printable.js';
import { DTYPE_BYTES, type Dtype, tensorNumbersInPlace } from '../dtypes.js';
import { type Constant, gatherStrided } from '../import/constant.js';
import { MAXIMUM_PARAMETERS } from '../import/limits.js';
import { inertGlobals } from './inertNames.js';
import { type Callable, PyDict } from './unpickler.js';

const STORAGES: Readonly<Record<string, Dtype>> = {
  FloatStorage: 'F32',
  DoubleStorage: 'F64',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
};

/** A class of storages. */
class StorageType {
  constructor(readonly dtype: Dtype) {}
}

/** A class of tensors: named by what makes them, never made by name. */
class TensorClass {}

/** Numbers that tensors look into. */
export interface Storage {
  readonly key: string;
  readonly dtype: Dtype;
  readonly count: number;
}

/** A tensor that is described, its values not yet read. */
export class LazyTensor {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

const isSizes = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.length <= 8 && value.every((n) => Number.isSafeInteger(n) && n >= 0);
const isStorage = (value: unknown): value is Storage =>
  typeof value === 'object' && value !== null && 'count' in value && 'key' in value;

/** _rebuild_tensor(storage, offset, size, stride, ...): every index must lie within the storage. */
function rebuildTensor(place: string) {
  return ([storage, offset, shape, strides]: readonly unknown[], at: number): LazyTensor => {
    const refuse = (problem: string) => new FormatError(`${place}: offset ${at}: ${problem}; the pickle is damaged`);
    if (
      !isStorage(storage) ||
      !Number.isSafeInteger(offset) ||
      !isSizes(shape) ||
      !isSizes(strides) ||
      shape.length !== strides.length
    )
      throw refuse(`a tensor of shape ${printableValue(shape)} and strides ${printableValue(strides)}`);
    const count = sizeOf(shape);
    const last = shape.reduce((sum, length, axis) => sum + (length - 1) * strides[axis]!, offset as number);
    if (!(count <= MAXIMUM_PARAMETERS) || (offset as number) < 0 || (count > 0 && last >= storage.count))
      throw refuse(
        `a tensor [${shape}] with strides [${strides}] at ${offset} reaches beyond its storage of ${storage.count}`,
      );
    // Strides of 0 could make much out of little.
    if (count > storage.count) throw refuse(`a tensor [${shape}] repeats the ${storage.count} numbers of its storage`);
    return new LazyTensor(storage, offset as number, shape, strides);
  };
}

/** The only names that a pickle may use. */
export function torchGlobals(place: string): ReadonlyMap<string, unknown> {
  const rebuild: Callable = { name: 'torch._utils._rebuild_tensor', call: rebuildTensor(place) };
  const fail = (at: number, problem: string) =>
    new FormatError(`${place}: offset ${at}: ${problem}; the pickle is damaged`);
  const ordered: Callable = {
    name: 'collections.OrderedDict',
    isClass: true,
    call: (args, at) => {
      const dict = new PyDict();
      const pairs = args[0] ?? [];
      if (!Array.isArray(pairs)) throw fail(at, 'an OrderedDict of something other than pairs');
      for (const pair of pairs as unknown[]) {
        if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string')
          throw fail(at, 'an OrderedDict of something other than pairs');
        dict.entries.set(pair[0], pair[1]);
      }
      return dict;
    },
  };
  const parameter: Callable = {
    name: 'torch._utils._rebuild_parameter',
    call: ([tensor], at) => {
      if (!(tensor instanceof LazyTensor)) throw fail(at, 'a parameter of something other than a tensor');
      return tensor;
    },
  };
  const typed: Callable = {
    name: 'torch._tensor._rebuild_from_type_v2',
    call: ([make, , args], at) => {
      if (make !== rebuild && make !== parameter && make !== withState)
        throw fail(at, 'a tensor is made by something other than what makes tensors');
      if (!Array.isArray(args)) throw fail(at, 'a tensor is made of no arguments');
      return (make as Callable).call(args, at);
    },
  };
  const withState: Callable = { ...parameter, name: 'torch._utils._rebuild_parameter_with_state' };
  return new Map<string, unknown>([
    ...inertGlobals(),
    ['collections.OrderedDict', ordered],
    ['torch._utils._rebuild_tensor', rebuild],
    ['torch._utils._rebuild_tensor_v2', rebuild],
    ['torch._utils._rebuild_parameter', parameter],
    ['torch._utils._rebuild_parameter_with_state', withState],
    ['torch._tensor._rebuild_from_type_v2', typed],
    ...['torch.Tensor', 'torch.nn.parameter.Parameter', 'torch.nn.parameter.Buffer'].map((name): [string, unknown] => [
      name,
      new TensorClass(),
    ]),
    ...Object.entries(STORAGES).map(([name, dtype]): [string, unknown] => [`torch.${name}`, new StorageType(dtype)]),
  ]);
}

/** Names that are refused, and what to do about each kind. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /^torch\.(_utils\._rebuild_qtensor|Q(U?Int|UInt)\w+Storage|per_(tensor|channel)_|ao\.nn\.quantized|nn\.quantized)/,
    'These are quantised tensors (qint8): save the state_dict from before torch.ao.quantization.convert, or .dequantize() each',
  ],
  [/^torch\._utils\._rebuild_sparse/, 'These are sparse tensors: save .to_dense() of each'],
  [/^torch\._utils\._rebuild_tensor_v3$/, 'These are tensors of a newer type, such as float8: save .float() of each'],
  [
    /^(__torch__\.|torch\.jit\.)/,
    'This is a TorchScript archive: save torch.jit.load(file).state_dict() with torch.save',
  ],
];

/** What to do about a name that pickles may not use; null where nothing is known of it. */
export function torchAdvice(name: string): string | null {
  return ADVICE.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}

/** The storage that a persistent id ('storage', type, key, location, count, ...) announces. */
export function storageOf(id: unknown, place: string, at: number): Storage {
  if (Array.isArray(id)) {
    const [kind, type, key, , count, view] = id as unknown[];
    const isPlain = view === undefined || view === null;
    if (
      kind === 'storage' &&
      type instanceof StorageType &&
      typeof key === 'string' &&
      Number.isSafeInteger(count) &&
      (count as number) >= 0 &&
      isPlain
    )
      return { key, dtype: type.dtype, count: count as number };
  }
  throw new FormatError(
    `${place}: offset ${at}: a reference that is none to a storage; the pickle is damaged or of an unknown version`,
  );
}

/** How many numbers of its storage lie from a tensor's first to its last. */
export function spanOf({ shape, strides }: LazyTensor): number {
  return sizeOf(shape) === 0 ? 0 : shape.reduce((sum, length, axis) => sum + (length - 1) * strides[axis]!, 1);
}

/** The values of a tensor out of its storage's bytes, which begin at `begin` in the file. */
export function readTensor(tensor: LazyTensor, data: Uint8Array, begin: number, place: string): Constant {
  const { storage, offset, shape, strides } = tensor;
  const { dtype, count } = storage;
  const width = DTYPE_BYTES[dtype];
  if (data.length !== count * width)
    throw new FormatError(
      `${place}: offset ${begin}: a storage of ${count} ${dtype} has ${data.length} bytes; the file is damaged`,
    );
  const span = spanOf(tensor);
  const own = data.subarray(offset * width, (offset + span) * width);
  const numbers = tensorNumbersInPlace({ dtype, shape: [span], data: own, offset: begin + offset * width }, place);
  return { shape, data: gatherStrided(numbers, shape, strides) };
}
