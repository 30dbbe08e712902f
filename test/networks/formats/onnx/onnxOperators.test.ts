/** Random graphs of every operator give what onnxruntime gives; onnxOperators.slow.test.ts has more of them. */
import { describe, expect, it } from 'vitest';
import { NO_PREPROCESSING } from '../../../../src/networks/formats/import/preprocessing.js';
import { importOnnx, parseOnnx } from '../../../../src/networks/formats/onnx/importOnnx.js';
import { OPERATORS } from '../../../../src/networks/formats/onnx/onnxOperators.js';
import { randomArray } from '../../../helpers/random.js';
import { CASES } from './cases.js';
import { onnxModel } from './model.js';
import { operatorSuite } from './operatorSuite.js';
import { expectAgreement, expectSameAsRuntime, networkOutput, runtimeOutput } from './oracle.js';

const BATCH = 2;

describe('operators against onnxruntime', () => {
  // Dynamic quantisation depends on the batch: quantised.test.ts has it.
  const ALONE = ['DynamicQuantizeLinear', 'ConvInteger', 'MatMulInteger'];
  it('every operator that is imported occurs in a case', () => {
    const covered = new Set(CASES.flatMap(({ operators }) => operators));
    expect(Object.keys(OPERATORS).filter((name) => !covered.has(name))).toEqual(ALONE.toSorted());
  });

  operatorSuite(8);

  it.each(
    (['AveragePool', 'MaxPool'] as const).flatMap((op) =>
      [
        [5, 7],
        [7, 5],
        [5, 5],
        [7, 7],
      ].map((image) => [op, image] as const),
    ),
  )('%s of windows with gaps of an image of %j, one row or one column of them among others', async (op, image) => {
    const attributes = { kernel_shape: [3, 3], strides: [1, 1], dilations: [2, 2], pads: [0, 0, 0, 0] };
    const model = onnxModel({ input: [2, ...image], opset: 19, nodes: [{ op, inputs: ['x'], attributes }] });
    const dims = [BATCH, 2, ...image];
    await expectSameAsRuntime(model, randomArray(1, BATCH * 2 * image[0]! * image[1]!, -2, 2), dims);
  });

  it.each([
    ['AveragePool', [0, 0, 0, 1], { count_include_pad: 0 }],
    ['MaxPool', [0, 0, 0, 1], {}],
    ['MaxPool', [0, 0, 0, 0], {}],
  ])('%s of padding %j leaves out a last window that begins beyond the image, as ONNX does', async (op, pads, more) => {
    // Of 5 (or 6) columns windows of 2 begin at 0 and 3; the next would at 6.
    const columns = 6 - pads[3]!;
    const pool = (ceil_mode: number) =>
      onnxModel({
        input: [1, 5, columns],
        nodes: [{ op, inputs: ['x'], attributes: { kernel_shape: [2, 2], strides: [1, 3], pads, ceil_mode, ...more } }],
      });
    const dims = [BATCH, 1, 5, columns];
    const x = randomArray(1, BATCH * 5 * columns, -2, 2);
    const { network } = importOnnx(parseOnnx(pool(1), 'm'), 'm', 'm', NO_PREPROCESSING);
    expectAgreement(await networkOutput(network, x, dims), await runtimeOutput(pool(0), x, dims));
  });
});
