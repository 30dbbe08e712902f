/** loadNetworkFile: which reader a file gets, what is said where none fits, and what comes with the network. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/base/errors.js';
import { loadTf } from '../../../src/base/tensorflow/tf.js';
import { encodeCheckpoint } from '../../../src/networks/formats/checkpoint.js';
import { describePreprocessing, inputRangeOf } from '../../../src/networks/formats/import/preprocessing.js';
import { listTensors, loadNetworkFile, OWN_FORMAT } from '../../../src/networks/formats/index.js';
import { encodeOnnx } from '../../../src/networks/formats/onnx/exportOnnx.js';
import { forward } from '../../../src/networks/forward.js';
import { preprocess } from '../../../src/networks/preprocess.js';
import { sonicMnist } from '../../../src/networks/zoo/sonicMnist.js';
import { temporaryFolder } from '../../helpers/folder.js';
import { randomArray } from '../../helpers/random.js';
import { floats, onnxModel } from './onnx/model.js';
import { bytes } from './pytorch/pickle.js';
import { Graph } from './tfjs/graph.js';

const folder = temporaryFolder();
const sha256 = (...parts: Uint8Array[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');
const fixture = (path: string) => new URL(path, import.meta.url).pathname;
const mnist = sonicMnist(3);
const rgb = onnxModel({
  input: [3, 4, 4],
  tensors: [floats('w', [2, 3, 1, 1], [1, 10, 100, 2, 20, 200])],
  nodes: [
    { op: 'Conv', inputs: ['x', 'w'] },
    { op: 'Flatten', inputs: ['t0'] },
  ],
});

describe('what loading costs', () => {
  /** Modules that come with a module at once: its imports, and theirs, without those that are fetched when needed. */
  function closure(file: URL, seen = new Set<string>()): Set<string> {
    if (seen.has(file.pathname)) return seen;
    seen.add(file.pathname);
    for (const [, types, name] of readFileSync(file, 'utf8').matchAll(
      /^(?:import|export) (type )?[^;]*?from '([^']+)';/gms,
    )) {
      if (types !== undefined) continue;
      if (name!.startsWith('.')) closure(new URL(name!.replace(/\.js$/, '.ts'), file), seen);
      else seen.add(name!);
    }
    return seen;
  }

  it("a run of MNIST's own checkpoint loads no reader of other formats", () => {
    const modules = [...closure(new URL('../../../src/networks/formats/index.ts', import.meta.url))];
    expect(modules.some((name) => name.endsWith('formats/detect.ts'))).toBe(true);
    expect(
      modules.filter((name) => /onnx|h5wasm|hdf5|fflate|yaml|keras|tfjs|pytorch|zip|architecture/.test(name)),
    ).toEqual([]);
  });
});

describe('formats are told by content', () => {
  it('whatever the name', async () => {
    const own = encodeCheckpoint(mnist, { metadata: { dataset: 'mnist' } });
    const loaded = await loadNetworkFile(await folder.file('own.bin', own));
    expect(loaded).toMatchObject({
      format: OWN_FORMAT,
      sha256: sha256(own),
      metadata: { dataset: 'mnist' },
      notes: [],
    });
    const onnx = encodeOnnx(mnist);
    expect(await loadNetworkFile(await folder.file('model.weights', onnx))).toMatchObject({
      format: 'ONNX',
      sha256: sha256(onnx),
    });
    const keras = await folder.file('a.zip', await readFile(fixture('keras/tiny.keras')));
    expect(await loadNetworkFile(keras)).toMatchObject({
      format: 'Keras 3 archive',
      network: { inputShape: [12, 12, 3] },
    });
    expect(await loadNetworkFile(fixture('keras/tiny.h5'))).toMatchObject({ format: 'Keras HDF5' });
    expect((await listTensors(fixture('pytorch/tiny.pt')))!.tensors.map(({ name }) => name)).toContain('fc.weight');
    expect(await listTensors(fixture('keras/tiny.h5'))).toBeNull();
  });

  const strangers: [string, string, Uint8Array | string, RegExp][] = [
    [
      'TensorFlow Lite cut short',
      'm.tflite',
      bytes(0x1c, 0, 0, 0, 'TFL3', new Uint8Array(20)),
      /m\.tflite: offset 28: .*trunc/,
    ],
    [
      'TensorFlow Lite of another version',
      'm.tflite',
      bytes(0x1c, 0, 0, 0, 'TFL2', new Uint8Array(20)),
      /m\.tflite: offset 4: no TFL3/,
    ],
    ['a frozen graph', 'm.pb', bytes(0x0a, 5, 'hello'), /SavedModel or frozen graph.*no well-kept reader.*tf2onnx/],
    ['numpy', 'm.npy', bytes(0x93, 'NUMPY', 1, 0), /numpy/],
    ['another zip', 'm.zip', bytes('PK', 3, 4, new Uint8Array(30)), /m\.zip: /],
    ['nothing', 'm.onnx', '', /m\.onnx: /],
    ['text', 'm.txt', 'weights', /begins like no format.*safetensors, ONNX, Keras/],
    ['JSON of something else', 'm.json', '{"a": 1}', /no modelTopology/],
    ['safetensors cut short', 'm.safetensors', bytes(9, 0, 0, 0, 0, 0, 0, 0, '{'), /announces a header of 9 bytes/],
  ];
  for (const [what, name, content, message] of strangers) {
    it(`says what to do with ${what}`, async () => {
      const path = await folder.file(name, content);
      await expect(loadNetworkFile(path)).rejects.toThrow(FormatError);
      await expect(loadNetworkFile(path)).rejects.toThrow(message);
    });
  }

  it('folders', async () => {
    await mkdir(folder.path('saved'));
    await expect(loadNetworkFile(folder.path('saved'))).rejects.toThrow(/folder without a model\.json/);
    await writeFile(folder.path('saved/saved_model.pb'), '');
    await expect(loadNetworkFile(folder.path('saved'))).rejects.toThrow(/SavedModel/);
    await expect(loadNetworkFile(folder.path('none'))).rejects.toThrow(/no such file/);
  });
});

