/** Cases of kind `layer`: a compiled layer run by a backend's kernels, against what the contract makes of it. */
import { calibratedRange, quantileOf } from '../../emulation/calibration/range.js';
import { streamMeter } from '../../emulation/calibration/streamMeans.js';
import { holdAtOnce, rowHolder } from '../../emulation/compiler/holdRows.js';
import { compileLayer, drawChip, withoutConverterNoise } from '../../emulation/compiler/layerConstants.js';
import type { LayerSpec } from '../../emulation/compiler/layerSpec.js';
import type { Tap } from '../../emulation/kernels/contract.js';
import { lumpedConv2dReference, photonicConv2dReference } from '../../emulation/kernels/photonicConv2D/reference.js';
import { lumpedDenseReference, photonicDenseReference } from '../../emulation/kernels/photonicDense/reference.js';
import type { LumpedResult, ReferenceOptions, ReferenceResult } from '../../emulation/kernels/referenceSteps.js';
import type { MakeRowHolder } from '../../emulation/program/rows.js';
import type { MacProgram } from '../../emulation/program/types.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { hardwareOf } from '../../hardware/descriptionFiles.js';
import type { CaseChecks } from './caseChecks.js';
import type { LayerCase, NestedNumbers } from './caseSchema.js';
import { type Comparison, compareIntegers, compareNumbers, compareWords, flatten } from './deviations.js';

/** What a backend's kernels yield of one layer on one image: as users run them, without a tap, but for `passes`. */
interface TappedResult {
  readonly y: ArrayLike<number>;
  readonly clippedActivations: number;
  readonly clippedConversions: number;
  /** Null where the kernels have no tap. */
  readonly passes: readonly Tap[] | null;
  /** What came out of the run with a tap. */
  readonly tapped: { readonly y: ArrayLike<number>; readonly clippedConversions: number } | null;
  readonly lumped: {
    readonly value: ArrayLike<number>;
    readonly variance: ArrayLike<number>;
    readonly y: ArrayLike<number>;
  };
}

/** Runs a program's only layer on the image `x`. */
export type LayerRunner = (
  program: MacProgram,
  x: Float32Array,
  hardware: HardwareDescription,
  options: { readonly runSeed: number; readonly chipSeed: number; readonly image: number },
) => Promise<TappedResult>;

function shapeOf(values: NestedNumbers): number[] {
  const first = values[0];
  return typeof first === 'number' || first === undefined ? [values.length] : [values.length, ...shapeOf(first)];
}

export const float32 = (values: NestedNumbers) => Float32Array.from(flatten(values));

/** The case's layer as the compiler takes it. */
function specOfCase({ layer, input, name }: Omit<LayerCase, 'expected' | 'tolerance'>): LayerSpec {
  const { batchNorm } = layer;
  const common = {
    name,
    outputName: name,
    index: layer.index,
    filters: layer.bias.length,
    bias: float32(layer.bias),
    weight: float32(layer.weight),
    twoPasses: layer.twoPasses,
    batchNorm: batchNorm
      ? {
          gamma: float32(batchNorm.gamma),
          beta: float32(batchNorm.beta),
          mean: float32(batchNorm.mean),
          variance: float32(batchNorm.variance),
          epsilon: batchNorm.epsilon,
        }
      : null,
  };
  if (layer.kind === 'dense') return { kind: 'dense', inputs: input.length, ...common };
  const [rows, columns, channels] = shapeOf(input) as [number, number, number];
  const kernel = shapeOf(layer.weight).slice(0, 2) as [number, number];
  const outputSize = (axis: 0 | 1) =>
    Math.floor(
      ([rows, columns][axis]! +
        layer.padding[axis][0] +
        layer.padding[axis][1] -
        layer.dilation[axis] * (kernel[axis] - 1) -
        1) /
        layer.strides[axis],
    ) + 1;
  return {
    kind: 'conv2d',
    ...common,
    geometry: {
      input: [rows, columns, channels],
      output: [outputSize(0), outputSize(1), common.filters],
      kernel,
      strides: layer.strides,
      dilation: layer.dilation,
      padding: layer.padding,
      groups: layer.groups,
    },
  };
}

