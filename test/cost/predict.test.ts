import { describe, expect, it } from 'vitest';
import { NetworkError } from '../../src/base/errors.js';
import { philoxUniforms } from '../../src/base/random/philox.js';
import { costReport } from '../../src/cost/costReport.js';
import { sparsityStatistics, weightStatistics } from '../../src/cost/layerStatistics.js';
import { type ActivationsByLayer, predictActivity, predictCost, predictedInputs } from '../../src/cost/predict.js';
import type { Activity, LayerActivity } from '../../src/emulation/program/activity.js';
import { conv2d, dense, flatten, relu } from '../../src/networks/build.js';
import { isMacLayer, type Network } from '../../src/networks/types.js';
import { sonicMnistStructure } from '../../src/networks/zoo/sonicMnist.js';
import { hardwareWith } from './activities.js';
import { type Activations, drawActivations, enumerateConv, enumerateDense, fillWeights } from './enumerate.js';

/** Inputs of the MNIST network's MAC layers, and how many of them are 0. */
const LAYERS = { conv1: [28 * 28, 0], conv2: [28 * 28 * 40, 0.4], dense1: [2304, 0.5], dense2: [640, 0.6] } as const;
const IMAGES = 24;

function mnist(clustered: boolean): Network {
  const network = sonicMnistStructure();
  network.layers.filter(isMacLayer).forEach((layer, l) => {
    fillWeights(layer.weight, l + 1, 0.5, clustered);
  });
  return network;
}

/** Activations of every image; the share of zeros differs from image to image by up to `range`. */
function activationsOf(name: keyof typeof LAYERS, count: number, range: number): Activations[] {
  const [elements, sparsity] = LAYERS[name];
  const spread = philoxUniforms([5, 0], 0, count);
  return Array.from({ length: count }, (_, i) =>
    drawActivations(elements, 3, i, sparsity === 0 ? 0 : sparsity + range * (spread[i]! - 0.5)),
  );
}

/** The counts of a run, layer by layer; of the convolutions' positions two images are enough. */
function count(network: Network, clustered: boolean, range: number): Activity[] {
  const hardware = hardwareWith();
  return network.layers.filter(isMacLayer).map((layer) => {
    const images = activationsOf(layer.name as keyof typeof LAYERS, layer.kind === 'dense' ? IMAGES : 2, range);
    const counted: LayerActivity =
      layer.kind === 'dense'
        ? enumerateDense(layer, clustered, 0.01, images, hardware)
        : enumerateConv(layer, [28, 28], layer.name === 'conv1' ? 2 : 0, clustered, images, hardware);
    return { images: images.length, layers: [counted] };
  });
}

/** Mean and deviation of the non-zero counts, as a calibration would find them. */
function measured(counted: readonly Activity[], range: number): ActivationsByLayer {
  return Object.fromEntries(
    counted.map(({ layers: [layer] }) => {
      const active = activationsOf(layer!.name as keyof typeof LAYERS, IMAGES, range).map((image) =>
        image.reduce((n, a) => n + a, 0),
      );
      const mean = active.reduce((sum, n) => sum + n, 0) / IMAGES;
      const deviation = Math.sqrt(active.reduce((sum, n) => sum + (n - mean) ** 2, 0) / IMAGES);
      return [layer!.name, { sparsity: layer!.zeroActivations / layer!.activations, deviation }];
    }),
  );
}

