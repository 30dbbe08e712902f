/** AssemblyScript: what a machine gives at most, and two ways through a row of a dense layer. Compiled by microKernels.mjs. */

/** Eight independent chains of f32x4 multiplications and additions; what they come to is stored, so that they are not left out. */
export function multiplyAdds(steps: u32): void {
  const factor = f32x4.splat(load<f32>(0) + 1.0000001);
  const term = f32x4.splat(load<f32>(0) + 1e-7);
  let a = term,
    b = term,
    c = term,
    d = term,
    e = term,
    f = term,
    g = term,
    h = term;
  for (let step: u32 = 0; step < steps; step++) {
    a = f32x4.add(term, f32x4.mul(a, factor));
    b = f32x4.add(term, f32x4.mul(b, factor));
    c = f32x4.add(term, f32x4.mul(c, factor));
    d = f32x4.add(term, f32x4.mul(d, factor));
    e = f32x4.add(term, f32x4.mul(e, factor));
    f = f32x4.add(term, f32x4.mul(f, factor));
    g = f32x4.add(term, f32x4.mul(g, factor));
    h = f32x4.add(term, f32x4.mul(h, factor));
  }
  const half = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
  v128.store(16, f32x4.add(half, f32x4.add(f32x4.add(e, f), f32x4.add(g, h))));
}

/** Eight independent chains of roots. */
export function roots(steps: u32): void {
  let a = f32x4.splat(load<f32>(0) + 2),
    b = a,
    c = a,
    d = a,
    e = a,
    f = a,
    g = a,
    h = a;
  for (let step: u32 = 0; step < steps; step++) {
    a = f32x4.sqrt(a);
    b = f32x4.sqrt(b);
    c = f32x4.sqrt(c);
    d = f32x4.sqrt(d);
    e = f32x4.sqrt(e);
    f = f32x4.sqrt(f);
    g = f32x4.sqrt(g);
    h = f32x4.sqrt(h);
  }
  const half = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
  v128.store(16, f32x4.add(half, f32x4.add(f32x4.add(e, f), f32x4.add(g, h))));
}

/** Reads `bytes` (a multiple of 64) from `from` on, `times` over. */
export function read(from: usize, bytes: u32, times: u32): void {
  let a = i32x4.splat(0),
    b = a,
    c = a,
    d = a;
  for (let time: u32 = 0; time < times; time++) {
    const end = from + bytes;
    for (let at = from; at < end; at += 64) {
      a = v128.xor(a, v128.load(at));
      b = v128.xor(b, v128.load(at, 16));
      c = v128.xor(c, v128.load(at, 32));
      d = v128.xor(d, v128.load(at, 48));
    }
  }
  v128.store(16, v128.xor(v128.xor(a, b), v128.xor(c, d)));
}

/** Rows of `size` inputs, sixteen filters at a time: weights [blocks][inputs][16], held values [inputs], sums [filters]. */
export function simdRows(weights: usize, held: usize, sums: usize, inputs: u32, blocks: u32, size: u32): void {
  for (let row: u32 = 0; row < inputs; row += size) {
    const end = min(row + size, inputs);
    for (let block: u32 = 0; block < blocks; block++) {
      let at = weights + 64 * (<usize>block * inputs + row);
      const to = sums + 64 * <usize>block;
      let x0 = v128.load(to),
        x1 = v128.load(to, 16),
        x2 = v128.load(to, 32),
        x3 = v128.load(to, 48);
      for (let k = row; k < end; k++) {
        const v = v128.load32_splat(held + 4 * <usize>k);
        x0 = f32x4.add(x0, f32x4.mul(v128.load(at), v));
        x1 = f32x4.add(x1, f32x4.mul(v128.load(at, 16), v));
        x2 = f32x4.add(x2, f32x4.mul(v128.load(at, 32), v));
        x3 = f32x4.add(x3, f32x4.mul(v128.load(at, 48), v));
        at += 64;
      }
      v128.store(to, x0);
      v128.store(to, x1, 16);
      v128.store(to, x2, 32);
      v128.store(to, x3, 48);
    }
  }
}

/** The same from lists of non-zero weights: of each input where its list begins, then (place of the sum, weight) in 8 bytes. */
export function scatterRows(starts: usize, list: usize, held: usize, sums: usize, inputs: u32): void {
  for (let k: u32 = 0; k < inputs; k++) {
    const v = load<f32>(held + 4 * <usize>k);
    const end = list + load<u32>(starts + 4 * <usize>k, 4);
    for (let at = list + load<u32>(starts + 4 * <usize>k); at < end; at += 8) {
      const to = sums + load<u32>(at);
      store<f32>(to, load<f32>(to) + v * load<f32>(at, 4));
    }
  }
}
