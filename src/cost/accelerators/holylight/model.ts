/**
 * HolyLight-M, a reconstruction: units of A x A microdisk multipliers in which A wavelengths of inputs are shared by A rows
 * of weights; a 16-bit weight is 8 microdisks of 2 bits. A tile of weights is held while inputs stream past it. Only the
 * abstract of the paper was at hand; every constant is second-hand or assumed.
 */
import { createRequire } from 'node:module';
import { devicesOf, energyMeter, type PhotonicDevices, watts } from '../deviceTables.js';
import { type LaserParameters, laserPower_W } from '../optics.js';
import { type Published, publishedNumbers } from '../publishedNumbers.js';
import { AREAS_mm2, type Sizing, TILE, unitsOf } from '../sizing.js';
import { type Accelerator, layerReports, reportOf, type Setting } from '../types.js';
import type { Workload, WorkloadLayer } from '../workload.js';
import type publishedJson from './published.json';

const published: Published = createRequire(import.meta.url)('./published.json') as typeof publishedJson;

export interface HolyLightParameters extends Sizing, LaserParameters {
  /** A: wavelengths, and rows that share them. */
  readonly array: number;
  /** Microdisks of one 16-bit operand. */
  readonly slices: number;
  readonly clock_GHz: number;
  readonly peripheral_ns: number;
  readonly drift_nm: number;
  readonly fsr_nm: number;
  /** How a tile of weights is set: by heaters, or electro-optically. */
  readonly weightTuning: 'to' | 'eo';
}

/** ISAAC's converters as the SCONNA simulator has them; tuning as CrossLight prints it. */
const HOLYLIGHT_DEVICES: PhotonicDevices = {
  vcsel: watts(0.66e-3, 10e-9),
  photodetector: watts(2.8e-3, 5.8e-12),
  tia: watts(7.2e-3, 0.15e-9),
  dac: watts(7.8e-6, 0.78e-9),
  adc: watts(2e-3, 0.78e-9),
  eo_s: 20e-9,
  eo_W_per_nm: 4e-6,
  to_s: 4e-6,
  to_W_per_FSR: 27.5e-3,
};

interface Parts {
  readonly disks: number;
  /** A row's detector, amplifier and ADC for each slice of the weights. */
  readonly detectors: number;
  readonly dacs: number;
  readonly laser_W: number;
}

/** Of one unit. */
export function partsOf(parameters: HolyLightParameters): Parts {
  const { array, slices } = parameters;
  const detectors = array * slices;
  // Input and weight disk modulate, the others are passed; the light is split over the rows.
  const loss_dB = 2 * 1.22 + 2 * (array - 1) * 0.02 + 0.13 * Math.ceil(Math.log2(array)) + 10 * Math.log10(array);
  return {
    disks: array * array * slices + array * slices,
    detectors,
    dacs: array * slices,
    laser_W: slices * laserPower_W(parameters, loss_dB, array),
  };
}

function unitPower_W(parameters: HolyLightParameters, devices: PhotonicDevices): { trim_W: number; steady_W: number } {
  const { disks, laser_W } = partsOf(parameters);
  return {
    trim_W: (disks * devices.to_W_per_FSR * parameters.drift_nm) / parameters.fsr_nm,
    steady_W: laser_W + TILE.power_W,
  };
}

/** Units of the chip; a chip is what it is, whatever table its energy is counted with. */
export function holyLightUnits(parameters: HolyLightParameters): number {
  const { disks, detectors, dacs } = partsOf(parameters);
  const { trim_W, steady_W } = unitPower_W(parameters, HOLYLIGHT_DEVICES);
  const active_W = detectors * (2.8e-3 + 7.2e-3 + 2e-3) + dacs * 7.8e-6;
  const area_mm2 =
    disks * AREAS_mm2.ring +
    detectors * (AREAS_mm2.photodetector + AREAS_mm2.adc) +
    dacs * AREAS_mm2.dac +
    TILE.area_mm2;
  return unitsOf(parameters, { area_mm2, power_W: trim_W + steady_W + active_W });
}

