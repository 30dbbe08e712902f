/**
 * Operators that take codes and give codes, as ONNX Runtime's quantiser writes them (quant_format QOperator): each on random
 * grids, and whole networks that the quantiser made (qoperator/make.py), against the runtime, within one code.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { TensorProto_DataType as Type } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { NO_PREPROCESSING } from '../../../../src/networks/formats/import/preprocessing.js';
import { importOnnx, parseOnnx } from '../../../../src/networks/formats/onnx/importOnnx.js';
import { RUNTIME_OPERATORS } from '../../../../src/networks/formats/onnx/onnxOperators.js';
import { randomArray } from '../../../helpers/random.js';
import { features, image, int, node, number, seed } from './caseKit.js';
import { type Attribute, codes, floats, integers, type ModelSpec, type NodeSpec, onnxModel } from './model.js';
import { networkOutput, runtimeOutput } from './oracle.js';

interface Grid {
  readonly signed: boolean;
  readonly zero: number;
  readonly scale: number;
}
const scale = fc.constantFrom(0.0078431, 0.011, 0.019, 0.0271);
const grids = fc.record({ signed: fc.boolean(), zero: int(0, 255), scale });
const whole = (count: number, key: number, low = -127, high = 127) =>
  [...randomArray(key, count, low, high)].map(Math.round);
const tensorsOf = (name: string, { signed, zero, scale: step }: Grid) => [
  number(`${name}s`, step),
  codes(`${name}z`, [], [signed ? zero - 128 : zero], signed ? Type.INT8 : Type.UINT8),
];
const quantise = (input: string, name: string, output: string): NodeSpec => ({
  ...node('QuantizeLinear', [input, `${name}s`, `${name}z`]),
  outputs: [output],
});
const result = (name: string): NodeSpec => node('DequantizeLinear', ['r', `${name}s`, `${name}z`]);
const on = (op: string, inputs: readonly string[], attributes: Record<string, Attribute> = {}): NodeSpec => ({
  ...node(op, inputs, attributes),
  domain: 'com.microsoft',
  outputs: ['r'],
});

/** How far apart they are, in codes of `step`. */
async function codesApart(model: Uint8Array, x: Float32Array, dims: readonly number[], step: number) {
  const { network } = importOnnx(parseOnnx(model, 'm'), 'm', 'm', NO_PREPROCESSING);
  const [ours, theirs] = [await networkOutput(network, x, dims), await runtimeOutput(model, x, dims)];
  expect(ours).toHaveLength(theirs.length);
  return Array.from(ours, (value, i) => Math.round(Math.abs(value - theirs[i]!) / step));
}

interface Random {
  readonly shape: readonly number[];
  readonly x: Grid;
  readonly y: Grid;
  readonly key: number;
}

/** One operator between quantisers: input 0 is 'a', on grid x; results are on grid y. */
const unary =
  (op: string, attributes: Record<string, Attribute> = {}) =>
  ({ shape, x, y }: Random): ModelSpec => ({
    input: shape,
    tensors: [...tensorsOf('x', x), ...tensorsOf('y', { ...y, signed: x.signed })],
    nodes: [quantise('x', 'x', 'a'), on(op, ['a', 'xs', 'xz', 'ys', 'yz'], attributes), result('y')],
  });

/** Of the input and its mirror image on a grid of its own, or a constant. */
const binary =
  (op: string, constant: boolean) =>
  ({ shape, x, y, key }: Random): ModelSpec => ({
    input: shape,
    tensors: [
      ...tensorsOf('x', x),
      ...tensorsOf('y', { ...y, signed: x.signed }),
      ...tensorsOf('b', { ...x, scale: 0.0171 }),
      codes('k', [shape[0]!, 1, 1], whole(shape[0]!, key, 0, 120), x.signed ? Type.INT8 : Type.UINT8),
    ],
    nodes: [
      quantise('x', 'x', 'a'),
      { ...node('Neg', ['x']), outputs: ['n'] },
      quantise('n', 'b', 'c'),
      on(op, ['a', 'xs', 'xz', constant ? 'k' : 'c', 'bs', 'bz', 'ys', 'yz']),
      result('y'),
    ],
  });

