/** What the kernels count, in WGSL, and the host's view of it. */

/**
 * Words of an image, int32: clipped elements, zero elements, elements that may not be (NaN, or negative in one pass), lit samples
 * in two words, low first; outputs that are not finite; clipped conversions of either pass.
 */
export const COUNTS = 8;

/** Words that the kernels of rows add to. */
export const [NOT_FINITE_AT, CLIPPED_AT] = [5, 6];

/**
 * The first five counts: of a thread's elements in a `Tally`, of its workgroup in `tallies`, for which a barrier is to be waited.
 * Wants `levelWgsl` and the uniforms `dac`, `onePass` and `largestUnclipped`.
 */
export const TALLY_WGSL = /* wgsl */ `
struct Tally { clipped : u32, zero : u32, invalid : u32, low : u32, high : u32 };

var<workgroup> tallies : array<atomic<u32>, 5>;

// \`uses\`: samples that read the element.
fn tallyElement(tally : ptr<function, Tally>, element : f32, level : f32, uses : u32) {
  let bits = bitcast<u32>(element);
  if (abs(element) > uniforms.largestUnclipped) { (*tally).clipped++; }
  if (isZero(element, level)) {
    (*tally).zero++;
  } else if (level >= uniforms.dac.z) {
    (*tally).low += uses;
    if ((*tally).low < uses) { (*tally).high++; }
  }
  let isNaN = (bits & 0x7fffffffu) > 0x7f800000u;
  if (isNaN || (uniforms.onePass == 1u && bits > 0x80000000u)) { (*tally).invalid++; }
}

fn addTo(which : u32, amount : u32) { if (amount > 0u) { atomicAdd(&tallies[which], amount); } }

fn addTally(tally : Tally) {
  addTo(0u, tally.clipped);
  addTo(1u, tally.zero);
  addTo(2u, tally.invalid);
  addTo(4u, tally.high);
  if (tally.low == 0u) { return; }
  let before = atomicAdd(&tallies[3], tally.low);
  if (before + tally.low < before) { atomicAdd(&tallies[4], 1u); }
}
`;

/** What rows count of an output, and of a pass's conversions; wants the binding `counts`. */
export const COUNT_ROWS_WGSL = /* wgsl */ `
// Compared as bits: a device need not know infinity.
fn isFinite(value : f32) -> bool { return (bitcast<u32>(value) & 0x7f800000u) != 0x7f800000u; }

fn countNotFinite(image : u32, count : i32) {
  if (count > 0) { atomicAdd(&counts[${COUNTS}u * image + ${NOT_FINITE_AT}u], count); }
}

fn countClipped(image : u32, side : u32, count : u32) {
  if (count > 0u) { atomicAdd(&counts[${COUNTS}u * image + ${CLIPPED_AT}u + side], i32(count)); }
}
`;

/** Counts of one image. */
export interface ImageCounts {
  readonly clippedActivations: number;
  readonly zeroActivations: number;
  readonly litSamples: number;
  readonly clippedConversions: number;
}

/** Its input holds what it may not hold; every output is a finite number. */
interface Verdict {
  readonly isInvalid: boolean;
  readonly allFinite: boolean;
}

/** One image's counts from the words of a batch. */
export function countsOf(words: Int32Array, image: number): { readonly counts: ImageCounts } & Verdict {
  const at = COUNTS * image;
  const word = (which: number) => words[at + which]! >>> 0;
  return {
    counts: {
      clippedActivations: word(0),
      zeroActivations: word(1),
      clippedConversions: word(CLIPPED_AT) + word(CLIPPED_AT + 1),
      litSamples: word(3) + word(4) * 2 ** 32,
    },
    isInvalid: word(2) > 0,
    allFinite: word(NOT_FINITE_AT) === 0,
  };
}

/** Clipped conversions of a pass of an image. */
export function clippedOf(words: Int32Array, image: number, pass: number): number {
  return words[COUNTS * image + CLIPPED_AT + pass]! >>> 0;
}
