/**
 * NumPy's arrays as files (NEP 1, format versions 1 to 3): a magic, the length of a header, the header as the text of a
 * Python dictionary, the values. Read: floating-point numbers of 4 and 8 bytes and integers, of either byte order, in
 * C or Fortran order.
 * Written: little-endian float64 in C order.
 */
import { FormatError } from '../../base/errors.js';
import { quoted } from '../../base/text/printable.js';

export interface NumberArray {
  readonly shape: readonly number[];
  /** The last axis fastest. */
  readonly values: Float64Array;
}

const MAGIC = Uint8Array.of(0x93, ...[...'NUMPY'].map((letter) => letter.charCodeAt(0)));
/** Begin of the values, in whole ones of these. */
const ALIGNMENT = 64;
const MAXIMUM_HEADER = 65_536;

/** Reads one number at a byte, by the letter and bytes of a type. */
const READERS: Readonly<Record<string, (view: DataView, at: number, little: boolean) => number>> = {
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
  i1: (view, at) => view.getInt8(at),
  i2: (view, at, little) => view.getInt16(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  i8: (view, at, little) => Number(view.getBigInt64(at, little)),
  u1: (view, at) => view.getUint8(at),
  u2: (view, at, little) => view.getUint16(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  u8: (view, at, little) => Number(view.getBigUint64(at, little)),
};

interface Header {
  readonly type: string;
  readonly little: boolean;
  readonly fortran: boolean;
  readonly shape: readonly number[];
}

function parseHeader(text: string, refuse: (problem: string) => FormatError): Header {
  const find = (pattern: RegExp) => pattern.exec(text)?.[1];
  const descr = find(/'descr'\s*:\s*'([^']*)'/);
  const order = find(/'fortran_order'\s*:\s*(True|False)/);
  const shapeText = find(/'shape'\s*:\s*\(([\d\s,]*)\)/);
  if (order === undefined || shapeText === undefined || (descr === undefined && !/'descr'/.test(text)))
    throw refuse(`its header ${quoted(text.trim(), 80)} is not NumPy's; the file is damaged`);
  const [, byteOrder, type] = /^([<>|=])(\w+)$/.exec(descr ?? '') ?? [];
  if (type === undefined || !Object.hasOwn(READERS, type))
    throw refuse(
      `holds values of type ${quoted(descr ?? 'structured', 40)}, which is not read; save it with .astype(float)`,
    );
  const shape = shapeText.split(',').filter((length) => length.trim() !== '');
  return { type, little: byteOrder !== '>', fortran: order === 'True', shape: shape.map(Number) };
}

/** Values in C order of values in Fortran order. */
function fromFortran(values: Float64Array, shape: readonly number[]): Float64Array {
  const out = new Float64Array(values.length);
  const index = new Array<number>(shape.length).fill(0);
  for (let at = 0; at < values.length; at++) {
    let place = 0;
    for (let axis = 0; axis < shape.length; axis++) place = place * shape[axis]! + index[axis]!;
    out[place] = values[at]!;
    for (let axis = 0; axis < shape.length; axis++) {
      if (++index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
  return out;
}

/**
 * The array of an .npy file.
 * @param place what messages call it.
 * @throws FormatError where it is not one, is damaged, or holds no numbers.
 */
export function parseNpy(bytes: Uint8Array, place: string): NumberArray {
  const refuse = (problem: string) => new FormatError(`${place}: ${problem}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || MAGIC.some((byte, i) => bytes[i] !== byte))
    throw refuse('is not an array of NumPy: it does not begin with its magic; save it with numpy.save or numpy.savez');
  const isLong = bytes[6]! >= 2;
  const length = isLong ? view.getUint32(8, true) : view.getUint16(8, true);
  const begin = (isLong ? 12 : 10) + length;
  if (length > MAXIMUM_HEADER || begin > bytes.length) throw refuse('its header does not fit; the file is damaged');
  const text = new TextDecoder('latin1').decode(bytes.subarray(isLong ? 12 : 10, begin));
  const { type, little, fortran, shape } = parseHeader(text, refuse);
  const size = Number(type.slice(1));
  const count = shape.reduce((product, n) => product * n, 1);
  if (count * size !== bytes.length - begin)
    throw refuse(
      `has ${bytes.length - begin} bytes of values, shape (${shape.join(', ')}) has ${count * size}; the file is damaged`,
    );
  const read = READERS[type]!;
  const values = Float64Array.from({ length: count }, (_, i) => read(view, begin + i * size, little));
  return { shape, values: fortran ? fromFortran(values, shape) : values };
}

/** An array as an .npy file. */
export function encodeNpy({ shape, values }: NumberArray): Uint8Array {
  const dictionary = `{'descr': '<f8', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const begin = Math.ceil((10 + dictionary.length + 1) / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(begin + 8 * values.length);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  bytes.set([1, 0], 6);
  view.setUint16(8, begin - 10, true);
  bytes.set(new TextEncoder().encode(`${dictionary.padEnd(begin - 11)}\n`), 10);
  values.forEach((value, i) => {
    view.setFloat64(begin + 8 * i, value, true);
  });
  return bytes;
}
