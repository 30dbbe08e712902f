/** What holds of the bundled MNIST network whatever the numbers are; the numbers themselves are in mnist.yaml. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Result } from '../../src/experiments/result/types.js';
import { loadExperiment } from '../../src/experiments/run/loadExperiment.js';
import { runExperiment } from '../../src/experiments/run/runExperiment.js';

const run = async (hardware: string): Promise<Result> =>
  runExperiment(await loadExperiment({ network: 'mnist', hardware, set: [], images: 300 }));

describe('MNIST images', () => {
  let untuned: Result;
  beforeAll(async () => {
    untuned = await run('sonic-untuned');
  });

  it('are classified by the digital network as its training said', () => {
    expect(untuned.accuracy.digital).toBeGreaterThanOrEqual(0.985);
  });

  it('are lost without thermal eigenmode decomposition: neighbours heat each other out of place', () => {
    expect(untuned.accuracy.emulated).toBeLessThan(0.35);
  });

  it('meet half of all weights zero in every layer, and codebooks of the clusters', () => {
    for (const layer of untuned.layers) {
      expect(layer.weightSparsity).toBeCloseTo(0.5, 2);
      expect(layer.weightLevels).toBe('codebook');
    }
  });
});