describe.each([
  ['clustered', true],
  ['continuous', false],
] as const)('with %s weights', (_, clustered) => {
  const network = mnist(clustered);
  const counted = count(network, clustered, 0.2);

  it.each(['static', 'perConversion'] as const)(
    '%s: every layer is within 2 per cent of the counted one',
    (converterAccounting) => {
      const hardware = hardwareWith({ cost: { converterAccounting } });
      const statistics = weightStatistics(network, hardware);
      const inputs = predictedInputs(statistics, hardware);
      const predicted = predictCost(statistics, hardware, { activations: measured(counted, 0.2) });
      counted.forEach((activity, l) => {
        const layer = inputs.layers[l]!;
        // Made-up counts have no batch-norm conversions: compare without them.
        const report = costReport(activity, { ...inputs, layers: [layer] }, hardware);
        const { batchNormDac, ...devices } = predicted.layers[l]!.devices;
        const energy_J = Object.values(devices).reduce((sum, e) => sum + e, 0);
        expect(Math.abs(predicted.layers[l]!.latency_s / report.latency_s - 1), layer.name).toBeLessThan(0.02);
        expect(Math.abs(energy_J / (report.energy_J - report.devices.batchNormDac) - 1), layer.name).toBeLessThan(0.02);
        if (converterAccounting === 'static') {
          expect(Math.abs(batchNormDac / report.devices.batchNormDac - 1), layer.name).toBeLessThan(0.02);
        }
      });
    },
  );

  it('rows and held weights of convolutions are exact', () => {
    const predicted = predictActivity(weightStatistics(network, hardwareWith()), hardwareWith());
    for (const l of [0, 1]) {
      const exact = counted[l]!.layers[0]!;
      expect(predicted.layers[l]!.schedules[0]!.rows).toBe(exact.schedules[0]!.rows);
      expect(predicted.layers[l]!.heldConversions).toBe(exact.heldConversions / 2);
      // The image is dense: lit is what the padding leaves.
      if (l === 0) expect(predicted.layers[l]!.litSamples).toBe(exact.litSamples / 2);
      // The table of detunings is fine enough.
      expect(predicted.layers[l]!.schedules[0]!.eoShift_nm[0] / (exact.schedules[0]!.eoShift_nm[0] / 2)).toBeCloseTo(
        1,
        3,
      );
    }
  });
});

describe('from sparsities alone', () => {
  it('every layer is within 5 % of the counted one', () => {
    const network = mnist(true);
    const hardware = hardwareWith();
    const statistics = sparsityStatistics(sonicMnistStructure(), hardware, 0.5);
    const inputs = predictedInputs(statistics, hardware);
    const activations = Object.fromEntries(Object.entries(LAYERS).map(([name, [, sparsity]]) => [name, { sparsity }]));
    const predicted = predictCost(statistics, hardware, { activations });
    // Elements are zero each by itself, as the prediction has to assume.
    count(network, true, 0).forEach((activity, l) => {
      const report = costReport(activity, { ...inputs, layers: [inputs.layers[l]!] }, hardware);
      expect(Math.abs(predicted.layers[l]!.latency_s / report.latency_s - 1), report.layers[0]!.name).toBeLessThan(
        0.05,
      );
      expect(Math.abs(predicted.layers[l]!.energy_J / report.energy_J - 1), report.layers[0]!.name).toBeLessThan(0.05);
    });
  });

  it('takes activations as half zero, those of the image as none', () => {
    const { layers } = predictActivity(sparsityStatistics(sonicMnistStructure(), hardwareWith(), 0.5), hardwareWith());
    expect(layers.map(({ zeroActivations, activations }) => zeroActivations / activations)).toEqual([0, 0.5, 0.5, 0.5]);
  });

  it('gives the worked example: 1600 rows nearly where kernels are concatenated, slices a sixth more', () => {
    // conv2: 16 filters of 1000 weights at 50 %: 16 * (500 / 5 + 4 / 10) = 1606 rows; 40 slices of 25 each a filter:
    // 16 * 40 * (12.5 / 5 + 4 / 10) = 1856.
    const concatenated = hardwareWith({ vdu: { conv: { chunking: 'concatenated' } } });
    const statistics = sparsityStatistics(sonicMnistStructure(), hardwareWith(), 0.5);
    expect(predictActivity(statistics, concatenated).layers[1]!.schedules[0]!.rows).toBe(1606);
    const predicted = predictActivity(statistics, hardwareWith());
    expect(predicted.layers[1]!.schedules[0]!.rows).toBe(1856);
    // dense1: 1152 of 2304 active: 23 to 25 rows of 50.
    const mean = predicted.layers[2]!.schedules.reduce((sum, { rows, images }) => sum + rows * images, 0);
    expect(mean).toBeCloseTo(1152 / 50 + 49 / 100, 2);
  });

  it('refuses names and shares that are not there', () => {
    const network = sonicMnistStructure();
    const hardware = hardwareWith();
    expect(() => sparsityStatistics(network, hardware, { conv9: 0.5 })).toThrow(NetworkError);
    expect(() => sparsityStatistics(network, hardware, 1.5)).toThrow(/between 0 and 1/);
    const statistics = sparsityStatistics(network, hardware, 0.5);
    expect(() => predictActivity(statistics, hardware, { relu1: { sparsity: 0.5 } })).toThrow(
      /no convolution or dense layer has that name/,
    );
  });
});

