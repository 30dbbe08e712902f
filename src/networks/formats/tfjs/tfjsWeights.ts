/** Weights of TensorFlow.js models: the manifest in the JSON file, the values in binary files beside it. */
import { sizeOf } from '../../../base/batch.js';
import { FormatError } from '../../../base/errors.js';
import { printable, printableValue } from '../../../base/text/printable.js';
import { DTYPE_BYTES, type Dtype, tensorValues } from '../dtypes.js';
import type { Constant, NumberArray } from '../import/constant.js';
import { MAXIMUM_PARAMETERS } from '../import/limits.js';
import { isObject } from '../keras/config.js';

/** One group of the manifest: its files hold its weights one after the other. */
export interface WeightGroup {
  readonly paths: readonly string[];
  readonly weights: readonly WeightEntry[];
}

interface WeightEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32' | 'bool' | 'uint8' | 'string';
  readonly stored: Dtype;
  /** value = stored * scale + min; null where the values are stored as they are. */
  readonly quantization: { readonly scale: number; readonly min: number } | null;
}

const STORED: Readonly<Record<string, Dtype>> = { float32: 'F32', int32: 'I32', bool: 'U8', uint8: 'U8', string: 'U8' };
const QUANTIZED: Readonly<Record<string, Dtype>> = { uint8: 'U8', uint16: 'U16', float16: 'F16' };

function parseEntry(value: unknown, place: string): WeightEntry {
  const refuse = (problem: string) => new FormatError(`${place}: weightsManifest: ${problem}; the file is damaged`);
  if (!isObject(value) || typeof value['name'] !== 'string') throw refuse(`${printableValue(value)} is no weight`);
  const { name, shape, dtype } = value;
  const shown = `'${printable(name as string)}'`;
  const isShape = Array.isArray(shape) && shape.length <= 8 && shape.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (!isShape || !(sizeOf(shape as number[]) <= MAXIMUM_PARAMETERS))
    throw refuse(`${shown} has the shape ${printableValue(shape)}`);
  if (typeof dtype !== 'string' || !Object.hasOwn(STORED, dtype))
    throw refuse(`${shown} is of the type ${printableValue(dtype)}`);
  const quantization = value['quantization'] ?? null;
  const base = { name: name as string, shape: shape as number[], dtype: dtype as WeightEntry['dtype'] };
  if (quantization === null) return { ...base, stored: STORED[dtype]!, quantization: null };
  const kind = isObject(quantization) ? quantization['dtype'] : null;
  if (!isObject(quantization) || typeof kind !== 'string' || !Object.hasOwn(QUANTIZED, kind) || dtype !== 'float32')
    throw refuse(`${shown} is quantised as ${printableValue(quantization)}`);
  const { scale = 1, min = 0 } = quantization;
  if (typeof scale !== 'number' || typeof min !== 'number')
    throw refuse(`${shown} is quantised as ${printableValue(quantization)}`);
  return { ...base, stored: QUANTIZED[kind]!, quantization: kind === 'float16' ? null : { scale, min } };
}

/**
 * The manifest of a parsed model.json.
 * @throws FormatError if it is none, or names a file outside the model's folder
 */
export function parseManifest(value: unknown, place: string): readonly WeightGroup[] {
  if (!Array.isArray(value))
    throw new FormatError(`${place}: there is no weightsManifest; name a model.json of TensorFlow.js`);
  let numbers = 0;
  const counted = (entry: WeightEntry): WeightEntry => {
    numbers += sizeOf(entry.shape);
    if (numbers > MAXIMUM_PARAMETERS)
      throw new FormatError(
        `${place}: weightsManifest: '${printable(entry.name)}' brings the numbers to more than ${MAXIMUM_PARAMETERS}; the file is damaged or the model too large`,
      );
    return entry;
  };
  return value.map((group: unknown): WeightGroup => {
    const [paths, weights] = isObject(group) ? [group['paths'], group['weights']] : [null, null];
    if (!Array.isArray(paths) || !Array.isArray(weights))
      throw new FormatError(`${place}: weightsManifest: ${printableValue(group)} is no group; the file is damaged`);
    return {
      paths: paths.map((path) => {
        const isInside =
          typeof path === 'string' && !/^([a-z]+:|[/\\])|\\|\0/i.test(path) && !path.split('/').includes('..');
        if (!isInside) {
          throw new FormatError(
            `${place}: weightsManifest: the weights lie in ${printableValue(path)}; only files in the model's own folder are read, put them there`,
          );
        }
        return path;
      }),
      weights: weights.map((entry) => counted(parseEntry(entry, place))),
    };
  });
}

/** Bytes that a list of texts takes from `offset`: each is preceded by its length. */
function textBytes(data: Uint8Array, offset: number, count: number, place: string): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = offset;
  for (let i = 0; i < count; i++) {
    if (at + 4 > data.length) throw new FormatError(`${place}: offset ${at}: a text is missing; the file is truncated`);
    at += 4 + view.getUint32(at, true);
  }
  return at - offset;
}

function decode(
  { shape, stored, quantization }: WeightEntry,
  data: Uint8Array,
  offset: number,
  place: string,
): Constant {
  const values = tensorValues({ dtype: stored, shape, data, offset }, place) as Exclude<
    ReturnType<typeof tensorValues>,
    BigInt64Array
  >;
  if (quantization) {
    const { scale, min } = quantization;
    return { shape, data: Float32Array.from(values, (v) => v * scale + min) };
  }
  const numbers: NumberArray = values instanceof Float32Array ? values : Float64Array.from(values);
  return { shape, data: numbers };
}

/**
 * The weights of a group out of its files' bytes, one after the other.
 * @throws FormatError naming file and offset
 */
export function readGroup(group: WeightGroup, data: Uint8Array, place: string): [string, Constant][] {
  let offset = 0;
  const read = group.weights.flatMap((entry): [string, Constant][] => {
    const { name, shape, dtype, stored } = entry;
    const count = sizeOf(shape);
    const bytes = dtype === 'string' ? textBytes(data, offset, count, place) : count * DTYPE_BYTES[stored];
    if (offset + bytes > data.length) {
      throw new FormatError(
        `${place}: offset ${offset}: '${printable(name)}' [${shape}] takes ${bytes} bytes, ${data.length - offset} are left; the file is truncated`,
      );
    }
    const begin = offset;
    offset += bytes;
    return dtype === 'string' ? [] : [[name, decode(entry, data.subarray(begin, offset), begin, place)]];
  });
  if (offset !== data.length)
    throw new FormatError(
      `${place}: offset ${offset}: ${data.length - offset} bytes belong to no weight; the file is damaged`,
    );
  return read;
}
