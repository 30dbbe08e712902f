/** Weights to the values a DAC can set (section 2 of the contract). */
import { CompileError } from '../../base/errors.js';
import { railsOf } from '../../hardware/derived.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { dacCode, dacValue, nearestLevel } from '../../hardware/optics/converter.js';
import { detuningLinearLevels, type Ring } from '../../hardware/optics/ring.js';
import { BLOCK, type Fill, type Values, valuesAmong, valuesOf } from '../program/coded.js';
import type { Gains } from './gains.js';
import type { LayerSpec } from './layerSpec.js';

export interface QuantisedWeights {
  readonly levels: 'codebook' | 'uniform';
  /** S_w; of offset weights max W - min W. */
  readonly scale: number;
  /**
   * Values in [-1, 1] with effective sign, layout of the layer's weight; 0 where the code is 0. Of offset weights W' in [0, 1];
   * 0 where a weight takes no part.
   */
  readonly value: Values;
  /** Offset weights only: min W, and which weights take part, 1 or 0. */
  readonly offset?: { readonly minimum: number; readonly kept: Uint8Array };
}

/** All that the quantised weights of a layer follow from, besides the weights. */
export interface WeightQuantiser {
  readonly isDense: boolean;
  readonly rails: 1 | 2;
  readonly levels: HardwareDescription['weightDac']['levels'];
  readonly bits: number;
  /** Whether uniform levels are rounded to. */
  readonly rounds: boolean;
  /** Whether batch-norm is part of the weights. */
  readonly folded: boolean;
  /** Factor on each filter's weights, [filters]. */
  readonly factor: Float64Array;
  /** Levels of a DAC that is linear in detuning; null: it is linear in transmission. */
  readonly reachable: Float64Array | null;
}

/** What a layer's weights are quantised with. */
export function quantiserOf(
  spec: LayerSpec,
  hardware: HardwareDescription,
  { weightFactor: factor }: Gains,
  ring: Ring,
): WeightQuantiser {
  const { levels, bits, spacing } = hardware.weightDac;
  const rounds = hardware.effects.weightQuantisation;
  const rails = railsOf(hardware);
  const isDense = spec.kind === 'dense';
  const reachable = rounds && !isDense && spacing === 'detuning' ? detuningLinearLevels(ring, bits, rails) : null;
  const folded = hardware.batchNorm === 'folded' && spec.batchNorm !== null;
  return { isDense, rails, levels, bits, rounds, folded, factor, reachable };
}

/** Weights times their filter's factor, computed anew at each use: a layer may hold a hundred million. */
function scaled(weight: Float32Array, factor: Float64Array): Fill {
  const filters = factor.length;
  return (block, from) => {
    let f = from % filters;
    for (let i = 0; i < block.length; i++) {
      block[i] = weight[from + i]! * factor[f]!;
      if (++f === filters) f = 0;
    }
  };
}

/** The numbers of `fill`, a block at a time, until `visit` returns false. */
function forBlocks(length: number, fill: Fill, visit: (block: Float64Array, from: number) => unknown): void {
  const whole = new Float64Array(Math.min(BLOCK, length));
  for (let from = 0; from < length; from += BLOCK) {
    const block = whole.subarray(0, length - from);
    fill(block, from);
    if (visit(block, from) === false) return;
  }
}

/** Places of the numbers met last; a power of 2. */
const RECENT = 2 ** 12;

/** Whether more than `limit` of the numbers are distinct, zeros aside unless they `count`. */
function hasMoreDistinctThan(length: number, numbers: Fill, limit: number, zerosCount: boolean): boolean {
  const seen = new Set<number>();
  // A clustered layer holds few numbers millions of times: most are told without asking the set. Empty places hold 0.
  const recent = new Float64Array(RECENT);
  const one = new Float64Array(1);
  const halves = new Uint32Array(one.buffer);
  forBlocks(length, numbers, (block) => {
    for (let i = 0; i < block.length; i++) {
      // -0 and 0 are one number.
      const value = block[i]! + 0;
      if (value === 0) {
        if (zerosCount) seen.add(0);
        continue;
      }
      one[0] = value;
      const place = Math.imul(halves[0]! ^ halves[1]!, 0x9e3779b1) >>> 20;
      if (recent[place] === value) continue;
      recent[place] = value;
      seen.add(value);
    }
    return seen.size <= limit;
  });
  return seen.size > limit;
}

/** @param zerosCount whether 0 is a level among others. */
function chooseLevels(
  spec: LayerSpec,
  { levels, bits, folded, rails, factor }: WeightQuantiser,
  zerosCount: boolean,
): 'codebook' | 'uniform' {
  if (levels === 'uniform') return 'uniform';
  const { weight } = spec;
  // Between two rails a sign that batch-norm gives a filter makes no other number.
  const numbers = scaled(weight, folded || rails === 1 ? factor : factor.map(() => 1));
  const fits = !hasMoreDistinctThan(weight.length, numbers, 2 ** bits, zerosCount);
  if (levels === 'codebook' && !fits) {
    throw new CompileError(
      `layer '${spec.name}': weightDac.levels is codebook, but the layer${folded ? ', batch-norm folded in,' : ''} has more than ` +
        `${2 ** bits} distinct ${zerosCount ? '' : 'non-zero '}weights (weightDac.bits ${bits}); cluster it, raise the bits, or use levels auto or uniform`,
    );
  }
  return fits ? 'codebook' : 'uniform';
}

