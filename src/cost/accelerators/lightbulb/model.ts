/**
 * LightBulb, a reconstruction: units of 4 elements of 16 photonic XNOR gates at 50 GHz for binarised networks. Only the
 * abstract of the paper was at hand; parts of a unit are those of the OXBNN simulator (arXiv 2302.06405).
 */
import { createRequire } from 'node:module';
import { devicesOf, energyMeter, type PhotonicDevices, watts } from '../deviceTables.js';
import { type Published, publishedNumbers } from '../publishedNumbers.js';
import { AREAS_mm2, type Sizing, TILE, unitsOf } from '../sizing.js';
import { type Accelerator, layerReports, reportOf, type Setting } from '../types.js';
import type { Workload, WorkloadLayer } from '../workload.js';
import type publishedJson from './published.json';

export const published: Published = createRequire(import.meta.url)('./published.json') as typeof publishedJson;

export interface LightBulbParameters extends Sizing {
  readonly wavelengths: number;
  readonly elements: number;
  readonly clock_GHz: number;
  readonly peripheral_ns: number;
  /** Passes of a layer: 1 for a binarised network, bits of weights times bits of activations for one run bit by bit. */
  readonly passes: number;
  /** Optical power a wavelength, and wall-plug efficiency. */
  readonly laser_mW: number;
  readonly wallPlug: number;
  /** Heater power of a ring, as a share of toPower per free spectral range. */
  readonly trimShare: number;
  /** Whether an ADC converts every cycle, or once a result because memory cells add up. */
  readonly conversion: 'everyCycle' | 'everyResult';
}

/** The values of the OXBNN simulator; converters keep up with the clock. */
const LIGHTBULB_DEVICES: PhotonicDevices = {
  vcsel: watts(0.66e-3, 10e-9),
  photodetector: watts(2.8e-3, 5.8e-12),
  tia: watts(7.2e-3, 0),
  dac: watts(7.8e-6, 0),
  adc: watts(2e-3, 0),
  eo_s: 20e-9,
  eo_W_per_nm: 4e-6,
  to_s: 4e-6,
  to_W_per_FSR: 27.5e-3,
};

/** Counts of one unit: 3 rings and drivers an XNOR gate, another ring a wavelength, an ADC a gate, a detector an element. */
export function partsOf({ wavelengths, elements }: LightBulbParameters) {
  const gates = wavelengths * elements;
  return { gates, rings: 3 * gates + wavelengths, drivers: 3 * gates, adcs: gates, detectors: elements };
}

/** What is on all the time: heaters and lasers. */
function steadyPower_W(parameters: LightBulbParameters, devices: PhotonicDevices): number {
  const { rings, gates } = partsOf(parameters);
  const laser_W = (gates * parameters.laser_mW * 1e-3) / parameters.wallPlug;
  return rings * parameters.trimShare * devices.to_W_per_FSR + laser_W;
}

/** Power of one unit with everything on, with its own devices. */
export function unitPower_W(parameters: LightBulbParameters): number {
  const { drivers, adcs, detectors } = partsOf(parameters);
  return steadyPower_W(parameters, LIGHTBULB_DEVICES) + drivers * 7.8e-6 + adcs * 2e-3 + detectors * (2.8e-3 + 7.2e-3);
}

export function lightBulbUnits(parameters: LightBulbParameters): number {
  const { rings, drivers, adcs, detectors } = partsOf(parameters);
  const area_mm2 =
    rings * AREAS_mm2.ring + drivers * AREAS_mm2.dac + adcs * AREAS_mm2.adc + detectors * AREAS_mm2.photodetector;
  return unitsOf(parameters, { area_mm2, power_W: unitPower_W(parameters) }, TILE);
}

