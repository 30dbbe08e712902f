/** Architecture files: what they mean, and what is said of mistakes. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../../src/base/errors.js';
import { loadTf } from '../../../../src/base/tensorflow/tf.js';
import { architectureSkeleton } from '../../../../src/networks/formats/architecture/draft/skeleton.js';
import { importWithArchitecture } from '../../../../src/networks/formats/architecture/importArchitecture.js';
import { loadArchitecture } from '../../../../src/networks/formats/architecture/loadArchitecture.js';
import { parseArchitecture } from '../../../../src/networks/formats/architecture/parse.js';
import { ZOO_ARCHITECTURES } from '../../../../src/networks/formats/architecture/zoo.js';
import type { Constant } from '../../../../src/networks/formats/import/constant.js';
import { NO_PREPROCESSING } from '../../../../src/networks/formats/import/preprocessing.js';
import { importOnnx, parseOnnx } from '../../../../src/networks/formats/onnx/importOnnx.js';
import { forward } from '../../../../src/networks/forward.js';
import { initialise } from '../../../../src/networks/initialise.js';
import { countParameters } from '../../../../src/networks/parameters.js';
import { inferShapes } from '../../../../src/networks/shapes.js';
import type { Network } from '../../../../src/networks/types.js';
import { randomArray } from '../../../helpers/random.js';
import { floats, onnxModel } from '../onnx/model.js';
import { expectAgreement, networkOutput, runtimeOutput } from '../onnx/oracle.js';

const EXAMPLES = new URL('../../../../examples/architectures/', import.meta.url);

const tensor = (seed: number, ...shape: number[]): Constant => ({
  shape,
  data: randomArray(
    seed,
    shape.reduce((product, n) => product * n, 1),
    -1,
    1,
  ),
});
const positive = (seed: number, length: number): Constant => ({
  shape: [length],
  data: randomArray(seed, length, 0.5, 1.5),
});

const load = (yaml: string, tensors: Record<string, Constant>) =>
  importWithArchitecture(
    new Map(Object.entries(tensors)),
    parseArchitecture(yaml, 'a.yaml'),
    { place: 'c.pt', architecturePlace: 'a.yaml', name: 'c' },
    null,
  ).network;

describe('a residual network in PyTorch names', () => {
  const tensors: Record<string, Constant> = {
    'conv.weight': tensor(1, 4, 2, 3, 3),
    'conv.bias': tensor(2, 4),
    'bn.weight': tensor(3, 4),
    'bn.bias': tensor(4, 4),
    'bn.running_mean': tensor(5, 4),
    'bn.running_var': positive(6, 4),
    'bn.num_batches_tracked': tensor(7, 1),
    'fc.weight': tensor(8, 3, 6 * 4 * 3),
    'fc.bias': tensor(9, 3),
  };
  const yaml = `
name: residual
input: [8, 6, 2]
layers:
  - { conv2d: conv, padding: 1, name: first }
  - { batchNorm: bn, epsilon: 1e-3 }
  - { leakyRelu: 0.2 }
  - { add: [previous, first] }
  - { slice: { rows: [0, null, 2], columns: [0, 5, 2] } }
  - { pad: { channels: [1, 1] } }
  - flatten
  - { dense: fc }
`;

  it('computes what the same graph computes in onnxruntime', async () => {
    const constants = Object.entries(tensors).map(([name, { shape, data }]) => floats(name, shape, data));
    const model = onnxModel({
      input: [2, 8, 6],
      opset: 9,
      tensors: constants,
      nodes: [
        { op: 'Conv', inputs: ['x', 'conv.weight', 'conv.bias'], attributes: { pads: [1, 1, 1, 1] } },
        {
          op: 'BatchNormalization',
          inputs: ['t0', 'bn.weight', 'bn.bias', 'bn.running_mean', 'bn.running_var'],
          attributes: { epsilon: { float: 1e-3 } },
        },
        { op: 'LeakyRelu', inputs: ['t1'], attributes: { alpha: { float: 0.2 } } },
        { op: 'Add', inputs: ['t2', 't0'] },
        { op: 'MaxPool', inputs: ['t3'], attributes: { kernel_shape: [1, 1], strides: [2, 2] } },
        { op: 'Pad', inputs: ['t4'], attributes: { pads: [0, 1, 0, 0, 0, 1, 0, 0] } },
        { op: 'Flatten', inputs: ['t5'] },
        { op: 'Gemm', inputs: ['t6', 'fc.weight', 'fc.bias'], attributes: { transB: 1 } },
      ],
    });
    const dims = [2, 2, 8, 6];
    const x = randomArray(3, 192, -1, 1);
    expectAgreement(await networkOutput(load(yaml, tensors), x, dims), await runtimeOutput(model, x, dims));
  });

  it('takes names of its own from the checkpoint, so that reports can be read', () => {
    expect(load(yaml, tensors).layers.map((layer) => layer.name)).toEqual(
      expect.arrayContaining(['first', 'bn', 'fc']),
    );
  });

  const wrong: [string, string, RegExp][] = [
    [
      'a tensor that is missing',
      yaml.replace('dense: fc', 'dense: fcc'),
      /^a\.yaml: node 'fcc' \(dense\): .*no tensor 'fcc\.weight'; did you mean 'fc\.weight'\?/,
    ],
    [
      'tensors that are left over',
      yaml.replace('  - { batchNorm: bn, epsilon: 1e-3 }\n', ''),
      /^c\.pt: no layer.*4 tensor\(s\): 'bn\.weight'/,
    ],
    [
      'an unknown kind',
      yaml.replace('leakyRelu: 0.2', 'leakyReLu: 0.2'),
      /layers\[2\]: 'leakyReLu' is no kind of layer; did you mean 'leakyRelu'/,
    ],
    ['an unknown setting', yaml.replace('epsilon', 'eps'), /layers\[1\]: batchNorm: .*eps/],
    [
      'an unknown layer',
      yaml.replace('first]', 'frist]'),
      /layers\[3\]: no layer before it is named 'frist'; did you mean 'first'/,
    ],
    ['an unknown key', `inptu: 3\n${yaml}`, /inptu.*, did you mean 'input'\?/],
    ['two kinds at once', yaml.replace('{ dense: fc }', '{ dense: fc, relu: null }'), /dense and relu at once/],
    ['a name taken twice', yaml.replace('{ batchNorm: bn,', '{ batchNorm: bn, name: first,'), /'first' is taken/],
    ['an input that does not fit', yaml.replace('[8, 6, 2]', '[8, 6, 3]'), /node 'first' \(conv2d\): .*3 channels/],
    ['an image in place of a vector', yaml.replace('  - flatten\n', ''), /'fc' \(dense\)/],
    ['no YAML', 'a: [', /^a\.yaml: not YAML/],
    ['nothing', '', /^a\.yaml: /],
    ['a block that is none', yaml.replace('- flatten', '- { block: b }'), /there is no block 'b'/],
  ];
  for (const [what, text, message] of wrong) {
    it(`says of ${what}`, () => {
      expect(() => load(text, tensors)).toThrow(FormatError);
      expect(() => load(text, tensors)).toThrow(message);
    });
  }

  it('ignores tensors by pattern', () => {
    const more = { ...tensors, 'head.weight': tensor(1, 2), 'head.bias': tensor(1, 2) };
    expect(() => load(yaml, more)).toThrow(/'head\.weight'/);
    for (const pattern of ['head.*', '*ead.*', 'h*d.*s*', '*.b*s', '*', 'head.bias'].map((text) =>
      JSON.stringify(text),
    )) {
      const covers = ['"head.*"', '"*ead.*"', '"*"'].includes(pattern);
      const attempt = () => load(`${yaml}\nignore: [${pattern}]`, more).output;
      if (covers) expect(attempt()).toBe('fc');
      else expect(attempt).toThrow(/1 tensor\(s\): 'head\.weight'/);
    }
  });
});

it('Keras names and layout', async () => {
  const kernel = tensor(1, 3, 3, 2, 4);
  const tensors = {
    'c/kernel': kernel,
    'c/bias': tensor(2, 4),
    'd/kernel': tensor(3, 4 * 4 * 4, 2),
    'd/bias': tensor(4, 2),
  };
  const keras = load(
    'input: [6, 6, 2]\nconvention: keras\nlayers: [{ conv2d: c }, relu, flatten, { dense: d }]',
    tensors,
  );
  // The same in ONNX: channels last at the input, turned before and after the convolution.
  const model = onnxModel({
    input: [6, 6, 2],
    tensors: [
      floats('w', [4, 2, 3, 3], transposed(kernel)),
      floats('b', [4], tensors['c/bias'].data),
      floats('dw', [64, 2], tensors['d/kernel'].data),
      floats('db', [2], tensors['d/bias'].data),
    ],
    nodes: [
      { op: 'Transpose', inputs: ['x'], attributes: { perm: [0, 3, 1, 2] } },
      { op: 'Conv', inputs: ['t0', 'w', 'b'] },
      { op: 'Relu', inputs: ['t1'] },
      { op: 'Transpose', inputs: ['t2'], attributes: { perm: [0, 2, 3, 1] } },
      { op: 'Flatten', inputs: ['t3'] },
      { op: 'Gemm', inputs: ['t4', 'dw', 'db'] },
    ],
  });
  const x = randomArray(5, 72, -1, 1);
  const expected = await runtimeOutput(model, x, [1, 6, 6, 2]);
  expectAgreement(await networkOutput(keras, x, [1, 6, 6, 2]), expected);
  // And the importer sees that this file keeps channels last.
  const { network } = importOnnx(parseOnnx(model, 'm'), 'm', 'm', NO_PREPROCESSING);
  expect(network.inputShape).toEqual([6, 6, 2]);
  expectAgreement(await networkOutput(network, x, [1, 6, 6, 2]), expected);
});

/** [rows, columns, channels, filters] as [filters, channels, rows, columns], in plain loops. */
function transposed({ shape, data }: Constant): Float32Array {
  const [h, w, c, f] = shape as [number, number, number, number];
  const result = new Float32Array(data.length);
  for (let i = 0; i < h; i++)
    for (let j = 0; j < w; j++)
      for (let k = 0; k < c; k++)
        for (let l = 0; l < f; l++) result[((l * c + k) * h + i) * w + j] = data[((i * w + j) * c + k) * f + l]!;
  return result;
}

