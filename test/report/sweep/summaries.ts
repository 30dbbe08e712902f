/** Summaries of sweeps as the runner makes them, with made-up but plausible numbers: a smooth model and drawn errors. */

import { wilsonInterval95 } from '../../../src/base/statistics/wilson.js';
import { effectiveBits } from '../../../src/experiments/devices/effectiveBits.js';
import { chipDistribution } from '../../../src/experiments/result/chipDistribution.js';
import { pairedDifference } from '../../../src/experiments/result/paired.js';
import type {
  AxisValue,
  PointSummary,
  SweepAxis,
  SweepManifest,
  SweepSummary,
  TrialIdentity,
} from '../../../src/experiments/sweep/types.js';
import { hardwareHash } from '../../../src/hardware/descriptionFiles.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';
import { uniforms } from '../../helpers/random.js';

const IMAGES = 1000;
const DIGITAL = 0.985;
const LAYERS = ['conv1', 'conv2', 'dense1', 'dense2'];

type Values = Readonly<Record<string, AxisValue>>;
const numberOf = (values: Values, name: string, otherwise: number) =>
  typeof values[name] === 'number' ? (values[name] as number) : otherwise;

/** Accuracy falls where rings are broad, bits few, or noise is on; energy grows with bits and units. */
function pointOf(index: number, values: Values, trials: number, layers: readonly string[]): PointSummary {
  const next = uniforms(index * 7919 + 17);
  const quality = numberOf(values, 'microring.qualityFactor', 8000);
  const bits = numberOf(values, 'adc.bits', 12);
  const weightBits = numberOf(values, 'weightDac.bits', 6);
  const units = numberOf(values, 'vdu.conv.units', 50);
  const isDigital = values['fidelity'] === 'digital';
  const loss =
    0.6 / (1 + (quality / 3000) ** 2) +
    2 ** (3 - bits) +
    2 ** -weightBits +
    (values['effects.thermalCrosstalk'] === false ? 0 : 0.01);
  const accuracies = Array.from({ length: trials }, () => {
    const share = isDigital ? DIGITAL : Math.max(0.1, DIGITAL - loss * (0.85 + 0.3 * next()));
    return Math.round(share * IMAGES) / IMAGES;
  });
  const chips = chipDistribution(accuracies.map((emulated, chipSeed) => ({ chipSeed, emulated, changed: 0 })));
  const hits = Math.round(chips.mean * IMAGES);
  const lost = Math.max(0, Math.round((DIGITAL - chips.mean) * IMAGES)) + 3;
  const energy_J = 5e-3 * (0.4 + 2 ** (bits - 12)) * (0.5 + units / 100);
  const latency_s = 3e-4 * (50 / units) ** 0.8;
  return {
    index,
    values,
    trials,
    chips: trials,
    images: IMAGES,
    digital: DIGITAL,
    accuracy: chips.mean,
    interval95: wilsonInterval95(hits, IMAGES),
    trialInterval95: chips.interval95,
    accuracies,
    change: pairedDifference(lost, 3, IMAGES * trials),
    cost: isDigital
      ? null
      : {
          latency_s,
          energy_J,
          power_W: energy_J / latency_s,
          framesPerSecond: 1 / latency_s,
          framesPerSecondPerWatt: 1 / energy_J,
        },
    layers: isDigital
      ? []
      : layers.map((name, l) => {
          const rms = (0.004 + 0.05 * loss) * (1 + 0.4 * l) * (0.9 + 0.2 * next());
          return { name, rms, effectiveBits: effectiveBits(rms), weightSparsity: 0.5, clippedShare: 1e-4 * l };
        }),
    warnings: [],
  };
}

export function axis(name: string, label: string, scale: SweepAxis['scale'], values: readonly AxisValue[]): SweepAxis {
  return { name, label, paths: [name], values, scale };
}