/** The case's layer compiled; nothing is calibrated. @param makeHolder default: the definition in float64. */
export function programOfCase(
  given: Omit<LayerCase, 'expected' | 'tolerance'>,
  hardware: HardwareDescription,
  makeHolder: MakeRowHolder = rowHolder,
): MacProgram {
  const { activationScale, adcRange, meanActivation } = given.layer;
  const { streamMean, lightPoint } = given.layer.kind === 'conv2d' ? given.layer : {};
  const scale = {
    activationScale,
    adcRange,
    ...(meanActivation === undefined ? {} : { meanActivation }),
    ...(streamMean ? { streamMean: Float64Array.from(streamMean) } : {}),
    ...(lightPoint === undefined ? {} : { lightPoint }),
  };
  const chip = drawChip(hardware, given.seeds.chip);
  const hold = holdAtOnce(makeHolder(hardware, chip.conv.bank, chip.conv.errors));
  return compileLayer(specOfCase(given), hardware, chip, scale, hold);
}

/** What calibration measures of the streams with the case's input as its only image. */
function compareStreams(program: MacProgram, x: Float32Array, { expected }: LayerCase): Comparison[] {
  const near = (quantity: string, actual: number | ArrayLike<number>, wanted: number | number[]) =>
    compareNumbers(quantity, actual, wanted, 1e-10, 'relative');
  const comparisons: Comparison[] = [];
  if (program.kind === 'conv2d') {
    const meter = streamMeter(program.geometry, program);
    meter.add(x);
    const { streamMean, lightPoint } = meter.measure();
    if (expected.streamMean) comparisons.push(near('streamMean', streamMean, expected.streamMean));
    if (expected.lightPoint !== undefined) comparisons.push(near('lightPoint', lightPoint, expected.lightPoint));
  } else if (expected.lightPoint !== undefined) {
    comparisons.push(near('lightPoint', program.lightPoint ?? [], expected.lightPoint));
  }
  if (expected.operatingPoint !== undefined)
    comparisons.push(near('operatingPoint', program.operatingPoint ?? [], expected.operatingPoint));
  return comparisons;
}

const rowsOf = (values: readonly ArrayLike<number>[]) => values.flatMap((row) => Array.from(row));

export function runReference(program: MacProgram, x: Float32Array, options: ReferenceOptions): ReferenceResult {
  return program.kind === 'conv2d'
    ? photonicConv2dReference(program, x, options)
    : photonicDenseReference(program, x, options);
}

export function lumpReference(program: MacProgram, x: Float32Array, options: ReferenceOptions): LumpedResult {
  return program.kind === 'conv2d'
    ? lumpedConv2dReference(program, x, options)
    : lumpedDenseReference(program, x, options);
}

function rangeOfReference(program: MacProgram, hardware: HardwareDescription, x: Float32Array, image: number): number {
  const full = hardware.vdu[program.kind === 'conv2d' ? 'conv' : 'fc'].size;
  const silent = withoutConverterNoise(program, hardware);
  const { passes } = runReference(silent, x, { runSeed: 0, image, noise: false, adc: false });
  const magnitudes = Float64Array.from(passes.flatMap((pass) => Array.from(pass.u, Math.abs)));
  if (magnitudes.length === 0) return full;
  const variance = Math.max(...passes.flatMap((pass) => Array.from(pass.variance)));
  return calibratedRange(full, quantileOf(magnitudes, hardware.adc.rangeQuantile), variance);
}

