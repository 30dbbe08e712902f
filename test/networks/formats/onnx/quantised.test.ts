/** Dynamic quantisation, which looks at one image at a time, and what is refused of quantised models. */

import fc from 'fast-check';
import { TensorProto_DataType as Type } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { NO_PREPROCESSING } from '../../../../src/networks/formats/import/preprocessing.js';
import { importOnnx, parseOnnx } from '../../../../src/networks/formats/onnx/importOnnx.js';
import { OPERATORS } from '../../../../src/networks/formats/onnx/onnxOperators.js';
import { isMacLayer } from '../../../../src/networks/types.js';
import { randomArray } from '../../../helpers/random.js';
import { number } from './caseKit.js';
import { codes, integers, type ModelSpec, onnxModel } from './model.js';
import { expectSameAsRuntime } from './oracle.js';

const imported = (spec: ModelSpec) => importOnnx(parseOnnx(onnxModel(spec), 'm'), 'm', 'm', NO_PREPROCESSING).network;
const whole = (count: number, key: number) => [...randomArray(key, count, -127, 127)].map(Math.round);

/** As ONNX Runtime's quantize_dynamic writes a dense layer or a convolution. */
function dynamic(conv: boolean, zero: number): ModelSpec {
  return {
    input: conv ? [2, 6, 5] : [12],
    tensors: [
      // The runtime convolves codes without a sign only.
      conv
        ? codes(
            'w',
            [4, 2, 3, 3],
            whole(72, 3).map((code) => code + 128),
            Type.UINT8,
          )
        : codes('w', [12, 4], whole(48, 3)),
      codes('wz', [], [zero], conv ? Type.UINT8 : Type.INT8),
      number('ws', 0.01),
    ],
    nodes: [
      { op: 'DynamicQuantizeLinear', inputs: ['x'], outputs: ['q', 's', 'z'] },
      { op: conv ? 'ConvInteger' : 'MatMulInteger', inputs: ['q', 'w', 'z', 'wz'], outputs: ['i'] },
      { op: 'Cast', inputs: ['i'], outputs: ['f'], attributes: { to: Type.FLOAT } },
      { op: 'Mul', inputs: ['s', 'ws'], outputs: ['k'] },
      { op: 'Mul', inputs: ['f', 'k'], outputs: ['y'] },
    ],
  };
}

describe('dynamic quantisation', () => {
  it('covers its operators', () => {
    for (const name of ['DynamicQuantizeLinear', 'ConvInteger', 'MatMulInteger'])
      expect(Object.keys(OPERATORS)).toContain(name);
  });

  it.each([
    ['MatMulInteger', false, 0],
    ['MatMulInteger, weights with a zero of their own', false, 5],
    ['ConvInteger', true, 128],
  ])('%s', async (_, conv, zero) => {
    const spec = dynamic(conv, zero);
    const size = spec.input.reduce((product, n) => product * n, 1);
    const bounds = fc.constantFrom([-2, 3], [0, 1], [-1, 0], [-0.1, 9]);
    await fc.assert(
      fc.asyncProperty(bounds, fc.nat(2 ** 30), async ([low, high], seed) => {
        await expectSameAsRuntime(onnxModel(spec), randomArray(seed, size, low!, high!), [1, ...spec.input]);
      }),
      { numRuns: 15 },
    );
  });
});

describe('a quantised network', () => {
  it('has its weights on their own grid of integers', () => {
    const weight = whole(8, 1);
    const network = imported({
      input: [4],
      tensors: [codes('w', [4, 2], weight), number('ws', 2 ** -7)],
      nodes: [
        { op: 'DequantizeLinear', inputs: ['w', 'ws'] },
        { op: 'MatMul', inputs: ['x', 't0'] },
      ],
    });
    const layer = network.layers.find(isMacLayer)!;
    expect([...layer.weight].map((w) => w * 2 ** 7)).toEqual(weight);
  });

  it('may ask for the shape of codes', async () => {
    const spec: ModelSpec = {
      input: [2, 3, 2],
      tensors: [number('s', 0.1), codes('z', [], [3]), integers('first', [0]), integers('rest', [-1])],
      nodes: [
        { op: 'QuantizeLinear', inputs: ['x', 's', 'z'] },
        { op: 'Shape', inputs: ['t0'] },
        { op: 'Gather', inputs: ['t1', 'first'] },
        { op: 'Concat', inputs: ['t2', 'rest'], attributes: { axis: 0 } },
        { op: 'Reshape', inputs: ['t0', 't3'] },
        { op: 'DequantizeLinear', inputs: ['t4', 's', 'z'] },
      ],
    };
    await expectSameAsRuntime(onnxModel(spec), randomArray(5, 12, -2, 2), [1, ...spec.input]);
  });

  const grid = [number('s', 0.1), codes('z', [], [3]), number('s2', 0.2)];
  it.each<[string, ModelSpec['nodes'], RegExp]>([
    [
      'codes read on another grid',
      [
        { op: 'QuantizeLinear', inputs: ['x', 's', 'z'] },
        { op: 'DequantizeLinear', inputs: ['t0', 's2', 'z'] },
      ],
      /it takes codes of scale 0\.2\d* and zero point 3, which were made with 0\.1\d* and 3$/,
    ],
    [
      'arithmetic on codes',
      [
        { op: 'QuantizeLinear', inputs: ['x', 's', 'z'] },
        { op: 'Tanh', inputs: ['t0'] },
      ],
      /node 'Tanh1' \(Tanh\): it works on quantised codes, which it is not known to do; put DequantizeLinear before it$/,
    ],
    [
      'the largest code in place of logits',
      [
        { op: 'QuantizeLinear', inputs: ['x', 's', 'z'] },
        { op: 'ArgMax', inputs: ['t0'], attributes: { axis: 1 } },
      ],
      /node 'ArgMax1' .*the operator ArgMax is not supported; export the network without it, or /,
    ],
    [
      'codes of different grids joined',
      [
        { op: 'QuantizeLinear', inputs: ['x', 's', 'z'] },
        { op: 'QuantizeLinear', inputs: ['x', 's2', 'z'] },
        { op: 'Concat', inputs: ['t0', 't1'], attributes: { axis: 1 } },
        { op: 'DequantizeLinear', inputs: ['t2', 's', 'z'] },
      ],
      /it joins codes of different scales$/,
    ],
  ])('%s: refused', (_, nodes, message) => {
    expect(() => imported({ input: [4], tensors: grid, nodes })).toThrow(message);
  });
});
