import { beforeAll, describe, expect, it } from 'vitest';
import { loadTf, type Tf } from '../../src/base/tensorflow/tf.js';
import { forward, loadDigitalNetwork, runLayer } from '../../src/networks/forward.js';
import { inferShapes } from '../../src/networks/shapes.js';
import type { Conv2dLayer, Layer, Network, Pool2dLayer } from '../../src/networks/types.js';
import { describeOnBackends } from './backends.js';
import { type Image, naiveConv2d, naivePool2d } from './naive.js';
import { normals } from './random.js';

const base = { name: 'layer', inputs: ['input'] } as const;

function conv(weightShape: [number, number, number, number], change: Partial<Conv2dLayer> = {}): Conv2dLayer {
  const weights = weightShape.reduce((a, b) => a * b, 1);
  return {
    ...base,
    kind: 'conv2d',
    weight: normals(weights, 1),
    weightShape,
    bias: normals(weightShape[3], 2),
    strides: [1, 1],
    padding: [
      [0, 0],
      [0, 0],
    ],
    dilation: [1, 1],
    groups: 1,
    ...change,
  };
}

function pool(mode: 'max' | 'average', change: Partial<Pool2dLayer> = {}): Pool2dLayer {
  return {
    ...base,
    kind: 'pool2d',
    mode,
    size: [2, 2],
    strides: [2, 2],
    padding: [
      [0, 0],
      [0, 0],
    ],
    countIncludePad: false,
    ...change,
  };
}

/** Largest difference between a layer's output on two images and the loops', relative to the largest value. */
function deviation(tf: Tf, layer: Conv2dLayer | Pool2dLayer, shape: [number, number, number], shift = 0): number {
  const size = shape[0] * shape[1] * shape[2];
  const data = normals(2 * size, 3).map((x) => x + shift);
  const naive = layer.kind === 'conv2d' ? naiveConv2d : naivePool2d;
  const images = [0, 1].map((i): Image => ({ shape, data: data.subarray(i * size, (i + 1) * size) }));
  const expected = images.flatMap((image) => naive(layer as never, image));
  const output = tf.tidy(() => runLayer(tf, layer, [tf.tensor(data, [2, ...shape])]));
  const actual = output.dataSync();
  const outputShape = inferShapes({ ...asNetwork([layer]), inputShape: shape }).get('layer')!;
  expect(output.shape).toEqual([2, ...outputShape]);
  output.dispose();
  expect(actual.length).toBe(expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!))) / largest;
}

function asNetwork(layers: Layer[]): Network {
  return {
    name: 'test',
    inputShape: [6, 5, 4],
    inputRange: null,
    preprocessing: { scale: 1, mean: [0], std: [1] },
    layers,
    output: layers.at(-1)!.name,
  };
}

const CONVOLUTIONS: [string, [number, number, number, number], Partial<Conv2dLayer>][] = [
  ['no padding', [3, 2, 4, 5], {}],
  ['without bias', [3, 3, 4, 2], { bias: null }],
  [
    'same padding, odd kernel',
    [3, 3, 4, 5],
    {
      padding: [
        [1, 1],
        [1, 1],
      ],
    },
  ],
  [
    'same padding, even kernel and stride',
    [2, 4, 4, 3],
    {
      padding: [
        [0, 0],
        [1, 2],
      ],
      strides: [1, 2],
    },
  ],
  [
    'asymmetric padding',
    [3, 3, 4, 5],
    {
      padding: [
        [2, 0],
        [0, 3],
      ],
    },
  ],
  [
    'padding the other way round than same',
    [2, 2, 4, 5],
    {
      padding: [
        [1, 0],
        [1, 0],
      ],
    },
  ],
  ['stride', [3, 3, 4, 5], { strides: [2, 2] }],
  [
    'unequal strides with padding',
    [3, 3, 4, 5],
    {
      strides: [1, 3],
      padding: [
        [1, 1],
        [1, 1],
      ],
    },
  ],
  ['dilation', [2, 2, 4, 5], { dilation: [2, 3] }],
  [
    'dilation with same padding',
    [3, 3, 4, 5],
    {
      dilation: [2, 2],
      padding: [
        [2, 2],
        [2, 2],
      ],
    },
  ],
  ['dilation and stride', [2, 3, 4, 5], { dilation: [3, 2], strides: [2, 1] }],
  [
    'dilation, stride and padding',
    [3, 2, 4, 5],
    {
      dilation: [2, 2],
      strides: [2, 2],
      padding: [
        [1, 2],
        [0, 1],
      ],
    },
  ],
  [
    'groups',
    [3, 3, 2, 6],
    {
      groups: 2,
      padding: [
        [1, 1],
        [0, 1],
      ],
    },
  ],
  ['groups with dilation and stride', [2, 2, 2, 6], { groups: 2, dilation: [2, 2], strides: [2, 2] }],
  ['depthwise', [3, 3, 1, 4], { groups: 4 }],
  [
    'depthwise with multiplier, stride, padding',
    [3, 3, 1, 8],
    {
      groups: 4,
      strides: [2, 2],
      padding: [
        [1, 0],
        [1, 2],
      ],
    },
  ],
  ['depthwise with unequal strides', [3, 2, 1, 8], { groups: 4, strides: [2, 1] }],
  [
    'depthwise with dilation',
    [2, 2, 1, 4],
    {
      groups: 4,
      dilation: [2, 1],
      padding: [
        [1, 1],
        [0, 0],
      ],
    },
  ],
];

