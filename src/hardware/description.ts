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

/** Rails of a unit: two with balanced detection, or one that holds offset weights. */
export function railsOf({ vdu: { signs } }: Pick<HardwareDescription, 'vdu'>): 1 | 2 {
  return signs === 'offset' ? 1 : 2;
}

/** Spacing of `channels` channels of a waveguide, in nm (section 4). */
export function channelSpacing_nm(hardware: HardwareDescription, channels: number): number {
  const { channelSpacing_nm: given } = hardware.grid;
  return given === 'auto' ? hardware.microring.freeSpectralRange_nm / channels : given;
}

/** Time of one sample, in ns (section 1 of the cost contract): the noise bandwidth and the latency both follow from it. */
export function samplingInterval_ns(hardware: HardwareDescription, kind: 'conv' | 'fc'): number {
  const { samplingInterval_ns: given } = hardware.receiver;
  if (given !== 'auto') return given;
  const streamedDac = kind === 'conv' ? hardware.activationDac : hardware.weightDac;
  return Math.max(
    streamedDac.latency_ns,
    hardware.vcsel.latency_ns + hardware.photodetector.latency_ps / 1000,
    hardware.adc.latency_ns / hardware.adc.interleave,
  );
}
