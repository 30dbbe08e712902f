/** Random graphs of every operator give what onnxruntime gives. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OPERATORS } from '../../../../src/networks/formats/onnx/onnxOperators.js';
import { randomArray } from '../../../helpers/random.js';
import { CASES } from './cases.js';
import { onnxModel } from './model.js';
import { expectSameAsRuntime } from './oracle.js';

const BATCH = 2;

describe('operators against onnxruntime', () => {
  it('every operator that is imported occurs in a case', () => {
    const covered = new Set(CASES.flatMap(({ operators }) => operators));
    expect(Object.keys(OPERATORS).filter((name) => !covered.has(name))).toEqual([]);
  });

  for (const { operators, spec } of CASES) {
    it(operators.join(', '), async () => {
      await fc.assert(
        fc.asyncProperty(spec, fc.integer({ min: 0, max: 2 ** 30 }), async (model, seed) => {
          const dims = [BATCH, ...model.input];
          const x = randomArray(
            seed,
            dims.reduce((product, n) => product * n, 1),
            -2,
            2,
          );
          await expectSameAsRuntime(onnxModel(model), x, dims);
        }),
        { numRuns: 25 },
      );
    });
  }
});