/** A network's parameters as PyTorch keeps them: filters first, dense inputs in the order channels, rows, columns. */
function stateDict(network: Network): Map<string, Constant> {
  const shapes = inferShapes(network);
  const state = new Map<string, Constant>();
  const vector = (name: string, data: Float32Array | null) => data && state.set(name, { shape: [data.length], data });
  for (const layer of network.layers) {
    if (layer.kind === 'conv2d') {
      const [h, w, c, f] = layer.weightShape;
      const data = transposed({ shape: layer.weightShape, data: layer.weight });
      state.set(`${layer.name}.weight`, { shape: [f, c, h, w], data });
      vector(`${layer.name}.bias`, layer.bias);
    } else if (layer.kind === 'dense') {
      const [inputs, filters] = layer.weightShape;
      const flat = network.layers.find(({ name }) => name === layer.inputs[0]);
      const [h, w, c] = flat?.kind === 'flatten' ? (shapes.get(flat.inputs[0]!) as number[]) : [1, 1, inputs];
      const data = new Float32Array(inputs * filters);
      for (let i = 0; i < h!; i++)
        for (let j = 0; j < w!; j++)
          for (let k = 0; k < c!; k++)
            for (let o = 0; o < filters; o++)
              data[o * inputs + (k * h! + i) * w! + j] = layer.weight[((i * w! + j) * c! + k) * filters + o]!;
      state.set(`${layer.name}.weight`, { shape: [filters, inputs], data });
      vector(`${layer.name}.bias`, layer.bias);
    } else if (layer.kind === 'batchNorm') {
      vector(`${layer.name}.weight`, layer.gamma);
      vector(`${layer.name}.bias`, layer.beta);
      vector(`${layer.name}.running_mean`, layer.mean);
      vector(`${layer.name}.running_var`, layer.variance);
    }
  }
  return state;
}

