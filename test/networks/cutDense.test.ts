/** A dense layer whose weights come to the backend in parts gives the bits of the whole. */
import { expect, it } from 'vitest';
import { loadTf } from '../../src/base/tensorflow/tf.js';
import { multiplyInParts } from '../../src/networks/forward.js';
import { cutColumns, isCut } from '../../src/networks/layerTensors.js';
import type { DenseLayer } from '../../src/networks/types.js';
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
