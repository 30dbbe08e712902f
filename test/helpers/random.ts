/** Random numbers for tests that are not those under test. */

/** Uniform in [0, 1), the same sequence for the same seed (mulberry32, T. Ettinger). */
export function uniforms(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` float32 values in [low, high), each 0 with probability `zeros`. */
export function randomArray(seed: number, count: number, low: number, high: number, zeros = 0): Float32Array {
  const next = uniforms(seed);
  return Float32Array.from({ length: count }, () => (next() < zeros ? 0 : low + (high - low) * next()));
}