/** What a weight DAC makes of a magnitude. */
function dacOf(
  { rounds, bits, reachable }: WeightQuantiser,
  levels: 'codebook' | 'uniform',
  scale: number,
): (magnitude: number) => number {
  if (reachable) return (w) => reachable[nearestLevel(reachable, Math.min(Math.abs(w) / scale, 1))]!;
  const last = 2 ** bits - 1;
  const isUniform = rounds && levels === 'uniform';
  return (w) => dacValue(w, scale, last, isUniform);
}

/** Whether values are codes over the last code. */
const roundsUniformly = ({ rounds, reachable }: WeightQuantiser, levels: 'codebook' | 'uniform') =>
  rounds && levels === 'uniform' && reachable === null;

/** What `dacOf` makes of weights that are rounded uniformly, with their signs, without asking it one by one. */
function uniformWeights(weight: Float32Array, { factor, bits }: WeightQuantiser, scale: number): Values {
  const last = 2 ** bits - 1;
  // Codes of weights that are not negative, then of those that are: of these 0 is -0.
  const numbers = Float64Array.from({ length: 2 * (last + 1) }, (_, at) =>
    at <= last ? at / last : -((at - last - 1) / last),
  );
  const filters = factor.length;
  return valuesAmong(numbers, weight.length, (places, from) => {
    let f = from % filters;
    for (let i = 0; i < places.length; i++) {
      const w = weight[from + i]! * factor[f]!;
      if (++f === filters) f = 0;
      const code = dacCode(w, scale, last);
      places[i] = w < 0 ? last + 1 + code : code;
    }
  });
}

const zeros = (length: number): Values => valuesOf(length, (block) => block.fill(0));

/**
 * Offset weights: W' = (W - min W) / (max W - min W) of those that take part. Those are a convolution's that are not 0, and all
 * of a dense layer: its zeros are values between the others, and stream like them.
 */
function offsetWeights(spec: LayerSpec, quantiser: WeightQuantiser): QuantisedWeights {
  const { isDense, factor } = quantiser;
  const { length } = spec.weight;
  const raw = scaled(spec.weight, factor);
  const kept = new Uint8Array(length);
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  forBlocks(length, raw, (block, from) => {
    for (let i = 0; i < block.length; i++) {
      const w = block[i]!;
      if (!isDense && w === 0) continue;
      kept[from + i] = 1;
      least = Math.min(least, w);
      most = Math.max(most, w);
    }
  });
  // All of them the same: 0 is the other end.
  if (!(most > least)) [least, most] = [Math.min(least, 0), Math.max(most, 0)];
  const levels = chooseLevels(spec, quantiser, isDense);
  const scale = most - least;
  if (!(scale > 0) || !Number.isFinite(scale))
    return { levels, scale: 0, value: zeros(length), offset: { minimum: 0, kept } };
  const dac = dacOf(quantiser, levels, scale);
  const value = valuesOf(length, (block, from) => {
    raw(block, from);
    for (let i = 0; i < block.length; i++) block[i] = kept[from + i] ? dac(block[i]! - least) : 0;
  });
  return { levels, scale, value, offset: { minimum: least, kept } };
}

/** Weights on a quantiser; of `spec` only the weights matter, and its name to errors. */
export function quantised(spec: LayerSpec, quantiser: WeightQuantiser): QuantisedWeights {
  if (quantiser.rails === 1) return offsetWeights(spec, quantiser);
  const { length } = spec.weight;
  const raw = scaled(spec.weight, quantiser.factor);
  let scale = 0;
  forBlocks(length, raw, (block) => {
    for (let i = 0; i < block.length; i++) scale = Math.max(scale, Math.abs(block[i]!));
  });
  const levels = chooseLevels(spec, quantiser, false);
  if (scale === 0) return { levels, scale, value: zeros(length) };
  if (roundsUniformly(quantiser, levels))
    return { levels, scale, value: uniformWeights(spec.weight, quantiser, scale) };
  const dac = dacOf(quantiser, levels, scale);
  const value = valuesOf(length, (block, from) => {
    raw(block, from);
    for (let i = 0; i < block.length; i++) {
      const w = block[i]!;
      block[i] = w === 0 ? 0 : Math.sign(w) * dac(w);
    }
  });
  return { levels, scale, value };
}

/** Quantises a layer's weights, folded gain included; effective signs are those of section 1. */
export function quantiseWeights(
  spec: LayerSpec,
  hardware: HardwareDescription,
  gains: Gains,
  ring: Ring,
): QuantisedWeights {
  return quantised(spec, quantiserOf(spec, hardware, gains, ring));
}
