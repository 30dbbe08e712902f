/**
 * CrossLight: dense photonic vector-dot-product units whose ring banks imprint both operands, in arms of up to 15
 * wavelengths; (N, K, n, m) = (20, 150, 100, 60). No sparsity. Its power is mostly the thermal trimming of its rings.
 */
import { createRequire } from 'node:module';
import { devicesOf, energyMeter, type PhotonicDevices, watts } from '../deviceTables.js';
import { type LaserParameters, laserPower_W } from '../optics.js';
import type { Published } from '../publishedNumbers.js';
import { type Accelerator, layerReports, reportOf, type Setting } from '../types.js';
import type { Workload, WorkloadLayer } from '../workload.js';
import type publishedJson from './published.json';

export const published: Published = createRequire(import.meta.url)('./published.json') as typeof publishedJson;

export interface CrossLightParameters extends LaserParameters {
  /** Vector size and number of the units of convolutions (N, n) and of dense layers (K, m). */
  readonly conv: { readonly size: number; readonly units: number };
  readonly fc: { readonly size: number; readonly units: number };
  readonly armWavelengths: number;
  /** Whether every arm has all its rings, or only those that its vector needs. */
  readonly arms: 'full' | 'needed';
  /** What trimming must undo. */
  readonly drift_nm: number;
  readonly fsr_nm: number;
  /** Thermal eigenmode decomposition; without it each ring draws `crosstalk_mW_per_ring` more. */
  readonly ted: boolean;
  /** Fitted to the printed FPS/W of Cross_base and Cross_opt; only used without TED. */
  readonly crosstalk_mW_per_ring: number;
  /** `summed`: DAC, tuning, light and ADC one after the other; `pipelined`: the slowest of them. */
  readonly timing: 'summed' | 'pipelined';
  /** What a unit gives each step: one dot product, or as many as its vector is long, on the same rings. */
  readonly product: 'vector' | 'matrix';
  /** Mean electro-optic shift of a ring. */
  readonly imprint_nm: number;
}

/** Cross_base, Cross_base_TED, Cross_opt; the default is Cross_opt_TED. */
export const CROSSLIGHT_VARIANTS = {
  base: { drift_nm: 7.1, ted: false },
  baseTed: { drift_nm: 7.1 },
  opt: { ted: false },
} satisfies Record<string, Partial<CrossLightParameters>>;

/** Below 250 mW for 28 G samples a second, DAC and ADC together: an upper bound for each. */
const CONVERSION_J = 0.25 / 28e9;
/** CrossLight's device table; it prints no latency or power of a single converter, so latencies are SONIC's. */
export const CROSSLIGHT_DEVICES: PhotonicDevices = {
  vcsel: watts(0.66e-3, 10e-9),
  photodetector: watts(2.8e-3, 5.8e-12),
  tia: watts(7.2e-3, 0.15e-9),
  dac: { energy_J: CONVERSION_J, latency_s: 0.33e-9 },
  adc: { energy_J: CONVERSION_J, latency_s: 14e-9 },
  eo_s: 20e-9,
  eo_W_per_nm: 4e-6,
  to_s: 4e-6,
  to_W_per_FSR: 27.5e-3,
};

/** Losses of its table: two modulating rings, the others passed, a splitter per level, the combiner, 0.45 mm of waveguide. */
function armLoss_dB(wavelengths: number, arms: number): number {
  return 2 * 0.72 + 2 * (wavelengths - 1) * 0.02 + 0.13 * Math.ceil(Math.log2(arms)) + 0.9 + 0.045;
}

interface Bank {
  readonly units: number;
  readonly size: number;
  readonly arms: number;
  /** Of all units. */
  readonly rings: number;
  readonly laser_W: number;
}

function bankOf(parameters: CrossLightParameters, kind: 'conv' | 'fc'): Bank {
  const { size, units } = parameters[kind];
  const { armWavelengths } = parameters;
  const arms = Math.ceil(size / armWavelengths);
  const rings = 2 * units * (parameters.arms === 'full' ? arms * armWavelengths : size);
  const laser_W = units * arms * laserPower_W(parameters, armLoss_dB(armWavelengths, arms), armWavelengths);
  return { units, size, arms, rings, laser_W };
}

/** Power of trimming all rings, all the time, W. */
export function trimPower_W(parameters: CrossLightParameters, to_W_per_FSR: number): number {
  const rings = bankOf(parameters, 'conv').rings + bankOf(parameters, 'fc').rings;
  const perRing_W = (to_W_per_FSR * parameters.drift_nm) / parameters.fsr_nm;
  return rings * (perRing_W + (parameters.ted ? 0 : parameters.crosstalk_mW_per_ring * 1e-3));
}

/** Time between two vectors of a unit, s. */
export function stepTime_s({ timing }: CrossLightParameters, devices: PhotonicDevices): number {
  const { dac, eo_s, photodetector, tia, vcsel, adc } = devices;
  const detection_s = photodetector.latency_s + (tia?.latency_s ?? 0);
  if (timing === 'pipelined') return Math.max(dac.latency_s, eo_s, vcsel.latency_s, adc.latency_s);
  // An arm's sum is detected, sent on by a VCSEL, and detected again with those of the other arms.
  return dac.latency_s + eo_s + 2 * detection_s + vcsel.latency_s + adc.latency_s;
}