describe('TensorFlow.js models in a folder', () => {
  const graph = new Graph([2, 2, 1]);
  graph.node('AddV2', ['x', graph.floats('k', [1], 5)]);
  const { json, data } = graph.artifacts();

  async function model(name: string, path: string, content = data): Promise<string> {
    await mkdir(folder.path(name));
    await writeFile(
      folder.path(join(name, 'model.json')),
      JSON.stringify({ ...json, weightsManifest: [{ ...json.weightsManifest[0], paths: [path] }] }),
    );
    await writeFile(folder.path(join(name, 'weights.bin')), content);
    return folder.path(name);
  }

  it('load by the folder or by model.json, and the hash is of all files', async () => {
    const path = await model('good', './weights.bin');
    const [a, b] = [await loadNetworkFile(path), await loadNetworkFile(join(path, 'model.json'))];
    expect(a).toMatchObject({ format: 'TensorFlow.js', network: { inputShape: [2, 2, 1] } });
    expect(a.sha256).toBe(sha256(await readFile(join(path, 'model.json')), data));
    expect(b.sha256).toBe(a.sha256);
  });

  const paths = [
    '../own.bin',
    '/etc/passwd',
    'a/../../own.bin',
    'http://example.org/w.bin',
    'file:///etc/passwd',
    '..\\own.bin',
  ];
  for (const [i, path] of paths.entries()) {
    it(`reads no weights from ${path}`, async () => {
      const place = await model(`bad${i}`, path);
      await expect(loadNetworkFile(place)).rejects.toThrow(/only files in the model's own folder are read/);
    });
  }

  it('says where weights are cut', async () => {
    const place = await model('short', 'weights.bin', data.subarray(0, 2));
    await expect(loadNetworkFile(place)).rejects.toThrow(/weights\.bin: offset 0: 'k' \[1\] takes 4 bytes, 2 are left/);
  });
});

describe('preprocessing', () => {
  it('is assumed, stored or given, and said', async () => {
    const path = await folder.file('rgb.onnx', rgb);
    const plain = await loadNetworkFile(path);
    expect(plain.network).toMatchObject({ preprocessing: { scale: 1, mean: [0], std: [1] }, inputRange: [0, 255] });
    expect(plain.notes.join()).toMatch(/bytes 0 to 255 are taken as they are \(--preprocessing changes it\)/);
    const given = await loadNetworkFile(path, { preprocessing: 'scale: 1/255, mean: [0.5, 0.25, 0], std: 0.5' });
    expect(given.network.preprocessing).toEqual({ scale: 1 / 255, mean: [0.5, 0.25, 0], std: [0.5, 0.5, 0.5] });
    expect(given.network.inputRange).toEqual([-1, 2]);
    expect(given.notes).toEqual([]);
    const file = await folder.file('pre.yaml', 'scale: 1/255\nmean: 0.5\n');
    expect((await loadNetworkFile(path, { preprocessing: file })).network.inputRange).toEqual([-0.5, 0.5]);
    const stored = await folder.file('stored.onnx', encodeOnnx(given.network));
    expect((await loadNetworkFile(stored)).network.preprocessing).toEqual(given.network.preprocessing);
    expect(describePreprocessing(given.network.preprocessing)).toBe('x = (byte / 255 - [0.5,0.25,0]) / [0.5,0.5,0.5]');
  });

  it('exchanges red and blue where the network was trained so', async () => {
    const path = await folder.file('bgr.onnx', rgb);
    const tf = await loadTf('cpu');
    const image = Uint8Array.from(randomArray(1, 48, 0, 255));
    const swapped = Uint8Array.from(image, (_, i) => image[i - (i % 3) + (2 - (i % 3))]!);
    const options = 'mean: [1, 2, 3]';
    const run = async (preprocessing: string, pixels: Uint8Array) => {
      const { network } = await loadNetworkFile(path, { preprocessing });
      return forward(tf, network, tf.tensor(preprocess(network, pixels), [1, 4, 4, 3])).dataSync();
    };
    // mean is in the order of the channels that are named.
    expect(await run(`${options}, channels: bgr`, image)).toBeAllclose(await run(options, swapped), { rtol: 1e-6 });
  });

  it('makes images of flat inputs', async () => {
    const flat = onnxModel({
      input: [48],
      tensors: [floats('w', [48, 2], randomArray(2, 96, -1, 1))],
      nodes: [{ op: 'MatMul', inputs: ['x', 'w'] }],
    });
    const path = await folder.file('flat.onnx', flat);
    expect((await loadNetworkFile(path)).network.inputShape).toEqual([48]);
    const { network } = await loadNetworkFile(path, { preprocessing: 'image: [4, 4, 3]' });
    expect(network.inputShape).toEqual([4, 4, 3]);
    await expect(loadNetworkFile(path, { preprocessing: 'image: [4, 4, 1]' })).rejects.toThrow(
      /does not fit the given image \[4, 4, 1\]/,
    );
  });

  it('bounds the input by what bytes can become', () => {
    expect(inputRangeOf({ scale: -1, mean: [0, 1], std: [1, 0.5] })).toEqual([-512, 0]);
  });

  const wrong: [string, RegExp][] = [
    ['scale: 1/0', /scale/],
    ['std: 0', /std.*more than 0/],
    ['mean: [1, 2]', /mean has 2 values.*3 channel/],
    ['channels: rbg', /channels/],
    ['sacle: 1', /sacle/],
    ['nowhere.yaml', /preprocessing file 'nowhere\.yaml': no such file/],
    ['{ scale: [', /not YAML/],
  ];
  for (const [text, message] of wrong) {
    it(`refuses '${text}'`, async () => {
      const path = await folder.file('rgb2.onnx', rgb);
      await expect(loadNetworkFile(path, { preprocessing: text })).rejects.toThrow(FormatError);
      await expect(loadNetworkFile(path, { preprocessing: text })).rejects.toThrow(message);
    });
  }
});

describe('architectures', () => {
  it('are asked for where the file holds none, by names that exist', async () => {
    const path = fixture('pytorch/tiny.pt');
    await expect(loadNetworkFile(path)).rejects.toThrow(
      /4 tensors and no architecture.*\(resnet18, resnet20-cifar10, vgg16, mobilenet_v2 and \d+ more in docs.*sonic inspect/,
    );
    await expect(loadNetworkFile(path, { architecture: 'resnet20-cifar' })).rejects.toThrow(
      /did you mean 'resnet20-cifar10'/,
    );
    await expect(loadNetworkFile(path, { architecture: './none.yaml' })).rejects.toThrow(
      /architecture file '\.\/none\.yaml': no such file/,
    );
    const yaml = await folder.file(
      'fc.yaml',
      'input: [3]\npreprocessing: { scale: 1 }\nlayers: [{ dense: fc }]\nignore: [half]\n',
    );
    const loaded = await loadNetworkFile(path, { architecture: yaml });
    expect(loaded).toMatchObject({ format: 'PyTorch state_dict', notes: [], network: { output: 'fc' } });
    expect(loaded.sha256).toBe(sha256(await readFile(path), await readFile(yaml)));
  });

  it('are refused where the file holds its own', async () => {
    const path = await folder.file('own.safetensors', encodeCheckpoint(mnist));
    await expect(loadNetworkFile(path, { architecture: 'resnet20-cifar10' })).rejects.toThrow(/its own architecture/);
  });
});
