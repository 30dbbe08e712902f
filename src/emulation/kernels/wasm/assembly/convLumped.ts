/** Convolutions in fidelity lumped: signals and variances of all rows of an output, then one normal. */
import { BlockConstants, ConvJob, stepsOf } from './convJob';
import { sumRows } from './convSums';
import { fillNormals } from './philox';

/** Adds what `sumRows` left at `from`, with `dark` in its variances, to lumped signals, negated in the second pass, and variances. */
@inline
function addLumped(to: usize, from: usize, dark: v128, pass: u32): void {
  for (const last = to + 64; to < last; to += 16) {
    const x = v128.load(from), sum = v128.load(to);
    v128.store(to, pass ? f32x4.sub(sum, x) : f32x4.add(sum, x));
    v128.store(to, f32x4.add(v128.load(to, 64), f32x4.add(v128.load(from, 64), dark)), 64);
    from += 16;
  }
}

/** Rows of a filter one by one: with a noise table, a row's variance depends on its own sum. */
function lumpSingleRows(job: ConvJob, first: u32, end: u32, block: u32, pass: u32, to: usize): void {
  const c = changetype<BlockConstants>(job.constants);
  const dark = f32x4.sub(f32x4.splat(job.lumpedVariance), c.constantVariance);
  for (let row = first; row < end; ) {
    const next = min(row + job.rowsPerFill, end);
    sumRows(job, row, next, 1, block, pass, true);
    for (let from = job.rowSums, last = from + 128 * (next - row); from < last; from += 128) addLumped(to, from, dark, pass);
    row = next;
  }
}

/** Adds a pass of filters to their lumped signals, negated in the second pass, and to their variances. */
function lumpPass(job: ConvJob, filter: u32, lastFilter: u32, block: u32, pass: u32): void {
  const c = changetype<BlockConstants>(job.constants);
  for (let f = filter; f < lastFilter; f++) {
    const first = load<u32>(job.filterRows + 4 * f), end = load<u32>(job.filterRows + 4 * f, 4);
    if (first == end) continue;
    const to = job.lumped + 128 * (f - filter);
    if (job.table) {
      lumpSingleRows(job, first, end, block, pass, to);
      continue;
    }
    sumRows(job, first, end, end - first, block, pass, true);
    // One dark sample is in the sums already.
    addLumped(to, job.rowSums, f32x4.sub(f32x4.splat(<f32>(end - first) * job.lumpedVariance), c.constantVariance), pass);
  }
}

/** Filters over a block in fidelity lumped, into their sums: one normal an output. */
export function lumpBlock(job: ConvJob, filter: u32, lastFilter: u32, block: u32, passes: u32): void {
  const c = changetype<BlockConstants>(job.constants);
  const filters = lastFilter - filter;
  memory.fill(job.lumped, 0, 128 * filters);
  for (let pass: u32 = 0; pass < passes; pass++) lumpPass(job, filter, lastFilter, block, pass);
  const group = (<u64>filter * <u64>job.pitch + 16 * <u64>block) >> 2;
  const draw = job.lumpedDraw != 0;
  if (draw) fillNormals(job.stream0, <u32>group, 4 * filters, job.normals);
  for (let f: usize = 0; f < filters; f++) {
    for (let at: usize = 0; at < 64; at += 16) {
      const from = job.lumped + 128 * f + at;
      v128.store(job.sums + 64 * f + at, draw ? stepsOf(c, from, job.normals + 64 * f + at, true) : stepsOf(c, from, 0, false));
      if (job.tap) {
        const to = job.tap + 64 * (job.blocks * (filter + <u32>f) + block) + at;
        v128.store(to, stepsOf(c, from, 0, false));
        v128.store(to + 64 * job.blocks * job.filters, draw ? v128.load(from, 64) : i32x4.splat(0));
      }
    }
  }
}

