/** Networks written as ONNX compute in onnxruntime what they compute here, and come back as they were. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_PREPROCESSING } from '../../../../src/networks/formats/import/preprocessing.js';
import { encodeOnnx } from '../../../../src/networks/formats/onnx/exportOnnx.js';
import { importOnnx, parseOnnx, storedPreprocessing } from '../../../../src/networks/formats/onnx/importOnnx.js';
import { countParameters } from '../../../../src/networks/parameters.js';
import { inferShapes } from '../../../../src/networks/shapes.js';
import type { Layer, Network } from '../../../../src/networks/types.js';
import { sonicMnist } from '../../../../src/networks/zoo/sonicMnist.js';
import { randomArray } from '../../../helpers/random.js';
import { CASES } from './cases.js';
import { onnxModel } from './model.js';
import { channelsLast, expectAgreement, networkOutput, runtimeOutput } from './oracle.js';

const BATCH = 2;
const imported = (bytes: Uint8Array) => importOnnx(parseOnnx(bytes, 'm'), 'm', 'm', NO_PREPROCESSING).network;

/** [batch, ...] of a tensor in an ONNX file: images have their channels first. */
function dims(shape: readonly number[]): number[] {
  return shape.length === 3 ? [BATCH, shape[2]!, shape[0]!, shape[1]!] : [BATCH, ...shape];
}

/** Our output, and that of the exported file in our order. */
async function both(network: Network, seed: number): Promise<[Float32Array, Float32Array]> {
  const shape = dims(network.inputShape);
  const x = randomArray(
    seed,
    shape.reduce((product, n) => product * n, 1),
    -2,
    2,
  );
  const output = dims(inferShapes(network).get(network.output)!);
  const theirs = channelsLast(await runtimeOutput(encodeOnnx(network), x, shape), output);
  return [await networkOutput(network, channelsLast(x, shape), [BATCH, ...network.inputShape], true), theirs];
}

describe('encodeOnnx', () => {
  for (const { operators, spec } of CASES) {
    it(`networks of ${operators.slice(0, 5).join(', ')}`, async () => {
      await fc.assert(
        fc.asyncProperty(spec, fc.nat(2 ** 30), async (model, seed) => {
          const network = imported(onnxModel(model));
          const [ours, theirs] = await both(network, seed);
          expectAgreement(theirs, ours);
        }),
        { numRuns: 8 },
      );
    });
  }

  it('layers that no importer makes: flatten, transpose, softmax and batch-norm of images and vectors', async () => {
    const vector = (seed: number, low = -1, high = 1) => randomArray(seed, 3, low, high);
    const norm = { gamma: vector(1), beta: vector(2), mean: vector(3), variance: vector(4, 0.5, 2), epsilon: 1e-3 };
    const layers: Layer[] = [
      { kind: 'batchNorm', name: 'bn', inputs: ['input'], ...norm },
      { kind: 'softmax', name: 'soft', inputs: ['bn'] },
      { kind: 'transpose', name: 'turned', inputs: ['soft'], permutation: [2, 0, 1] },
      { kind: 'reshape', name: 'flatter', inputs: ['turned'], shape: [4, 15] },
      { kind: 'reshape', name: 'image', inputs: ['flatter'], shape: [5, 4, 3] },
      { kind: 'batchNorm', name: 'again', inputs: ['image'], ...norm },
      { kind: 'reshape', name: 'rows', inputs: ['again'], shape: [20, 3] },
      { kind: 'batchNorm', name: 'ofRows', inputs: ['rows'], ...norm },
      { kind: 'activation', name: 'r6', inputs: ['ofRows'], function: 'relu6' },
      { kind: 'flatten', name: 'flat', inputs: ['r6'] },
    ];
    const preprocessing = { scale: 1, mean: [0], std: [1] };
    const [ours, theirs] = await both(
      { name: 'n', inputShape: [4, 5, 3], inputRange: null, preprocessing, layers, output: 'flat' },
      1,
    );
    expectAgreement(theirs, ours);
  });

  it("comes back with SONIC's layers, weights and preprocessing", () => {
    const network = sonicMnist(7);
    const model = parseOnnx(encodeOnnx(network), 'm');
    expect(storedPreprocessing(model)).toEqual(network.preprocessing);
    const back = importOnnx(model, 'm', 'm', NO_PREPROCESSING).network;
    expect(back.layers.map(({ name, kind }) => [name, kind])).toEqual(
      // What leads to a vector is named after the layer that needs it.
      network.layers.map(({ name, kind }) => [kind === 'flatten' ? `${name}/flatten` : name, kind]),
    );
    expect(countParameters(back)).toBe(countParameters(network));
    for (const [i, layer] of network.layers.entries()) {
      const again = back.layers[i]!;
      if (!('weight' in layer) || !('weight' in again)) continue;
      // Not toEqual, which takes seconds for a million numbers.
      expect(Buffer.compare(Buffer.from(again.weight.buffer), Buffer.from(layer.weight.buffer))).toBe(0);
      expect(again.bias).toEqual(layer.bias);
    }
  });
});
