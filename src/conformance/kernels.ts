/** Conformance of a backend's kernels: single precision, on the program that the float64 compiler makes. */
import type { PhotonicBackend } from '../backends/types.js';
import type { Tap } from '../kernels/contract.js';
import { drawOutputs } from '../kernels/lumped.js';
import { loadLumped } from '../kernels/lumpedLayer.js';
import type { MacProgram, Program } from '../program/types.js';
import { type Comparison, compareIntegers, compareNumbers } from './compare.js';
import { checkLayerKernels, type LayerRunner } from './layers.js';
import type { CaseChecker, CaseChecks } from './run.js';
import type { PhiloxCase } from './schema.js';

/** One layer on one image in fidelity `lumped`, on TensorFlow.js's own conv2d and matMul. */
async function runLumped(
  { tf, host, normals }: PhotonicBackend,
  program: Program,
  layer: MacProgram,
  x: Float32Array,
  noise: { runSeed: number; image: number },
) {
  const lumped = loadLumped(tf, host, program, layer);
  const { value, variance } = await lumped.sum(x, 1);
  const y = new Float32Array(value.length);
  await drawOutputs(lumped, normals, value, variance, noise, y);
  lumped.dispose();
  return { value, variance, y };
}

/** Runs one layer on one image through a backend's kernels, with a tap where they have one, and in fidelity `lumped`. */
export function kernelRunner(backend: PhotonicBackend): LayerRunner {
  const { tf } = backend;
  return async (layer, x, hardware, { runSeed, image, chipSeed }) => {
    const program = { hardware, chipSeed, layers: [layer], warnings: [] };
    const [loaded] = backend.load(program);
    const input = tf.tensor(x, [1, ...(layer.kind === 'dense' ? [layer.inputs] : layer.geometry.input)]);
    const tap: Tap[][] = [];
    const given = { runSeed, images: Int32Array.of(image), noise: true, adc: true };
    const { output, counts } = await loaded!.run(input, loaded!.hasTap ? { ...given, tap } : given);
    const y = (await output.data()) as Float32Array;
    tf.dispose([input, output]);
    loaded!.dispose();
    const { clippedActivations, clippedConversions } = counts[0]!;
    const lumped = await runLumped(backend, program, layer, x, { runSeed, image });
    return { y, clippedActivations, clippedConversions, passes: tap[0] ?? null, lumped };
  };
}

async function checkNormals(given: PhiloxCase, backend: PhotonicBackend): Promise<CaseChecks> {
  const { seed, firstSample, samples, expected, tolerance } = given;
  if (firstSample + samples > backend.maximumSamples) return { comparisons: [], notCovered: ['words', 'normals'] };
  const normals = await backend.normals(seed, samples, firstSample);
  const near = tolerance.float32 ?? tolerance.float64;
  const comparisons: Comparison[] = [compareNumbers('normals', normals, expected.normals, near, 'mixed')];
  if (!backend.words) return { comparisons, notCovered: ['words'] };
  const words = await backend.words(seed, 4 * expected.words.length, firstSample - (firstSample % 4));
  return { comparisons: [...comparisons, compareIntegers('words', words, expected.words)], notCovered: [] };
}

/**
 * What a backend's kernels make of layers and of the random stream; all other kinds are float64 pieces that every
 * backend takes from the compiler.
 */
export function kernelChecker(backend: PhotonicBackend): CaseChecker {
  const run = kernelRunner(backend);
  return async (given) => {
    if (given.kind === 'philox') return checkNormals(given, backend);
    if (given.kind !== 'layer') return null;
    try {
      return await checkLayerKernels(given, run);
    } finally {
      backend.free();
    }
  };
}
