/** Summaries of ready experiments with results that are made up: the worse, the later in the plan. */
import { findReadyExperiment } from '../../../src/experiments/ready/ready.js';
import { loadPlan } from '../../../src/experiments/sweep/planFile.js';
import { planPoints } from '../../../src/experiments/sweep/points.js';
import type { AxisValue, PointSummary, SweepSummary, TrialIdentity } from '../../../src/experiments/sweep/types.js';
import { parseHardware } from '../../../src/hardware/description.js';
import { hardwareHash } from '../../../src/hardware/files.js';
import { pairedDifference } from '../../../src/result/paired.js';

const hardware = parseHardware({});
const IDENTITY: TrialIdentity = {
  schema: 'sonic-trial/1',
  code: 'c'.repeat(64),
  network: { name: 'sonic-mnist', hash: 'a'.repeat(64) },
  compression: null,
  dataset: { name: 'mnist', split: 'test', hash: 'b'.repeat(64), images: 500 },
  calibration: { split: 'train', hash: 'd'.repeat(64) },
  hardware,
  hardwareHash: hardwareHash(hardware),
  fidelity: 'exact',
  backend: 'wasm',
  runSeed: 1,
  chipSeed: 1,
};
const LAYERS = ['conv1', 'conv2', 'dense1', 'dense2'];

export function summaryPoint(
  values: Readonly<Record<string, AxisValue>>,
  accuracy: number,
  digital = 0.99,
  bits = 6,
): PointSummary {
  return {
    index: 0,
    values,
    trials: 1,
    chips: 1,
    images: 500,
    digital,
    accuracy,
    interval95: [accuracy - 0.01, accuracy + 0.01],
    trialInterval95: null,
    accuracies: [accuracy],
    change: pairedDifference(Math.max(0, Math.round(500 * (digital - accuracy))), 0, 500),
    cost: { latency_s: 3e-4, energy_J: 6e-3, power_W: 20, framesPerSecond: 3000, framesPerSecondPerWatt: 150 },
    layers: LAYERS.map((name, l) => ({
      name,
      rms: 2 ** -bits / Math.sqrt(12),
      effectiveBits: bits - l / 10,
      weightSparsity: 0.5,
      clippedShare: 0,
    })),
    warnings: [],
  };
}

/** @param done share of the points that there are. */
export async function sweepSummary(name: string, done = 1): Promise<SweepSummary> {
  const source = await loadPlan(findReadyExperiment(name));
  const { axes, points } = planPoints(source.plan, name);
  const summaries = points.map(({ values }, index) => {
    const share = index / points.length;
    return { ...summaryPoint(values, 0.99 - 0.2 * share ** 2, 0.99, 9 - 6 * share), index };
  });
  const count = Math.ceil(done * points.length);
  return {
    manifest: {
      schema: 'sonic-sweep/1',
      name,
      title: source.plan.title ?? name,
      description: source.plan.description,
      source: source.text,
      command: '',
      axes,
      points: points.map(({ values }, index) => ({ index, values, trials: [] })),
      figures: source.plan.figures,
      createdAt: '2026-01-01T00:00:00.000Z',
    },
    points: summaries.slice(0, count),
    missing: summaries.slice(count).map(({ index }) => index),
    settings: IDENTITY,
  };
}