describe('limits', () => {
  const tiny = (inputRange: readonly [number, number]): Network => ({
    name: 'tiny',
    inputShape: [4, 4, 1],
    inputRange,
    preprocessing: { scale: 1, mean: [0], std: [1] },
    layers: [
      conv2d('conv', 'input', [3, 1, 2]),
      relu('relu', 'conv'),
      flatten('flat', 'relu'),
      dense('dense', 'flat', 8, 3),
    ],
    output: 'dense',
  });

  it('holds a small network to the entry', () => {
    // conv: 2 filters of 9 weights, all set: 2 rows each on n = 5; 4 positions see every element: 18 * 4 lit values.
    // dense: 8 inputs, none 0: one row; 3 filters of 8 weights.
    const { layers } = predictActivity(sparsityStatistics(tiny([0, 1]), hardwareWith(), 0), hardwareWith(), {
      dense: { sparsity: 0 },
    });
    expect(layers[0]).toMatchObject({ partialSums: 16, litSamples: 72, heldConversions: 18, activations: 16 });
    expect(layers[0]!.schedules[0]).toMatchObject({ rows: 4, images: 1 });
    expect(layers[1]).toMatchObject({ partialSums: 3, litSamples: 24, heldConversions: 8, activations: 8 });
    expect(layers[1]!.schedules).toMatchObject([{ rows: 1, images: 1 }]);
  });

  it('runs a second pass where the input may be negative', () => {
    const { layers } = predictActivity(sparsityStatistics(tiny([-1, 1]), hardwareWith(), 0), hardwareWith());
    expect(layers[0]).toMatchObject({ partialSums: 32, litSamples: 72, heldConversions: 36 });
    expect(layers[0]!.schedules[0]!.images).toBe(2);
  });

  it('holds nothing where all weights are 0', () => {
    const report = predictCost(tiny([0, 1]), hardwareWith());
    expect([report.latency_s, report.energy_J]).toEqual([0, 0]);
  });

  it('loads every row slowly in mode thermal, and holds by heat', () => {
    const statistics = sparsityStatistics(tiny([0, 1]), hardwareWith(), 0);
    const activations = { dense: { sparsity: 0 } };
    const [hybrid, thermal] = (['hybrid', 'thermal'] as const).map((mode) =>
      predictCost(statistics, hardwareWith({ tuning: { mode } }), { activations }),
    );
    // The first layer's 4 rows and the second's one row are on units of their own: each layer loads once.
    expect(thermal!.latency_s - hybrid!.latency_s).toBeCloseTo(2 * (4000e-9 - 20e-9), 15);
    expect(thermal!.devices.eoImprint).toBe(0);
    expect(thermal!.devices.toImprint).toBeGreaterThan(0);
  });

  it('finds the rows with a weight beyond electro-optic reach', () => {
    // Full scale is 0.3875 nm away; only the weight 1 of filter 0 lies beyond 0.38 nm, in its second row.
    const network = tiny([0, 1]);
    const conv = network.layers[0] as ReturnType<typeof conv2d>;
    conv.weight.fill(0.5);
    conv.weight[8 * 2] = 1;
    const hardware = hardwareWith({ tuning: { eoRange_nm: 0.38 } });
    const [schedule] = predictActivity(weightStatistics(network, hardware), hardware).layers[0]!.schedules;
    expect(schedule!.slowRowsByUnit.slice(0, 5)).toEqual([0, 1, 0, 0, 0]);
    expect(schedule!.toShift_nm[0]).toBe(0);
    expect(schedule!.toShift_nm[1]).toBeCloseTo(2 * (1550 / 8000) - 0.38, 6);
  });
});
