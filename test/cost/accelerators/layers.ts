/** Workloads of one layer, for numbers worked out by hand. */
import type { Setting } from '../../../src/cost/accelerators/types.js';
import type { Workload, WorkloadLayer } from '../../../src/cost/accelerators/workload.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';

export const OWN: Setting = { hardware: presetHardware('sonic'), table: null, devices: 'own' };
export const TABLE_2: Setting = { ...OWN, devices: 'sonic' };
export const settingWith = (overrides: Record<string, unknown>, devices: Setting['devices'] = 'own'): Setting => ({
  hardware: presetHardware('sonic', overrides),
  table: null,
  devices,
});

/** An 8 x 8 map of 32 channels, 3x3 kernels, 64 filters, half of all activations zero, pooled to 4 x 4. */
export const CONV: WorkloadLayer = {
  name: 'conv',
  kind: 'conv2d',
  input: [8, 8, 32],
  output: [8, 8, 64],
  kernel: [3, 3],
  strides: [1, 1],
  macs: 8 * 8 * 9 * 32 * 64,
  weights: 9 * 32 * 64,
  weightSparsity: 0,
  activationSparsity: 0.5,
  results: 4 * 4 * 64,
  resultSparsity: 0.5,
};

/** 400 inputs, 100 outputs. */
export const DENSE: WorkloadLayer = {
  name: 'dense',
  kind: 'dense',
  input: [1, 1, 400],
  output: [1, 1, 100],
  kernel: [1, 1],
  strides: [1, 1],
  macs: 40_000,
  weights: 40_000,
  weightSparsity: 0,
  activationSparsity: 0.5,
  results: 100,
  resultSparsity: 0,
};

export function workload(layers: readonly WorkloadLayer[], parameters = 1000): Workload {
  const macs = layers.reduce((sum, layer) => sum + layer.macs, 0);
  const operators = layers.map((layer) => ({
    kind: layer.kind,
    macs: layer.macs,
    activations: layer.input[0] * layer.input[1] * layer.input[2] + layer.results,
    parameters: layer.weights,
  }));
  return { name: 'by hand', parameters, macs, layers, operators, network: null };
}