describe('examples and drafts', () => {
  for (const file of readdirSync(EXAMPLES)) {
    it(`${file} is valid`, () => {
      expect(parseArchitecture(readFileSync(new URL(file, EXAMPLES), 'utf8'), file).layers.length).toBeGreaterThan(3);
    });
  }

  it('every network of the zoo is an architecture', async () => {
    for (const [name, structure] of Object.entries(ZOO_ARCHITECTURES)) {
      const { architecture } = await loadArchitecture(name);
      expect(architecture.layers.map(({ fullName }) => fullName)).toEqual(
        (await structure()).layers.map((layer) => layer.name),
      );
    }
  });

  // The one for STL-10 has 77 million weights.
  for (const name of ['sonic-mnist', 'sonic-cifar10', 'sonic-svhn']) {
    it(`${name}: weights in PyTorch's names and layout come out as the zoo's`, async () => {
      const zoo = initialise(await ZOO_ARCHITECTURES[name]!(), 5);
      const { architecture, place } = await loadArchitecture(name);
      const names = { place: 'c', architecturePlace: place, name: 'c' };
      const { network } = importWithArchitecture(stateDict(zoo), architecture, names, null);
      expect(network).toMatchObject({ inputShape: zoo.inputShape, inputRange: zoo.inputRange });
      expect(countParameters(network)).toBe(countParameters(zoo));
      const tf = await loadTf('wasm');
      const x = tf.tensor(
        randomArray(
          1,
          zoo.inputShape.reduce((product, n) => product * n, 1),
          0,
          1,
        ),
        [1, ...zoo.inputShape],
      );
      const [a, b] = [network, zoo].map((given) => forward(tf, given, x).dataSync() as Float32Array);
      expectAgreement(a!, b!);
    });
  }

  it('a draft of tensors is an architecture that loads them', () => {
    const tensors: Record<string, Constant> = {
      'net.0.weight': tensor(1, 4, 3, 3, 3),
      'net.0.bias': tensor(2, 4),
      'net.1.weight': tensor(3, 4),
      'net.1.bias': tensor(4, 4),
      'net.1.running_mean': tensor(5, 4),
      'net.1.running_var': positive(6, 4),
      'net.4.weight': tensor(7, 10, 4 * 32 * 32),
      'net.4.bias': tensor(8, 10),
    };
    const shapes = Object.entries(tensors).map(([name, { shape }]) => ({ name, shape }));
    const network = load(architectureSkeleton(shapes, 'my net: "1"'), tensors);
    const kinds = network.layers.map((layer) => layer.kind);
    expect(kinds).toEqual(['conv2d', 'batchNorm', 'activation', 'flatten', 'dense']);
    expect(network.name).toBe('my net: "1"');
  });
});
