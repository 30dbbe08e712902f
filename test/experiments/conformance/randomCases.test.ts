/** Random cases: the same for the same seed, of every kind, and no backend passes them that computes something else. */
import { expect, it } from 'vitest';
import { createBackend } from '../../../src/emulation/backends/index.js';
import type { LayerCase } from '../../../src/experiments/conformance/caseSchema.js';
import { kernelChecker } from '../../../src/experiments/conformance/checkKernels.js';
import { checkLayerReference } from '../../../src/experiments/conformance/checkLayers.js';
import { randomCases } from '../../../src/experiments/conformance/randomCases.js';

const layersOf = (count: number, seed: number) => randomCases(count, seed).cases as readonly LayerCase[];
const cases = layersOf(24, 7);

it('are the same for the same seed, others for another', () => {
  expect(layersOf(3, 7)).toEqual(cases.slice(0, 3));
  expect(layersOf(1, 8)[0]!.hardware).not.toEqual(cases[0]!.hardware);
});

it('are of both kinds, of one pass and two, and have tolerances of the contract', () => {
  expect(new Set(cases.map(({ layer }) => `${layer.kind} ${layer.twoPasses}`)).size).toBe(4);
  for (const { layer, tolerance } of cases) expect(tolerance.float32.u).toBeCloseTo(1e-6 * layer.adcRange, 15);
});

it('hold what the reference computes from a case that was read back', () => {
  for (const given of cases) {
    const again = JSON.parse(JSON.stringify(given)) as LayerCase;
    const wrong = checkLayerReference(again).filter(
      ({ passed, quantity }) => !passed && quantity !== 'calibratedRange',
    );
    expect(wrong).toEqual([]);
  }
});

it('pass on wasm, and fail where an input moves by a hundredth of its scale', async () => {
  const check = kernelChecker(await createBackend('wasm'));
  let caught = 0;
  for (const given of cases) {
    const { comparisons } = (await check(given))!;
    expect(comparisons.filter(({ passed }) => !passed)).toEqual([]);
    const moved = (values: LayerCase['input']): LayerCase['input'] =>
      (values as unknown[]).map((value) =>
        typeof value === 'number' ? value * 0.99 : moved(value as LayerCase['input']),
      ) as LayerCase['input'];
    const other = (await check({ ...given, input: moved(given.input) }))!;
    if (other.comparisons.some(({ passed }) => !passed)) caught++;
  }
  // DACs of few bits take both for the same code.
  expect(caught).toBeGreaterThan(0.8 * cases.length);
});
