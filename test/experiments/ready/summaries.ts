/** Summaries of ready experiments with results that are made up: the worse, the later in the plan. */
import type { Values } from '../../../src/experiments/ready/method/curve.js';
import { type Evidence, type EvidencePoint, MARGIN } from '../../../src/experiments/ready/method/evidence.js';
import { findReadyExperiment } from '../../../src/experiments/ready/ready.js';
import { pairedDifference } from '../../../src/experiments/result/paired.js';
import { loadPlan } from '../../../src/experiments/sweep/planFile.js';
import { planPoints } from '../../../src/experiments/sweep/points.js';
import type { AxisValue, PointSummary, TrialIdentity } from '../../../src/experiments/sweep/types.js';
import { hardwareHash } from '../../../src/hardware/descriptionFiles.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';

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

/** What is made up of an experiment. */
export interface MadeUp {
  /** Share of images that a point loses, on each chip. */
  readonly loss?: (values: Values, chip: number) => number;
  /** Effective bits of its first layer. */
  readonly bits?: (values: Values) => number;
  readonly cost?: (values: Values) => Partial<NonNullable<PointSummary['cost']>>;
  readonly chips?: number;
  readonly images?: number;
  readonly margin?: number;
  /** Share of the points that there are. */
  readonly done?: number;
}

/** The first images of all are lost: chips and points lose the same ones. */
function madePoint(values: Values, index: number, of: MadeUp): EvidencePoint {
  const { loss = () => 0, bits = () => 6, chips = 4, images = 2000 } = of;
  const emulated = Array.from({ length: chips }, (_, c) => {
    const lost = Math.round(loss(values, c) * images);
    return Float64Array.from({ length: images }, (_, i) => (i < lost ? 0 : 1));
  });
  const accuracies = emulated.map((row) => row.reduce((sum, hit) => sum + hit, 0) / images);
  const accuracy = accuracies.reduce((sum, share) => sum + share, 0) / chips;
  const plain = summaryPoint(values, accuracy, 1, bits(values));
  return {
    ...plain,
    ...{ index, chips, images, accuracies, trials: chips, cost: { ...plain.cost!, ...of.cost?.(values) } },
    hits: {
      chipSeeds: emulated.map((_, c) => c + 1),
      dataset: 'd',
      digital: new Uint8Array(images).fill(1),
      emulated,
    },
  };
}

/** An experiment's plan with results that are made up. */
export async function madeUp(name: string, of: MadeUp = {}): Promise<Evidence> {
  const source = await loadPlan(findReadyExperiment(name));
  const { axes, points } = planPoints(source.plan, name);
  const all = points.map(({ values }, index) => madePoint(values, index, of));
  const count = Math.ceil((of.done ?? 1) * points.length);
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
    points: all.slice(0, count),
    missing: all.slice(count).map(({ index }) => index),
    settings: IDENTITY,
    margin: of.margin ?? MARGIN,
  };
}

/** The worse, the later in the plan. @param done share of the points that there are. */
export async function sweepSummary(name: string, done = 1): Promise<Evidence> {
  const source = await loadPlan(findReadyExperiment(name));
  const { points } = planPoints(source.plan, name);
  const place = new Map(points.map(({ values }, index) => [JSON.stringify(values), index / points.length]));
  const share = (values: Values) => place.get(JSON.stringify(values))!;
  return madeUp(name, {
    loss: (values) => 0.01 + 0.2 * share(values) ** 2,
    bits: (values) => 9 - 6 * share(values),
    chips: 1,
    images: 500,
    done,
  });
}
