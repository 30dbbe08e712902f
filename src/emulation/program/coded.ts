/**
 * Arrays of which few numbers are distinct, as a converter's values are: of a hundred million weights a code each and a table, an
 * eighth of the numbers themselves.
 */
import { shareableFloat64, shareableUint8, shareableUint16 } from '../../base/sharedArrays.js';

export interface CodedValues {
  /** Place of each number in `levels`. */
  readonly codes: Uint8Array | Uint16Array;
  /** Distinct by their bits, in the order in which they come. */
  readonly levels: Float64Array;
}

/** Numbers as they are, or coded. */
export type Values = Float64Array | CodedValues;

/** Fewer numbers are kept as they are. */
const LEAST = 2 ** 16;
/** Most levels of a code of two bytes, and of one. */
const [MOST_LEVELS, BYTE_LEVELS] = [2 ** 16, 2 ** 8];
/** Places of the table that finds a level by its bits; a power of 2. */
const PLACES = 2 * MOST_LEVELS;

/** Numbers that are computed at a time. */
export const BLOCK = 2 ** 12;

/** Writes the numbers from place `from` on over all of `block`. */
export type Fill = (block: Float64Array, from: number) => void;

/** Levels so far, found by the bits of a number. */
class LevelTable {
  readonly #places = new Int32Array(PLACES).fill(-1);
  readonly #levels = new Float64Array(MOST_LEVELS);
  readonly #words = new Uint32Array(this.#levels.buffer);
  count = 0;

  /** The code of the number whose halves these are, a new one where it has none; -1 where there is no room for another. */
  codeOf(low: number, high: number): number {
    let place = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1) >>> 15;
    for (; ; place = (place + 1) & (PLACES - 1)) {
      const code = this.#places[place]!;
      if (code < 0) break;
      if (this.#words[2 * code] === low && this.#words[2 * code + 1] === high) return code;
    }
    if (this.count === MOST_LEVELS) return -1;
    this.#words[2 * this.count] = low;
    this.#words[2 * this.count + 1] = high;
    this.#places[place] = this.count;
    return this.count++;
  }

  levels(): Float64Array {
    return this.#levels.slice(0, this.count);
  }
}

/** The same codes, of two bytes. */
function widened(codes: Uint8Array | Uint16Array, length: number): Uint16Array {
  const wide = shareableUint16(length);
  wide.set(codes);
  return wide;
}

/**
 * `length` numbers, coded where they are many and few of them distinct.
 * @param fill called block by block, in order, and once more for all where they are not.
 */
export function valuesOf(length: number, fill: Fill): Values {
  const plain = () => {
    const values = shareableFloat64(length);
    fill(values, 0);
    return values;
  };
  if (length < LEAST) return plain();
  const table = new LevelTable();
  let codes: Uint8Array | Uint16Array = shareableUint8(length);
  const whole = new Float64Array(BLOCK);
  const halves = new Uint32Array(whole.buffer);
  for (let from = 0; from < length; from += BLOCK) {
    const block = whole.subarray(0, length - from);
    fill(block, from);
    for (let i = 0; i < block.length; i++) {
      const code = table.codeOf(halves[2 * i]!, halves[2 * i + 1]!);
      if (code < 0) return plain();
      if (code === BYTE_LEVELS && codes instanceof Uint8Array) codes = widened(codes, length);
      codes[from + i] = code;
    }
  }
  return { codes, levels: table.levels() };
}

/**
 * The same of numbers that are among `numbers`, which all differ in their bits: nothing is looked up by its bits.
 * @param fill writes places in `numbers`.
 */
export function valuesAmong(
  numbers: Float64Array,
  length: number,
  fill: (places: Int32Array, from: number) => void,
): Values {
  const whole = new Int32Array(BLOCK);
  if (length < LEAST || numbers.length > MOST_LEVELS)
    return valuesOf(length, (block, from) => {
      for (let done = 0; done < block.length; done += BLOCK) {
        const places = whole.subarray(0, block.length - done);
        fill(places, from + done);
        for (let i = 0; i < places.length; i++) block[done + i] = numbers[places[i]!]!;
      }
    });
  const codeOf = new Int32Array(numbers.length).fill(-1);
  const placeOf: number[] = [];
  let codes: Uint8Array | Uint16Array = shareableUint8(length);
  for (let from = 0; from < length; from += BLOCK) {
    const places = whole.subarray(0, length - from);
    fill(places, from);
    for (let i = 0; i < places.length; i++) {
      const place = places[i]!;
      if (codeOf[place]! < 0) codeOf[place] = placeOf.push(place) - 1;
      places[i] = codeOf[place]!;
    }
    if (placeOf.length > BYTE_LEVELS && codes instanceof Uint8Array) codes = widened(codes, length);
    codes.set(places, from);
  }
  return { codes, levels: Float64Array.from(placeOf, (place) => numbers[place]!) };
}

/** The same of numbers that are computed one by one. */
export function valuesFrom(length: number, valueAt: (at: number) => number): Values {
  return valuesOf(length, (block, from) => {
    for (let i = 0; i < block.length; i++) block[i] = valueAt(from + i);
  });
}

/** How many numbers there are. */
export function countOf(values: Values): number {
  return values instanceof Float64Array ? values.length : values.codes.length;
}

/** The number at a place, for whoever takes them one by one. */
export function readerOf(values: Values): (at: number) => number {
  if (values instanceof Float64Array) return (at) => values[at]!;
  const { codes, levels } = values;
  return (at) => levels[codes[at]!]!;
}

/** Numbers from a place on into `out`, as many as it has. */
export function readInto(values: Values, at: number, out: Float64Array): void {
  if (values instanceof Float64Array) {
    out.set(values.subarray(at, at + out.length));
    return;
  }
  const { codes, levels } = values;
  for (let i = 0; i < out.length; i++) out[i] = levels[codes[at + i]!]!;
}

/** All numbers, in an array that is the values' own where they are not coded. */
export function numbersOf(values: Values): Float64Array {
  if (values instanceof Float64Array) return values;
  const { codes, levels } = values;
  const numbers = new Float64Array(codes.length);
  for (let at = 0; at < numbers.length; at++) numbers[at] = levels[codes[at]!]!;
  return numbers;
}

/** `of` each number; it is to depend on nothing else. Numbers that are not coded are written over. */
export function mapValues(values: Values, of: (value: number) => number): Values {
  if (!(values instanceof Float64Array)) return { codes: values.codes, levels: values.levels.map(of) };
  for (let at = 0; at < values.length; at++) values[at] = of(values[at]!);
  return values;
}

/** How many of them are 0. */
export function countZeros(values: Values | Uint8Array): number {
  let zeros = 0;
  if (values instanceof Float64Array || values instanceof Uint8Array) {
    for (let at = 0; at < values.length; at++) if (values[at] === 0) zeros++;
    return zeros;
  }
  const { codes, levels } = values;
  const isZero = Uint8Array.from(levels, (level) => (level === 0 ? 1 : 0));
  for (let at = 0; at < codes.length; at++) zeros += isZero[codes[at]!]!;
  return zeros;
}
