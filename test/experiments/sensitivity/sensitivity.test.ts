import { beforeAll, describe, expect, it } from 'vitest';
import { loadMnist, sliceDataset } from '../../../src/datasets/index.js';
import type { Dataset } from '../../../src/datasets/types.js';
import { runExperiment } from '../../../src/experiments/run/runExperiment.js';
import { digitalEvaluator, emulatedEvaluator } from '../../../src/experiments/sensitivity/evaluator.js';
import {
  type Sensitivity,
  type SensitivityOptions,
  sensitivity,
} from '../../../src/experiments/sensitivity/sensitivity.js';
import { variantWeights } from '../../../src/experiments/sensitivity/variants.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';
import { clusterNetwork } from '../../../src/networks/compression/cluster.js';
import { pruneNetwork } from '../../../src/networks/compression/prune.js';
import type { DenseLayer, Network } from '../../../src/networks/types.js';
import { buildIfStale } from '../../cli/sonic.js';
import { classesByHand, templates } from './templates.js';

const SPARSITIES = [0, 0.5, 0.9, 0.99];
const CLUSTERS = [64, 2, 1];
const hardware = presetHardware('sonic');

let network: Network;
let [scanned, other]: Dataset[] = [];
let options: Omit<SensitivityOptions, 'evaluator' | 'emulated'>;
let result: Sensitivity;

const layerOf = (name: string) => network.layers.find((layer) => layer.name === name) as DenseLayer;
const found = (name: string) => result.layers.find((layer) => layer.name === name)!;
const withWeights = (name: string, weight: Float32Array): Network => ({
  ...network,
  layers: network.layers.map((layer) => (layer.name === name ? { ...(layer as DenseLayer), weight } : layer)),
});
const accuracyByHand = (weight: Float32Array, data: Dataset) => {
  const classes = classesByHand(weight, layerOf('classify').bias!, data);
  return classes.filter((of, i) => of === data.labels[i]).length / data.count;
};

/** The smallest of n weights that a sparsity drops, by sorting alone: no weight of these layers is there twice. */
function prunedByHand(weight: Float32Array, sparsity: number): Float32Array {
  const order = [...weight.keys()].sort((a, b) => Math.abs(weight[a]!) - Math.abs(weight[b]!));
  const pruned = Float32Array.from(weight);
  for (const at of order.slice(0, Math.round(sparsity * weight.length))) pruned[at] = 0;
  return pruned;
}

beforeAll(async () => {
  buildIfStale();
  network = await templates();
  const training = await loadMnist({ split: 'train', first: 400 });
  [scanned, other] = [sliceDataset(training, 200), sliceDataset(training, 200, 200)];
  options = {
    ...{ network, dataset: scanned!, confirmation: other!, layers: new Set(['classify', 'dead1', 'dead2']) },
    ...{ sparsities: SPARSITIES, clusters: CLUSTERS, loss: 0.05, hardware, energyTable: null },
  };
  const evaluator = digitalEvaluator(network, [scanned!, other!], { threads: 2 });
  result = await sensitivity({ ...options, evaluator, emulated: false });
  await evaluator.close();
}, 180_000);

