/**
 * Random cases: layers on hardware drawn at random, and what the float64 reference makes of them. They hold a backend against
 * the definition where nobody made a case by hand; against an independent implementation, the files of cases do.
 */

import type { LumpedResult, ReferenceResult } from '../../emulation/kernels/referenceSteps.js';
import { hasOptics, type MacProgram } from '../../emulation/program/types.js';
import type { LayerCase, NestedNumbers } from './caseSchema.js';
import { float32, lumpReference, programOfCase, runReference } from './checkLayers.js';
import type { ConformanceCases } from './loadCases.js';
import { type Draw, drawOf, randomHardware } from './randomHardware.js';

type Given = Omit<LayerCase, 'expected' | 'tolerance'>;

/** Section 9 of the contract: u of single precision, over the ADC's range. */
const U_TOLERANCE = 1e-6;
/** Of transmissions that float32 holds; the files of cases have the same. */
const H_TOLERANCE = 2e-6;
/** Of float32 sums that end in one product and one addition. */
const ROUNDING = 4 * 2 ** -24;
/** Largest normal that a case draws, and how far off one is and the root it is multiplied with, relatively. */
const [LARGEST_NORMAL, NORMAL_OFF, ROOT_OFF] = [5.7, 2e-6, 5e-6];

/** Flat values as nested arrays of `shape`. */
function nest(values: readonly number[], shape: readonly number[]): NestedNumbers {
  if (shape.length === 1) return [...values];
  const size = values.length / shape[0]!;
  return Array.from({ length: shape[0]! }, (_, i) => nest(values.slice(i * size, (i + 1) * size), shape.slice(1)));
}

function batchNormOf({ array }: Draw, filters: number) {
  return {
    gamma: array(filters, -1.5, 1.5),
    beta: array(filters, -1, 1),
    mean: array(filters, -1, 1),
    variance: array(filters, 0.2, 2),
    epsilon: 1e-3,
  };
}

/** A layer of either kind with one or two passes, with and without batch-norm, and its input. */
function randomLayer(draw: Draw): Pick<Given, 'layer' | 'input'> {
  const { integer, pick, array, number } = draw;
  const isConv = pick([true, false]);
  const [filters, twoPasses] = [isConv ? 4 : integer(1, 9), pick([true, false])];
  const common = {
    index: integer(0, 7),
    bias: array(filters, -1, 1),
    ...(pick([true, false]) ? { batchNorm: batchNormOf(draw, filters) } : {}),
    twoPasses,
    activationScale: number(0.5, 1),
    adcRange: number(0.5, 3),
  };
  const low = twoPasses ? -1 : 0;
  if (!isConv) {
    const inputs = integer(1, 80);
    const weight = nest(array(inputs * filters, -1, 1, 0.4), [inputs, filters]);
    return { layer: { kind: 'dense', weight, ...common }, input: array(inputs, low, 1, 0.3) };
  }
  const [groups, channels, columns] = [pick([1, 2]), 4, integer(4, 9)];
  const shape = [3, 3, channels / groups, filters];
  return {
    layer: {
      kind: 'conv2d',
      weight: nest(array(9 * (channels / groups) * filters, -1, 1, 0.4), shape),
      strides: [1, pick([1, 2])],
      dilation: [1, 1],
      padding: [
        [1, 0],
        [1, 1],
      ],
      groups,
      streamMean: array(9 * channels, 0.05, 0.6),
      lightPoint: 0.55,
      ...common,
    },
    input: nest(array(5 * columns * channels, low, 1, 0.3), [5, columns, channels]),
  };
}

const largest = (values: ArrayLike<number>, least = 0) =>
  Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), least);

/** Conversions of a pass whose u lies so near the edge of two codes that single precision may take the other. */
function nearEdges({ adc }: MacProgram, { u }: ReferenceResult['passes'][number], tolerance: number): number {
  return Array.from(u).filter((value) => {
    const steps = Math.abs(value) / adc.step;
    return Math.abs(steps - Math.floor(steps) - 0.5) * adc.step <= tolerance;
  }).length;
}

