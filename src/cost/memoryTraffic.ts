/**
 * Bits moved between memories and converters, and what a bit costs (cost.memory). The paper counts neither; the bits are
 * counted anyway. What moves, per image:
 * - weights, from DRAM: every weight that a DAC converts, weightDac.bits each. There is no weight buffer, so a second pass
 *   fetches them again; a row that is split over units is fetched once and broadcast.
 * - the network's input, from DRAM: activationDac.bits an element, by each layer that reads it.
 * - activations, from the on-chip SRAM: activationDac.bits for every activation that a DAC converts.
 * - the same once more for every element of a layer's input where each image's largest value is searched, before its DAC
 *   can convert any (calibration.activationScale perImage); a comparator, no optics.
 * - results, to the on-chip SRAM: activationDac.bits for every output of a MAC layer. Partial sums stay in registers.
 */

import type { LayerActivity } from '../emulation/program/activity.js';
import type { HardwareDescription } from '../hardware/description.js';
import type { EnergyEntry } from './energyEntry.js';

/** Per image. */
export interface BitsMoved {
  readonly dram: number;
  readonly sram: number;
}

/** Input elements that a search for the images' largest values reads; 0 where a layer has one scale. */
export function searchedValues({ activations }: LayerActivity, { calibration }: HardwareDescription): number {
  return calibration.activationScale === 'perImage' ? activations : 0;
}

/** Bits that a layer moves, as a mean over `images` images. */
export function bitsMoved(
  activity: LayerActivity,
  images: number,
  { outputs, readsInput }: { readonly outputs: number; readonly readsInput: boolean },
  hardware: HardwareDescription,
): BitsMoved {
  const { streamedConversions, heldConversions } = activity;
  const [weights, activations] =
    activity.kind === 'conv2d' ? [heldConversions, streamedConversions] : [streamedConversions, heldConversions];
  const { bits } = hardware.activationDac;
  return {
    dram: (weights * hardware.weightDac.bits + (readsInput ? activity.activations * bits : 0)) / images,
    sram: ((activations + searchedValues(activity, hardware)) / images + outputs) * bits,
  };
}

const HOROWITZ = 'M. Horowitz, "Computing\'s energy problem (and what we can do about it)", ISSCC 2014, 45 nm';

/** Energy per bit of each memory: 0 as in the paper, or cited. */
export function memoryEntries(hardware: HardwareDescription): { dram: EnergyEntry; sram: EnergyEntry } {
  if (hardware.cost.memory === 'none') {
    const none: EnergyEntry = { value: 0, unit: 'pJ/bit', source: 'cost.memory none: not counted, as in the paper' };
    return { dram: none, sram: none };
  }
  return {
    dram: {
      value: 20,
      unit: 'pJ/bit',
      source: `${HOROWITZ}: 1.3-2.6 nJ for 64 bit, the lower end (640 pJ for 32 bit)`,
    },
    sram: { value: 0.15625, unit: 'pJ/bit', source: `${HOROWITZ}: 5 pJ for 32 bit of an 8 KB SRAM` },
  };
}