function comparePasses(
  result: { readonly passes: readonly Omit<Tap, 'k' | 'hPlus' | 'hMinus'>[] },
  { expected }: LayerCase,
  tolerance: { u: number; adcCodes: number },
): Comparison[] {
  const comparisons = [compareIntegers('passes', result.passes.length, expected.passes.length)];
  expected.passes.forEach((wanted, p) => {
    const pass = result.passes[p];
    if (!pass) return;
    const name = (quantity: string) => `pass ${p} ${quantity}`;
    if (wanted.activationCode) {
      comparisons.push(compareIntegers(name('activationCode'), pass.activationCode ?? [], wanted.activationCode));
    }
    comparisons.push(compareNumbers(name('u'), pass.u, wanted.u, tolerance.u));
    if (wanted.adcCode) {
      comparisons.push(compareIntegers(name('adcCode'), pass.adcCode ?? [], wanted.adcCode, tolerance.adcCodes));
    }
    const clippedOff = Math.abs(pass.clippedConversions - wanted.clippedConversions);
    comparisons.push({
      quantity: name('clippedConversions'),
      deviation: clippedOff,
      tolerance: tolerance.adcCodes,
      passed: clippedOff <= tolerance.adcCodes,
    });
  });
  return comparisons;
}

/** The float64 compiler and reference kernels, `lumped` included. */
export function checkLayerReference(given: LayerCase): Comparison[] {
  const { expected, seeds, imageIndex } = given;
  const hardware = hardwareOf(given.hardware);
  const program = programOfCase(given, hardware);
  const x = float32(given.input);
  const options = { runSeed: seeds.run, image: imageIndex };
  const result = runReference(program, x, options);
  const tolerance = given.tolerance.float64;
  const near = (quantity: string, actual: number | ArrayLike<number>, wanted: number | NestedNumbers) =>
    compareNumbers(quantity, actual, wanted, 1e-10, 'relative');
  const lumped = lumpReference(program, x, options);
  return [
    compareWords('weightLevels', program.weightLevels, expected.weightLevels),
    near('weightScale', program.weightScale, expected.weightScale),
    near('gainScale', program.gainScale, expected.gainScale),
    near('gain', program.gain, expected.gain),
    near('shift', program.shift, expected.shift),
    near('X', program.X, expected.X),
    near('c', program.c, expected.c),
    near('I_A', program.I_A, expected.I_A),
    near('adcStep', program.adc.step, expected.adcStep),
    near('noise.shot', program.noise.shot, expected.noise.shot),
    near('noise.intensity', program.noise.intensity, expected.noise.intensity),
    near('noise.constant', program.noise.constant, expected.noise.constant),
    near('calibratedRange', rangeOfReference(program, hardware, x, imageIndex), expected.calibratedRange),
    ...compareStreams(program, x, given),
    compareIntegers('clippedActivations', result.clippedActivations, expected.clippedActivations),
    ...result.passes.flatMap((pass, p) => {
      const wanted = expected.passes[p];
      if (!wanted) return [];
      return [
        ...(program.kind === 'conv2d' && wanted.filter
          ? [compareIntegers(`pass ${p} filter`, program.rowFilter, wanted.filter)]
          : []),
        compareIntegers(`pass ${p} k`, rowsOf(pass.k), wanted.k),
        near(`pass ${p} held`, rowsOf(pass.held), wanted.held),
        compareNumbers(`pass ${p} Hplus`, rowsOf(pass.hPlus), wanted.Hplus, tolerance.H),
        compareNumbers(`pass ${p} Hminus`, rowsOf(pass.hMinus), wanted.Hminus, tolerance.H),
        ...(wanted.Dplus
          ? [compareNumbers(`pass ${p} Dplus`, rowsOf(pass.dPlus ?? []), wanted.Dplus, tolerance.H, 'mixed')]
          : []),
        ...(wanted.Dminus
          ? [compareNumbers(`pass ${p} Dminus`, rowsOf(pass.dMinus ?? []), wanted.Dminus, tolerance.H, 'mixed')]
          : []),
      ];
    }),
    ...comparePasses(result, given, tolerance),
    compareNumbers('y', result.y, expected.y, tolerance.y),
    compareNumbers('lumped.value', lumped.value, expected.lumped.value, tolerance.lumped),
    compareNumbers('lumped.variance', lumped.variance, expected.lumped.variance, 1e-9, 'relative'),
    compareNumbers('lumped.y', lumped.y, expected.lumped.y, tolerance.lumped),
  ];
}