/** Vectors of a layer: one for every chunk of every output. */
export function vectorsOf(layer: WorkloadLayer, size: number): number {
  const [rows, columns, filters] = layer.output;
  return rows * columns * filters * Math.ceil(layer.weights / filters / size);
}

function layerUse(layer: WorkloadLayer, bank: Bank, parameters: CrossLightParameters, setting: Setting) {
  const devices = devicesOf(CROSSLIGHT_DEVICES, setting);
  const vectors = vectorsOf(layer, bank.size);
  const step_s = stepTime_s(parameters, devices);
  const perStep = bank.units * (parameters.product === 'matrix' ? bank.size : 1);
  const time_s = Math.ceil(vectors / perStep) * step_s;
  const energy = energyMeter(setting, bank.units, time_s);
  const { vcsel, photodetector, tia, dac, adc, eo_W_per_nm } = devices;
  const detections = vectors * (bank.arms + 1);
  const used =
    // A VCSEL shines while its vector is there.
    ('power_W' in vcsel ? vcsel.power_W * vectors * bank.arms * step_s : vcsel.energy_J * vectors * bank.arms) +
    energy(photodetector, bank.arms + 1, detections) +
    energy(tia, bank.arms + 1, detections) +
    energy(dac, 2 * bank.size, 2 * layer.macs) +
    energy(adc, 1, vectors) +
    (eo_W_per_nm * parameters.imprint_nm * bank.rings + bank.laser_W) * time_s;
  return { latency_s: time_s, energy_J: used + trimPower_W(parameters, devices.to_W_per_FSR) * time_s };
}

function evaluate(workload: Workload, parameters: CrossLightParameters, setting: Setting) {
  const banks = { conv2d: bankOf(parameters, 'conv'), dense: bankOf(parameters, 'fc') };
  const layers = layerReports(workload, (layer) => layerUse(layer, banks[layer.kind], parameters, setting));
  return reportOf(workload, layers, workload.macs * 2 * 16);
}

export const crossLight: Accelerator<CrossLightParameters> = {
  id: 'crosslight',
  title: 'CrossLight',
  citation: published.citation,
  defaults: {
    conv: { size: 20, units: 100 },
    fc: { size: 150, units: 60 },
    armWavelengths: 15,
    arms: 'full',
    drift_nm: 2.1,
    fsr_nm: 18,
    ted: true,
    crosstalk_mW_per_ring: 5.2,
    timing: 'summed',
    product: 'vector',
    imprint_nm: 0.4,
    sensitivity_dBm: -20,
    wallPlug: 0.2,
  },
  variants: CROSSLIGHT_VARIANTS,
  choices: [
    { name: 'step', taken: 'summed', alternatives: [{ label: 'pipelined', parameters: { timing: 'pipelined' } }] },
    {
      name: 'arms',
      taken: 'full: 24,000 rings',
      alternatives: [{ label: 'as needed: 22,000 rings', parameters: { arms: 'needed' } }],
    },
    {
      name: 'rings and tuning',
      taken: 'opt_TED: 2.1 nm, with TED',
      alternatives: [
        { label: 'base_TED: 7.1 nm', parameters: CROSSLIGHT_VARIANTS.baseTed },
        { label: 'opt: without TED (fitted term)', parameters: CROSSLIGHT_VARIANTS.opt },
      ],
    },
    {
      name: 'laser',
      taken: '-20 dBm at a detector, 20 % wall plug',
      alternatives: [
        { label: '-25 dBm', parameters: { sensitivity_dBm: -25 } },
        { label: '-10 dBm', parameters: { sensitivity_dBm: -10 } },
      ],
    },
    {
      name: "a '20 x 20 dot product'",
      taken: 'one result of 20 products',
      alternatives: [{ label: '20 (150) results a step on the same rings', parameters: { product: 'matrix' } }],
    },
  ],
  unsourced: {},
  assumptions: [
    'A step is one vector a unit: DAC, tuning, detection, VCSEL, detection, ADC one after the other, as SONIC loads a row.',
    'Every arm has 30 rings (24,000 in all); all are trimmed by 2.1 nm all the time.',
    'A detector and its amplifier for every arm and one more a unit; a VCSEL an arm; a DAC a ring in use; an ADC a unit.',
    "Own devices: converters cost 8.9 pJ a sample (250 mW at 28 GS/s, both directions: an upper bound) and have SONIC's latencies.",
    'Detector sensitivity -20 dBm, wall-plug efficiency 20 %, laser power not scaled with bits, mean imprint 0.4 nm.',
    'Units of the other kind of layer are off except for trimming.',
    'The term of rings without TED (5.2 mW each) is fitted to the printed FPS/W; the default does not use it.',
  ],
  evaluate,
};
