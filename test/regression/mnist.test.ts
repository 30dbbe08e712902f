/**
 * Accuracy of the bundled network on the first 1,000 MNIST test images. The bounds were recorded from runs of several
 * chips; the independent statements are that quantisation alone changes next to nothing and that bounds of the model hold.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Result } from '../../src/result/types.js';
import { loadExperiment } from '../../src/run/load.js';
import { runExperiment } from '../../src/run/run.js';

async function run(hardware: string, chipSeed = 1, set: string[] = []): Promise<Result> {
  const experiment = await loadExperiment({ network: 'mnist', hardware, set, images: 1000 });
  return runExperiment({ ...experiment, chipSeed });
}

describe('1,000 MNIST images', () => {
  let sonic: Result;
  beforeAll(async () => {
    sonic = await run('sonic');
  });

  it('are classified by the digital network as its training said', () => {
    expect(sonic.accuracy.digital).toBeGreaterThanOrEqual(0.985);
  });

  it('lose at most a few to the typical hardware', () => {
    expect(sonic.accuracy.emulated).toBeGreaterThanOrEqual(0.975);
    expect(sonic.accuracy.changed).toBeLessThanOrEqual(20);
    expect(sonic.accuracy.changed).toBeGreaterThan(0);
  });

  it('lose next to none to quantisation alone, as the paper assumes', async () => {
    const ideal = await run('sonic-ideal');
    expect(ideal.accuracy.changed).toBeLessThanOrEqual(3);
    expect(ideal.accuracy.changed).toBeLessThan(sonic.accuracy.changed!);
  });

  it('are lost without thermal eigenmode decomposition: neighbours heat each other out of place', async () => {
    const untuned = await run('sonic-untuned');
    expect(untuned.accuracy.emulated).toBeLessThan(0.3);
  });

  it('have half of all weights zero in every layer, and codebooks of the clusters', () => {
    for (const layer of sonic.layers) {
      expect(layer.weightSparsity).toBeCloseTo(0.5, 2);
      expect(layer.weightLevels).toBe('codebook');
    }
  });
});