export const QUALITY = axis('microring.qualityFactor', 'quality factor', 'log', [2000, 4000, 8000, 16_000, 32_000]);
export const BITS = axis('adc.bits', 'ADC bits', 'linear', [4, 6, 8, 10, 12]);
export const WEIGHT_BITS = axis('weightDac.bits', 'weight bits', 'linear', [3, 4, 6]);
export const UNITS = axis('vdu.conv.units', 'CONV units', 'linear', [25, 50, 100]);
export const CROSSTALK = axis('effects.thermalCrosstalk', 'thermal crosstalk', 'categories', [true, false]);
export const HARDWARE = axis('hardware', 'hardware', 'categories', [
  'sonic',
  'sonic-ideal',
  'sonic-optimistic',
  'sonic-pessimistic',
  'a board with a name longer than others',
]);
export const FIDELITY = axis('fidelity', 'fidelity', 'categories', ['exact', 'lumped', 'digital']);

const hardware = presetHardware('sonic', { adc: { bits: 12 } });

export const IDENTITY: TrialIdentity = {
  schema: 'sonic-trial/1',
  code: 'c0de'.repeat(16),
  network: { name: 'mnist', hash: 'ab12'.repeat(16) },
  compression: null,
  dataset: { name: 'mnist', split: 'test', hash: 'da7a'.repeat(16), images: IMAGES },
  calibration: { split: 'train', hash: 'ca11'.repeat(16) },
  hardware,
  hardwareHash: hardwareHash(hardware),
  fidelity: 'exact',
  backend: 'wasm',
  runSeed: 1,
  chipSeed: 1,
};

export interface SummaryOptions {
  readonly name?: string;
  readonly title?: string;
  readonly description?: string;
  readonly axes: readonly SweepAxis[];
  /** Default: every combination. */
  readonly points?: readonly Values[];
  readonly trials?: number;
  readonly layers?: readonly string[];
  readonly missing?: readonly number[];
  readonly figures?: SweepManifest['figures'];
}

function gridOf(axes: readonly SweepAxis[]): Values[] {
  return axes.reduce<Values[]>(
    (points, { name, values }) => points.flatMap((point) => values.map((value) => ({ ...point, [name]: value }))),
    [{}],
  );
}

/** A sweep's summary over a grid, or over the points given. */
export function summaryOf(options: SummaryOptions): SweepSummary {
  const { name = 'sweep', title = 'A sweep', description = '', axes, trials = 1, layers = LAYERS } = options;
  const { points = gridOf(axes), missing = [], figures = [] } = options;
  const manifest: SweepManifest = {
    schema: 'sonic-sweep/1',
    name,
    title,
    description,
    source: `name: ${name}\nnetwork: mnist\n`,
    command: `sonic sweep run ${name}.yaml`,
    axes,
    points: points.map((values, index) => ({
      index,
      values,
      trials: Array.from({ length: trials }, (_, t) => `${index}-${t}`),
    })),
    figures,
    createdAt: '2026-01-02T03:04:05.000Z',
  };
  return {
    manifest,
    points: points.flatMap((values, index) =>
      missing.includes(index) ? [] : [pointOf(index, values, trials, layers)],
    ),
    missing,
    settings: points.length === missing.length ? null : IDENTITY,
  };
}

/** Points of a Latin hypercube over quality factor, ADC bits and units: no value of the first twice. */
export function hypercube(count: number): SweepSummary {
  const next = uniforms(5);
  const shuffled = () =>
    Array.from({ length: count }, (_, i) => ({ i, key: next() }))
      .sort((a, b) => a.key - b.key)
      .map(({ i }) => (i + 0.5) / count);
  const [q, b, u] = [shuffled(), shuffled(), shuffled()];
  const points = q.map((share, i) => ({
    [QUALITY.name]: Math.round(2000 * 16 ** share),
    [BITS.name]: Math.round(5 + 7 * b[i]!),
    [UNITS.name]: Math.round(20 + 80 * u[i]!),
  }));
  const distinct = (name: string) => [...new Set(points.map((point) => point[name]!))].sort((a, z) => a - z);
  return summaryOf({
    name: 'hypercube',
    title: 'Latin hypercube over quality factor, converter bits and units',
    axes: [QUALITY, BITS, UNITS].map((one) => ({ ...one, values: distinct(one.name) })),
    points,
  });
}
