/** Devices of photonic designs: latency and cost of each, from SONIC's description or from a design's own paper. */
import type { Accounting } from '../energy.js';
import { actionEnergies, type DeviceEnergy } from '../energyTable.js';
import type { Setting } from './types.js';

export type Device = DeviceEnergy & { readonly latency_s: number };

/** A device that draws `power_W` while on and takes `latency_s` for one action. */
export const watts = (power_W: number, latency_s: number): Device => ({ power_W, latency_s });

export interface PhotonicDevices {
  readonly vcsel: Device;
  readonly photodetector: Device;
  /** Null: not in the table, its time and power are not counted. */
  readonly tia: Device | null;
  /** Of the operands' resolution. */
  readonly dac: Device;
  readonly adc: Device;
  readonly eo_s: number;
  readonly eo_W_per_nm: number;
  readonly to_s: number;
  readonly to_W_per_FSR: number;
}

/** SONIC's table 2 as the description (and a user's table) has it; DACs are those of 16 bits. */
export function sonicDevices({ hardware, table }: Setting): PhotonicDevices {
  const energies = actionEnergies(hardware, table);
  const { vcsel, photodetector, activationDac, adc, tuning, microring } = hardware;
  return {
    vcsel: { ...energies.vcsel, latency_s: vcsel.latency_ns * 1e-9 },
    photodetector: { ...energies.photodetector, latency_s: photodetector.latency_ps * 1e-12 },
    tia: null,
    dac: { ...energies.activationDac, latency_s: activationDac.latency_ns * 1e-9 },
    adc: { ...energies.adc, latency_s: adc.latency_ns * 1e-9 },
    eo_s: tuning.eoLatency_ns * 1e-9,
    eo_W_per_nm: energies.electroOptic_W_per_nm,
    to_s: tuning.toLatency_us * 1e-6,
    to_W_per_FSR: energies.thermoOptic_W_per_nm * microring.freeSpectralRange_nm,
  };
}

/** The devices a design is built of in this setting. */
export function devicesOf(own: PhotonicDevices, setting: Setting): PhotonicDevices {
  return setting.devices === 'own' ? own : sonicDevices(setting);
}

/** Energy of `actions` actions of devices, `perUnit` of them on each of `units` units, over `time_s`; null: none are counted. */
export function energyMeter(setting: Setting, units: number, time_s: number) {
  const accounting = setting.hardware.cost.converterAccounting;
  return (device: Device | null, perUnit: number, actions: number): number =>
    device ? deviceEnergy_J(device, accounting, { count: perUnit * units, time_s, actions }) : 0;
}

/**
 * Energy of `count` devices over `time_s` in which they act `actions` times together, accounted for as SONIC's: `static`
 * devices are on all the time, `perConversion` ones for their own latency. An energy per action knows only actions.
 */
export function deviceEnergy_J(
  device: Device,
  accounting: Accounting,
  { count, time_s, actions }: { readonly count: number; readonly time_s: number; readonly actions: number },
): number {
  if ('energy_J' in device) return device.energy_J * actions;
  return accounting === 'static' ? device.power_W * count * time_s : device.power_W * device.latency_s * actions;
}