describe('a layer alone', () => {
  it('pruned has the accuracy of the network pruned by hand, computed by hand and by a run', async () => {
    const { sparsityCurve } = found('classify');
    expect(sparsityCurve.map(({ value }) => value)).toEqual(SPARSITIES);
    const { weight } = layerOf('classify');
    for (const { value, accuracy, same } of sparsityCurve) {
      const pruned = prunedByHand(weight, value);
      // Mean images are 0 at their edges, in places that tell nothing of which zero was dropped.
      expect(variantWeights({ weight }, { kind: 'sparsity', value })).toEqual(pruned);
      expect(accuracy).toBe(accuracyByHand(pruned, scanned!));
      expect(same).toBe(pruned.every((w, i) => w === weight[i]));
    }
    const ran = await runExperiment({
      network: withWeights('classify', prunedByHand(weight, 0.9)),
      ...{ networkHash: '', dataset: scanned!, calibrationSet: scanned!, hardware, fidelity: 'digital' },
    });
    expect(sparsityCurve[2]!.accuracy).toBe(ran.accuracy.digital);
    // The scan has something to find: much of the layer can go, but not all.
    expect(sparsityCurve[0]!.accuracy).toBeGreaterThan(0.7);
    expect(sparsityCurve[3]!.accuracy).toBeLessThan(0.5);
  });

  it('clustered is the network that sonic cluster makes', () => {
    for (const { value, accuracy } of found('classify').clusterCurve) {
      const clustered = clusterNetwork(network, { classify: value }).network;
      const { weight } = clustered.layers.find(({ name }) => name === 'classify') as DenseLayer;
      expect(new Set(weight.filter((w) => w !== 0)).size).toBeLessThanOrEqual(value);
      expect(accuracy).toBe(accuracyByHand(weight, scanned!));
    }
  });

  it('at sparsity 0 is the reference, and its paired change nothing', () => {
    for (const { sparsityCurve } of result.layers) {
      expect(sparsityCurve[0]).toMatchObject({ value: 0, same: true, accuracy: result.reference.accuracy });
      expect(sparsityCurve[0]!.change).toMatchObject({ difference: 0, lost: 0, won: 0 });
    }
    expect(result.reference.accuracy).toBe(accuracyByHand(layerOf('classify').weight, scanned!));
  });

  it('has a change on the same images: lost and won ones, and an interval about their difference', () => {
    const { weight, bias } = layerOf('classify');
    const { change } = found('classify').sparsityCurve[2]!;
    const right = (w: Float32Array) => classesByHand(w, bias!, scanned!).map((of, i) => of === scanned!.labels[i]);
    const [before, after] = [right(weight), right(prunedByHand(weight, 0.9))];
    const [lost, won] = [true, false].map((was) => before.filter((b, i) => b === was && after[i] === !was).length);
    expect(change).toMatchObject({ lost, won, difference: (won! - lost!) / 200 });
    expect(change.interval95[0]).toBeLessThan(change.difference);
    expect(change.interval95[1]).toBeGreaterThan(change.difference);
  });

  it('without any effect bears the hardest values', () => {
    for (const name of ['dead1', 'dead2']) {
      expect(found(name).alone).toEqual({ sparsity: 0.99, clusters: 1 });
      expect(found(name).sparsityCurve.map(({ change }) => change.difference)).toEqual([0, 0, 0, 0]);
    }
    expect(found('classify').alone.sparsity).toBeLessThan(0.99);
  });

  it('says how large it is', () => {
    expect(found('classify')).toMatchObject({ weights: 7840, macs: 7840, weightShape: [784, 10], kind: 'dense' });
    expect(found('dead2')).toMatchObject({ weights: 60, macs: 60, distinctWeights: 60, sparsity: 0 });
    const macs = 7840 + 784 * 6 + 60;
    expect(found('classify').macShare).toBeCloseTo(7840 / macs, 12);
    expect(result.layers.reduce((sum, { energyShare }) => sum + energyShare, 0)).toBeCloseTo(1, 12);
  });
});

describe('the proposal', () => {
  it('takes all of layers without effect, and is measured as a whole', () => {
    const { targets, chosen } = result.proposal.found!;
    expect(targets['dead1']).toEqual({ sparsity: 0.99, clusters: 1 });
    expect(targets['dead2']).toEqual({ sparsity: 0.99, clusters: 1 });
    const { sparsity, clusters } = targets['classify']!;
    const pruned = prunedByHand(layerOf('classify').weight, sparsity!);
    const network = clusterNetwork(withWeights('classify', pruned), { classify: clusters }).network;
    const { weight } = network.layers.find(({ name }) => name === 'classify') as DenseLayer;
    expect(chosen.accuracy).toBe(accuracyByHand(weight, scanned!));
    expect(chosen.change.difference).toBeGreaterThanOrEqual(-0.05);
    expect(chosen.change.difference).toBeCloseTo(chosen.accuracy - result.reference.accuracy, 12);
  });

  it('is confirmed on the other images', () => {
    const { confirmed, targets } = result.proposal.found!;
    expect(confirmed!.reference.accuracy).toBe(accuracyByHand(layerOf('classify').weight, other!));
    const { sparsity, clusters } = targets['classify']!;
    const pruned = pruneNetwork(network, { classify: sparsity }).network;
    const { weight } = clusterNetwork(pruned, { classify: clusters }).network.layers.find(
      ({ name }) => name === 'classify',
    ) as DenseLayer;
    expect(confirmed!.accuracy).toBe(accuracyByHand(weight, other!));
  });

  it('saves energy and has more zeros', () => {
    const { cost, sparsity } = result.proposal.found!;
    expect(cost[1].energy_J).toBeLessThan(cost[0].energy_J);
    expect(sparsity[1]).toBeGreaterThan(sparsity[0]);
  });
});

it('is the same in one thread and another batch', async () => {
  const evaluator = digitalEvaluator(network, [scanned!, other!], { threads: 1, batch: 17 });
  expect(await sensitivity({ ...options, evaluator, emulated: false })).toEqual(result);
  await evaluator.close();
});

it('emulated is what a run says of the network so pruned', async () => {
  const few = sliceDataset(scanned!, 20);
  const machine = {
    hardware,
    measured: null,
    calibrationSet: other!,
    chipSeeds: [3],
    runSeed: 5,
    backend: 'wasm',
  } as const;
  const evaluator = emulatedEvaluator(network, machine, { threads: 1 });
  const { layers } = await sensitivity({
    ...options,
    ...{ evaluator, emulated: true, dataset: few, confirmation: null, layers: new Set(['classify']), loss: 0 },
    ...{ sparsities: [0.9], clusters: [] },
  });
  const ran = await runExperiment({
    network: withWeights('classify', prunedByHand(layerOf('classify').weight, 0.9)),
    ...{ networkHash: '', dataset: few, calibrationSet: other!, hardware, chipSeed: 3, runSeed: 5, threads: 1 },
  });
  expect(layers[0]!.sparsityCurve[0]!.accuracy).toBe(ran.accuracy.emulated);
});
