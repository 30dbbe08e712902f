/** Conformance of a backend's kernels: single precision, on the program that the float64 compiler makes. */
import type { Kernels, LoadedLayer, Tap } from '../kernels/contract.js';
import { drawOutputs } from '../kernels/lumped.js';
import { loadLumpedConv2d } from '../kernels/photonicConv2D/lumped.js';
import { loadLumpedDense } from '../kernels/photonicDense/lumped.js';
import type { Tf } from '../network/tf.js';
import type { SeedPair } from '../random/philox.js';
import { type Comparison, compareIntegers, compareNumbers } from './compare.js';
import { checkLayerKernels, type LayerRunner } from './layers.js';
import type { CaseChecker } from './run.js';
import type { PhiloxCase } from './schema.js';

/** One layer on one image in fidelity `lumped`, on TensorFlow.js's own conv2d and matMul. */
function runLumped(
  tf: Tf,
  kernels: Kernels,
  loaded: LoadedLayer,
  x: Float32Array,
  noise: { runSeed: number; image: number },
) {
  const layer = 'hold' in loaded ? loadLumpedDense(tf, loaded) : loadLumpedConv2d(tf, loaded.program);
  const { value, variance } = layer.sum(x, 1);
  const y = new Float32Array(value.length);
  drawOutputs(layer, kernels, value, variance, noise, y);
  layer.dispose();
  return { value, variance, y };
}

/** Runs one layer on one image through a backend's kernels with a tap on, and in fidelity `lumped`. */
export function kernelRunner(kernels: Kernels, tf: Tf): LayerRunner {
  return (program, x, hardware, { runSeed, image, chipSeed }) => {
    const [layer] = kernels.load({ hardware, chipSeed, layers: [program], warnings: [] });
    const positions = program.kind === 'conv2d' ? program.geometry.output[0] * program.geometry.output[1] : 1;
    const y = new Float32Array(positions * program.filters);
    const tap: Tap[] = [];
    const { clippedActivations } = layer!.run(x, y, { runSeed, image, noise: true, adc: true, tap });
    return { y, clippedActivations, passes: tap, lumped: runLumped(tf, kernels, layer!, x, { runSeed, image }) };
  };
}

/** Kernels count groups of four samples in 32 bits; no layer needs more. */
const MAXIMUM_SAMPLE = 2 ** 34;

/** A backend's stream of random numbers, single precision. */
export interface NormalsKernel {
  /** Standard normal samples first .. first + count - 1. */
  normals(seed: SeedPair, first: number, count: number): Float32Array;
  /** The words of the stream, one a sample, likewise. */
  words(seed: SeedPair, first: number, count: number): Uint32Array;
}

function checkNormals(
  { seed, firstSample, samples, expected, tolerance }: PhiloxCase,
  kernel: NormalsKernel,
): Comparison[] {
  const firstWord = firstSample - (firstSample % 4);
  return [
    compareIntegers('words', kernel.words(seed, firstWord, 4 * expected.words.length), expected.words),
    compareNumbers(
      'normals',
      kernel.normals(seed, firstSample, samples),
      expected.normals,
      tolerance.float32 ?? tolerance.float64,
      'mixed',
    ),
  ];
}

/**
 * What a backend's kernels make of layers and of the random stream; all other kinds are float64 pieces that every
 * backend takes from the compiler.
 */
export function kernelChecker(kernels: Kernels, stream: NormalsKernel, tf: Tf): CaseChecker {
  const run = kernelRunner(kernels, tf);
  return (given) => {
    if (given.kind === 'philox') {
      const isCovered = given.firstSample + given.samples <= MAXIMUM_SAMPLE;
      return isCovered
        ? { comparisons: checkNormals(given, stream), notCovered: [] }
        : { comparisons: [], notCovered: ['words', 'normals'] };
    }
    if (given.kind !== 'layer') return null;
    try {
      return { comparisons: checkLayerKernels(given, run), notCovered: [] };
    } finally {
      kernels.free();
    }
  };
}
