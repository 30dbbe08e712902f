/** Layers for tests, and what they compute in plain loops that share nothing with the compiler or the kernels. */
import { type Chip, compileLayer, drawChip } from '../../src/emulation/compiler/layerConstants.js';
import type { BatchNormSpec, ConvSpec, DenseSpec, LayerSpec } from '../../src/emulation/compiler/layerSpec.js';
import { photonicConv2dReference } from '../../src/emulation/kernels/photonicConv2D/reference.js';
import { photonicDenseReference } from '../../src/emulation/kernels/photonicDense/reference.js';
import type { ReferenceOptions, ReferenceResult } from '../../src/emulation/kernels/referenceSteps.js';
import type { Conv2dProgram, DenseProgram, MacProgram } from '../../src/emulation/program/types.js';
import type { HardwareDescription } from '../../src/hardware/description.js';
import { EFFECTS } from '../../src/hardware/fields/effects.js';
import { parseHardware } from '../../src/hardware/parseHardware.js';
import { randomArray } from './random.js';

/** Switches for `effects` with only the named ones on. */
export function onlyEffects(...names: (keyof typeof EFFECTS)[]) {
  return Object.fromEntries(Object.keys(EFFECTS).map((name) => [name, (names as string[]).includes(name)]));
}

/** Hardware that computes exact dot products: no effect on, no compensation needed. */
export const EXACT = parseHardware({ effects: onlyEffects() });

interface Common {
  readonly index?: number;
  readonly bias?: Float32Array | null;
  readonly batchNorm?: BatchNormSpec | null;
  readonly twoPasses?: boolean;
  readonly seed?: number;
  readonly weight?: Float32Array;
  /** Share of zero weights. */
  readonly zeros?: number;
}

export interface ConvOptions extends Common {
  readonly input?: readonly [number, number, number];
  readonly kernel?: readonly [number, number];
  readonly filters?: number;
  readonly strides?: readonly [number, number];
  readonly dilation?: readonly [number, number];
  readonly padding?: readonly [readonly [number, number], readonly [number, number]];
  readonly groups?: number;
}

function common({ index = 0, bias, batchNorm = null, twoPasses = false, seed = 1 }: Common, filters: number) {
  return {
    name: 'layer',
    outputName: 'layer',
    index,
    filters,
    bias: bias === undefined ? randomArray(seed + 1000, filters, -1, 1) : bias,
    batchNorm,
    twoPasses,
  };
}

/** A convolution with random weights in [-1, 1], a share of them 0. */
export function convSpec(options: ConvOptions = {}): ConvSpec {
  const { input = [6, 5, 3], kernel = [3, 3], filters = 4, groups = 1, seed = 1, zeros = 0.4 } = options;
  const {
    strides = [1, 1],
    dilation = [1, 1],
    padding = [
      [0, 0],
      [0, 0],
    ],
  } = options;
  const size = ([0, 1] as const).map(
    (axis) =>
      Math.floor(
        (input[axis] + padding[axis][0] + padding[axis][1] - dilation[axis] * (kernel[axis] - 1) - 1) / strides[axis],
      ) + 1,
  ) as [number, number];
  const weights = kernel[0] * kernel[1] * (input[2] / groups) * filters;
  return {
    kind: 'conv2d',
    ...common(options, filters),
    weight: options.weight ?? randomArray(seed, weights, -1, 1, zeros),
    geometry: { input, output: [...size, filters], kernel, strides, dilation, padding, groups },
  };
}

/** A dense layer with random weights in [-1, 1], a share of them 0. */
export function denseSpec(options: Common & { readonly inputs?: number; readonly filters?: number } = {}): DenseSpec {
  const { inputs = 130, filters = 7, seed = 1, zeros = 0.4 } = options;
  return {
    kind: 'dense',
    ...common(options, filters),
    inputs,
    weight: options.weight ?? randomArray(seed, inputs * filters, -1, 1, zeros),
  };
}

/** Elements of a layer's input. */
export function inputSize(spec: LayerSpec): number {
  return spec.kind === 'dense' ? spec.inputs : spec.geometry.input.reduce((a, b) => a * b);
}

/** Means of some input: what self-heating and chirp need to know of a convolution, and light by photons of any layer. */
export function streamsFor(spec: LayerSpec): {
  streamMean?: Float64Array;
  lightPoint?: number;
  meanActivation: number;
} {
  const meanActivation = 0.3;
  if (spec.kind === 'dense') return { meanActivation };
  const { kernel, input } = spec.geometry;
  const means = randomArray(77, kernel[0] * kernel[1] * input[2], 0.05, 0.6);
  return { streamMean: Float64Array.from(means), lightPoint: 0.55, meanActivation };
}