function layerUse(layer: WorkloadLayer, parameters: HolyLightParameters, setting: Setting) {
  const devices = devicesOf(HOLYLIGHT_DEVICES, setting);
  const { array, slices, clock_GHz, peripheral_ns, weightTuning } = parameters;
  const units = holyLightUnits(parameters);
  const parts = partsOf(parameters);
  const [rows, columns, filters] = layer.output;
  const positions = rows * columns;
  const patch = layer.weights / filters;
  const tiles = Math.ceil(patch / array) * Math.ceil(filters / array);
  // Fewer tiles than units: the positions of a tile are split.
  const split = Math.max(1, Math.min(positions, Math.floor(units / tiles)));
  const { dac, adc } = devices;
  const period_s = Math.max(1e-9 / clock_GHz, dac.latency_s, adc.latency_s);
  const load_s = dac.latency_s + (weightTuning === 'to' ? devices.to_s : devices.eo_s);
  const tile_s = load_s + peripheral_ns * 1e-9 + Math.ceil(positions / split) * period_s;
  const time_s = Math.ceil(tiles / units) * tile_s;
  const energy = energyMeter(setting, units, time_s);
  const results = positions * filters * Math.ceil(patch / array) * slices;
  const inputs = positions * patch * Math.ceil(filters / array) * slices;
  const { trim_W, steady_W } = unitPower_W(parameters, devices);
  const energy_J =
    energy(devices.photodetector, parts.detectors, results) +
    energy(devices.tia, parts.detectors, results) +
    energy(adc, parts.detectors, results) +
    energy(dac, parts.dacs, inputs + layer.weights * slices * split) +
    (trim_W + steady_W) * units * time_s;
  return { latency_s: time_s, energy_J };
}

function evaluate(workload: Workload, parameters: HolyLightParameters, setting: Setting) {
  const layers = layerReports(workload, (layer) => layerUse(layer, parameters, setting));
  return reportOf(workload, layers, workload.macs * 2 * 16);
}

export const holyLight: Accelerator<HolyLightParameters> = {
  id: 'holylight',
  title: 'HolyLight',
  citation: published.citation,
  defaults: {
    array: 16,
    slices: 8,
    clock_GHz: 1.28,
    peripheral_ns: 4.68,
    drift_nm: 7.1,
    fsr_nm: 18,
    weightTuning: 'to',
    sensitivity_dBm: -20,
    wallPlug: 0.2,
    sizing: 'area',
    area_mm2: 20,
    power_W: 67,
  },
  variants: { byPower: { sizing: 'power' } },
  choices: [
    {
      name: 'size of the chip',
      taken: '20 mm2',
      alternatives: [
        { label: '16 mm2', parameters: { area_mm2: 16 } },
        { label: '25 mm2', parameters: { area_mm2: 25 } },
        { label: 'by the printed power of 67 W', parameters: { sizing: 'power' } },
      ],
    },
    { name: 'array', taken: '16 x 16', alternatives: [{ label: '44 x 44', parameters: { array: 44 } }] },
    {
      name: 'setting weights',
      taken: 'by heaters, 4 us',
      alternatives: [{ label: 'electro-optically, 20 ns', parameters: { weightTuning: 'eo' } }],
    },
    {
      name: 'trimming',
      taken: '7.1 nm',
      alternatives: [
        { label: 'none', parameters: { drift_nm: 0 } },
        { label: '2.1 nm', parameters: { drift_nm: 2.1 } },
      ],
    },
    {
      name: '16-bit operands',
      taken: '8 microdisks of 2 bits beside each other',
      alternatives: [{ label: 'one microdisk', parameters: { slices: 1 } }],
    },
  ],
  unsourced: {
    byPower: publishedNumbers(published, 'laterPower_W'),
  },
  assumptions: [
    'Variant M (microdisk multipliers, with ADCs); units of 16 x 16 at 1.28 GHz, 4.68 ns of pipeline, as other simulators have it.',
    'A 16-bit operand is 8 microdisks of 2 bits beside each other; a detector, an amplifier and an ADC a row and slice.',
    'Conventional process drift of 7.1 nm is trimmed by heaters all the time; a tile of weights is set by heaters too (4 us).',
    "Every unit is a tile with ISAAC's eDRAM, router and bus; lasers as CrossLight's, with -20 dBm and 20 %.",
    "The chip has 20 mm2, the middle of CrossLight's window; variant byPower: as many units as draw 67 W (a remembered figure).",
    'All units are on while a layer runs.',
  ],
  evaluate,
};