/** What single precision may be off by, from what is summed up. */
function tolerances(
  program: MacProgram,
  result: ReferenceResult,
  lumped: LumpedResult,
): LayerCase['tolerance']['float32'] {
  const { adc, shift } = program;
  const u = U_TOLERANCE * adc.range;
  const scale = hasOptics(program) ? program.activationScale * program.weightScale * program.gainScale : 0;
  const adcCodes = Math.max(0, ...result.passes.map((pass) => nearEdges(program, pass, u)));
  const rounding = ROUNDING * (largest(result.y) + largest(shift));
  const samples = result.passes.reduce((sum, pass) => sum + pass.u.length, 0) / Math.max(1, result.y.length);
  const isConverted = result.passes.some(({ adcCode }) => adcCode !== null);
  const sums = isConverted ? 2 * adcCodes * adc.step : u * Math.max(1, samples);
  const value = U_TOLERANCE * largest(lumped.value, adc.range);
  const noise = largest(lumped.variance.map(Math.sqrt)) * (LARGEST_NORMAL * ROOT_OFF + NORMAL_OFF);
  return {
    H: H_TOLERANCE,
    u,
    adcCodes,
    y: scale * sums + rounding,
    lumped: Math.max(value, scale * (value + noise) + ROUNDING * (largest(lumped.y) + largest(shift))),
  };
}

const rowsOf = (values: readonly ArrayLike<number>[]) => values.map((row) => Array.from(row));

/** Values of a pass, [row][sample]. */
function rows(values: ArrayLike<number>, count: number): number[][] {
  const samples = values.length / Math.max(1, count);
  return Array.from({ length: count }, (_, row) => Array.from(values).slice(row * samples, (row + 1) * samples));
}

/** A case as the reference has it. */
function caseFrom(given: Given, program: MacProgram): LayerCase {
  const x = float32(given.input);
  const options = { runSeed: given.seeds.run, image: given.imageIndex };
  const result = runReference(program, x, options);
  const lumped = lumpReference(program, x, options);
  const float32Tolerance = tolerances(program, result, lumped);
  const { shot, intensity, constant } = program.noise;
  return {
    ...given,
    expected: {
      weightLevels: program.weightLevels,
      weightScale: program.weightScale,
      gainScale: program.gainScale,
      gain: Array.from(program.gain),
      shift: Array.from(program.shift),
      X: program.X,
      c: program.c,
      I_A: program.I_A,
      noise: { shot, intensity, constant },
      adcStep: program.adc.step,
      calibratedRange: given.layer.adcRange,
      clippedActivations: result.clippedActivations,
      passes: result.passes.map((pass) => ({
        ...(pass.activationCode ? { activationCode: Array.from(pass.activationCode) } : {}),
        k: rowsOf(pass.k),
        held: rowsOf(pass.held),
        Hplus: rowsOf(pass.hPlus),
        Hminus: rowsOf(pass.hMinus),
        u: rows(pass.u, pass.k.length),
        ...(pass.adcCode ? { adcCode: rows(pass.adcCode, pass.k.length) } : {}),
        clippedConversions: pass.clippedConversions,
      })),
      y: Array.from(result.y),
      lumped: {
        value: Array.from(lumped.value),
        variance: Array.from(lumped.variance),
        y: Array.from(lumped.y),
      },
    },
    tolerance: { float64: float32Tolerance, float32: float32Tolerance },
  };
}

/** @returns the same cases for the same seed; case i is of stream (seed, i). */
export function randomCases(count: number, seed: number): ConformanceCases {
  const cases = Array.from({ length: count }, (_, i): LayerCase => {
    const draw = drawOf(seed, i);
    const { overrides, hardware } = randomHardware(draw);
    const given: Given = {
      name: `case ${i}`,
      kind: 'layer',
      hardware: { preset: 'sonic', overrides },
      seeds: { run: draw.integer(0, 2 ** 30 - 1), chip: draw.integer(0, 1000) },
      imageIndex: draw.integer(0, 2 ** 20 - 1),
      ...randomLayer(draw),
    };
    return caseFrom(given, programOfCase(given, hardware));
  });
  return { file: `random, seed ${seed}`, cases };
}