function layerUse(layer: WorkloadLayer, parameters: LightBulbParameters, setting: Setting) {
  const devices = devicesOf(LIGHTBULB_DEVICES, setting);
  const { wavelengths, elements, clock_GHz, peripheral_ns, passes, conversion } = parameters;
  const units = lightBulbUnits(parameters);
  const parts = partsOf(parameters);
  const [rows, columns, filters] = layer.output;
  const results = rows * columns * filters;
  const words = results * Math.ceil(layer.weights / filters / wavelengths) * passes;
  const everyCycle = conversion === 'everyCycle';
  const light_s = Math.max(1e-9 / clock_GHz, devices.dac.latency_s, devices.photodetector.latency_s);
  const period_s = everyCycle ? Math.max(light_s, devices.adc.latency_s) : light_s;
  const cycles = Math.ceil(words / (elements * units));
  const conversions_s = everyCycle ? 0 : Math.ceil((results * passes) / (parts.adcs * units)) * devices.adc.latency_s;
  const time_s = Math.max(cycles * period_s, conversions_s) + peripheral_ns * 1e-9;
  const energy = energyMeter(setting, units, time_s);
  const energy_J =
    energy(devices.photodetector, parts.detectors, words) +
    energy(devices.tia, parts.detectors, words) +
    energy(devices.adc, parts.adcs, (everyCycle ? words : results * passes) * (parts.adcs / parts.detectors)) +
    energy(devices.dac, parts.drivers, words * wavelengths * 3) +
    (steadyPower_W(parameters, devices) * units + TILE.power_W) * time_s;
  return { latency_s: time_s, energy_J };
}

function evaluate(workload: Workload, parameters: LightBulbParameters, setting: Setting) {
  const layers = layerReports(workload, (layer) => layerUse(layer, parameters, setting));
  return reportOf(workload, layers, workload.macs * 2 * parameters.passes);
}

export const lightBulb: Accelerator<LightBulbParameters> = {
  id: 'lightbulb',
  title: 'LightBulb',
  citation: published.citation,
  defaults: {
    wavelengths: 16,
    elements: 4,
    clock_GHz: 50,
    peripheral_ns: 4.68,
    passes: 1,
    laser_mW: 1.274,
    wallPlug: 0.2,
    trimShare: 0.05,
    conversion: 'everyCycle',
    sizing: 'area',
    area_mm2: 20,
    power_W: 68,
  },
  variants: { byPower: { sizing: 'power' }, bitSerial: { passes: 96 } },
  choices: [
    {
      name: 'size of the chip',
      taken: '20 mm2',
      alternatives: [
        { label: '16 mm2', parameters: { area_mm2: 16 } },
        { label: '25 mm2', parameters: { area_mm2: 25 } },
        { label: 'by the printed power of 68 W', parameters: { sizing: 'power' } },
      ],
    },
    {
      name: 'layers that are not binary',
      taken: 'binarised: the same layers with 1-bit operands',
      alternatives: [{ label: 'bit by bit: 6 x 16 passes', parameters: { passes: 96 } }],
    },
    {
      name: 'conversion',
      taken: 'every cycle',
      alternatives: [{ label: 'once a result', parameters: { conversion: 'everyResult' } }],
    },
    {
      name: 'trimming',
      taken: '5 % of a free spectral range',
      alternatives: [{ label: '2.1 nm of 18 nm', parameters: { trimShare: 2.1 / 18 } }],
    },
  ],
  unsourced: {
    byPower: publishedNumbers(published, 'laterPower_W'),
  },
  assumptions: [
    'Networks are binarised: the same layers with operands of 1 bit, at an accuracy that is not known.',
    'Parts of a unit as in the OXBNN simulator: 16 wavelengths, 4 elements, 3 rings and drivers and an ADC a gate; 0.864 W.',
    "With its own devices converters keep up with 50 GHz; with SONIC's an ADC of 14 ns converts every cycle and sets the pace.",
    'eDRAM, router and bus once a chip; racetrack memory costs nothing, for want of a figure.',
    'The chip has 20 mm2; variant byPower: as many units as draw 68 W (a remembered figure).',
  ],
  evaluate,
};
