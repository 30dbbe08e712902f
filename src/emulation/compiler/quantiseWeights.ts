/** Weights to the values a DAC can set (section 2 of the contract). */
import { CompileError } from '../../base/errors.js';
import { railsOf } from '../../hardware/derived.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { dacValue, nearestLevel } from '../../hardware/optics/converter.js';
import { detuningLinearLevels, type Ring } from '../../hardware/optics/ring.js';
import { type Values, valuesFrom } from '../program/coded.js';
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

/** A layer's weights, which are computed anew at each use: a layer may hold a hundred million. */
interface Numbers {
  readonly length: number;
  readonly at: (i: number) => number;
}

/** Places of the numbers met last; a power of 2. */
const RECENT = 2 ** 12;

/** Whether more than `limit` of the numbers are distinct, zeros aside unless they `count`. */
function hasMoreDistinctThan({ length, at }: Numbers, limit: number, zerosCount: boolean): boolean {
  const seen = new Set<number>();
  // A clustered layer holds few numbers millions of times: most are told without asking the set. Empty places hold 0.
  const recent = new Float64Array(RECENT);
  const one = new Float64Array(1);
  const halves = new Uint32Array(one.buffer);
  for (let i = 0; i < length && seen.size <= limit; i++) {
    // -0 and 0 are one number.
    one[0] = at(i) + 0;
    const value = one[0]!;
    if (value === 0) {
      if (zerosCount) seen.add(0);
      continue;
    }
    const place = Math.imul(halves[0]! ^ halves[1]!, 0x9e3779b1) >>> 20;
    if (recent[place] === value) continue;
    recent[place] = value;
    seen.add(value);
  }
  return seen.size > limit;
}

function chooseLevels(
  spec: LayerSpec,
  hardware: HardwareDescription,
  weights: Numbers,
  zerosCount: boolean,
): 'codebook' | 'uniform' {
  const { levels, bits } = hardware.weightDac;
  if (levels === 'uniform') return 'uniform';
  const fits = !hasMoreDistinctThan(weights, 2 ** bits, zerosCount);
  if (levels === 'codebook' && !fits) {
    throw new CompileError(
      `layer '${spec.name}': weightDac.levels is codebook, but the layer${hardware.batchNorm === 'folded' && spec.batchNorm ? ', batch-norm folded in,' : ''} has more than ` +
        `${2 ** bits} distinct ${zerosCount ? '' : 'non-zero '}weights (weightDac.bits ${bits}); cluster it, raise the bits, or use levels auto or uniform`,
    );
  }
  return fits ? 'codebook' : 'uniform';
}

/** What a weight DAC makes of a magnitude over its scale. */
function dacOf(
  spec: LayerSpec,
  hardware: HardwareDescription,
  ring: Ring,
  levels: 'codebook' | 'uniform',
): (magnitude: number, scale: number) => number {
  const quantise = hardware.effects.weightQuantisation;
  const last = 2 ** hardware.weightDac.bits - 1;
  const detuningLinear = quantise && spec.kind === 'conv2d' && hardware.weightDac.spacing === 'detuning';
  const reachable = detuningLinear ? detuningLinearLevels(ring, hardware.weightDac.bits, railsOf(hardware)) : null;
  return (w, scale) => {
    if (reachable) return reachable[nearestLevel(reachable, Math.min(Math.abs(w) / scale, 1))]!;
    return dacValue(w, scale, last, quantise && levels === 'uniform');
  };
}

/**
 * Offset weights: W' = (W - min W) / (max W - min W) of those that take part. Those are a convolution's that are not 0, and all
 * of a dense layer: its zeros are values between the others, and stream like them.
 */
function offsetWeights(spec: LayerSpec, hardware: HardwareDescription, raw: Numbers, ring: Ring): QuantisedWeights {
  const isDense = spec.kind === 'dense';
  const { length } = raw;
  const kept = new Uint8Array(length);
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = 0; at < length; at++) {
    const w = raw.at(at);
    if (!isDense && w === 0) continue;
    kept[at] = 1;
    least = Math.min(least, w);
    most = Math.max(most, w);
  }
  // All of them the same: 0 is the other end.
  if (!(most > least)) [least, most] = [Math.min(least, 0), Math.max(most, 0)];
  const levels = chooseLevels(spec, hardware, raw, isDense);
  const scale = most - least;
  if (!(scale > 0) || !Number.isFinite(scale))
    return { levels, scale: 0, value: valuesFrom(length, () => 0), offset: { minimum: 0, kept } };
  const dac = dacOf(spec, hardware, ring, levels);
  const value = valuesFrom(length, (at) => (kept[at] ? dac(raw.at(at) - least, scale) : 0));
  return { levels, scale, value, offset: { minimum: least, kept } };
}

/** Quantises a layer's weights, folded gain included; effective signs are those of section 1. */
export function quantiseWeights(
  spec: LayerSpec,
  hardware: HardwareDescription,
  gains: Gains,
  ring: Ring,
): QuantisedWeights {
  const { filters, weight } = spec;
  const { weightFactor } = gains;
  const { length } = weight;
  const folded = hardware.batchNorm === 'folded' && spec.batchNorm !== null;
  const raw: Numbers = { length, at: (at) => weight[at]! * weightFactor[at % filters]! };
  if (railsOf(hardware) === 1) return offsetWeights(spec, hardware, raw, ring);
  let scale = 0;
  for (let at = 0; at < length; at++) scale = Math.max(scale, Math.abs(raw.at(at)));
  const levels = chooseLevels(spec, hardware, folded ? raw : { length, at: (at) => weight[at]! }, false);
  if (scale === 0) return { levels, scale, value: valuesFrom(length, () => 0) };
  const dac = dacOf(spec, hardware, ring, levels);
  const value = valuesFrom(length, (at) => {
    const w = raw.at(at);
    return w === 0 ? 0 : Math.sign(w) * dac(w, scale);
  });
  return { levels, scale, value };
}
