/**
 * SONIC's energy of one layer (section 2 of the cost contract): counts times energy per action, plus static power times
 * time. Means per image, in J.
 */

import type { LayerActivity } from '../emulation/program/activity.js';
import { railsOf } from '../hardware/derived.js';
import type { HardwareDescription } from '../hardware/description.js';
import type { BankKind } from '../hardware/optics/bank.js';
import type { CostLayer } from './costInputs.js';
import type { ActionEnergies, DeviceEnergy } from './energyTable.js';
import { type BitsMoved, bitsMoved, searchedValues } from './memoryTraffic.js';
import { passTime, unitTiming } from './unitTiming.js';

/** Where energy goes. `idle` is cost.idlePower_mW; `control` and `memory` are 0 unless asked for. */
export const DEVICES = [
  'vcsel',
  'activationDac',
  'weightDac',
  'batchNormDac',
  'adc',
  'photodetector',
  'receiver',
  'eoImprint',
  'toImprint',
  'trim',
  'broadbandRing',
  'idle',
  'control',
  'memory',
] as const;
export type DeviceName = (typeof DEVICES)[number];
export type DeviceEnergies = Record<DeviceName, number>;

export const ACCOUNTINGS = ['static', 'perConversion'] as const;
export type Accounting = (typeof ACCOUNTINGS)[number];

/** Devices whose energy depends on the accounting. */
type Converter = 'activationDac' | 'weightDac' | 'batchNormDac' | 'adc' | 'photodetector' | 'receiver';

/** A layer's means per image, before what is shared by all layers (trim, idle units). */
export interface LayerUse {
  readonly kind: BankKind;
  /** Electronic time that does not overlap included. */
  readonly latency_s: number;
  /** Sum over units of the time each works. */
  readonly busy_s: number;
  /** Under each accounting; trim and idle are 0 here. */
  readonly devices: Readonly<Record<Accounting, DeviceEnergies>>;
  readonly bitsMoved: BitsMoved;
}

/** Devices of one unit: CONV: n VCSELs and DACs of each operand; FC: m; a pair of detectors per waveguide (one, where weights are offset); a receiver. */
function converterCounts(hardware: HardwareDescription, kind: BankKind): Record<Converter, number> {
  const { size } = hardware.vdu[kind];
  return {
    activationDac: size,
    weightDac: size,
    batchNormDac: 1,
    adc: hardware.adc.interleave,
    photodetector: railsOf(hardware) * Math.ceil(size / Math.min(size, hardware.grid.wavelengthsPerWaveguide)),
    receiver: 1,
  };
}

/** Energy of one action of a device that takes `own_s`. */
function perAction(device: DeviceEnergy, own_s: number): number {
  return 'energy_J' in device ? device.energy_J : device.power_W * own_s;
}

interface Times {
  latency_s: number;
  busy_s: number;
  eoImprint_J: number;
  toImprint_J: number;
  broadbandRing_J: number;
  /** Rows, and the same with each row counted once per unit that it is split over. */
  rows: number;
  loads: number;
}

/** Sums over the schedules of all images. */
function addUpSchedules(
  activity: LayerActivity,
  layer: CostLayer,
  hardware: HardwareDescription,
  energies: ActionEnergies,
) {
  const timing = unitTiming(hardware, activity.kind === 'conv2d' ? 'conv' : 'fc', layer.opticalGain);
  const sum: Times = { latency_s: 0, busy_s: 0, eoImprint_J: 0, toImprint_J: 0, broadbandRing_J: 0, rows: 0, loads: 0 };
  for (const { rows, slowRowsByUnit, images, eoShift_nm, toShift_nm } of activity.schedules) {
    const { latency_s, busy_s, held_s, unitsPerRow } = passTime(timing, rows, slowRowsByUnit, activity.samplesPerRow);
    const slow = slowRowsByUnit.reduce((total, n) => total + n, 0);
    const heldRows_s = [(rows - slow) * held_s[0], slow * held_s[1]] as const;
    sum.latency_s += images * latency_s;
    sum.busy_s += images * busy_s;
    for (const speed of [0, 1] as const) {
      sum.eoImprint_J += energies.electroOptic_W_per_nm * eoShift_nm[speed] * held_s[speed];
      sum.toImprint_J += energies.thermoOptic_W_per_nm * toShift_nm[speed] * held_s[speed];
      sum.broadbandRing_J += images * energies.electroOptic_W_per_nm * layer.gainShift_nm[speed] * heldRows_s[speed];
    }
    sum.rows += images * rows;
    sum.loads += images * rows * unitsPerRow;
  }
  return { sum, timing };
}

