/** Conformance of a backend's kernels: single precision, on the program that the float64 compiler makes. */
import type { Kernels, Tap } from '../kernels/contract.js';
import type { SeedPair } from '../random/philox.js';
import { type Comparison, compareIntegers, compareNumbers } from './compare.js';
import { checkLayerKernels, type LayerRunner } from './layers.js';
import type { CaseChecker } from './run.js';
import type { PhiloxCase } from './schema.js';

/** Quantities of a layer that kernels of fidelity `exact` do not compute. */
const LUMPED = ['lumped.value', 'lumped.variance', 'lumped.y'];

/** Runs one layer on one image through a backend's kernels with a tap on. */
export function kernelRunner(kernels: Kernels): LayerRunner {
  return (program, x, hardware, { runSeed, image, chipSeed }) => {
    const [layer] = kernels.load({ hardware, chipSeed, layers: [program], warnings: [] });
    const positions = program.kind === 'conv2d' ? program.geometry.output[0] * program.geometry.output[1] : 1;
    const y = new Float32Array(positions * program.filters);
    const tap: Tap[] = [];
    const { clippedActivations } = layer!.run(x, y, { runSeed, image, noise: true, adc: true, tap });
    return { y, clippedActivations, passes: tap };
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
export function kernelChecker(kernels: Kernels, stream: NormalsKernel): CaseChecker {
  const run = kernelRunner(kernels);
  return (given) => {
    if (given.kind === 'philox') {
      const isCovered = given.firstSample + given.samples <= MAXIMUM_SAMPLE;
      return isCovered
        ? { comparisons: checkNormals(given, stream), notCovered: [] }
        : { comparisons: [], notCovered: ['words', 'normals'] };
    }
    if (given.kind !== 'layer') return null;
    try {
      return { comparisons: checkLayerKernels(given, run), notCovered: LUMPED };
    } finally {
      kernels.free();
    }
  };
}
