/** The whole line on a small network: what the reference emulator counts, costed, beside what is predicted. */
import { beforeAll, describe, expect, it } from 'vitest';
import { philoxUniforms } from '../../src/base/random/philox.js';
import { type CostReport, costOfActivity } from '../../src/cost/costReport.js';
import { weightStatistics } from '../../src/cost/layerStatistics.js';
import { type ActivationsByLayer, predictActivity, predictCost } from '../../src/cost/predict.js';
import { compileNetwork } from '../../src/emulation/compiler/compile.js';
import { macSpecs } from '../../src/emulation/compiler/network.js';
import { createBatchRunner } from '../../src/emulation/emulator/batchRunner.js';
import { activityOf } from '../../src/emulation/emulator/countActivity.js';
import type { Activity } from '../../src/emulation/program/activity.js';
import type { Program } from '../../src/emulation/program/types.js';
import { batchNorm, conv2d, dense, flatten, maxPool, relu } from '../../src/networks/build.js';
import { initialise } from '../../src/networks/initialise.js';
import { countParameters } from '../../src/networks/parameters.js';
import { isMacLayer, type Network } from '../../src/networks/types.js';
import { streamsFor } from '../helpers/layers.js';
import { hardwareWith } from './activities.js';

/** Enough that the mean of dense2's few chunks an image is known to a per cent. */
const IMAGES = 48;
const [ROWS, COLUMNS] = [12, 12];

function network(): Network {
  const same = [
    [1, 1],
    [1, 1],
  ] as const;
  const fresh = initialise(
    {
      name: 'small',
      inputShape: [ROWS, COLUMNS, 1],
      inputRange: [0, 1],
      preprocessing: { scale: 1 / 255, mean: [0], std: [1] },
      layers: [
        conv2d('conv1', 'input', [3, 1, 8], same),
        batchNorm('norm1', 'conv1', 8),
        relu('relu1', 'norm1'),
        conv2d('conv2', 'relu1', [3, 8, 12]),
        relu('relu2', 'conv2'),
        maxPool('pool2', 'relu2', 2),
        flatten('flat', 'pool2'),
        dense('dense1', 'flat', 300, 80),
        batchNorm('norm3', 'dense1', 80),
        relu('relu3', 'norm3'),
        dense('dense2', 'relu3', 80, 10),
      ],
      output: 'dense2',
    },
    3,
  );
  // Half of each layer's weights pruned, at random.
  fresh.layers.filter(isMacLayer).forEach(({ weight }, l) => {
    philoxUniforms([9, l], 0, weight.length).forEach((u, i) => {
      if (u < 0.5) weight[i] = 0;
    });
  });
  return fresh;
}

describe('a small network', () => {
  const hardware = hardwareWith({ vdu: { conv: { units: 7 }, fc: { size: 20, units: 3 } } });
  const small = network();
  let program: Program;
  let activity: Activity;
  let activations: ActivationsByLayer;
  let report: CostReport;

  beforeAll(async () => {
    const scales = macSpecs(small).map((spec) => ({ activationScale: 2, ...streamsFor(spec) }));
    program = compileNetwork(small, hardware, { chipSeed: 1, scales });
    const images = Uint8Array.from(philoxUniforms([4, 4], 0, IMAGES * ROWS * COLUMNS), (u) => 1 + Math.floor(255 * u));
    const run = await createBatchRunner({
      network: small,
      program,
      digital: true,
      fidelities: [],
      backend: 'reference',
      runSeed: 1,
      images,
      imageSize: ROWS * COLUMNS,
    });
    const { runs } = await run(0, IMAGES);
    activity = activityOf(program, runs);
    activations = Object.fromEntries(
      activity.layers.map((layer, l) => {
        const mean = layer.zeroActivations / IMAGES;
        const variance = runs.reduce((sum, ofImage) => sum + (ofImage[l]!.zeroActivations - mean) ** 2, 0) / IMAGES;
        return [layer.name, { sparsity: layer.zeroActivations / layer.activations, deviation: Math.sqrt(variance) }];
      }),
    );
    report = costOfActivity(activity, program, { parameters: countParameters(small), network: small });
  });

  it('is predicted within 2 per cent, layer by layer and as a whole, in both accountings', () => {
    const predicted = predictCost(small, hardware, { activations, chipSeed: 1 });
    const close = (actual: number, expected: number) => expect(Math.abs(actual / expected - 1)).toBeLessThan(0.02);
    for (const [l, layer] of report.layers.entries()) {
      close(predicted.layers[l]!.latency_s, layer.latency_s);
      close(predicted.layers[l]!.energy_J, layer.energy_J);
    }
    close(predicted.energy_J, report.energy_J);
    close(predicted.alternatives.perConversion.energy_J, report.alternatives.perConversion.energy_J);
    // Which weights meet which zeros is not known: bits converted are only near.
    expect(Math.abs(predicted.energyPerBit_J.processed! / report.energyPerBit_J.processed! - 1)).toBeLessThan(0.1);
    expect(predicted.trimPower_W).toBe(report.trimPower_W);
  });

  it('has the counts that follow from weights alone exactly', () => {
    const predicted = predictActivity(weightStatistics(small, hardware), hardware, activations);
    for (const l of [0, 1]) {
      const [counted, expected] = [activity.layers[l]!, predicted.layers[l]!];
      expect(expected.schedules.map(({ rows, images }) => [rows, images * IMAGES])).toEqual(
        counted.schedules.map(({ rows, images }) => [rows, images]),
      );
      expect(expected.partialSums * IMAGES).toBe(counted.partialSums);
      expect(expected.heldConversions * IMAGES).toBe(counted.heldConversions);
      expect(expected.gainConversions * IMAGES).toBe(counted.gainConversions);
    }
  });

  it('waits for the broadband ring in the dense layer with batch-norm only', () => {
    const folded = costOfActivity(
      { ...activity, layers: activity.layers.map((layer) => ({ ...layer, gainConversions: 0 })) },
      { ...program, hardware: hardwareWith({ ...hardware, batchNorm: 'folded' }) },
      { parameters: 1, network: small },
    );
    const faster = report.layers.map(({ latency_s }, l) => folded.layers[l]!.latency_s < latency_s);
    expect(faster).toEqual([false, false, true, false]);
  });
});
