/** Conformance of a backend's kernels: single precision, on the program that the float64 compiler makes. */
import type { Kernels, Tap } from '../kernels/contract.js';
import { checkLayerKernels, type LayerRunner } from './layers.js';
import type { CaseChecker } from './run.js';

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

/** What a backend's kernels make of cases of kind `layer`; all other kinds are float64 pieces that every backend shares. */
export function kernelChecker(kernels: Kernels): CaseChecker {
  const run = kernelRunner(kernels);
  return (given) => {
    if (given.kind !== 'layer') return null;
    try {
      return { comparisons: checkLayerKernels(given, run), notCovered: LUMPED };
    } finally {
      kernels.free();
    }
  };
}
