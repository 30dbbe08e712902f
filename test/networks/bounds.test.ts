import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadTf, type Tf } from '../../src/base/tensorflow/tf.js';
import { ACTIVATION_FUNCTIONS } from '../../src/networks/activations.js';
import { inferBounds, layerBounds } from '../../src/networks/bounds.js';
import { conv2d, dense } from '../../src/networks/build.js';
import { runLayer } from '../../src/networks/forward.js';
import type { Interval, Layer } from '../../src/networks/types.js';
import { sonicMnist } from '../../src/networks/zoo/sonicMnist.js';
import { normals } from './random.js';

const INF = Number.POSITIVE_INFINITY;
const base = { name: 'layer', inputs: ['a'] } as const;
const affine = (scale: number[], shift: number[]): Layer => ({
  ...base,
  kind: 'affine',
  scale: Float32Array.from(scale),
  shift: Float32Array.from(shift),
});
const activation = (name: Extract<Layer, { kind: 'activation' }>['function']): Layer => ({
  ...base,
  kind: 'activation',
  function: name,
  alpha: 0.25,
});
const pool = (mode: 'max' | 'average', padding: number, countIncludePad: boolean): Layer => ({
  ...base,
  kind: 'pool2d',
  mode,
  size: [2, 2],
  strides: [1, 1],
  padding: [
    [padding, 0],
    [0, padding],
  ],
  countIncludePad,
});
const pad = (value: number): Layer => ({
  ...base,
  kind: 'pad',
  padding: [
    [1, 0],
    [0, 1],
    [0, 0],
  ],
  value,
});

describe('bounds of one layer', () => {
  it.each<[string, Layer, Interval[], Interval]>([
    ['a negative scale turns the interval round', affine([-2], [1]), [[0, 3]], [-5, 1]],
    ['channels are united', affine([1, -1], [0, 10]), [[0, 3]], [0, 10]],
    ['a scale of 0 bounds the unbounded', affine([0], [3]), [[-INF, INF]], [3, 3]],
    ['half-open', affine([-1], [0]), [[0, INF]], [-INF, 0]],
    ['relu', activation('relu'), [[-INF, INF]], [0, INF]],
    ['relu6', activation('relu6'), [[1, INF]], [1, 6]],
    ['leaky relu', activation('leakyRelu'), [[-8, 3]], [-2, 3]],
    ['leaky relu, unbounded', activation('leakyRelu'), [[-INF, INF]], [-INF, INF]],
    ['sigmoid', activation('sigmoid'), [[-INF, INF]], [0, 1]],
    ['tanh', activation('tanh'), [[-INF, 0]], [-1, 0]],
    ['hard sigmoid', activation('hardSigmoid'), [[0, INF]], [0.5, 1]],
    ['hard swish falls before it rises', activation('hardSwish'), [[-INF, INF]], [-0.375, INF]],
    ['hard swish on its falling side', activation('hardSwish'), [[-3, -2]], [-1 / 3, 0]],
    ['max pool ignores padding', pool('max', 1, true), [[2, 3]], [2, 3]],
    ['average pool with counted padding', pool('average', 1, true), [[2, 3]], [0, 3]],
    ['average pool with padding left out', pool('average', 1, false), [[2, 3]], [2, 3]],
    ['average pool without padding', pool('average', 0, true), [[-3, -2]], [-3, -2]],
    ['pad', pad(-7), [[2, 3]], [-7, 3]],
    [
      'add',
      { ...base, kind: 'add' },
      [
        [0, INF],
        [-1, 2],
        [5, 5],
      ],
      [4, INF],
    ],
    [
      'subtract',
      { ...base, kind: 'subtract' },
      [
        [0, INF],
        [-1, 2],
      ],
      [-2, INF],
    ],
    [
      'multiply',
      { ...base, kind: 'multiply' },
      [
        [-2, 3],
        [-5, 4],
      ],
      [-15, 12],
    ],
    [
      'multiply by zero and infinity',
      { ...base, kind: 'multiply' },
      [
        [0, 0],
        [-INF, INF],
      ],
      [0, 0],
    ],
    [
      'concat',
      { ...base, kind: 'concat', axis: 0 },
      [
        [0, 1],
        [-1, 0.5],
      ],
      [-1, 1],
    ],
    ['softmax', { ...base, kind: 'softmax' }, [[-INF, INF]], [0, 1]],
    ['convolution', conv2d('c', 'a', [3, 1, 1]), [[0, 1]], [-INF, INF]],
    ['dense', dense('d', 'a', 3, 1), [[0, 1]], [-INF, INF]],
  ])('%s', (_, layer, inputs, expected) => {
    const [low, high] = layerBounds(layer, inputs);
    expect(low + 0).toBeCloseTo(expected[0], 6);
    expect(high + 0).toBeCloseTo(expected[1], 6);
  });
});