const chips = new Map<string, Chip>();

/** Compiles a layer on chip 1 (or another), keeping chips drawn before. */
export function compile(
  spec: ConvSpec,
  hardware: HardwareDescription,
  activationScale: number,
  adcRange?: number,
  chipSeed?: number,
): Conv2dProgram;
export function compile(
  spec: DenseSpec,
  hardware: HardwareDescription,
  activationScale: number,
  adcRange?: number,
  chipSeed?: number,
): DenseProgram;
export function compile(
  spec: LayerSpec,
  hardware: HardwareDescription,
  activationScale: number,
  adcRange?: number,
  chipSeed = 1,
): MacProgram {
  const key = `${chipSeed} ${JSON.stringify(hardware)}`;
  const chip = chips.get(key) ?? drawChip(hardware, chipSeed);
  chips.set(key, chip);
  return compileLayer(spec, hardware, chip, {
    activationScale,
    ...(adcRange === undefined ? {} : { adcRange }),
    ...streamsFor(spec),
  });
}

/** Runs the reference of either kind. */
export function runReference(
  program: MacProgram,
  x: Float32Array,
  options: Partial<ReferenceOptions> = {},
): ReferenceResult {
  const all = { runSeed: 1, image: 0, ...options };
  return program.kind === 'conv2d' ? photonicConv2dReference(program, x, all) : photonicDenseReference(program, x, all);
}

/**
 * A convolution in seven loops over the output, float64; `value` gives the product of one weight and one input.
 * @returns [output rows][output columns][filters], without bias.
 */
export function naiveConv(
  { geometry, filters, weight }: ConvSpec,
  x: ArrayLike<number>,
  product: (w: number, input: number) => number = (w, input) => w * input,
): Float64Array {
  const [rows, columns, channels] = geometry.input;
  const [outRows, outColumns] = geometry.output;
  const [kernelRows, kernelColumns] = geometry.kernel;
  const perGroup = channels / geometry.groups;
  const y = new Float64Array(outRows * outColumns * filters);
  for (let group = 0; group < geometry.groups; group++) {
    for (let inGroup = 0; inGroup < filters / geometry.groups; inGroup++) {
      const f = group * (filters / geometry.groups) + inGroup;
      for (let oy = 0; oy < outRows; oy++) {
        for (let ox = 0; ox < outColumns; ox++) {
          let sum = 0;
          for (let ky = 0; ky < kernelRows; ky++) {
            for (let kx = 0; kx < kernelColumns; kx++) {
              const iy = oy * geometry.strides[0] + ky * geometry.dilation[0] - geometry.padding[0][0];
              const ix = ox * geometry.strides[1] + kx * geometry.dilation[1] - geometry.padding[1][0];
              if (iy < 0 || iy >= rows || ix < 0 || ix >= columns) continue;
              for (let c = 0; c < perGroup; c++) {
                const w = weight[((ky * kernelColumns + kx) * perGroup + c) * filters + f]!;
                sum += product(w, x[(iy * columns + ix) * channels + group * perGroup + c]!);
              }
            }
          }
          y[(oy * outColumns + ox) * filters + f] = sum;
        }
      }
    }
  }
  return y;
}

/** A dense layer in two loops, float64: [filters], without bias. */
export function naiveDense(
  { inputs, filters, weight }: DenseSpec,
  x: ArrayLike<number>,
  product: (w: number, input: number) => number = (w, input) => w * input,
): Float64Array {
  const y = new Float64Array(filters);
  for (let k = 0; k < inputs; k++) for (let f = 0; f < filters; f++) y[f]! += product(weight[k * filters + f]!, x[k]!);
  return y;
}

/** Either kind in plain loops. */
export function naive(
  spec: LayerSpec,
  x: ArrayLike<number>,
  product?: (w: number, input: number) => number,
): Float64Array {
  return spec.kind === 'conv2d' ? naiveConv(spec, x, product) : naiveDense(spec, x, product);
}

/** A random batch-norm; some gains are negative. */
export const batchNormOf = (filters: number) => ({
  gamma: randomArray(71, filters, -1.5, 1.5),
  beta: randomArray(72, filters, -1, 1),
  mean: randomArray(73, filters, -1, 1),
  variance: randomArray(74, filters, 0.2, 2),
  epsilon: 1e-3,
});
