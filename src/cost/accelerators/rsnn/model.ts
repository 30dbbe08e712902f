/**
 * RSNN: 32 processing units of 14 multipliers at 150 MHz that skip zero weights and never zero activations. Constants are
 * those of the authors' design of 2019; of RSNN itself only the abstract is at hand.
 */
import { createRequire } from 'node:module';
import { type Published, publishedNumbers } from '../publishedNumbers.js';
import { type Accelerator, reportOf } from '../types.js';
import type { Workload, WorkloadLayer } from '../workload.js';
import type publishedJson from './published.json';

export const published: Published = createRequire(import.meta.url)('./published.json') as typeof publishedJson;

export interface RsnnParameters {
  readonly processingUnits: number;
  readonly processingElements: number;
  readonly clock_MHz: number;
  /** Of the board, memory included. */
  readonly power_W: number;
  /** Mean over largest number of weights among kernels that run together. */
  readonly loadBalance: number;
  /** Of a weight and of its place among the zeros. */
  readonly weightBits: number;
  readonly indexBits: number;
  /** Of the board's memory; infinite: never the bound. */
  readonly bandwidth_GB_per_s: number;
}

function layerUse(layer: WorkloadLayer, parameters: RsnnParameters) {
  const { processingUnits, processingElements, loadBalance, weightBits, indexBits, bandwidth_GB_per_s } = parameters;
  const [rows, columns, filters] = layer.output;
  const density = 1 - layer.weightSparsity;
  const perFilter = (layer.weights / filters) * density;
  const groups = Math.ceil(filters / processingUnits) * rows * Math.ceil(columns / processingElements);
  const multiply_s = (groups * perFilter) / loadBalance / (parameters.clock_MHz * 1e6);
  const bits = layer.weights * density * (weightBits + (density < 1 ? indexBits : 0));
  return {
    latency_s: Math.max(multiply_s, bits / 8 / (bandwidth_GB_per_s * 1e9)),
    multiplications: layer.macs * density,
  };
}

function evaluate(workload: Workload, parameters: RsnnParameters) {
  const uses = workload.layers.map((layer) => layerUse(layer, parameters));
  const layers = workload.layers.map(({ name }, l) => {
    const { latency_s } = uses[l]!;
    return { name, latency_s, energy_J: parameters.power_W * latency_s };
  });
  const multiplications = uses.reduce((sum, use) => sum + use.multiplications, 0);
  return reportOf(workload, layers, multiplications * 2 * parameters.weightBits);
}

export const rsnn: Accelerator<RsnnParameters> = {
  id: 'rsnn',
  title: 'RSNN',
  citation: published.citation,
  defaults: {
    processingUnits: 32,
    processingElements: 14,
    clock_MHz: 150,
    power_W: 9.63,
    loadBalance: 0.9,
    weightBits: 16,
    indexBits: 4,
    bandwidth_GB_per_s: 12.8,
  },
  variants: {},
  choices: [
    {
      name: 'power',
      taken: '9.63 W, another VGG accelerator on the same board',
      alternatives: [
        { label: '5 W', parameters: { power_W: 5 } },
        { label: '20 W', parameters: { power_W: 20 } },
      ],
    },
    { name: 'load balance', taken: '0.9', alternatives: [{ label: '1', parameters: { loadBalance: 1 } }] },
    {
      name: 'memory bandwidth',
      taken: '12.8 GB/s',
      alternatives: [{ label: 'no bound', parameters: { bandwidth_GB_per_s: Number.POSITIVE_INFINITY } }],
    },
    { name: 'index of a weight', taken: '4 bit', alternatives: [{ label: '16 bit', parameters: { indexBits: 16 } }] },
  ],
  unsourced: {
    default: publishedNumbers(published, 'boardPower_W'),
  },
  assumptions: [
    'A processing unit works on one output map, its 14 elements on 14 pixels of a row (14 divides every map of VGG16).',
    'Kernels that run together are balanced to 90 % (kernel merging and balance-aware pruning are for that).',
    'A dense layer has one pixel, so one element of 14 works; its weights come from memory once an image.',
    'Operands have 16 bits, a weight that is not zero 4 more for its place; memory gives 12.8 GB/s (64-bit DDR3-1600).',
    'The board draws 9.63 W, memory included, as another VGG accelerator on the same board (remembered).',
  ],
  evaluate,
};
