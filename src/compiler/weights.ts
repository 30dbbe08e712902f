/** Weights to the values a DAC can set (section 2 of the contract). */
import { CompileError } from '../errors.js';
import { dacValue, nearestLevel } from '../hardware/converter.js';
import type { HardwareDescription } from '../hardware/description.js';
import { detuningLinearLevels, type Ring } from '../hardware/ring.js';
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
  const scaled = Float64Array.from(weight, (w, at) => w * gains.weightFactor[at % filters]!);
  const levels = chooseLevels(spec, hardware, folded ? scaled : weight);
  const scale = scaled.reduce((largest, w) => Math.max(largest, Math.abs(w)), 0);
  if (scale === 0) return { levels, scale, value: scaled.fill(0) };
  const quantise = hardware.effects.weightQuantisation;
  const last = 2 ** hardware.weightDac.bits - 1;
  const detuningLinear = quantise && spec.kind === 'conv2d' && hardware.weightDac.spacing === 'detuning';
  const reachable = detuningLinear ? detuningLinearLevels(ring, hardware.weightDac.bits) : null;
  const magnitude = (w: number) => {
    if (reachable) return reachable[nearestLevel(reachable, Math.min(Math.abs(w) / scale, 1))]!;
    return dacValue(w, scale, last, quantise && levels === 'uniform');
  };
  const value = scaled.map((w) => (w === 0 ? 0 : Math.sign(w) * magnitude(w)));
  return { levels, scale, value };
}