/**
 * Conversions of each device over all images. A row that is split over s units is loaded s times: its held operand, and
 * in CONV its gain, are converted by s DACs. (The entries of a layer's rows are counted together; where its images are
 * split differently they are taken to be as many in every row.) An FC gain is set per filter, which is dealt to one unit.
 */
function conversions(activity: LayerActivity, sum: Times, photodetectors: number): Record<Converter, number> {
  const loadsPerRow = sum.rows > 0 ? sum.loads / sum.rows : 1;
  const held = activity.heldConversions * loadsPerRow;
  const conv = activity.kind === 'conv2d';
  return {
    activationDac: conv ? activity.streamedConversions : held,
    weightDac: conv ? held : activity.streamedConversions,
    batchNormDac: activity.gainConversions * (conv ? loadsPerRow : 1),
    adc: activity.partialSums,
    photodetector: activity.partialSums * photodetectors,
    receiver: activity.partialSums,
  };
}

/** Time and energies of a layer, as means over `images` images. */
export function layerUse(
  activity: LayerActivity,
  images: number,
  layer: CostLayer,
  hardware: HardwareDescription,
  energies: ActionEnergies,
): LayerUse {
  const kind: BankKind = activity.kind === 'conv2d' ? 'conv' : 'fc';
  const { sum, timing } = addUpSchedules(activity, layer, hardware, energies);
  const perUnit = converterCounts(hardware, kind);
  const converted = conversions(activity, sum, perUnit.photodetector);
  const own_s: Record<Converter, number> = {
    activationDac: hardware.activationDac.latency_ns * 1e-9,
    weightDac: hardware.weightDac.latency_ns * 1e-9,
    batchNormDac: hardware.batchNormDac.latency_ns * 1e-9,
    adc: hardware.adc.latency_ns * 1e-9,
    photodetector: hardware.photodetector.latency_ps * 1e-12,
    // It settles for each of the ADCs that take turns behind it: busy all the time at the most.
    receiver: (hardware.adc.latency_ns * 1e-9) / hardware.adc.interleave,
  };
  const moved = bitsMoved(activity, images, layer, hardware);
  const energyOf = (accounting: Accounting): DeviceEnergies => {
    const converter = (name: Converter): number => {
      const device = energies[name];
      const isStatic = accounting === 'static' && 'power_W' in device;
      return (
        (isStatic ? device.power_W * perUnit[name] * sum.busy_s : converted[name] * perAction(device, own_s[name])) /
        images
      );
    };
    return {
      vcsel: (activity.litSamples * perAction(energies.vcsel, timing.samplePeriod_s)) / images,
      activationDac: converter('activationDac'),
      weightDac: converter('weightDac'),
      batchNormDac: converter('batchNormDac'),
      adc: converter('adc'),
      photodetector: converter('photodetector'),
      receiver: converter('receiver'),
      eoImprint: sum.eoImprint_J / images,
      toImprint: sum.toImprint_J / images,
      trim: 0,
      broadbandRing: sum.broadbandRing_J / images,
      idle: 0,
      control: (activity.partialSums * energies.control_J) / images,
      memory: moved.dram * energies.dram_J_per_bit + moved.sram * energies.sram_J_per_bit,
    };
  };
  const { accumulate_ns, activation_ns, pool_ns, maximum_ns } = hardware.cost.electronics;
  const electronic_ns =
    (accumulate_ns * activity.partialSums + maximum_ns * searchedValues(activity, hardware)) / images +
    activation_ns * layer.activationFunctions +
    pool_ns * layer.pooled;
  return {
    kind,
    latency_s: sum.latency_s / images + electronic_ns * 1e-9,
    busy_s: sum.busy_s / images,
    devices: { static: energyOf('static'), perConversion: energyOf('perConversion') },
    bitsMoved: moved,
  };
}