const POOLS: [string, Pool2dLayer][] = (['max', 'average'] as const).flatMap((mode) => [
  [`${mode}, 2x2`, pool(mode)],
  [`${mode}, overlapping, unequal strides`, pool(mode, { size: [3, 2], strides: [1, 2] })],
  [
    `${mode}, padded`,
    pool(mode, {
      size: [3, 3],
      padding: [
        [1, 1],
        [2, 0],
      ],
    }),
  ],
  [
    `${mode}, padded, padding counted`,
    pool(mode, {
      size: [3, 3],
      padding: [
        [1, 1],
        [2, 0],
      ],
      countIncludePad: true,
    }),
  ],
]);

describeOnBackends('layers', (backend) => {
  let tf: Tf;
  beforeAll(async () => {
    tf = await loadTf(backend);
  });

  it.each(CONVOLUTIONS)('convolution: %s', (_, shape, change) => {
    expect(deviation(tf, conv(shape, change), [6, 5, 4])).toBeLessThan(2e-6);
  });

  // All values negative: a maximum over padding would show.
  it.each(POOLS)('pool: %s', (_, layer) => {
    expect(deviation(tf, layer, [6, 5, 4], -10)).toBeLessThan(2e-6);
  });

  const x = [-4, -3, -1.5, -0.5, 0, 0.5, 2, 3, 7];
  const run = (layer: Layer, inputs: number[][], shape: number[]) =>
    tf.tidy(() => {
      const output = runLayer(
        tf,
        layer,
        inputs.map((values) => tf.tensor(values, [1, ...shape])),
      );
      return { shape: output.shape.slice(1), values: Array.from(output.dataSync()) };
    });

  const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
  it.each([
    ['relu', (v: number) => Math.max(0, v)],
    ['relu6', (v: number) => Math.min(6, Math.max(0, v))],
    ['leakyRelu', (v: number) => (v < 0 ? 0.2 * v : v)],
    ['sigmoid', sigmoid],
    ['tanh', Math.tanh],
    ['hardSigmoid', (v: number) => Math.min(1, Math.max(0, v / 6 + 0.5))],
    ['hardSwish', (v: number) => v * Math.min(1, Math.max(0, v / 6 + 0.5))],
  ] as const)('activation %s', (name, f) => {
    const { values } = run({ ...base, kind: 'activation', function: name, alpha: 0.2 }, [x], [9]);
    for (const [i, value] of values.entries()) expect(value).toBeCloseTo(f(x[i]!), 5);
  });

  it('batch-norm follows its definition', () => {
    const layer: Layer = {
      ...base,
      kind: 'batchNorm',
      gamma: Float32Array.of(2, -1),
      beta: Float32Array.of(0.5, 3),
      mean: Float32Array.of(1, -2),
      variance: Float32Array.of(3, 0),
      epsilon: 1,
    };
    // (x - 1) / 2 * 2 + 0.5 and -(x + 2) / 1 + 3
    expect(run(layer, [[1, 1, 5, -2]], [2, 1, 2]).values).toEqual([0.5, 0, 4.5, 3]);
  });

  it('affine takes a scalar or one number per channel', () => {
    const scalar: Layer = { ...base, kind: 'affine', scale: Float32Array.of(2), shift: Float32Array.of(1) };
    expect(run(scalar, [[1, 2, 3, 4]], [2, 2]).values).toEqual([3, 5, 7, 9]);
    const perChannel: Layer = { ...base, kind: 'affine', scale: Float32Array.of(2, -1), shift: Float32Array.of(1, 0) };
    expect(run(perChannel, [[1, 2, 3, 4]], [2, 2]).values).toEqual([3, -2, 7, -4]);
  });

  it('add, subtract, multiply', () => {
    const inputs = [
      [1, 2],
      [3, 5],
      [10, 20],
    ];
    expect(run({ ...base, kind: 'add' }, inputs, [2]).values).toEqual([14, 27]);
    expect(run({ ...base, kind: 'multiply' }, inputs, [2]).values).toEqual([30, 200]);
    expect(run({ ...base, kind: 'subtract' }, inputs.slice(0, 2), [2]).values).toEqual([-2, -3]);
  });

  it('concat, slice with strides, transpose, flatten, reshape, pad', () => {
    const values = Array.from({ length: 6 }, (_, i) => i);
    expect(run({ ...base, kind: 'concat', axis: 1 }, [values, values], [2, 3])).toEqual({
      shape: [2, 6],
      values: [0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5],
    });
    expect(run({ ...base, kind: 'slice', begin: [1, 0], end: [2, 3], strides: [1, 2] }, [values], [2, 3])).toEqual({
      shape: [1, 2],
      values: [3, 5],
    });
    expect(run({ ...base, kind: 'transpose', permutation: [1, 0] }, [values], [2, 3])).toEqual({
      shape: [3, 2],
      values: [0, 3, 1, 4, 2, 5],
    });
    expect(run({ ...base, kind: 'flatten' }, [values], [2, 3])).toEqual({ shape: [6], values });
    expect(run({ ...base, kind: 'reshape', shape: [3, 1, 2] }, [values], [2, 3])).toEqual({ shape: [3, 1, 2], values });
    expect(
      run(
        {
          ...base,
          kind: 'pad',
          padding: [
            [0, 1],
            [1, 0],
          ],
          value: 9,
        },
        [values],
        [2, 3],
      ),
    ).toEqual({
      shape: [3, 4],
      values: [9, 0, 1, 2, 9, 3, 4, 5, 9, 9, 9, 9],
    });
  });

  it('global pools and softmax', () => {
    const values = [1, -1, 2, -2, 3, -3, 6, -10];
    expect(run({ ...base, kind: 'globalPool2d', mode: 'max' }, [values], [2, 2, 2]).values).toEqual([6, -1]);
    expect(run({ ...base, kind: 'globalPool2d', mode: 'average' }, [values], [2, 2, 2]).values).toEqual([3, -4]);
    const [a, b] = run({ ...base, kind: 'softmax' }, [[0, Math.log(3)]], [2]).values;
    expect(a).toBeCloseTo(0.25, 6);
    expect(b).toBeCloseTo(0.75, 6);
  });

  it('a graph with branches: y = relu(x) + (x - relu(x)) * 2, layers seen in order, nothing left behind', () => {
    const network: Network = {
      ...asNetwork([
        { kind: 'activation', name: 'positive', inputs: ['input'], function: 'relu' },
        { kind: 'subtract', name: 'negative', inputs: ['input', 'positive'] },
        { kind: 'affine', name: 'unused', inputs: ['input'], scale: Float32Array.of(5), shift: Float32Array.of(5) },
        { kind: 'affine', name: 'doubled', inputs: ['negative'], scale: Float32Array.of(2), shift: Float32Array.of(0) },
        { kind: 'add', name: 'sum', inputs: ['positive', 'doubled'] },
      ]),
      inputShape: [3],
    };
    const before = tf.memory().numTensors;
    const input = tf.tensor2d([[-1, 0.5, 2]]);
    const seen: string[] = [];
    const digital = loadDigitalNetwork(tf, network);
    const first = digital.forward(input, { onLayer: (layer) => seen.push(layer.name) });
    const second = forward(tf, network, input);
    expect(Array.from(first.dataSync())).toEqual([-2, 0.5, 2]);
    expect(Array.from(second.dataSync())).toEqual([-2, 0.5, 2]);
    expect(seen).toEqual(['positive', 'negative', 'unused', 'doubled', 'sum']);
    expect(input.isDisposed).toBe(false);
    digital.dispose();
    tf.dispose([input, first, second]);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('network', () => {
  it('runs the layer that is its output even where others follow', async () => {
    const tf = await loadTf('cpu');
    const network: Network = {
      ...asNetwork([
        { kind: 'affine', name: 'logits', inputs: ['input'], scale: Float32Array.of(2), shift: Float32Array.of(0) },
        { kind: 'softmax', name: 'after', inputs: ['logits'] },
      ]),
      inputShape: [2],
      output: 'logits',
    };
    const logits = tf.tidy(() => Array.from(forward(tf, network, tf.tensor2d([[1, 2]])).dataSync()));
    expect(logits).toEqual([2, 4]);
  });
});
