/** Random graphs of each operator, against onnxruntime. */
import fc from 'fast-check';
import { it } from 'vitest';
import { randomArray } from '../../../helpers/random.js';
import { CASES } from './cases.js';
import { onnxModel } from './model.js';
import { expectSameAsRuntime } from './oracle.js';

const BATCH = 2;

/** @param graphs of each case. */
export function operatorSuite(graphs: number): void {
  for (const { operators, spec } of CASES) {
    it(operators.join(', '), async () => {
      await fc.assert(
        fc.asyncProperty(spec, fc.integer({ min: 0, max: 2 ** 30 }), async (model, seed) => {
          const dims = [model.batch ?? BATCH, ...model.input];
          const x = randomArray(
            seed,
            dims.reduce((product, n) => product * n, 1),
            -2,
            2,
          );
          await expectSameAsRuntime(onnxModel(model), x, dims);
        }),
        { numRuns: graphs },
      );
    });
  }
}
