/** Weights to the values a DAC can set (section 2 of the contract). */
import { CompileError } from '../../base/errors.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { dacValue, nearestLevel } from '../../hardware/optics/converter.js';
import { detuningLinearLevels, type Ring } from '../../hardware/optics/ring.js';
import type { Gains } from './gains.js';
import type { LayerSpec } from './layerSpec.js';

export interface QuantisedWeights {
  readonly levels: 'codebook' | 'uniform';
  /** S_w. */
  readonly scale: number;
  /** Values in [-1, 1] with effective sign, layout of the layer's weight; 0 where the code is 0. */
  readonly value: Float64Array;
}

/** Whether `values` holds more than `limit` distinct numbers that are not 0. */
function hasMoreDistinctThan(values: ArrayLike<number>, limit: number): boolean {
  const seen = new Set<number>();
  for (let i = 0; i < values.length && seen.size <= limit; i++) if (values[i] !== 0) seen.add(values[i]!);
  return seen.size > limit;
}

function chooseLevels(
  spec: LayerSpec,
  hardware: HardwareDescription,
  weights: ArrayLike<number>,
): 'codebook' | 'uniform' {
  const { levels, bits } = hardware.weightDac;
  if (levels === 'uniform') return 'uniform';
  const fits = !hasMoreDistinctThan(weights, 2 ** bits);
  if (levels === 'codebook' && !fits) {
    throw new CompileError(
      `layer '${spec.name}': weightDac.levels is codebook, but the layer${hardware.batchNorm === 'folded' && spec.batchNorm ? ', batch-norm folded in,' : ''} has more than ` +
        `${2 ** bits} distinct non-zero weights (weightDac.bits ${bits}); cluster it, raise the bits, or use levels auto or uniform`,
    );
  }
  return fits ? 'codebook' : 'uniform';
}

/** Quantises a layer's weights, folded gain included; effective signs are those of section 1. */
export function quantiseWeights(
  spec: LayerSpec,
  hardware: HardwareDescription,
  gains: Gains,
  ring: Ring,
): QuantisedWeights {
  const { filters, weight } = spec;
  const folded = hardware.batchNorm === 'folded' && spec.batchNorm !== null;
  // One array, quantised in place: a layer may hold tens of millions of weights.
  const value = new Float64Array(weight.length);
  let scale = 0;
  for (let at = 0; at < weight.length; at++) {
    value[at] = weight[at]! * gains.weightFactor[at % filters]!;
    scale = Math.max(scale, Math.abs(value[at]!));
  }
  const levels = chooseLevels(spec, hardware, folded ? value : weight);
  if (scale === 0) return { levels, scale, value: value.fill(0) };
  const quantise = hardware.effects.weightQuantisation;
  const last = 2 ** hardware.weightDac.bits - 1;
  const detuningLinear = quantise && spec.kind === 'conv2d' && hardware.weightDac.spacing === 'detuning';
  const reachable = detuningLinear ? detuningLinearLevels(ring, hardware.weightDac.bits) : null;
  const magnitude = (w: number) => {
    if (reachable) return reachable[nearestLevel(reachable, Math.min(Math.abs(w) / scale, 1))]!;
    return dacValue(w, scale, last, quantise && levels === 'uniform');
  };
  for (let at = 0; at < value.length; at++) {
    const w = value[at]!;
    value[at] = w === 0 ? 0 : Math.sign(w) * magnitude(w);
  }
  return { levels, scale, value };
}
