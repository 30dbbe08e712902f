/** Counts of layers made up for tests, from how many entries each filter or vector holds. */
import type { CostInputs, CostLayer } from '../../src/cost/costInputs.js';
import type { Activity, LayerActivity } from '../../src/emulation/program/activity.js';
import type { HardwareDescription } from '../../src/hardware/description.js';
import { parseHardware } from '../../src/hardware/parseHardware.js';

/** Settings over preset `sonic`. */
export function hardwareWith(overrides: object = {}): HardwareDescription {
  return parseHardware(overrides);
}

export function layer(name: string, kind: 'conv2d' | 'dense', overrides: Partial<CostLayer> = {}): CostLayer {
  return {
    name,
    kind,
    macs: 1000,
    outputs: 10,
    readsInput: false,
    opticalGain: false,
    gainShift_nm: [0, 0],
    activationFunctions: 0,
    pooled: 0,
    ...overrides,
  };
}

export function inputs(layers: readonly CostLayer[], overrides: Partial<CostInputs> = {}): CostInputs {
  return { layers, parameters: 500, trims: null, ...overrides };
}

/** A convolution whose filters hold `nonZero` weights; every second patch entry is lit; 0.2 nm per ring. */
export function convActivity(name: string, nonZero: readonly number[], positions: number, size: number): LayerActivity {
  const entries = nonZero.reduce((sum, n) => sum + n, 0);
  const rows = nonZero.reduce((sum, n) => sum + Math.ceil(n / size), 0);
  const lit = Math.floor((entries * positions) / 2);
  return {
    name,
    kind: 'conv2d',
    samplesPerRow: positions,
    schedules: [{ rows, slowRowsByUnit: [], images: 1, eoShift_nm: [0.2 * entries, 0], toShift_nm: [0, 0] }],
    partialSums: rows * positions,
    litSamples: lit,
    streamedConversions: lit,
    heldConversions: entries,
    gainConversions: rows,
    clippedConversions: 0,
    clippedActivations: 0,
    zeroActivations: 0,
    activations: 100,
  };
}

/** A dense layer on one image with `active` non-zero activations; every second weight is lit. */
export function denseActivity(name: string, active: number, filters: number, size: number): LayerActivity {
  const rows = Math.ceil(active / size);
  const lit = Math.floor((active * filters) / 2);
  return {
    name,
    kind: 'dense',
    samplesPerRow: filters,
    schedules: [{ rows, slowRowsByUnit: [], images: 1, eoShift_nm: [0.4 * active, 0], toShift_nm: [0, 0] }],
    partialSums: rows * filters,
    litSamples: lit,
    streamedConversions: lit,
    heldConversions: active,
    gainConversions: 0,
    clippedConversions: 0,
    clippedActivations: 0,
    zeroActivations: 0,
    activations: active,
  };
}

export function activity(layers: readonly LayerActivity[], images = 1): Activity {
  return { images, layers };
}
