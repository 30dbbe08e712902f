/** MATLAB 5 files put together by hand from The MathWorks' description of the format. */
import { deflateSync } from 'node:zlib';

export const MAT = { int8: 1, uint8: 2, int32: 5, uint32: 6, double: 9, matrix: 14, compressed: 15 } as const;

const pad8 = (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)]);

/** An element in the long form: type, length, data, zeros up to a multiple of eight. */
export function element(type: number, data: Uint8Array): Buffer {
  const tag = Buffer.alloc(8);
  tag.writeUInt32LE(type, 0);
  tag.writeUInt32LE(data.length, 4);
  return Buffer.concat([tag, pad8(data)]);
}

/** An element in the short form: length and type in the first four bytes, at most four bytes of data. */
export function shortElement(type: number, data: Uint8Array): Buffer {
  const tag = Buffer.alloc(8);
  tag.writeUInt16LE(type, 0);
  tag.writeUInt16LE(data.length, 2);
  tag.set(data, 4);
  return tag;
}

const int32s = (values: readonly number[]) => Buffer.from(Int32Array.from(values).buffer);

export interface MatArray {
  readonly name: string;
  readonly dimensions: readonly number[];
  readonly data: Uint8Array;
  /** Class (9 uint8, 6 double, 4 char) and storage type. */
  readonly arrayClass?: number;
  readonly storage?: number;
}

/** A miMATRIX element. Names of up to four letters are written in the short form, as MATLAB does. */
export function matrix({ name, dimensions, data, arrayClass = 9, storage = MAT.uint8 }: MatArray): Buffer {
  const label = Buffer.from(name, 'latin1');
  return element(
    MAT.matrix,
    Buffer.concat([
      element(MAT.uint32, int32s([arrayClass, 0])),
      element(MAT.int32, int32s(dimensions)),
      label.length <= 4 ? shortElement(MAT.int8, label) : element(MAT.int8, label),
      data.length <= 4 ? shortElement(storage, data) : element(storage, data),
    ]),
  );
}

/** A compressed element, which is not padded. */
export function compressed(content: Uint8Array): Buffer {
  const packed = deflateSync(content);
  const tag = Buffer.alloc(8);
  tag.writeUInt32LE(MAT.compressed, 0);
  tag.writeUInt32LE(packed.length, 4);
  return Buffer.concat([tag, packed]);
}

/** The 128 bytes that a file begins with. */
export function matHeader(): Buffer {
  const header = Buffer.alloc(128, ' ');
  header.write('MATLAB 5.0 MAT-file, Platform: GLNXA64, Created on: Mon Dec  5 21:18:15 2011');
  header.writeUInt32LE(0, 116);
  header.writeUInt32LE(0, 120);
  header.writeUInt16LE(0x0100, 124);
  header.write('IM', 126);
  return header;
}

export const matFile = (...elements: Uint8Array[]): Buffer => Buffer.concat([matHeader(), ...elements]);
