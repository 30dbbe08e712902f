/** A row's activations on the bank of a dense layer's unit: what its channels transmit. */
import { CHIRPED_SLOT, DenseJob, SLOT } from './denseJob';
import { Bank, detune, transmit } from './fcBank';

/** Half sum and half difference of what the rails transmit. */
@inline
function storeHalves(to: usize, plus: f64, minus: f64): void {
  store<f32>(to, <f32>(0.5 * (plus + minus)));
  store<f32>(to, <f32>(0.5 * (plus - minus)), 4);
}

/**
 * The host's evaluation of a bank whose response is measured: `bank.H`, and `bank.slopes` where there are any, of the first
 * `count` channels, and what tuning holds. Returns 1 where a ring is beyond the electro-optic range.
 */
@external("env", "holdMeasured")
declare function holdMeasured(bank: usize, unit: u32, values: usize, count: u32): u32;

/** Input that stands in a slot. */
@inline
function inputOf(job: DenseJob, slot: u32): u32 {
  return (load<u32>(job.entries + 4 * slot) - <u32>job.weights) >> 6;
}

/** Detunes the bank to a row's values and leaves what its channels transmit. */
export function holdRow(job: DenseJob, pass: u32, row: u32, count: u32): void {
  const bank = changetype<Bank>(job.bank);
  bank.shifts = job.results + 64 + 32 * pass;
  const unit = row % bank.units;
  let slow: u32;
  if (bank.measured) {
    slow = holdMeasured(job.bank, unit, job.values, count);
  } else {
    slow = detune(bank, unit, job.values, count);
    transmit(bank, unit, count);
  }
  store<u32>(job.slowRows + 4 * (pass * job.mostRows + row), slow);
  const step = bank.slopes ? CHIRPED_SLOT : SLOT;
  for (let slot: usize = 0, to = job.H; slot < <usize>count; slot++, to += step) {
    const plus = load<f64>(bank.H + 16 * slot), minus = load<f64>(bank.H + 16 * slot, 8);
    storeHalves(to, plus, minus);
    if (!bank.slopes) continue;
    const chirp = load<f64>(bank.constants, 48);
    const slopePlus = chirp * load<f64>(bank.slopes + 16 * slot), slopeMinus = chirp * load<f64>(bank.slopes + 16 * slot, 8);
    storeHalves(to + 8, plus - load<f64>(bank.constants, 56) * slopePlus, minus - load<f64>(bank.constants, 64) * slopeMinus);
    storeHalves(to + 16, slopePlus, slopeMinus);
  }
  if (job.tapEntries) {
    const at = pass * job.tapRows + row;
    for (let slot: u32 = 0; slot < count; slot++) {
      store<u32>(job.tapEntries + 4 * (at * job.size + slot), inputOf(job, slot));
      v128.store(job.tapH + 16 * (at * job.size + slot), v128.load(bank.H + 16 * slot));
    }
  }
}

/** Leaves what the entries of the row that is held transmit at their inputs in `out`: see `holdDense`. */
export function storeHeld(job: DenseJob, count: u32, out: usize): void {
  const bank = changetype<Bank>(job.bank);
  const plane: usize = 4 * job.inputs;
  for (let slot: u32 = 0; slot < count; slot++) {
    const at = out + 4 * <usize>inputOf(job, slot);
    store<f32>(at, <f32>load<f64>(bank.H + 16 * slot));
    store<f32>(at + plane, <f32>load<f64>(bank.H + 16 * slot, 8));
    if (!bank.slopes) continue;
    store<f32>(at + 2 * plane, <f32>load<f64>(bank.slopes + 16 * slot));
    store<f32>(at + 3 * plane, <f32>load<f64>(bank.slopes + 16 * slot, 8));
  }
}
