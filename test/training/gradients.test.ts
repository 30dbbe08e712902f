import { beforeAll, expect, it } from 'vitest';
import {
  loadTf,
  registerGradients,
  type Scalar,
  type Tensor,
  type Tensor4D,
  type Tf,
} from '../../src/base/tensorflow/tf.js';
import { forward } from '../../src/networks/forward.js';
import type { Conv2dLayer, Layer, Network } from '../../src/networks/types.js';
import { trainingBatchNorm } from '../../src/training/batchNorm.js';
import { softmaxCrossEntropy, targetDistributions } from '../../src/training/loss.js';
import { makeTrainable } from '../../src/training/trainable.js';
import { composedFilterGradient, registerWasmGradients } from '../../src/training/wasmGradients.js';
import { describeOnBackends } from '../networks/backends.js';
import { normals } from '../networks/random.js';

/** Largest difference of two lists, relative to the largest value. */
function deviation(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  const differences = Array.from(actual, (value, i) => Math.abs(value - expected[i]!));
  return Math.max(...differences) / Math.max(...Array.from(expected, Math.abs));
}

/** dL/dx by central differences in float64, of a function written in plain numbers. */
function differences(f: (x: number[]) => number, x: readonly number[]): number[] {
  const h = 1e-4;
  return x.map((value, i) => {
    const shifted = (by: number) => f(x.map((other, j) => (j === i ? value + by : other)));
    return (shifted(h) - shifted(-h)) / (2 * h);
  });
}

const CASES: [
  string,
  [number, number, number, number],
  [number, number, number, number],
  [number, number],
  'same' | 'valid',
][] = [
  ['5x5 same', [3, 8, 7, 2], [5, 5, 2, 4], [1, 1], 'same'],
  ['5x5 valid', [3, 8, 7, 2], [5, 5, 2, 4], [1, 1], 'valid'],
  ['even kernel, same', [2, 6, 6, 3], [2, 4, 3, 5], [1, 1], 'same'],
  ['stride 2, same', [2, 7, 6, 3], [3, 3, 3, 5], [2, 2], 'same'],
  ['unequal strides that leave rows over', [2, 9, 8, 3], [3, 2, 3, 5], [3, 2], 'valid'],
  ['one channel, one filter', [2, 5, 5, 1], [3, 3, 1, 1], [1, 1], 'same'],
];

const count = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** dW of a convolution by its definition. */
function filterGradient(
  x: Float32Array,
  [, rows, columns, channels]: readonly number[],
  dy: Float32Array,
  [batch, outRows, outColumns, filters]: readonly number[],
  [kernelRows, kernelColumns]: readonly number[],
  [down, across]: readonly number[],
  [top, left]: readonly number[],
): Float64Array {
  const gradient = new Float64Array(kernelRows! * kernelColumns! * channels! * filters!);
  for (let n = 0; n < batch!; n++) {
    for (let p = 0; p < outRows!; p++) {
      for (let q = 0; q < outColumns!; q++) {
        for (let r = 0; r < kernelRows!; r++) {
          for (let c = 0; c < kernelColumns!; c++) {
            const [row, column] = [p * down! + r - top!, q * across! + c - left!];
            if (row < 0 || row >= rows! || column < 0 || column >= columns!) continue;
            for (let i = 0; i < channels!; i++) {
              for (let f = 0; f < filters!; f++) {
                gradient[((r * kernelColumns! + c) * channels! + i) * filters! + f]! +=
                  x[((n * rows! + row) * columns! + column) * channels! + i]! *
                  dy[((n * outRows! + p) * outColumns! + q) * filters! + f]!;
              }
            }
          }
        }
      }
    }
  }
  return gradient;
}