const pooled = { kernel_shape: [2, 3], strides: [2, 1], pads: [1, 0, 0, 1] };
type Given = readonly [title: string, spec: (given: Random) => ModelSpec, isFlat?: true];
const CASES: readonly Given[] = [
  ['QLinearAdd', binary('QLinearAdd', false)],
  ['QLinearAdd of a constant', binary('QLinearAdd', true)],
  ['QLinearMul', binary('QLinearMul', false)],
  ['QLinearMul by a constant', binary('QLinearMul', true)],
  ['QLinearAveragePool', unary('QLinearAveragePool', { ...pooled, count_include_pad: 0 })],
  ['QLinearAveragePool with its padding counted', unary('QLinearAveragePool', { ...pooled, count_include_pad: 1 })],
  ['QLinearGlobalAveragePool', unary('QLinearGlobalAveragePool', { channels_last: 0 })],
  ['QLinearSigmoid', unary('QLinearSigmoid')],
  ['QLinearLeakyRelu', unary('QLinearLeakyRelu', { alpha: { float: 0.25 } })],
  [
    'QLinearSoftmax',
    ({ shape: [c, ...rest], x, ...given }) => {
      // Of one channel the runtime of these tests makes 0 instead of 1; later ones do not.
      const spec = unary('QLinearSoftmax', { axis: 1, opset: 13 })({ shape: [c! + 1, ...rest], x, ...given });
      const y = tensorsOf('y', { signed: x.signed, zero: 0, scale: 1 / 250 });
      // A softmax at the very end would be left out.
      const nodes = [...spec.nodes.slice(0, -1), { ...result('y'), outputs: ['d'] }, node('Neg', ['d'])];
      return { ...spec, nodes, tensors: [...tensorsOf('x', { ...x, scale: 0.05 }), ...y] };
    },
  ],
  [
    'QLinearConcat',
    ({ shape, x, y }) => ({
      input: shape,
      tensors: [
        ...tensorsOf('x', x),
        ...tensorsOf('y', { ...y, signed: x.signed }),
        ...tensorsOf('b', { ...x, scale: 0.0171 }),
      ],
      nodes: [
        quantise('x', 'x', 'a'),
        quantise('x', 'b', 'c'),
        on('QLinearConcat', ['ys', 'yz', 'a', 'xs', 'xz', 'c', 'bs', 'bz'], { axis: 1 }),
        result('y'),
      ],
    }),
  ],
  [
    'Pad of codes',
    ({ shape, x, key }) => ({
      input: shape,
      tensors: [
        ...tensorsOf('x', x),
        integers('p', [0, 0, 1, 2, 0, 0, 0, 1]),
        codes('f', [], [x.signed ? (key % 256) - 128 : key % 256], x.signed ? Type.INT8 : Type.UINT8),
      ],
      nodes: [
        quantise('x', 'x', 'a'),
        { ...node('Pad', key % 3 === 0 ? ['a', 'p'] : ['a', 'p', 'f']), outputs: ['r'] },
        result('x'),
      ],
    }),
  ],
  [
    'QGemm',
    ({ shape: [n], x, y, key }) => ({
      input: [n!],
      tensors: [
        ...tensorsOf('x', x),
        ...tensorsOf('y', { ...y, signed: x.signed, scale: 4 * y.scale }),
        codes('w', key % 2 === 0 ? [n!, 5] : [5, n!], whole(5 * n!, key)),
        floats('ws', key % 3 === 0 ? [5] : [], randomArray(key + 1, key % 3 === 0 ? 5 : 1, 1e-3, 1e-2)),
        codes('wz', key % 3 === 0 ? [5] : [], new Array(key % 3 === 0 ? 5 : 1).fill(0)),
        codes('c', [5], whole(5, key + 2, -900, 900), Type.INT32),
      ],
      nodes: [
        quantise('x', 'x', 'a'),
        on('QGemm', ['a', 'xs', 'xz', 'w', 'ws', 'wz', key % 5 === 0 ? '' : 'c', 'ys', 'yz'], {
          alpha: { float: 1 },
          transA: 0,
          transB: key % 2,
        }),
        result('y'),
      ],
    }),
    true,
  ],
  [
    'QLinearMatMul of two tensors',
    ({ shape: [, h, w], x, y }) => ({
      input: [h!, w!],
      tensors: [
        ...tensorsOf('x', { ...x, signed: true }),
        ...tensorsOf('y', { ...y, signed: true, scale: 4 * y.scale }),
      ],
      nodes: [
        quantise('x', 'x', 'a'),
        { ...node('Transpose', ['a'], { perm: [0, 2, 1] }), outputs: ['b'] },
        { ...node('QLinearMatMul', ['a', 'xs', 'xz', 'b', 'xs', 'xz', 'ys', 'yz']), outputs: ['r'] },
        result('y'),
      ],
    }),
  ],
  [
    'QuantizeLinear and DequantizeLinear of the runtime',
    ({ shape, x }) => ({
      input: shape,
      tensors: tensorsOf('x', x),
      nodes: [
        { ...on('QuantizeLinear', ['x', 'xs', 'xz']), outputs: ['r'] },
        { ...on('DequantizeLinear', ['r', 'xs', 'xz']), outputs: ['y'] },
      ],
    }),
  ],
];

