/** Fidelity `lumped` against `exact` on so many images that their accuracies can be compared (section 10 of the contract). */
import { expect, it } from 'vitest';
import { loadExperiment } from '../../../src/experiments/run/loadExperiment.js';
import { runExperiment } from '../../../src/experiments/run/runExperiment.js';

it('lumped is as accurate as exact within its interval', async () => {
  const given = await loadExperiment({ network: 'mnist', hardware: 'sonic', set: [], images: 500 });
  const [exact, lumped] = [await runExperiment(given), await runExperiment({ ...given, fidelity: 'lumped' })];
  const [low, high] = exact.accuracy.interval95!;
  expect(lumped.accuracy.emulated).toBeGreaterThanOrEqual(low);
  expect(lumped.accuracy.emulated).toBeLessThanOrEqual(high);
  expect(lumped.layers.map(({ fidelity }) => fidelity)).toEqual(['lumped', 'lumped', 'lumped', 'lumped']);
  // Counted, not converted one by one: the cost is that of exact but for what noise changes in later layers.
  expect(lumped.cost!.latency_s / exact.cost!.latency_s).toBeCloseTo(1, 2);
  expect(lumped.cost!.energy_J / exact.cost!.energy_J).toBeCloseTo(1, 2);
});

it('lumped is the same whatever the batch size and number of threads', async () => {
  const given = {
    ...(await loadExperiment({ network: 'mnist', hardware: 'sonic', set: ['calibration.images=50'], images: 20 })),
    fidelity: 'lumped' as const,
  };
  const [one, other] = [
    await runExperiment({ ...given, batch: 7, threads: 1 }),
    await runExperiment({ ...given, batch: 1, threads: 2 }),
  ];
  expect(other.layers).toEqual(one.layers);
  expect(other.accuracy).toEqual(one.accuracy);
});
