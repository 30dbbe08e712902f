import { expect, it } from 'vitest';
import { readBytes } from '../../src/base/storedBytes.js';
import { loadTf } from '../../src/base/tensorflow/tf.js';
import { calibrate, compileForChip } from '../../src/emulation/calibration/calibrate.js';
import { emulate } from '../../src/emulation/emulator/emulate.js';
import { presetHardware } from '../../src/hardware/presets/index.js';
import { compressWeights } from '../../src/networks/compression/cluster.js';
import { sparsityReport } from '../../src/networks/compression/prune.js';
import { preprocess } from '../../src/networks/preprocess.js';
import { isMacLayer, type Network } from '../../src/networks/types.js';
import { fineTune } from '../../src/training/fineTune.js';
import { stripes } from './stripes.js';
import { train, trainedStripes } from './trainedStripes.js';

const test = stripes(300, 2);
const harsh = presetHardware('sonic-pessimistic', { tuning: { trimResidual_nm: 0.06 } });

async function emulatedAccuracy(network: Network, chipSeed: number): Promise<number> {
  const calibration = await calibrate(network, harsh, preprocess(network, readBytes(train.images, 0, 200 * 36)));
  const program = await compileForChip(network, harsh, chipSeed, calibration);
  const { emulatedLogits } = await emulate({
    network,
    program,
    digital: false,
    backend: 'wasm',
    runSeed: 1,
    images: test.images,
    count: test.count,
    threads: 1,
  });
  const right = test.labels.filter((label, i) => {
    const logits = [...emulatedLogits!.subarray(3 * i, 3 * i + 3)];
    return logits.indexOf(Math.max(...logits)) === label;
  });
  return right.length / test.count;
}

it('noise-aware training wins back accuracy on chips it has never seen, and keeps zeros and shared values', async () => {
  const tf = await loadTf('wasm');
  const trained = await trainedStripes(tf);
  const result = await fineTune({ tf, network: trained, hardware: harsh, train, steps: 60, rate: 0.02 });
  expect(result.history.at(-1)).toMatchObject({ step: 60, steps: 60 });
  const shares = (network: Network) => sparsityReport(network).map(({ sparsity }) => sparsity);
  expect(shares(result.network)).toEqual(shares(trained));
  for (const layer of result.network.layers.filter(isMacLayer)) {
    const form = compressWeights(layer.weight)!;
    expect(form.centroids.length).toBeLessThanOrEqual(16);
    expect(result.compressed[layer.name]).toEqual(form);
  }
  const chips = [1, 2, 3, 4];
  const mean = async (network: Network) => {
    let sum = 0;
    for (const chip of chips) sum += await emulatedAccuracy(network, chip);
    return sum / chips.length;
  };
  const [before, after] = [await mean(trained), await mean(result.network)];
  expect(before).toBeLessThan(0.9);
  expect(after).toBeGreaterThan(before + 0.08);
});
