/**
 * Random numbers of the emulation contract, section 9: Philox4x32-10 seeded as TensorFlow's StatelessRandomNormal.
 * This is the float64 definition; the kernels compute the same numbers in float32.
 * Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11.
 */

/** A pair of int32 seeds, both >= 0. */
export type SeedPair = readonly [number, number];
export type Words = [number, number, number, number];

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** High 32 bits of the unsigned product of two 32-bit numbers. */
function mulHigh(a: number, b: number): number {
  const [aHigh, aLow] = [a >>> 16, a & 0xffff];
  const [bHigh, bLow] = [b >>> 16, b & 0xffff];
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const middleLow = (middle & 0xffff) + aLow * bHigh;
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(middleLow / 0x10000)) >>> 0;
}

/** Ten rounds of Philox4x32 on `counter` under `key`; all numbers are unsigned 32-bit. */
export function philox4x32(counter: Readonly<Words>, key: readonly [number, number]): Words {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = mulHigh(M0, c0);
    const low0 = Math.imul(M0, c0) >>> 0;
    const high1 = mulHigh(M1, c2);
    const low1 = Math.imul(M1, c2) >>> 0;
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + W0) >>> 0;
    k1 = (k1 + W1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** Key and the high half of the counter that TensorFlow derives from a seed pair. */
export interface PhiloxStream {
  readonly key: readonly [number, number];
  readonly counterHigh: readonly [number, number];
}

/** The key under which TensorFlow scrambles seeds. */
export const MIX_KEY: readonly [number, number] = [0x3ec8f720, 0x02461e29];

/** TensorFlow's scrambling of a seed pair. */
export function philoxStream([s0, s1]: SeedPair): PhiloxStream {
  const mix = philox4x32([s0 >>> 0, 0, s1 >>> 0, 0], MIX_KEY);
  return { key: [mix[0], mix[1]], counterHigh: [mix[2], mix[3]] };
}

/** The four words of `group`: samples 4 group .. 4 group + 3. */
export function philoxGroup(stream: PhiloxStream, group: number): Words {
  return philox4x32([group >>> 0, Math.floor(group / 2 ** 32) >>> 0, ...stream.counterHigh], stream.key);
}

const mantissa = new Uint32Array(1);
const asFloat = new Float32Array(mantissa.buffer);

/** Uniform in [0, 1) from the low 23 bits of a word. */
export function uniformFromWord(word: number): number {
  mantissa[0] = 0x3f800000 | (word & 0x7fffff);
  return asFloat[0]! - 1;
}

/** Two standard normals from two words (Box and Muller, Ann. Math. Stat. 29, 1958). */
export function boxMuller(word0: number, word1: number): [number, number] {
  const radius = Math.sqrt(-2 * Math.log(Math.max(uniformFromWord(word0), 1e-7)));
  const angle = 2 * Math.PI * uniformFromWord(word1);
  return [radius * Math.sin(angle), radius * Math.cos(angle)];
}

function fill(
  seed: SeedPair,
  first: number,
  count: number,
  samplesOf: (words: Words) => readonly number[],
): Float64Array {
  const stream = philoxStream(seed);
  const out = new Float64Array(count);
  for (let i = 0; i < count; ) {
    const samples = samplesOf(philoxGroup(stream, Math.floor((first + i) / 4)));
    for (let lane = (first + i) % 4; lane < 4 && i < count; lane++, i++) out[i] = samples[lane]!;
  }
  return out;
}

/** Standard normal samples first .. first + count - 1 of the stream of `seed`. */
export function philoxNormals(seed: SeedPair, first: number, count: number): Float64Array {
  return fill(seed, first, count, ([a, b, c, d]) => [...boxMuller(a, b), ...boxMuller(c, d)]);
}

/** Uniform samples in [0, 1), one a word, of the stream of `seed`. */
export function philoxUniforms(seed: SeedPair, first: number, count: number): Float64Array {
  return fill(seed, first, count, (words) => words.map(uniformFromWord));
}
