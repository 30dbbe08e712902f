/**
 * Whatever the bytes of a checkpoint from elsewhere: a network, or a FormatError in one line that names the file. Never
 * another error (a stack overflow, an allocation that fails), never a hang.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/base/errors.js';
import { parseStrictJson } from '../../../src/base/input/jsonText.js';
import { loadTf } from '../../../src/base/tensorflow/tf.js';
import { ZipArchive, zipBytes } from '../../../src/base/zip.js';
import { importWithArchitecture } from '../../../src/networks/formats/architecture/importArchitecture.js';
import { parseArchitecture } from '../../../src/networks/formats/architecture/parse.js';
import type { Imported } from '../../../src/networks/formats/import/finish.js';
import { NO_PREPROCESSING } from '../../../src/networks/formats/import/preprocessing.js';
import { importKerasArchive } from '../../../src/networks/formats/keras/archive.js';
import { importKerasHdf5 } from '../../../src/networks/formats/keras/hdf5Model.js';
import { importOnnx, parseOnnx } from '../../../src/networks/formats/onnx/importOnnx.js';
import { readTorchFile } from '../../../src/networks/formats/pytorch/pytorchFile.js';
import { importGraphModel } from '../../../src/networks/formats/tfjs/graphModel.js';
import { importLayersModel } from '../../../src/networks/formats/tfjs/layersModel.js';
import { loadTfjs } from '../../../src/networks/formats/tfjs/loadTfjs.js';
import { parseManifest, readGroup } from '../../../src/networks/formats/tfjs/tfjsWeights.js';
import { importTflite } from '../../../src/networks/formats/tflite/importTflite.js';
import { BUNDLED } from './foreignFiles.js';
import { hdf5File, kerasHdf5 } from './keras/hdf5Writer.js';
import { buildModel, saveModel } from './keras/models.js';
import { floats, integers, onnxModel } from './onnx/model.js';
import * as p from './pytorch/pickle.js';
import { Graph, text } from './tfjs/graph.js';

type Read = (bytes: Uint8Array) => Imported | ReadonlyMap<string, unknown>;
interface Subject {
  readonly name: string;
  readonly file: Uint8Array;
  readonly read: Read;
  /** Bytes in which flips are tried one by one; the rest are weights. */
  readonly structure: number;
}

const fixture = (path: string) => new Uint8Array(readFileSync(new URL(path, import.meta.url)));

/** Whether it loads; anything but a FormatError of one line about the file fails the test. */
function loads(read: Read, bytes: Uint8Array): boolean {
  try {
    const result = read(bytes);
    if ('network' in result) {
      const arrays = (result as Imported).network.layers.flatMap((layer) => Object.values(layer));
      for (const array of arrays) {
        if (array instanceof Float32Array && !array.every(Number.isFinite))
          throw new Error('loaded a value that is not finite');
      }
    }
    return true;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    expect(error.message).toMatch(/^f\b\P{Cc}+$/u);
    return false;
  }
}

const onnx = onnxModel({
  input: [2, 6, 6],
  tensors: [
    floats(
      'w',
      [3, 2, 3, 3],
      Array.from({ length: 54 }, (_, i) => i / 54),
    ),
    floats('d', [27, 2], new Float32Array(54).fill(0.5)),
    integers('s', [0, -1]),
    integers('p', [0, 0, 0, 0, 0, 0, 1, 1]),
  ],
  nodes: [
    { op: 'Conv', inputs: ['x', 'w'], attributes: { pads: [1, 1, 1, 1], strides: [2, 2] } },
    { op: 'Relu', inputs: ['t0'] },
    { op: 'Shape', inputs: ['t1'] },
    { op: 'Pad', inputs: ['t1', 'p'] },
    { op: 'MaxPool', inputs: ['t3'], attributes: { kernel_shape: [2, 2] } },
    { op: 'Reshape', inputs: ['t4', 's'] },
    { op: 'MatMul', inputs: ['t5', 'd'] },
  ],
});

const graph = new Graph([5, 5, 2]);
graph.node('BiasAdd', [
  graph.node('Conv2D', ['x', graph.floats('w', [3, 3, 2, 2], 1)], { padding: text('SAME') }),
  graph.floats('b', [2], 2),
]);
const graphFile = graph.artifacts();

const archiveOf = (bytes: Uint8Array) => new ZipArchive(zipBytes(bytes), 'f');

