/**
 * NullHop: 128 multipliers of 16 bits that skip zero activations and never zero weights; feature maps travel compressed as
 * a bit per pixel and the values that are not zero. Cycles of a layer are the largest of what the multipliers, the input
 * stream, the output stream and the kernel stream take.
 */
import { createRequire } from 'node:module';
import { type Published, publishedNumbers } from '../publishedNumbers.js';
import { type Accelerator, reportOf, type Setting } from '../types.js';
import type { Workload, WorkloadLayer } from '../workload.js';
import type publishedJson from './published.json';

export const published: Published = createRequire(import.meta.url)('./published.json') as typeof publishedJson;

export interface NullHopParameters {
  readonly clock_MHz: number;
  /** Of the core, or of the FPGA. */
  readonly power_W: number;
  /** Share of cycles in which the multipliers do useful work. */
  readonly utilisation: number;
  /** Bits per cycle to and from external memory; infinite: never the bound. */
  readonly busBits: number;
  /** Output maps are rounded up to a power of two times this many multipliers. */
  readonly controllerMultipliers: number;
  /** Whether kernels are loaded while the layer before them runs. */
  readonly kernelLoad: 'overlapped' | 'added';
  /** Charged where the setting counts memory. */
  readonly dram_pJ_per_bit: number;
}

const MULTIPLIERS = 128;
const BITS = 16;

/** The 28 nm core, from synthesis. */
export const ASIC28: Partial<NullHopParameters> = { clock_MHz: 500, power_W: 0.155 };

/** Bits of a compressed feature map: a sparsity map in words of 16 bits, and 16 bits for each value that is not zero. */
export function compressedBits(elements: number, sparsity: number): number {
  return BITS * Math.ceil(elements / BITS) + BITS * elements * (1 - sparsity);
}

/** Output maps that the multipliers' clusters round up to. */
function paddedMaps(filters: number, controllerMultipliers: number): number {
  if (filters >= MULTIPLIERS) return MULTIPLIERS * Math.ceil(filters / MULTIPLIERS);
  return Math.min(
    MULTIPLIERS,
    controllerMultipliers * 2 ** Math.ceil(Math.log2(Math.ceil(filters / controllerMultipliers))),
  );
}

function layerUse(layer: WorkloadLayer, parameters: NullHopParameters) {
  const { utilisation, busBits, controllerMultipliers, kernelLoad } = parameters;
  const [rows, columns, channels] = layer.input;
  const nonZero = rows * columns * channels * (1 - layer.activationSparsity);
  const perInput = (layer.kernel[0] * layer.kernel[1]) / (layer.strides[0] * layer.strides[1]);
  // Those that an element of the input meets.
  const filters = layer.output[2] / (layer.groups ?? 1);
  const passes = Math.ceil(filters / MULTIPLIERS);
  const bits = {
    input: passes * compressedBits(rows * columns * channels, layer.activationSparsity),
    output: compressedBits(layer.results, layer.resultSparsity),
    kernels: layer.weights * BITS,
  };
  const multiply = (nonZero * perInput * paddedMaps(filters, controllerMultipliers)) / (MULTIPLIERS * utilisation);
  const kernels = bits.kernels / busBits;
  const stream = Math.max(multiply, bits.input / busBits, bits.output / busBits);
  return {
    cycles: kernelLoad === 'added' ? stream + kernels : Math.max(stream, kernels),
    memoryBits: bits.input + bits.output + bits.kernels,
    multiplications: nonZero * perInput * filters,
  };
}

function evaluate(workload: Workload, parameters: NullHopParameters, { hardware }: Setting) {
  const uses = workload.layers.map((layer) => layerUse(layer, parameters));
  const dram_J = hardware.cost.memory === 'literature' ? parameters.dram_pJ_per_bit * 1e-12 : 0;
  const layers = workload.layers.map(({ name }, l) => {
    const latency_s = uses[l]!.cycles / (parameters.clock_MHz * 1e6);
    return { name, latency_s, energy_J: parameters.power_W * latency_s + dram_J * uses[l]!.memoryBits };
  });
  const multiplications = uses.reduce((sum, use) => sum + use.multiplications, 0);
  return reportOf(workload, layers, multiplications * 2 * BITS);
}

export const nullHop: Accelerator<NullHopParameters> = {
  id: 'nullhop',
  title: 'NullHop',
  citation: published.citation,
  defaults: {
    clock_MHz: 60,
    power_W: 1,
    utilisation: 0.98,
    busBits: 64,
    controllerMultipliers: 16,
    kernelLoad: 'overlapped',
    dram_pJ_per_bit: 20,
  },
  variants: { asic28: ASIC28 },
  choices: [
    {
      name: 'build',
      taken: 'Zynq FPGA, 60 MHz, 1 W',
      alternatives: [{ label: '28 nm core, 500 MHz, 0.155 W', parameters: ASIC28 }],
    },
    { name: 'bus width', taken: '64 bit a cycle', alternatives: [{ label: '32 bit', parameters: { busBits: 32 } }] },
    { name: 'utilisation', taken: '0.98', alternatives: [{ label: '1', parameters: { utilisation: 1 } }] },
    {
      name: 'lane granularity',
      taken: '16 multipliers a controller',
      alternatives: [{ label: 'none', parameters: { controllerMultipliers: 1 } }],
    },
    {
      name: 'kernel load',
      taken: 'overlapped',
      alternatives: [{ label: 'added', parameters: { kernelLoad: 'added' } }],
    },
  ],
  unsourced: {
    default: publishedNumbers(published, 'zynqClock_MHz', 'zynqPower_W'),
    asic28: publishedNumbers(published, 'corePower_W'),
  },
  assumptions: [
    'The Zynq build is what SONIC compares with: its text calls NullHop an FPGA implementation, and its own ratios put an FPGA design (RSNN) above NullHop in FPS/W.',
    'Clock and power of both builds are remembered, not read (at most 0.157 W for the core follows from the abstract).',
    'A dense layer is a 1 x 1 convolution of a 1 x 1 map; its weights come over the bus once an image, which bounds it.',
    'The bus moves 64 bits a cycle; output maps are rounded up to 16 multipliers times a power of two.',
  ],
  evaluate,
};