describe('bounds hold what the layer returns', () => {
  let tf: Tf;
  beforeAll(async () => {
    tf = await loadTf('cpu');
  });

  const layers: Layer[] = [
    affine([0.5, -3], [1, 2]),
    {
      ...base,
      kind: 'batchNorm',
      gamma: normals(2, 1),
      beta: normals(2, 2),
      mean: normals(2, 3),
      variance: normals(2, 4).map(Math.abs),
      epsilon: 1e-3,
    },
    // The other three are not numbers everywhere.
    ...ACTIVATION_FUNCTIONS.filter((name) => !['sqrt', 'reciprocal', 'power'].includes(name)).map(activation),
    ...[0.5, 2, 3].map((alpha): Layer => ({ ...base, kind: 'activation', function: 'elu', alpha })),
    { ...base, kind: 'activation', function: 'power', alpha: 2 },
    { ...base, kind: 'normalise', epsilon: 1e-3 },
    { ...base, kind: 'reduce', mode: 'sum', axes: [0, 2] },
    { ...base, kind: 'reduce', mode: 'mean', axes: [1] },
    { ...base, kind: 'reduce', mode: 'max', axes: [0, 1, 2] },
    { ...base, kind: 'tile', repeats: [2, 1, 3] },
    { ...base, kind: 'quantise', scale: 0.1, zeroPoint: 100, low: 0, high: 255 },
    { ...base, kind: 'quantise', scale: 0.3, zeroPoint: 0, low: -8, high: 7 },
    { ...base, kind: 'dynamicQuantise' },
    { ...base, kind: 'resample', rows: [0, 0.3, 2], columns: [1.75] },
    pool('max', 1, false),
    pool('average', 1, true),
    pool('average', 1, false),
    pad(0.5),
    { ...base, kind: 'globalPool2d', mode: 'average' },
    { ...base, kind: 'softmax' },
  ];
  it.each(layers.map((layer): [string, Layer] => [layer.kind === 'activation' ? layer.function : layer.kind, layer]))(
    '%s',
    (_, layer) => {
      const interval = fc.tuple(
        fc.float({ min: -20, max: 20, noNaN: true }),
        fc.float({ min: 0, max: 20, noNaN: true }),
      );
      fc.assert(
        fc.property(
          interval,
          fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 18, maxLength: 18 }),
          ([low, width], shares) => {
            const input = Float32Array.from(shares, (share) => low + share * width);
            const values = tf.tidy(() => runLayer(tf, layer, [tf.tensor(input, [1, 3, 3, 2])]).dataSync());
            const [from, to] = layerBounds(layer, [[Math.min(...input), Math.max(...input)]]);
            const slack = 1e-6 * Math.max(1, Math.abs(from), Math.abs(to));
            expect(Math.min(...values)).toBeGreaterThanOrEqual(from - slack);
            expect(Math.max(...values)).toBeLessThanOrEqual(to + slack);
          },
        ),
        { numRuns: 50, seed: 1 },
      );
    },
  );
});

describe('bounds of a network', () => {
  it("every input of a layer on the core of SONIC's MNIST network is at least 0", () => {
    const network = sonicMnist(1);
    const bounds = inferBounds(network);
    expect(['input', 'relu1', 'flatten', 'relu3'].map((name) => bounds.get(name)![0])).toEqual([0, 0, 0, 0]);
    expect(bounds.get('batchNorm2')).toEqual([-INF, INF]);
  });

  it('an unknown input range is unbounded', () => {
    expect(inferBounds({ ...sonicMnist(1), inputRange: null }).get('input')).toEqual([-INF, INF]);
  });
});