/** A TensorFlow.js model as one text: model.json, whose weights are given. */
const tfjs =
  (data: Uint8Array, importModel: typeof importLayersModel): Read =>
  (bytes) => {
    const { value } = parseStrictJson(bytes, { place: 'f', maximumDepth: 64 });
    const json = value as { modelTopology?: unknown; weightsManifest?: unknown } | null;
    if (typeof json !== 'object' || json === null) throw new FormatError('f: no object');
    const weights = new Map(parseManifest(json.weightsManifest, 'f').flatMap((group) => readGroup(group, data, 'f')));
    return importModel(json.modelTopology, weights, 'f', 'f', NO_PREPROCESSING);
  };

const state = p.ordered(
  [p.text('c.weight'), p.tensor(p.storage('s0', 36), 0, [2, 2, 3, 3], [18, 9, 3, 1])],
  [p.text('c.bias'), p.tensor(p.storage('s1', 4), 1, [2], [1])],
);
const legacy = p.legacyFile(state, { s0: new Float32Array(36).fill(0.5), s1: Float32Array.of(1, 2, 3, 4) });
const { tensors } = readTorchFile(legacy, 'f');
const ARCHITECTURE = Buffer.from(`name: small
input: [6, 6, 2]
preprocessing: { scale: 1/255, mean: [0.5, 0.4], std: 2 }
blocks:
  b:
    - { slice: { rows: [0, null, 2] }, name: s }
    - { pad: { channels: [$n, 0] } }
layers:
  - { conv2d: c, padding: 1 }
  - relu
  - { block: b, with: { n: 1 } }
  - { add: [previous, previous] }
`);

/** A residual network as TensorFlow's converter writes it. */
function tflite(kind: string): Uint8Array {
  const content = gunzipSync(readFileSync(new URL('tflite/cases.json.gz', import.meta.url))).toString();
  const { cases } = JSON.parse(content) as { cases: { name: string; kind: string; model: string }[] };
  const { model } = cases.find((found) => found.name === 'residual network' && found.kind === kind)!;
  return Uint8Array.from(Buffer.from(model, 'hex'));
}

let subjects: Subject[] = [];
beforeAll(async () => {
  const tf = await loadTf('cpu');
  const plan = {
    channels: 1,
    steps: [
      [0, true, 2],
      [4, false, 1],
    ] as const,
    ending: 'flatten' as const,
    seed: 1,
  };
  const layers = await saveModel(tf, buildModel(tf, plan));
  const json = Buffer.from(JSON.stringify({ modelTopology: layers.topology, weightsManifest: layers.manifest }));
  const h5 = await kerasHdf5(layers.topology, layers.weights);
  const importGraph: typeof importLayersModel = (topology, ...rest) => importGraphModel(topology, undefined, ...rest);
  subjects = [
    {
      name: 'ONNX',
      file: onnx,
      structure: onnx.length,
      read: (b) => importOnnx(parseOnnx(b, 'f'), 'f', 'f', NO_PREPROCESSING),
    },
    {
      name: 'Keras HDF5 by h5py',
      file: fixture('keras/tiny.h5'),
      structure: 46_000,
      read: (b) => importKerasHdf5(b, 'f', 'f', NO_PREPROCESSING),
    },
    {
      name: 'Keras HDF5 by a new library',
      file: h5,
      structure: h5.length,
      read: (b) => importKerasHdf5(b, 'f', 'f', NO_PREPROCESSING),
    },
    {
      name: 'Keras 3 archive',
      file: fixture('keras/tiny.keras'),
      structure: 59_000,
      read: (b) => importKerasArchive(archiveOf(b), 'f', 'f', NO_PREPROCESSING),
    },
    {
      name: 'PyTorch archive',
      file: fixture('pytorch/tiny.pt'),
      structure: 1227,
      read: (b) => readTorchFile(b, 'f').tensors,
    },
    { name: 'PyTorch legacy', file: legacy, structure: legacy.length, read: (b) => readTorchFile(b, 'f').tensors },
    { name: 'TensorFlow.js layers', file: json, structure: json.length, read: tfjs(layers.data, importLayersModel) },
    {
      name: 'TensorFlow.js graph',
      file: Buffer.from(JSON.stringify(graphFile.json)),
      structure: 2000,
      read: tfjs(graphFile.data, importGraph),
    },
    {
      name: 'TensorFlow Lite',
      file: tflite('float'),
      structure: 12_000,
      read: (b) => importTflite(b, 'f', 'f', NO_PREPROCESSING),
    },
    {
      name: 'TensorFlow Lite, quantised',
      file: tflite('int8'),
      structure: 12_000,
      read: (b) => importTflite(b, 'f', 'f', null),
    },
    {
      name: 'architecture file',
      file: ARCHITECTURE,
      structure: ARCHITECTURE.length,
      read: (b) => {
        const names = { place: 'f', architecturePlace: 'f', name: 'f' };
        return importWithArchitecture(tensors, parseArchitecture(Buffer.from(b).toString('utf8'), 'f'), names, null);
      },
    },
  ];
});