describe('operators of ONNX Runtime on codes', () => {
  it('every one has a case', () => {
    const cases = CASES.flatMap(([, spec]) => {
      const { nodes } = spec({
        shape: [3, 5, 5],
        x: { signed: true, zero: 100, scale: 0.01 },
        y: { signed: true, zero: 3, scale: 0.01 },
        key: 7,
      });
      return nodes.filter(({ domain }) => domain !== undefined).map(({ op }) => op);
    });
    // Quantisation that looks at one image at a time has a test of its own.
    expect(Object.keys(RUNTIME_OPERATORS).filter((name) => !cases.includes(name))).toEqual(['DynamicQuantizeMatMul']);
  });

  it.each(CASES.map(([title, spec, isFlat]) => ({ title, spec, isFlat })))(
    '$title',
    async ({ title, spec, isFlat }) => {
      const given = fc.record({ shape: isFlat ? features : image, x: grids, y: grids, key: seed });
      await fc.assert(
        fc.asyncProperty(given, async (random) => {
          const model = spec(random as unknown as Random);
          const dims = [2, ...model.input];
          const size = dims.reduce((product, n) => product * n, 1);
          const step = model.tensors!.find(({ name }) => name === 'ys') ? stepOf(model, 'ys') : stepOf(model, 'xs');
          const apart = await codesApart(onnxModel(model), randomArray(random.key, size, -2, 2), dims, step);
          expect(Math.max(...apart)).toBeLessThanOrEqual(1);
          // The runtime's softmax cuts where others round.
          const least = title === 'QLinearSoftmax' ? 0.2 : 0.5;
          expect(apart.filter((codesOff) => codesOff === 0).length).toBeGreaterThanOrEqual(least * apart.length);
        }),
        { numRuns: 8 },
      );
    },
  );
});

/** The number in a tensor of one. */
const stepOf = ({ tensors }: ModelSpec, name: string) =>
  new Float32Array(Uint8Array.from(tensors!.find((tensor) => tensor.name === name)!.rawData).buffer)[0]!;

describe('whole networks of the quantiser', () => {
  const file = (name: string) => new Uint8Array(readFileSync(new URL(`qoperator/${name}.onnx`, import.meta.url)));
  const SIZE = 3 * 8 * 8;

  it.each(['u8u8', 'u8s8', 'u8s8-channel', 's8s8-channel'])('%s', async (name) => {
    const model = parseOnnx(file(name), 'm');
    const last = model.graph.node.at(-1)!;
    const { rawData, floatData } = model.graph.initializer.find((tensor) => tensor.name === last.input[1])!;
    const step = rawData.length > 0 ? new Float32Array(Uint8Array.from(rawData).buffer)[0]! : floatData[0]!;
    const apart = await codesApart(file(name), randomArray(3, 8 * SIZE, -1, 1), [8, 3, 8, 8], step);
    // Fifteen operators in a row, each of which may round another way.
    expect(Math.max(...apart)).toBeLessThanOrEqual(2);
    expect(apart.filter((codesOff) => codesOff === 0).length).toBeGreaterThan(0.6 * apart.length);
  });

  it('dynamic, an image at a time', async () => {
    const x = randomArray(4, SIZE, -1, 1);
    const { network } = importOnnx(parseOnnx(file('dynamic'), 'm'), 'm', 'm', NO_PREPROCESSING);
    const ours = await networkOutput(network, x, [1, 3, 8, 8]);
    const theirs = await runtimeOutput(file('dynamic'), x, [1, 3, 8, 8]);
    expect(ours).toBeAllclose(theirs, { rtol: 0, atol: 0.02 * Math.max(...theirs.map(Math.abs)) });
  });
});

it('DynamicQuantizeMatMul is its quantisation and its product', async () => {
  const spec: ModelSpec = {
    input: [12],
    tensors: [
      codes('w', [12, 4], whole(48, 3)),
      number('ws', 0.01),
      codes('wz', [], [0]),
      floats('b', [4], randomArray(2, 4, -1, 1)),
    ],
    nodes: [{ ...on('DynamicQuantizeMatMul', ['x', 'w', 'ws', 'wz', 'b']), outputs: ['y'] }],
  };
  const { network } = importOnnx(parseOnnx(onnxModel(spec), 'm'), 'm', 'm', NO_PREPROCESSING);
  const x = randomArray(5, 12, -1, 2);
  const theirs = await runtimeOutput(onnxModel(spec), x, [1, 12]);
  expect(await networkOutput(network, x, [1, 12])).toBeAllclose(theirs, { rtol: 1e-4, atol: 1e-5 });
});