describeOnBackends('gradients', (backend) => {
  let tf: Tf;
  beforeAll(async () => {
    tf = await loadTf(backend);
    registerGradients();
    registerWasmGradients(tf);
  });

  it.each(CASES)('of a convolution with respect to its kernel: %s', (_, xShape, filterShape, strides, pad) => {
    const x = normals(count(xShape), 1);
    const { outHeight, outWidth, padInfo } = tf.backend_util.computeConv2DInfo(xShape, filterShape, strides, 1, pad);
    const dyShape: [number, number, number, number] = [xShape[0], outHeight, outWidth, filterShape[3]];
    const dy = normals(count(dyShape), 2);
    const expected = filterGradient(x, xShape, dy, dyShape, filterShape, strides, [padInfo.top, padInfo.left]);
    const before = tf.memory().numTensors;
    const [composed, used] = tf.tidy(() => {
      const [image, slope] = [tf.tensor4d(x, xShape), tf.tensor4d(dy, dyShape)];
      const direct = composedFilterGradient(tf, image, slope, { strides, pad, dataFormat: 'NHWC', filterShape });
      // The gradient that training uses, whatever kernel of this backend stands behind it.
      const through = tf.grad((kernel: Tensor) =>
        tf.sum(tf.mul(tf.conv2d(image, kernel as Tensor4D, strides, pad), slope)),
      )(tf.tensor4d(normals(count(filterShape), 3), filterShape));
      return [direct.dataSync(), through.dataSync()];
    });
    expect(deviation(composed, expected)).toBeLessThan(1e-5);
    expect(deviation(used, expected)).toBeLessThan(1e-5);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('of a max pool goes to the first of the largest elements, also where none is positive', () => {
    const windows = [
      [1, 5, 2, 3],
      [0, 0, 0, 0],
      [-3, -1, -1, -2],
      [2, 2, 2, 2],
    ];
    const gradient = tf.tidy(() =>
      tf
        .grad((input: Tensor) => tf.sum(tf.maxPool(input as Tensor4D, 2, 2, 'valid')))(
          tf.tensor4d(windows.flat(), [4, 2, 2, 1]),
        )
        .dataSync(),
    );
    const expected = windows.flatMap((window) =>
      window.map((_, i) => (i === window.indexOf(Math.max(...window)) ? 1 : 0)),
    );
    expect(Array.from(gradient)).toEqual(expected);
  });

  const POOLS: [[number, number], [number, number], 'same' | 'valid'][] = [
    [[2, 2], [2, 2], 'valid'],
    [[3, 3], [2, 2], 'same'],
    [[3, 2], [1, 3], 'same'],
    [[2, 3], [3, 1], 'valid'],
  ];
  it.each(POOLS)('of a max pool of %o by %o, %s', (size, strides, pad) => {
    const shape: [number, number, number, number] = [2, 7, 8, 3];
    const x = normals(count(shape), 1).map((value) => value - 1);
    const { outHeight, outWidth, padInfo } = tf.backend_util.computePool2DInfo(shape, size, strides, 1, pad);
    const dyShape: [number, number, number, number] = [2, outHeight, outWidth, 3];
    const dy = normals(count(dyShape), 2);
    const expected = new Float64Array(x.length);
    for (const [i, slope] of dy.entries()) {
      const [c, q, p, n] = [
        i % 3,
        Math.floor(i / 3) % outWidth,
        Math.floor(i / 3 / outWidth) % outHeight,
        Math.floor(i / 3 / outWidth / outHeight),
      ];
      let largest = -1;
      for (let row = p * strides[0] - padInfo.top; row < p * strides[0] - padInfo.top + size[0]; row++) {
        for (let column = q * strides[1] - padInfo.left; column < q * strides[1] - padInfo.left + size[1]; column++) {
          if (row < 0 || row >= 7 || column < 0 || column >= 8) continue;
          const at = ((n * 7 + row) * 8 + column) * 3 + c;
          if (largest < 0 || x[at]! > x[largest]!) largest = at;
        }
      }
      expected[largest]! += slope;
    }
    const gradient = tf.tidy(() => {
      const slope = tf.tensor4d(dy, dyShape);
      const f = (input: Tensor) => tf.sum(tf.mul(tf.maxPool(input as Tensor4D, size, strides, pad), slope));
      return tf.grad(f)(tf.tensor4d(x, shape)).dataSync();
    });
    expect(deviation(gradient, expected)).toBeLessThan(1e-6);
  });

  it('of batch normalisation, mean and variance included: against differences of its definition', () => {
    const [rows, channels, epsilon] = [6, 2, 0.1];
    const x = Array.from(normals(rows * channels, 1));
    const [gamma, beta] = [
      [1.5, -0.7],
      [0.2, 0.4],
    ];
    const slope = Array.from(normals(rows * channels, 2));
    const loss = (input: number[], g: number[], b: number[]) => {
      let sum = 0;
      for (let c = 0; c < channels; c++) {
        const column = input.filter((_, i) => i % channels === c);
        const mean = column.reduce((s, v) => s + v, 0) / rows;
        const variance = column.reduce((s, v) => s + (v - mean) ** 2, 0) / rows;
        for (const [r, v] of column.entries()) {
          sum += slope[r * channels + c]! * ((g[c]! * (v - mean)) / Math.sqrt(variance + epsilon) + b[c]!);
        }
      }
      return sum;
    };
    let noted: number[] = [];
    const gradients = tf.tidy(() => {
      const f = (input: Tensor, g: Tensor, b: Tensor) =>
        tf.sum(
          tf.mul(
            trainingBatchNorm(tf, input, g, b, epsilon, ({ mean, variance }) => {
              noted = [...mean.dataSync(), ...variance.dataSync()];
            }),
            tf.tensor4d(slope, [3, 2, 1, 2]),
          ),
        );
      return tf
        .grads(f)([tf.tensor4d(x, [3, 2, 1, 2]), tf.tensor1d(gamma), tf.tensor1d(beta)])
        .map((g) => g.dataSync());
    });
    expect(
      deviation(
        gradients[0]!,
        differences((v) => loss(v, gamma, beta), x),
      ),
    ).toBeLessThan(1e-5);
    expect(
      deviation(
        gradients[1]!,
        differences((v) => loss(x, v, beta), gamma),
      ),
    ).toBeLessThan(1e-5);
    expect(
      deviation(
        gradients[2]!,
        differences((v) => loss(x, gamma, v), beta),
      ),
    ).toBeLessThan(1e-5);
    const first = x.filter((_, i) => i % 2 === 0);
    expect(noted[0]).toBeCloseTo(first.reduce((a, b) => a + b, 0) / rows, 6);
  });

  it('of the cross-entropy, which takes logits of any size', () => {
    const logits = [1000, 998, 2, -3, 0, 1];
    const targets = targetDistributions([1, 2], 3, 0.1);
    const loss = (x: number[]) => {
      let sum = 0;
      for (let i = 0; i < 2; i++) {
        const row = x.slice(3 * i, 3 * i + 3);
        const most = Math.max(...row);
        const norm = most + Math.log(row.reduce((s, v) => s + Math.exp(v - most), 0));
        for (const [c, v] of row.entries()) sum -= targets[3 * i + c]! * (v - norm);
      }
      return sum / 2;
    };
    const { value, grad } = tf.tidy(() => {
      const f = (x: Tensor) => softmaxCrossEntropy(tf, x, tf.tensor2d(targets, [2, 3]));
      const result = tf.valueAndGrad(f)(tf.tensor2d(logits, [2, 3]));
      return { value: result.value.dataSync()[0]!, grad: result.grad.dataSync() };
    });
    expect(value).toBeCloseTo(loss(logits), 3);
    expect(deviation(grad, differences(loss, logits))).toBeLessThan(1e-4);
  });
});

it('targets are distributions', () => {
  expect(Array.from(targetDistributions([2, 0], 4, 0.2)).map((x) => Math.round(x * 1e6) / 1e6)).toEqual([
    0.05, 0.05, 0.85, 0.05, 0.85, 0.05, 0.05, 0.05,
  ]);
});

describeOnBackends('gradients through what other frameworks put between layers', (backend) => {
  const pixels = normals(6 * 6 * 2, 31);
  const conv = (name: string, from: string, channels: number, filters: number, stream: number): Layer => ({
    kind: 'conv2d',
    name,
    inputs: [from],
    weight: normals(9 * channels * filters, stream),
    weightShape: [3, 3, channels, filters],
    bias: null,
    strides: [1, 1],
    padding: [
      [1, 1],
      [1, 1],
    ],
    dilation: [1, 1],
    groups: 1,
  });
  // As a shortcut of type A: every second row and column, and channels of zeros; then what ONNX files are full of.
  const layers: Layer[] = [
    conv('conv1', 'input', 2, 3, 32),
    { kind: 'activation', name: 'swish', inputs: ['conv1'], function: 'hardSwish' },
    { kind: 'slice', name: 'cut', inputs: ['swish'], begin: [0, 1, 0], end: [6, 6, 3], strides: [2, 3, 1] },
    {
      kind: 'pad',
      name: 'wide',
      inputs: ['cut'],
      padding: [
        [0, 0],
        [0, 0],
        [1, 1],
      ],
      value: 0,
    },
    conv('conv2', 'wide', 5, 5, 33),
    { kind: 'concat', name: 'both', inputs: ['conv2', 'wide'], axis: 2 },
    { kind: 'affine', name: 'scaled', inputs: ['both'], scale: Float32Array.of(0.5), shift: Float32Array.of(0.1) },
    { kind: 'activation', name: 'gate', inputs: ['scaled'], function: 'hardSigmoid' },
    { kind: 'multiply', name: 'gated', inputs: ['scaled', 'gate'] },
    { kind: 'transpose', name: 'turned', inputs: ['gated'], permutation: [2, 0, 1] },
    { kind: 'reshape', name: 'flat', inputs: ['turned'], shape: [3 * 2 * 10] },
  ];
  const network = (weight: Float32Array): Network => ({
    name: 'between',
    inputShape: [6, 6, 2],
    inputRange: null,
    preprocessing: { scale: 1, mean: [0], std: [1] },
    layers: layers.map((layer) => (layer.name === 'conv1' ? ({ ...layer, weight } as Layer) : layer)),
    output: 'flat',
  });

  it('equal central differences of the forward pass', async () => {
    const tf = await loadTf(backend);
    registerGradients();
    if (backend === 'wasm') registerWasmGradients(tf);
    const weight = (layers[0] as Conv2dLayer).weight;
    const towards = normals(60, 34);
    const input = tf.tensor(pixels, [1, 6, 6, 2]);
    const sumOf = (logits: Tensor) => tf.sum(tf.mul(logits, tf.tensor(towards, [1, 60]))) as Scalar;
    const model = makeTrainable(tf, network(weight));
    const { grads } = tf.variableGrads(() => sumOf(model.forward(input, new Map())), [...model.trained]);
    const gradient = grads[model.trained[0]!.name]!.dataSync();
    const value = (w: Float32Array) =>
      tf
        .tidy(() => forward(tf, network(w), input).dataSync<'float32'>())
        .reduce((sum, y, i) => sum + y * towards[i]!, 0);
    for (const i of [0, 7, 20, 33, 53]) {
      const h = 2 ** -7;
      const shifted = (by: number) => value(weight.map((w, j) => (j === i ? w + by : w)));
      expect(gradient[i]! / ((shifted(h) - shifted(-h)) / (2 * h))).toBeCloseTo(1, 1);
    }
    model.dispose();
  });
});
