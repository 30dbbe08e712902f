/**
 * Checkpoints trained elsewhere reach the accuracy their authors report. 1,000 images each; all 10,000 with SONIC_SLOW=1.
 * Those that the project bundles are always there; others are skipped, and counted as skipped, where they are not.
 */

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { TensorProtoSchema } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { readBytes } from '../../../src/base/storedBytes.js';
import { loadTf } from '../../../src/base/tensorflow/tf.js';
import { loadDataset } from '../../../src/datasets/index.js';
import type { Dataset } from '../../../src/datasets/types.js';
import { loadNetworkFile } from '../../../src/networks/formats/index.js';
import { loadDigitalNetwork } from '../../../src/networks/forward.js';
import { countParameters } from '../../../src/networks/parameters.js';
import { preprocess } from '../../../src/networks/preprocess.js';
import type { Network } from '../../../src/networks/types.js';
import { randomArray } from '../../helpers/random.js';
import { CIFAR10, FOREIGN, isThere, MNIST_TEST_VECTOR } from './foreignFiles.js';
import { expectAgreement, networkOutput, runtimeOutput } from './onnx/oracle.js';

const SLOW = process.env['SONIC_SLOW'] === '1';
const IMAGES = SLOW ? 10_000 : 1000;
const BATCH = 100;

const loaded = new Map<string, Promise<Dataset>>();
function testSet(name: 'mnist' | 'cifar10'): Promise<Dataset> {
  const directory = name === 'cifar10' && isThere(CIFAR10) ? CIFAR10 : undefined;
  const dataset = loaded.get(name) ?? loadDataset(name, { split: 'test', directory });
  loaded.set(name, dataset);
  return dataset;
}

/** Share of the first images whose largest logit is the label's. */
async function accuracy(network: Network, { images, labels, shape }: Dataset): Promise<number> {
  const tf = await loadTf('wasm');
  const digital = loadDigitalNetwork(tf, network);
  const size = shape[0] * shape[1] * shape[2];
  let right = 0;
  for (let first = 0; first < IMAGES; first += BATCH) {
    tf.tidy(() => {
      const x = preprocess(network, readBytes(images, first * size, (first + BATCH) * size));
      const classes = tf.argMax(digital.forward(tf.tensor(x, [BATCH, ...network.inputShape])), 1).dataSync();
      for (let i = 0; i < BATCH; i++) right += classes[i] === labels[first + i] ? 1 : 0;
    });
  }
  digital.dispose();
  return right / IMAGES;
}

describe(`published accuracies over ${IMAGES} images`, () => {
  for (const { path, dataset, architecture, preprocessing, ...expected } of FOREIGN) {
    const isReady = isThere(path) && (!SLOW || dataset === 'mnist' || isThere(CIFAR10));
    it.skipIf(!isReady)(
      basename(path),
      async () => {
        const { network } = await loadNetworkFile(path, { architecture, preprocessing });
        expect(countParameters(network)).toBe(expected.parameters);
        const p = expected.accuracy;
        const found = await accuracy(network, await testSet(dataset));
        // All images: equal but for an image or two whose best classes lie within rounding. Fewer: four sigma of a sample.
        const tolerance = SLOW ? 2.5e-4 + (expected.spread ?? 0) : 4 * Math.sqrt((p * (1 - p)) / IMAGES);
        expect(Math.abs(found - p), `${found}, published ${p}`).toBeLessThanOrEqual(tolerance);
      },
      600_000,
    );
  }
});

describe('ONNX files', () => {
  const [mnist] = FOREIGN;
  it("mnist-8's own test vector, to float32 rounding", async () => {
    const tensor = async (name: string) => {
      const { rawData, floatData } = fromBinary(TensorProtoSchema, await readFile(MNIST_TEST_VECTOR + name));
      return rawData.length > 0 ? new Float32Array(Uint8Array.from(rawData).buffer) : Float32Array.from(floatData);
    };
    const [x, y] = [await tensor('input_0.pb'), await tensor('output_0.pb')];
    const { network } = await loadNetworkFile(mnist!.path);
    const largest = y.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    // Sums of up to 256 products in float32, in another order than CNTK's.
    expect(await networkOutput(network, x, [1, 1, 28, 28])).toBeAllclose(y, {
      rtol: 0,
      atol: 256 * 2 ** -24 * largest,
    });
  });

  for (const { path, preprocessing, dataset } of FOREIGN.filter((file) => file.path.endsWith('.onnx'))) {
    it.skipIf(!isThere(path))(`${basename(path)}: the logits of onnxruntime`, async () => {
      const { network } = await loadNetworkFile(path, { preprocessing });
      const dims = dataset === 'mnist' ? [1, 1, 28, 28] : [1, 3, 32, 32];
      const model = new Uint8Array(await readFile(path));
      for (let seed = 0; seed < 5; seed++) {
        const [low, high] = network.inputRange!;
        const x = randomArray(
          seed,
          dims.reduce((product, n) => product * n, 1),
          low,
          high,
        );
        expectAgreement(await networkOutput(network, x, dims), await runtimeOutput(model, x, dims));
      }
    });
  }
});