/** Rows of a convolution as a run has them held, in float64 whatever the backend; of a dense layer the kernels hold them. */
function compareConvRows(program: MacProgram, { expected, tolerance }: LayerCase): Comparison[] {
  const wanted = expected.passes[0];
  if (program.kind === 'dense' || !wanted) return [];
  return [
    compareNumbers('rows Hplus', program.hPlus, wanted.Hplus, tolerance.float64.H),
    compareNumbers('rows Hminus', program.hMinus, wanted.Hminus, tolerance.float64.H),
    ...(wanted.Dplus
      ? [compareNumbers('rows Dplus', program.dPlus ?? [], wanted.Dplus, tolerance.float64.H, 'mixed')]
      : []),
    ...(wanted.Dminus
      ? [compareNumbers('rows Dminus', program.dMinus ?? [], wanted.Dminus, tolerance.float64.H, 'mixed')]
      : []),
  ];
}

/** Rows of a dense layer as the kernels held them. */
function compareHeldRows(passes: readonly Tap[], { expected }: LayerCase, tolerance: { H: number }): Comparison[] {
  return passes.flatMap(({ k, hPlus, hMinus }, p) => {
    const wanted = expected.passes[p];
    if (!wanted || !k || !hPlus || !hMinus) return [];
    return [
      compareIntegers(`pass ${p} k`, rowsOf(k), wanted.k),
      compareNumbers(`pass ${p} Hplus`, rowsOf(hPlus), wanted.Hplus, tolerance.H),
      compareNumbers(`pass ${p} Hminus`, rowsOf(hMinus), wanted.Hminus, tolerance.H),
    ];
  });
}

/** Clipped conversions of all passes, where single passes are not seen. */
function compareClipped(clippedConversions: number, { expected }: LayerCase, tolerance: number): Comparison {
  const wanted = expected.passes.reduce((sum, pass) => sum + pass.clippedConversions, 0);
  const deviation = Math.abs(clippedConversions - wanted);
  const allowed = tolerance * expected.passes.length;
  return { quantity: 'clippedConversions', deviation, tolerance: allowed, passed: deviation <= allowed };
}

/** A tap changes nothing: outputs with one are those without, bit by bit. */
function compareTapped({ y, clippedConversions, tapped }: Omit<TappedResult, 'passes'>): Comparison[] {
  if (!tapped) return [];
  const clipped = tapped.clippedConversions;
  return [
    compareNumbers('y with a tap', tapped.y, y, 0),
    compareIntegers('clippedConversions with a tap', clipped, clippedConversions),
  ];
}

/**
 * Single-precision kernels of a backend on the program that users' runs compile in float64; without a tap, y and what is counted.
 * @param makeHolder what holds the rows of convolutions there.
 */
export async function checkLayerKernels(
  given: LayerCase,
  run: LayerRunner,
  makeHolder: MakeRowHolder,
): Promise<CaseChecks> {
  const { expected, seeds } = given;
  const hardware = hardwareOf(given.hardware);
  const program = programOfCase(given, hardware, makeHolder);
  const { passes, ...result } = await run(program, float32(given.input), hardware, {
    runSeed: seeds.run,
    chipSeed: seeds.chip,
    image: given.imageIndex,
  });
  const tolerance = given.tolerance.float32;
  const inside = passes
    ? [...compareHeldRows(passes, given, tolerance), ...comparePasses({ passes }, given, tolerance)]
    : [];
  return {
    comparisons: [
      compareIntegers('clippedActivations', result.clippedActivations, expected.clippedActivations),
      ...compareConvRows(program, given),
      ...inside,
      ...compareTapped(result),
      compareClipped(result.clippedConversions, given, tolerance.adcCodes),
      compareNumbers('y', result.y, expected.y, tolerance.y),
      compareNumbers('lumped.value', result.lumped.value, expected.lumped.value, tolerance.lumped),
      compareNumbers('lumped.variance', result.lumped.variance, expected.lumped.variance, 1e-5, 'relative'),
      compareNumbers('lumped.y', result.lumped.y, expected.lumped.y, tolerance.lumped),
    ],
    notCovered: passes
      ? []
      : ['activationCode', 'u', 'adcCode', ...(program.kind === 'dense' ? ['k', 'Hplus', 'Hminus'] : [])],
  };
}
