/** Keras models in all their files compute what Keras and TensorFlow.js compute. */
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { FormatError } from '../../../../src/base/errors.js';
import { loadTf, type Tf } from '../../../../src/base/tensorflow/tf.js';
import type { Imported } from '../../../../src/networks/formats/import/finish.js';
import { NO_PREPROCESSING } from '../../../../src/networks/formats/import/preprocessing.js';
import { loadNetworkFile } from '../../../../src/networks/formats/index.js';
import { importKerasHdf5 } from '../../../../src/networks/formats/keras/hdf5Model.js';
import { importKerasModel } from '../../../../src/networks/formats/keras/kerasModel.js';
import { importLayersModel } from '../../../../src/networks/formats/tfjs/layersModel.js';
import { forward } from '../../../../src/networks/forward.js';
import { randomArray } from '../../../helpers/random.js';
import { expectAgreement } from '../onnx/oracle.js';
import { kerasHdf5 } from './hdf5Writer.js';
import { buildModel, LAYER_COUNT, modelPlan, saveModel } from './models.js';

const here = (name: string) => new URL(name, import.meta.url);

let tf: Tf;
beforeAll(async () => {
  tf = await loadTf('cpu');
});

function outputs({ network }: Pick<Imported, 'network'>, x: Float32Array, batch: number): Float32Array {
  return tf.tidy(
    () =>
      forward(tf, network, tf.tensor(x, [batch, ...network.inputShape]))
        .dataSync()
        .slice() as Float32Array,
  );
}

describe('files that Keras 3 wrote (make.py)', () => {
  for (const name of ['tiny.keras', 'tiny.h5']) {
    it(`${name} gives Keras' own probabilities`, async () => {
      const { images, probabilities } = JSON.parse(await readFile(here('tiny.json'), 'utf8'));
      const loaded = await loadNetworkFile(here(name).pathname);
      expect(loaded.notes[0]).toMatch(/softmax/);
      const logits = outputs(loaded, Float32Array.from(images as number[]), 3);
      const given = tf.tidy(() => tf.softmax(tf.tensor2d(logits, [3, 5])).dataSync() as Float32Array);
      expectAgreement(given, Float32Array.from(probabilities as number[]));
    });
  }
});

describe('random models of TensorFlow.js layers', () => {
  it('compute the same from model.json and from HDF5', async () => {
    const used = new Set<number>();
    await fc.assert(
      fc.asyncProperty(modelPlan, fc.nat(2 ** 30), async (plan, seed) => {
        for (const [layer] of plan.steps) used.add(layer);
        const model = buildModel(tf, plan);
        const { topology, weights } = await saveModel(tf, model);
        const x = randomArray(seed, 2 * 14 * 15 * plan.channels, -1, 1);
        const expected = tf.tidy(() => {
          const y = model.predict(tf.tensor(x, [2, 14, 15, plan.channels])) as { dataSync(): Float32Array };
          return y.dataSync().slice();
        });
        model.dispose();
        const fromJson = importLayersModel(topology, weights, 'm', 'm', NO_PREPROCESSING);
        expectAgreement(outputs(fromJson, x, 2), expected);
        const bytes = await kerasHdf5(topology, weights);
        expectAgreement(outputs(importKerasHdf5(bytes, 'm', 'm', NO_PREPROCESSING), x, 2), expected);
      }),
      { numRuns: 150 },
    );
    // Some 450 layers of 22 kinds: one kind is left out once in ten million runs.
    expect(used.size).toBe(LAYER_COUNT);
  }, 300_000);
});

describe('what is refused, by name', () => {
  const layer = (class_name: string, config: object, inbound: unknown) => ({
    class_name,
    name: (config as { name: string }).name,
    config,
    inbound_nodes: inbound,
  });
  const input = layer('InputLayer', { name: 'in', batch_input_shape: [null, 8, 8, 1] }, []);
  const model = (layers: object[], output: string) => ({
    class_name: 'Functional',
    config: { name: 'm', layers, input_layers: [['in', 0, 0]], output_layers: [[output, 0, 0]] },
  });
  const attempt = (config: unknown) => () =>
    importKerasModel({
      place: 'f.h5',
      name: 'm',
      model: config,
      weights: { find: () => [] },
      dialect: { major: 2 },
      preprocessing: NO_PREPROCESSING,
    });

  const cases: [string, unknown, RegExp][] = [
    [
      'an unknown layer',
      model([input, layer('Conv2DTranspose', { name: 'up' }, [[['in', 0, 0, {}]]])], 'up'),
      /^f\.h5: node 'up' \(Conv2DTranspose\): .*not supported; .*docs/,
    ],
    [
      'an unknown activation',
      model([input, layer('Activation', { name: 'a', activation: 'elu' }, [[['in', 0, 0, {}]]])], 'a'),
      /'a'.*activation 'elu'/,
    ],
    [
      'a Lambda',
      model([input, layer('Lambda', { name: 'l', function: ['4wEA'] }, [[['in', 0, 0, {}]]])], 'l'),
      /Lambda/,
    ],
    [
      'missing weights',
      model([input, layer('Conv2D', { name: 'c', kernel_size: [3, 3] }, [[['in', 0, 0, {}]]])], 'c'),
      /'c' \(Conv2D\): the file holds no kernel/,
    ],
    [
      'layers in a circle',
      model(
        [input, layer('ReLU', { name: 'a' }, [[['b', 0, 0, {}]]]), layer('ReLU', { name: 'b' }, [[['a', 0, 0, {}]]])],
        'b',
      ),
      /depends on it/,
    ],
    ['a reference to nothing', model([input, layer('ReLU', { name: 'a' }, [[['nowhere', 0, 0, {}]]])], 'a'), /missing/],
    [
      'two layers of a name',
      model(
        [input, layer('ReLU', { name: 'a' }, [[['in', 0, 0, {}]]]), layer('ReLU', { name: 'a' }, [[['in', 0, 0, {}]]])],
        'a',
      ),
      /two layers are named 'a'/,
    ],
    ['a class of its own', { class_name: 'MyModel', config: {} }, /Python code/],
    ['no model', { a: 1 }, /no class_name/],
  ];
  for (const [what, config, message] of cases) {
    it(what, () => {
      expect(attempt(config)).toThrow(FormatError);
      expect(attempt(config)).toThrow(message);
    });
  }

  it('models within models without end', () => {
    let inner: object = {
      class_name: 'Sequential',
      config: { name: 'm0', layers: [layer('ReLU', { name: 'r', batch_input_shape: [null, 4] }, [])] },
    };
    for (let i = 1; i < 30; i++)
      inner = { class_name: 'Sequential', config: { name: `m${i}`, layers: [{ ...inner, name: `m${i - 1}` }] } };
    expect(attempt(inner)).toThrow(FormatError);
  });
});
