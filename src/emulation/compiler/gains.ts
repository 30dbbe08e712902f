/** Batch normalisation on the broadband ring or folded into the weights (section 7 of the contract). */

import type { HardwareDescription } from '../../hardware/description.js';
import { dacValue } from '../../hardware/optics/converter.js';
import { ringConstants } from '../../hardware/optics/ring.js';
import type { LayerSpec } from './layerSpec.js';

export interface Gains {
  /** g_f, [filters]. */
  readonly gain: Float64Array;
  /** g_max. */
  readonly gainScale: number;
  /** shift_f, [filters]. */
  readonly shift: Float64Array;
  /** Factor on a filter's weights before quantisation: G_f if folded, else the sign of G_f (or 1). */
  readonly weightFactor: Float64Array;
}

/** Gains, shifts and what the weights of each filter are multiplied by. */
export function compileGains(spec: LayerSpec, hardware: HardwareDescription): Gains {
  const { filters, bias, batchNorm } = spec;
  const ones = () => new Float64Array(filters).fill(1);
  const biases = Float64Array.from({ length: filters }, (_, f) => bias?.[f] ?? 0);
  if (!batchNorm) return { gain: ones(), gainScale: 1, shift: biases, weightFactor: ones() };
  const { gamma, beta, mean, variance, epsilon } = batchNorm;
  const G = biases.map((_, f) => gamma[f]! / Math.sqrt(variance[f]! + epsilon));
  const shift = biases.map((b, f) => beta[f]! + (b - mean[f]!) * G[f]!);
  if (hardware.batchNorm === 'folded') return { gain: ones(), gainScale: 1, shift, weightFactor: G };
  const gainScale = G.reduce((largest, g) => Math.max(largest, Math.abs(g)), 0);
  const last = 2 ** hardware.batchNormDac.bits - 1;
  const { Tmin } = ringConstants(hardware);
  const gain = G.map((g) =>
    gainScale === 0 ? Tmin : Math.max(dacValue(g, gainScale, last, hardware.effects.weightQuantisation), Tmin),
  );
  return { gain, gainScale, shift, weightFactor: G.map((g) => (g < 0 ? -1 : 1)) };
}
