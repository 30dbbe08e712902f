/** Random quantised graphs: values on grids, operators on codes. */
import fc from 'fast-check';
import { TensorProto_DataType as Type } from 'onnx-buf';
import { type Case, image, int, node, number, random, seed, weights } from './caseKit.js';
import { codes, floats } from './model.js';

const whole = (count: number, key: number, low: number, high: number) =>
  random(key, count, low, high + 1).map(Math.floor);
const count = (dims: readonly number[]) => dims.reduce((product, n) => product * n, 1);
const kernels = (dims: readonly number[], key: number) => codes('w', dims, [...whole(count(dims), key, -127, 127)]);

/** In no simple ratio to the scales of activations: between two codes, where sums round in an order of their own, nothing lies. */
const WEIGHT_SCALE = 0.00412371;

/** A grid of activations: signed or not, its zero anywhere. */
const grid = fc.record({
  signed: fc.boolean(),
  zero: int(0, 255),
  scale: fc.constantFrom(2 ** -7, 0.011, 0.019),
});
type Grid = { readonly signed: boolean; readonly zero: number; readonly scale: number };
const gridTensors = (name: string, { signed, zero, scale }: Grid) => [
  number(`${name}s`, scale),
  codes(`${name}z`, [], [signed ? zero - 128 : zero], signed ? Type.INT8 : Type.UINT8),
];
const quantise = (input: string, name: string) => node('QuantizeLinear', [input, `${name}s`, `${name}z`]);
const dequantise = (input: string, name: string) => node('DequantizeLinear', [input, `${name}s`, `${name}z`]);

/** Convolution, pool and flattening between quantisers, weights by filter, a bias of 32 bits. */
const qdqConv: Case = {
  operators: ['QuantizeLinear', 'DequantizeLinear', 'Conv', 'MaxPool', 'Reshape'],
  spec: fc
    .record({ shape: image, x: grid, y: grid, perFilter: fc.boolean(), filters: int(1, 4), key: seed })
    .map(({ shape: [c, h, w], x, y, perFilter, filters, key }) => {
      const scales = perFilter ? random(key + 1, filters, 1e-3, 1e-2) : Float32Array.of(WEIGHT_SCALE);
      const dims = perFilter ? [filters] : [];
      return {
        input: [c, h, w],
        tensors: [
          ...gridTensors('x', x),
          ...gridTensors('y', { ...y, scale: 4 * y.scale }),
          kernels([filters, c, 3, 3], key),
          floats('ws', dims, scales),
          codes('wz', dims, perFilter ? new Array(filters).fill(0) : [0]),
          codes('b', [filters], [...whole(filters, key + 2, -9000, 9000)], Type.INT32),
          floats(
            'bs',
            dims,
            scales.map((scale) => scale * x.scale),
          ),
          codes('bz', dims, perFilter ? new Array(filters).fill(0) : [0], Type.INT32),
        ],
        nodes: [
          quantise('x', 'x'),
          dequantise('t0', 'x'),
          node('DequantizeLinear', ['w', 'ws', 'wz'], perFilter ? { axis: 0 } : {}),
          node('DequantizeLinear', ['b', 'bs', 'bz'], perFilter ? { axis: 0 } : {}),
          node('Conv', ['t1', 't2', 't3'], { pads: [1, 1, 1, 1] }),
          quantise('t4', 'y'),
          node('MaxPool', ['t5'], { kernel_shape: [2, 2], strides: [2, 2] }),
          node('Flatten', ['t6']),
          dequantise('t7', 'y'),
        ],
      };
    }),
};

/** A sum of two quantised tensors, and a dense layer, as in a residual network. */
const qdqAdd: Case = {
  operators: ['QuantizeLinear', 'DequantizeLinear', 'Add', 'MatMul', 'Gemm'],
  spec: fc.record({ features: int(2, 9), x: grid, y: grid, gemm: fc.boolean(), key: seed }).map((given) => {
    const { features, x, y, gemm, key } = given;
    return {
      input: [features],
      tensors: [
        ...gridTensors('x', x),
        ...gridTensors('y', { ...y, scale: 2 * y.scale }),
        kernels([features, features], key),
        number('ws', WEIGHT_SCALE),
      ],
      nodes: [
        quantise('x', 'x'),
        dequantise('t0', 'x'),
        node('DequantizeLinear', ['w', 'ws']),
        node(gemm ? 'Gemm' : 'MatMul', ['t1', 't2']),
        quantise('t3', 'y'),
        dequantise('t4', 'y'),
        node('Add', ['t1', 't5']),
        quantise('t6', 'y'),
        dequantise('t7', 'y'),
      ],
    };
  }),
};

/** Operators that take codes and give codes. */
const qLinear: Case = {
  operators: ['QLinearConv', 'QLinearMatMul', 'QuantizeLinear', 'DequantizeLinear'],
  spec: fc
    .record({ shape: image, x: grid, y: grid, conv: fc.boolean(), bias: fc.boolean(), key: seed })
    .map((given) => {
      const { shape, x, y, conv, bias, key } = given;
      // Codes of weights are signed where those of activations are: the runtime mixes only some types.
      const [c, h, w] = shape;
      const dims = conv ? [3, c, 2, 2] : [w, 4];
      const grids = ['xs', 'xz', 'w', 'ws', 'wz', 'ys', 'yz'];
      return {
        input: conv ? shape : [h, w],
        tensors: [
          ...gridTensors('x', { ...x, signed: true }),
          ...gridTensors('y', { ...y, signed: true, scale: 4 * y.scale }),
          kernels(dims, key),
          number('ws', WEIGHT_SCALE),
          codes('wz', [], [0]),
          codes('b', [3], [...whole(3, key + 2, -9000, 9000)], Type.INT32),
        ],
        nodes: [
          quantise('x', 'x'),
          node(
            conv ? 'QLinearConv' : 'QLinearMatMul',
            ['t0', ...grids, ...(conv && bias ? ['b'] : [])],
            conv ? { pads: [1, 0, 1, 0] } : {},
          ),
          dequantise('t1', 'y'),
        ],
      };
    }),
};

/** Constants on a grid, put there by the graph itself. */
const constants: Case = {
  operators: ['QuantizeLinear', 'DequantizeLinear'],
  spec: fc.record({ shape: image, key: seed }).map(({ shape: [c, h, w], key }) => ({
    input: [c, h, w],
    tensors: [weights('k', [2, c, 1, 1], key), floats('s', [2], [0.01, 0.02]), codes('z', [2], [3, -5])],
    nodes: [
      node('QuantizeLinear', ['k', 's', 'z'], { axis: 0 }),
      node('DequantizeLinear', ['t0', 's', 'z'], { axis: 0 }),
      node('Conv', ['x', 't1']),
    ],
  })),
};

export const QUANTISED_CASES: readonly Case[] = [qdqConv, qdqAdd, qLinear, constants];
