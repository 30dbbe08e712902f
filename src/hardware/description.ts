/**
 * The hardware description: one immutable object that the compiler and the cost model both read. Every field has its
 * unit in its name; values not given are those of the preset `sonic`. Sources: (S) SONIC, arXiv 2109.04459, table 2;
 * (C) CrossLight, same group; (T) textbook or typical value, an assumption.
 */
import { z } from 'zod';
import { calibration } from './fields/calibration.js';
import { adc, dac, weightDac } from './fields/converters.js';
import { vdu } from './fields/core.js';
import { cost } from './fields/cost.js';
import { effects } from './fields/effects.js';
import { losses, photodetector, receiver, vcsel } from './fields/light.js';
import { grid, microring, tuning } from './fields/rings.js';

/** The schema; `z.infer` of it is `HardwareDescription`. */
export const hardwareSchema = z.strictObject({
  name: z.string().min(1).max(200).default('sonic').describe('Name of the hardware in reports.'),
  vdu,
  activationDac: dac('the activations'),
  batchNormDac: dac('the batch-norm ring'),
  weightDac,
  adc,
  microring,
  grid,
  tuning,
  vcsel,
  photodetector,
  receiver,
  losses,
  batchNorm: z
    .enum(['optical', 'folded'])
    .default('optical')
    .describe('Batch-norm that follows a MAC layer: gain on the broadband ring, or folded into the weights.'),
  calibration,
  effects,
  cost,
});

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;
export type HardwareDescription = DeepReadonly<z.infer<typeof hardwareSchema>>;