const NAMES = [
  'ONNX',
  'Keras HDF5 by h5py',
  'Keras HDF5 by a new library',
  'Keras 3 archive',
  'PyTorch archive',
  'PyTorch legacy',
  'TensorFlow.js layers',
  'TensorFlow.js graph',
  'TensorFlow Lite',
  'TensorFlow Lite, quantised',
  'architecture file',
];

for (const name of NAMES) {
  describe(name, () => {
    const subject = () => subjects.find((candidate) => candidate.name === name)!;

    it('the file itself loads', () => {
      const { file, read } = subject();
      expect(loads(read, file)).toBe(true);
    });

    it('truncated', () => {
      const { file, read } = subject();
      const step = Math.max(1, Math.floor(file.length / 400));
      let loaded = 0;
      for (let length = 0; length < file.length; length += step)
        loaded += loads(read, file.subarray(0, length)) ? 1 : 0;
      // Only a text that may end anywhere is still one when cut.
      if (name !== 'architecture file') expect(loaded).toBe(0);
    });

    it('single bits flipped', () => {
      const { file, read, structure } = subject();
      const bits = 8 * Math.min(structure, file.length);
      fc.assert(
        fc.property(fc.nat(bits - 1), (bit) => {
          const bytes = new Uint8Array(file);
          bytes[bit >> 3]! ^= 1 << (bit & 7);
          loads(read, bytes);
        }),
        { numRuns: 400 },
      );
    });

    it('any byte in the place of any other, several at once', () => {
      const { file, read, structure } = subject();
      const change = fc.tuple(
        fc.nat(Math.min(structure, file.length) - 1),
        fc.constantFrom(0, 1, 0x7f, 0x80, 0xff, 0x22, 0x5b, 0x7b),
      );
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
          const bytes = new Uint8Array(file);
          for (const [place, byte] of changes) bytes[place] = byte;
          loads(read, bytes);
        }),
        { numRuns: 300 },
      );
    });

    it('pieces cut out, doubled and moved', () => {
      const { file, read } = subject();
      fc.assert(
        fc.property(fc.nat(file.length), fc.nat(file.length), fc.nat(file.length), (a, b, c) => {
          const [from, to] = [Math.min(a, b), Math.max(a, b)];
          loads(read, new Uint8Array(Buffer.concat([file.subarray(0, c), file.subarray(from, to), file.subarray(c)])));
          loads(read, new Uint8Array(Buffer.concat([file.subarray(0, from), file.subarray(to)])));
        }),
        { numRuns: 100 },
      );
    });

    it('eight bytes of a huge number anywhere', () => {
      const { file, read, structure } = subject();
      const huge = fc.constantFrom(
        0xffffffffffffffffn,
        0x7fffffffffffffffn,
        0x7fffffffn,
        0x100000000n,
        0x20000000000000n,
      );
      fc.assert(
        fc.property(fc.nat(Math.max(0, Math.min(structure, file.length) - 9)), huge, (place, number) => {
          const bytes = new Uint8Array(file);
          new DataView(bytes.buffer).setBigUint64(place, number, true);
          loads(read, bytes);
        }),
        { numRuns: 300 },
      );
    });

    it('random bytes', () => {
      const { read } = subject();
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void loads(read, bytes)),
        { numRuns: 300 },
      );
    });
  });
}

describe('texts with any number in the place of any other', () => {
  for (const name of ['TensorFlow.js layers', 'TensorFlow.js graph', 'architecture file']) {
    it(name, () => {
      const { file, read } = subjects.find((candidate) => candidate.name === name)!;
      const whole = Buffer.from(file).toString('utf8');
      const numbers = [...whole.matchAll(/-?\d+(\.\d+)?/g)];
      const hostile = fc.oneof(
        fc.constantFrom(
          '-1',
          '0',
          '1e308',
          '1e400',
          '9007199254740993',
          '4294967296',
          '65536',
          '0.5',
          'null',
          '""',
          '[]',
          '{}',
          'true',
        ),
        fc.integer().map(String),
      );
      fc.assert(
        fc.property(fc.constantFrom(...numbers), hostile, (match, number) => {
          loads(read, Buffer.from(whole.slice(0, match.index) + number + whole.slice(match.index + match[0].length)));
        }),
        { numRuns: 600 },
      );
    });
  }
});

