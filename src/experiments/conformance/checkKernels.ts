/** Conformance of a backend's kernels: single precision, on the program that the float64 compiler makes. */

import { lumpedOn, lumpedSums } from '../../emulation/backends/lumpedLayer.js';
import type { PhotonicBackend } from '../../emulation/backends/types.js';
import { rowHolder } from '../../emulation/compiler/holdRows.js';
import type { BatchOptions, PhotonicLayer } from '../../emulation/kernels/batchLayer.js';
import type { Tap } from '../../emulation/kernels/contract.js';
import { wasmRowHolders } from '../../emulation/kernels/photonicConv2D/wasmRows.js';
import type { MakeRowHolder } from '../../emulation/program/rows.js';
import { inputShape } from '../../emulation/program/types.js';
import type { CaseChecker, CaseChecks } from './caseChecks.js';
import type { PhiloxCase } from './caseSchema.js';
import { checkLayerKernels, type LayerRunner } from './checkLayers.js';
import { type Comparison, compareIntegers, compareNumbers } from './deviations.js';

/** A layer's output, counts and tap of one image. */
async function runLayer({ tf }: PhotonicBackend, layer: PhotonicLayer, x: Float32Array, options: BatchOptions) {
  const input = tf.tensor(x, [1, ...inputShape(layer.program)]);
  const { output, counts: counted } = await layer.run(input, options);
  const counts = await counted;
  const y = (await output.data()) as Float32Array;
  tf.dispose([input, output]);
  return { y, counts: counts[0]! };
}

/**
 * Runs one layer on one image through the kernels that a run of the emulator takes on this backend, in both fidelities: what
 * is compared is y and the counts without a tap; what a tap shows is of a second run, whose y must have the same bits.
 */
function kernelRunner(backend: PhotonicBackend): LayerRunner {
  return async (layer, x, hardware, { runSeed, image, chipSeed }) => {
    const program = { hardware, chipSeed, layers: [layer], warnings: [] };
    const given = { runSeed, images: Int32Array.of(image), noise: true, adc: true };
    const [loaded] = backend.load(program);
    const { y, counts } = await runLayer(backend, loaded!, x, given);
    const tap: Tap[][] = [];
    const tapped = loaded!.hasTap ? await runLayer(backend, loaded!, x, { ...given, tap }) : null;
    loaded!.dispose();
    const lumped = lumpedOn(backend, program, layer);
    const { y: lumpedY } = await runLayer(backend, lumped, x, given);
    lumped.dispose();
    const { clippedActivations, clippedConversions } = counts;
    return {
      y,
      clippedActivations,
      clippedConversions,
      passes: tap[0] ?? null,
      tapped: tapped && { y: tapped.y, clippedConversions: tapped.counts.clippedConversions },
      lumped: { ...(await lumpedSums(backend, program, layer, x)), y: lumpedY },
    };
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
  let makeHolder: MakeRowHolder | undefined;
  return async (given) => {
    if (given.kind === 'philox') return checkNormals(given, backend);
    if (given.kind !== 'layer') return null;
    try {
      makeHolder ??= await wasmRowHolders(rowHolder);
      return await checkLayerKernels(given, run, makeHolder);
    } finally {
      backend.free();
    }
  };
}
