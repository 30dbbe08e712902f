import { beforeAll, describe, expect, it } from 'vitest';
import { loadTf, type Tf } from '../../src/base/tensorflow/tf.js';
import { type ChangedWeights, forward, loadDigitalNetwork, runLayer } from '../../src/networks/forward.js';
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
  const softplus = (v: number) => Math.log1p(Math.exp(v));
  /** 2 / sqrt(pi) times the integral of exp(-t^2) from 0, by Simpson's rule. */
  const erf = (v: number) => {
    const steps = 400;
    const f = (i: number) => Math.exp(-(((i * v) / steps) ** 2));
    const sum = Array.from({ length: steps + 1 }, (_, i) => (i === 0 || i === steps ? 1 : 2 + 2 * (i % 2)) * f(i));
    return ((2 / Math.sqrt(Math.PI)) * v * sum.reduce((a, b) => a + b)) / (3 * steps);
  };
  it.each([
    ['relu', (v: number) => Math.max(0, v)],
    ['relu6', (v: number) => Math.min(6, Math.max(0, v))],
    ['leakyRelu', (v: number) => (v < 0 ? 0.2 * v : v)],
    ['sigmoid', sigmoid],
    ['tanh', Math.tanh],
    ['hardSigmoid', (v: number) => Math.min(1, Math.max(0, v / 6 + 0.5))],
    ['hardSwish', (v: number) => v * Math.min(1, Math.max(0, v / 6 + 0.5))],
    ['elu', (v: number) => (v > 0 ? v : 0.2 * Math.expm1(v))],
    ['selu', (v: number) => 1.0507009873554805 * (v > 0 ? v : 1.6732632423543772 * Math.expm1(v))],
    ['gelu', (v: number) => (v / 2) * (1 + erf(v / Math.SQRT2))],
    ['geluTanh', (v: number) => (v / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)))],
    ['softplus', softplus],
    ['mish', (v: number) => v * Math.tanh(softplus(v))],
    ['erf', erf],
    ['abs', Math.abs],
  ] as const)('activation %s', (name, f) => {
    const { values } = run({ ...base, kind: 'activation', function: name, alpha: 0.2 }, [x], [9]);
    for (const [i, value] of values.entries()) expect(value).toBeCloseTo(f(x[i]!), 5);
  });

  it.each([
    ['sqrt', Math.sqrt],
    ['exp', Math.exp],
    ['reciprocal', (v: number) => 1 / v],
    ['power', (v: number) => v ** 1.5],
  ] as const)('activation %s of positive numbers', (name, f) => {
    const positive = [0.01, 0.5, 1, 7];
    const { values } = run({ ...base, kind: 'activation', function: name, alpha: 1.5 }, [positive], [4]);
    for (const [i, value] of values.entries()) expect(value / f(positive[i]!)).toBeCloseTo(1, 5);
  });

  it('normalise, reduce, tile, matMul, resample follow their definitions', () => {
    // (1, 3): mean 2, variance 1; (5, 5): nothing is left of it.
    const norm = run({ ...base, kind: 'normalise', epsilon: 3 }, [[1, 3, 5, 5]], [2, 2]).values;
    expect(norm).toEqual([-0.5, 0.5, 0, 0]);
    const table = [1, 2, 3, 4, 5, 6];
    expect(run({ ...base, kind: 'reduce', mode: 'sum', axes: [0] }, [table], [2, 3])).toEqual({
      shape: [1, 3],
      values: [5, 7, 9],
    });
    expect(run({ ...base, kind: 'reduce', mode: 'mean', axes: [1] }, [table], [2, 3]).values).toEqual([2, 5]);
    expect(run({ ...base, kind: 'reduce', mode: 'max', axes: [0, 1] }, [table], [2, 3]).values).toEqual([6]);
    expect(run({ ...base, kind: 'tile', repeats: [2, 1] }, [[1, 2]], [1, 2]).values).toEqual([1, 2, 1, 2]);
    const square = [1, 2, 3, 4];
    expect(run({ ...base, kind: 'matMul' }, [square, square], [2, 2]).values).toEqual([7, 10, 15, 22]);
    const resample: Layer = { ...base, kind: 'resample', rows: [1, 0.5], columns: [0, 0.25, 1] };
    expect(run(resample, [square], [2, 2, 1]).values).toEqual([3, 3.25, 4, 2, 2.25, 3]);
  });

  it('maximum and minimum of several', () => {
    const inputs = [
      [1, 9],
      [5, 2],
      [3, 3],
    ];
    expect(run({ ...base, kind: 'maximum' }, inputs, [2]).values).toEqual([5, 9]);
    expect(run({ ...base, kind: 'minimum' }, inputs, [2]).values).toEqual([1, 2]);
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

describe('other weights in some layers', () => {
  const layerOf = (name: string, inputs: string[], seed: number): Layer => ({
    ...{ kind: 'dense', name, inputs, weight: normals(9, seed), weightShape: [3, 3], bias: normals(3, seed + 1) },
  });
  /** Values of before the changed layer are read after it: by the sum, and by a layer that nothing reads. */
  const network: Network = {
    ...asNetwork([
      layerOf('a', ['input'], 1),
      { kind: 'activation', name: 'relu', inputs: ['a'], function: 'relu' },
      layerOf('b', ['relu'], 3),
      { kind: 'affine', name: 'unread', inputs: ['a'], scale: Float32Array.of(5), shift: Float32Array.of(5) },
      { kind: 'add', name: 'sum', inputs: ['b', 'a', 'input'] },
      layerOf('c', ['sum'], 5),
    ]),
    inputShape: [3],
  };
  const changed = (weights: ChangedWeights): Network => ({
    ...network,
    layers: network.layers.map((layer) =>
      weights.has(layer.name) ? ({ ...layer, weight: weights.get(layer.name)! } as Layer) : layer,
    ),
  });

  it.each([
    ['one layer in turn', [['b'], ['b'], ['b']]],
    ['the first layer', [['a'], ['a']]],
    ['several layers, and none', [['c', 'a'], [], ['b', 'c']]],
  ])('are the networks with them, bit for bit: %s', async (_, names) => {
    const tf = await loadTf('wasm');
    const sets = names.map((own, i) => new Map(own.map((name) => [name, normals(9, 10 + i)])));
    const input = tf.tensor(normals(12, 7), [4, 3]);
    const before = tf.memory().numTensors;
    const digital = loadDigitalNetwork(tf, network);
    const found: Float32Array[] = [];
    const seen: string[] = [];
    digital.forwardVariants(input, sets, {
      onLayer: ({ name }) => seen.push(name),
      onLogits: (variant, logits) => {
        found[variant] = logits.dataSync() as Float32Array;
      },
    });
    digital.dispose();
    expect(tf.memory().numTensors).toBe(before);
    for (const [i, weights] of sets.entries()) {
      const logits = forward(tf, changed(weights), input);
      expect(found[i]).toEqual(logits.dataSync());
      logits.dispose();
    }
    input.dispose();
    const times = (name: string) => seen.filter((one) => one === name).length;
    expect(times('c')).toBe(sets.length);
    // What comes before every change runs once.
    if (names.flat().every((name) => name === 'b')) expect([times('a'), times('relu')]).toEqual([1, 1]);
  });

  it('are refused for what is no layer with weights', async () => {
    const tf = await loadTf('cpu');
    const digital = loadDigitalNetwork(tf, network);
    const input = tf.zeros([1, 3]);
    const sets = [new Map([['relu', normals(9, 1)]])];
    expect(() => digital.forwardVariants(input, sets, { onLogits: () => undefined })).toThrow(RangeError);
    digital.dispose();
    input.dispose();
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