describe('sizes and circles made on purpose', () => {
  const onnxLoads = (spec: Parameters<typeof onnxModel>[0]) =>
    loads((b) => importOnnx(parseOnnx(b, 'f'), 'f', 'f', NO_PREPROCESSING), onnxModel(spec));
  const HUGE = 2 ** 40;

  const specs: [string, Parameters<typeof onnxModel>[0]][] = [
    [
      'a constant of 2^40 numbers',
      {
        input: [4],
        tensors: [integers('n', [HUGE])],
        nodes: [
          { op: 'ConstantOfShape', inputs: ['n'] },
          { op: 'Add', inputs: ['x', 't0'] },
        ],
      },
    ],
    [
      'a constant broadcast to 2^40',
      {
        input: [4],
        tensors: [integers('n', [2 ** 20, 2 ** 20]), floats('k', [1], [1])],
        nodes: [
          { op: 'Expand', inputs: ['k', 'n'] },
          { op: 'Add', inputs: ['x', 't0'] },
        ],
      },
    ],
    [
      'a range without end',
      {
        input: [4],
        tensors: [integers('a', [0], []), integers('b', [HUGE], []), integers('c', [1], [])],
        nodes: [
          { op: 'Range', inputs: ['a', 'b', 'c'] },
          { op: 'Reshape', inputs: ['x', 't0'] },
        ],
      },
    ],
    [
      'a constant joined to itself again and again',
      {
        input: [4],
        tensors: [floats('k0', [1024], new Float32Array(1024))],
        nodes: [
          ...Array.from({ length: 30 }, (_, i) => ({
            op: 'Concat',
            inputs: [`k${i}`, `k${i}`],
            outputs: [`k${i + 1}`],
            attributes: { axis: 0 },
          })),
          { op: 'Add', inputs: ['x', 'k30'] },
        ],
      },
    ],
    [
      'padding by 2^40',
      {
        input: [1, 4, 4],
        tensors: [integers('p', [0, 0, HUGE, 0, 0, 0, 0, 0])],
        nodes: [{ op: 'Pad', inputs: ['x', 'p'] }],
      },
    ],
    [
      'padding by 2^20 on two axes',
      {
        input: [1, 4, 4],
        tensors: [integers('p', [0, 0, 2 ** 20, 2 ** 20, 0, 0, 0, 0])],
        nodes: [{ op: 'Pad', inputs: ['x', 'p'] }],
      },
    ],
    [
      'convolution padding of 2^40',
      {
        input: [1, 4, 4],
        tensors: [floats('w', [1, 1, 1, 1], [1])],
        nodes: [{ op: 'Conv', inputs: ['x', 'w'], attributes: { pads: [HUGE, 0, 0, 0] } }],
      },
    ],
    [
      'a stride of 0',
      {
        input: [1, 4, 4],
        nodes: [{ op: 'MaxPool', inputs: ['x'], attributes: { kernel_shape: [2, 2], strides: [0, 0] } }],
      },
    ],
    [
      'a window of 2^40',
      { input: [1, 4, 4], nodes: [{ op: 'MaxPool', inputs: ['x'], attributes: { kernel_shape: [HUGE, 2] } }] },
    ],
    ['an input of 2^40 rows', { input: [1, HUGE, 4], nodes: [{ op: 'Relu', inputs: ['x'] }] }],
    [
      'tensors joined to 2^30',
      {
        input: [4],
        nodes: [
          ...Array.from({ length: 40 }, (_, i) => ({
            op: 'Concat',
            inputs: [i === 0 ? 'x' : `t${i - 1}`, i === 0 ? 'x' : `t${i - 1}`],
            attributes: { axis: 1 },
          })),
        ],
      },
    ],
    ['a node of its own output', { input: [4], nodes: [{ op: 'Add', inputs: ['x', 'y'], outputs: ['y'] }] }],
    [
      'two nodes in a circle',
      {
        input: [4],
        nodes: [
          { op: 'Relu', inputs: ['b'], outputs: ['a'] },
          { op: 'Relu', inputs: ['a'], outputs: ['b'] },
          { op: 'Relu', inputs: ['b'] },
        ],
      },
    ],
    [
      'weights that are not finite',
      { input: [2], tensors: [floats('w', [2, 1], [1, Number.NaN])], nodes: [{ op: 'MatMul', inputs: ['x', 'w'] }] },
    ],
    [
      'a tensor repeated 2^40 times',
      { input: [1, 1, 4], tensors: [integers('r', [1, 1, 1, HUGE])], nodes: [{ op: 'Tile', inputs: ['x', 'r'] }] },
    ],
    [
      'an image resized to 2^40 rows',
      {
        input: [1, 4, 4],
        opset: 18,
        tensors: [integers('n', [1, 1, HUGE, 4])],
        nodes: [{ op: 'Resize', inputs: ['x', '', '', 'n'] }],
      },
    ],
    [
      'a mirror of 2^40 columns',
      {
        input: [1, 4, 4],
        tensors: [integers('p', [0, 0, 0, 0, 0, 0, 0, HUGE])],
        nodes: [{ op: 'Pad', inputs: ['x', 'p'], attributes: { mode: 'reflect' } }],
      },
    ],
    [
      'a transposed convolution with strides of 2^40',
      {
        input: [1, 4, 4],
        tensors: [floats('w', [1, 1, 1, 1], [1])],
        nodes: [{ op: 'ConvTranspose', inputs: ['x', 'w'], attributes: { strides: [HUGE, HUGE] } }],
      },
    ],
    [
      'a graph without input',
      { input: [2], nodes: [{ op: 'Constant', inputs: [], attributes: { value_floats: { floats: [1, 2] } } }] },
    ],
  ];
  for (const [what, spec] of specs) {
    it(what, () => {
      expect(onnxLoads(spec)).toBe(false);
    });
  }

  it('graphs within graphs', () => {
    // AttributeProto.g holds a GraphProto holds a NodeProto holds an AttributeProto, 5,000 times.
    const length = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...length(n >> 7)]);
    const wrap = (field: number, inner: Uint8Array) =>
      p.bytes(Uint8Array.of((field << 3) | 2, ...length(inner.length)), inner);
    let inner: Uint8Array = new Uint8Array();
    for (let i = 0; i < 5000; i++) inner = wrap(1, wrap(5, wrap(6, inner)));
    const file = p.bytes(0x08, 8, wrap(7, inner));
    expect(() => parseOnnx(file, 'f')).toThrow(/^f: offset \d+: messages nest/);
  });

  it('an architecture whose blocks contain themselves, or grow without end', () => {
    const read = (yaml: string) => () => parseArchitecture(`input: [4]\nblocks:\n${yaml}\nlayers: [{ block: a }]`, 'f');
    expect(read('  a: [{ block: a }]')).toThrow(/nest more than/);
    const ten = (name: string) => `[${Array.from({ length: 10 }, () => `{ block: ${name} }`).join(', ')}]`;
    const tower = ['a', 'b', 'c', 'd', 'e', 'g'].map(
      (name, i, all) => `  ${name}: ${i < 5 ? ten(all[i + 1]!) : '[relu]'}`,
    );
    expect(read(tower.join('\n'))).toThrow(/more than 20000 layers|nest/);
  });

  it('YAML aliases that multiply', () => {
    const lines = [
      'a0: &a0 [x, x, x, x, x, x, x, x, x]',
      ...Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array.from({ length: 9 }, () => `*a${i}`)}]`),
    ];
    expect(() => parseArchitecture(lines.join('\n'), 'f')).toThrow(FormatError);
  });

  it('HDF5 attributes and names that point anywhere', async () => {
    const file = await hdf5File((f) => {
      f.create_attribute('model_config', 'x'.repeat(100));
      f.create_group('model_weights');
    });
    const read: Read = (b) => importKerasHdf5(b, 'f', 'f', NO_PREPROCESSING);
    for (let at = 0; at + 8 <= file.length; at++) {
      const bytes = new Uint8Array(file);
      // Every eight bytes as an address of the file's own start, where nothing is what it should be.
      new DataView(bytes.buffer).setBigUint64(at, 0n, true);
      loads(read, bytes);
    }
  });
});

describe('a model.json that is cut off', () => {
  const json = readFileSync(`${BUNDLED}tensorspace-lenet/mnist.json`);

  it.each([1, 2, 100, json.length >> 1, json.length - 1])('after %d bytes names that place', async (bytes) => {
    await expect(loadTfjs(json.subarray(0, bytes), 'model.json', 'm', NO_PREPROCESSING)).rejects.toThrow(
      new RegExp(`^model\\.json: offset ${bytes}: the JSON ends here, unfinished; the file is truncated or damaged$`),
    );
  });

  it('and one that is broken names where', async () => {
    const broken = Buffer.from(json);
    const at = broken.indexOf(':');
    broken[at] = 0x3b;
    await expect(loadTfjs(broken, 'model.json', 'm', NO_PREPROCESSING)).rejects.toThrow(
      new RegExp(`^model\\.json: offset ${at}: not JSON \\(.*; the file is damaged$`),
    );
  });
});
