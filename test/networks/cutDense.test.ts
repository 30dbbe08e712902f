/** A dense layer whose weights come to the backend in parts gives the bits of the whole. */
import { expect, it } from 'vitest';
import { loadTf } from '../../src/base/tensorflow/tf.js';
import { loadDigitalNetwork, multiplyInParts } from '../../src/networks/forward.js';
import { cutColumns, isCut } from '../../src/networks/layerTensors.js';
import type { DenseLayer, Network } from '../../src/networks/types.js';
import { randomArray } from '../helpers/random.js';

const dense = (inputs: number, filters: number): DenseLayer => ({
  ...{ kind: 'dense', name: 'fc', inputs: ['input'], bias: null },
  ...{ weight: randomArray(3, inputs * filters, -1, 1), weightShape: [inputs, filters] },
});

it.each([
  [37, 50, 16],
  [300, 1000, 48],
  [513, 129, 64],
])('%i inputs, %i filters, %i columns at a time', async (inputs, filters, columns) => {
  const tf = await loadTf('wasm');
  const layer = dense(inputs, filters);
  for (const images of [1, 3, 9]) {
    const [whole, parts] = tf.tidy(() => {
      const x = tf.tensor2d(randomArray(images, images * inputs, -1, 2), [images, inputs]);
      const weight = tf.tensor2d(layer.weight, [inputs, filters]);
      return [tf.matMul(x, weight), multiplyInParts(tf, layer, x, columns)].map((y) => y.dataSync().slice());
    }) as unknown as [Float32Array, Float32Array];
    expect(parts).toEqual(whole);
  }
});

it('cuts weights of 32 MiB and more into parts of at most 16', async () => {
  const tf = await loadTf('wasm');
  const layer = (inputs: number, filters: number) =>
    ({ weight: { byteLength: 4 * inputs * filters }, weightShape: [inputs, filters] }) as unknown as DenseLayer;
  expect(isCut(tf, layer(512, 1000))).toBe(false);
  for (const [inputs, filters] of [
    [25_088, 4096],
    [4096, 4096],
  ] as const) {
    expect(isCut(tf, layer(inputs, filters))).toBe(true);
    const columns = cutColumns(layer(inputs, filters));
    expect(columns % 16).toBe(0);
    expect(4 * inputs * columns).toBeLessThanOrEqual(2 ** 24);
  }
});

it('runs with other weights where those are asked for', async () => {
  const tf = await loadTf('wasm');
  const [inputs, filters] = [4096, 2048];
  const filled = (value: number) => new Float32Array(inputs * filters).fill(value);
  const layer: DenseLayer = { ...dense(0, 0), weight: filled(1), weightShape: [inputs, filters] };
  expect(isCut(tf, layer)).toBe(true);
  const network: Network = {
    ...{ name: 'large', inputShape: [inputs], preprocessing: { scale: 1, mean: [0], std: [1] } },
    ...{ layers: [layer], output: 'fc', inputRange: null },
  };
  const digital = loadDigitalNetwork(tf, network);
  const input = tf.ones([1, inputs]);
  const found: number[] = [];
  const onLogits = (_: number, logits: { dataSync(): ArrayLike<number> }) => found.push(logits.dataSync()[0]!);
  digital.forwardVariants(input, [new Map(), new Map([['fc', filled(2)]])], { onLogits });
  expect(found).toEqual([inputs, 2 * inputs]);
  digital.dispose();
  input.dispose();
});
