/** Detunings of a row's rings, solved so that neighbours are made up for (section 4 of the contract). */
import { f, nextOf, passedBy, RowsJob, stateOf, transmitted } from './holdJob';

/** p of rings that are to transmit t of their own channel. */
@inline
function placeOf(t: v128, Tmin: v128, F: v128): v128 {
  const one = f64x2.splat(1);
  const ratio = f64x2.div(f64x2.sub(t, Tmin), f64x2.mul(F, f64x2.sub(one, t)));
  return f64x2.sqrt(f64x2.min(f64x2.max(ratio, f64x2.splat(0)), one));
}

/** Has ring `i` stand at p: what it lets pass of the other channels of its waveguide. */
@inline
function move(job: RowsJob, i: u32, p: v128, Tmin: v128, F: v128): void {
  const w = job.ringsPerWaveguide;
  const cosine = f64x2.sqrt(f64x2.sub(f64x2.splat(1), f64x2.mul(p, p)));
  let alpha = job.alpha + 16 * i;
  let passed = passedBy(job, i);
  for (let j: u32 = 0; j < w; j++) {
    if (j != i) {
      const sine = f64x2.sub(
        f64x2.mul(v128.load64_splat(alpha), cosine),
        f64x2.mul(v128.load64_splat(alpha, 8), p),
      );
      v128.store(passed, transmitted(sine, Tmin, F));
    }
    alpha += 16 * w;
    passed += 16 * w;
  }
}

/** Imprints the values of a waveguide's slots from `first` on, and solves for its neighbours. */
export function solve(job: RowsJob, row: u32, first: u32): void {
  const c = job.constants;
  const floor = f(c, 0), full = f(c, 1), X = f64x2.splat(f(c, 5));
  const Tmin = f64x2.splat(floor), Tfs = f64x2.splat(full), F = f64x2.splat(f(c, 2)), zero = f64x2.splat(0);
  const w = job.ringsPerWaveguide;
  const balanced = job.rails == 2;
  const count0 = load<u32>(job.places + 8 * row, 4), count1 = load<u32>(job.places + 8 * row, 12);
  for (let i: u32 = 0; i < w; i++) {
    const slot = first + i;
    const v = v128.load(job.held + 8 * (slot * job.rows + row));
    const magnitude = f64x2.abs(v);
    let t: v128, wanted: v128, solved: v128;
    if (balanced) {
      t = f64x2.add(Tmin, f64x2.mul(magnitude, f64x2.splat(full - floor)));
      wanted = f64x2.mul(f64x2.mul(X, magnitude), f64x2.splat(full - floor));
      solved = f64x2.ne(v, zero);
    } else {
      t = f64x2.max(Tmin, f64x2.mul(v, Tfs));
      wanted = f64x2.mul(f64x2.mul(X, v), Tfs);
      solved = i64x2(slot < count0 ? -1 : 0, slot < count1 ? -1 : 0);
    }
    const p = placeOf(t, Tmin, F);
    const state = stateOf(job, slot);
    v128.store(state, p);
    v128.store(state, f64x2.lt(v, zero), 16);
    v128.store(state, wanted, 32);
    v128.store(state, solved, 48);
    if (job.rounds) move(job, i, p, Tmin, F);
  }
  const states = stateOf(job, first);
  const passed = passedBy(job, 0);
  for (let round: u32 = 0; round < job.rounds; round++) {
    // All from the places of the round before.
    for (let j: u32 = 0; j < w; j++) {
      const state = states + 64 * j;
      const isMinus = v128.load(state, 16);
      let own = f64x2.splat(1), other = f64x2.splat(1);
      let at = passed + 16 * w * j;
      let parked = job.parked + 8 * w * j;
      for (let i: u32 = 0; i < w; i++) {
        if (i != j) {
          const by = v128.load(at), byParked = v128.load64_splat(parked);
          if (balanced) {
            const differs = v128.xor(isMinus, v128.load(states + 64 * i, 16));
            own = f64x2.mul(own, v128.bitselect(byParked, by, differs));
            other = f64x2.mul(other, v128.bitselect(by, byParked, differs));
          } else own = f64x2.mul(own, by);
        }
        at += 16;
        parked += 8;
      }
      let wanted = v128.load(state, 32);
      // Between two rails, what the other rail's pedestal gives is made up for too.
      if (balanced) wanted = f64x2.add(wanted, f64x2.mul(Tmin, other));
      const t = f64x2.min(f64x2.max(f64x2.div(wanted, own), Tmin), Tfs);
      v128.store(nextOf(job, j), v128.bitselect(placeOf(t, Tmin, F), v128.load(state), v128.load(state, 48)));
    }
    let moved = false;
    for (let j: u32 = 0; j < w; j++) {
      const state = states + 64 * j;
      const p = v128.load(nextOf(job, j));
      if (v128.any_true(f64x2.ne(p, v128.load(state)))) {
        v128.store(state, p);
        move(job, j, p, Tmin, F);
        moved = true;
      }
    }
    if (!moved) break;
  }
}
