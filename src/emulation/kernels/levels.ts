/** Boundaries of the converters where kernels meet them: in codes, or in float32 magnitudes. */
import type { MacProgram } from '../program/types.js';

const word = new Uint32Array(1);
const asFloat = new Float32Array(word.buffer);

/** Largest float32 that is not above x >= 0. */
export function float32Below(x: number): number {
  asFloat[0] = x;
  if (asFloat[0]! > x) word[0]! -= 1;
  return asFloat[0]!;
}

/** Smallest code whose value is at least v. */
export function firstCodeFrom(v: number, maximumCode: number): number {
  let code = Math.max(Math.floor(v * maximumCode) - 1, 0);
  while (code / maximumCode < v) code++;
  return code;
}

/** Smallest float32 x >= 0 whose quotient x / scale is at least v, in float64. */
function firstFloat32From(v: number, scale: number): number {
  asFloat[0] = v * scale;
  while (word[0]! > 0 && asFloat[0]! / scale >= v) word[0]! -= 1;
  while (asFloat[0]! / scale < v) word[0]! += 1;
  return asFloat[0]!;
}

/** Smallest float32 in [0, most] from which on a property holds that `most` has. */
export function float32From(holds: (x: number) => boolean, most: number): number {
  asFloat[0] = most;
  let [without, first] = [-1, word[0]!];
  while (first - without > 1) {
    const middle = Math.floor((without + first) / 2);
    word[0] = middle;
    if (holds(asFloat[0]!)) first = middle;
    else without = middle;
  }
  word[0] = first;
  return asFloat[0]!;
}

/**
 * The activations' DAC and the VCSELs' floor in units in which no division is left: codes where activations are rounded,
 * otherwise magnitudes of the input. A unit is 1 / `full` of full scale.
 */
export interface StreamedLevels {
  readonly full: number;
  /** Levels below are gated. */
  readonly firstLit: number;
  /** Levels below, and lit, are emitted as `floor`. */
  readonly firstAboveFloor: number;
  readonly floor: number;
}

/** Levels of a layer that streams its activations. */
export function streamedLevels({ activationDac, activationScale, floor }: MacProgram): StreamedLevels {
  const { quantise, maximumCode } = activationDac;
  const full = quantise ? maximumCode : activationScale;
  const first = (v: number) => (quantise ? firstCodeFrom(v, maximumCode) : firstFloat32From(v, activationScale));
  return { full, firstLit: first(floor / 2), firstAboveFloor: first(floor), floor: floor * full };
}
