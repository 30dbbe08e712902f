/** Manifests of `sonic convert` name every file that was read, with the hash that `sha256sum` prints, for every format. */
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeCheckpoint } from '../../src/networks/formats/checkpoint.js';
import { FORMATS, type FormatName } from '../../src/networks/formats/detect.js';
import { type LoadNetworkOptions, OWN_FORMAT } from '../../src/networks/formats/index.js';
import { encodeOnnx } from '../../src/networks/formats/onnx/exportOnnx.js';
import { sonicMnist } from '../../src/networks/zoo/sonicMnist.js';
import { convertCheckpoint } from '../../src/training/convertCheckpoint.js';
import { temporaryFolder } from '../helpers/folder.js';
import { Graph } from '../networks/formats/tfjs/graph.js';

const folder = temporaryFolder();
const fixture = (path: string) => new URL(`../networks/formats/${path}`, import.meta.url).pathname;
const FC = 'input: [3]\npreprocessing: { scale: 1 }\nlayers: [{ dense: fc }]\nignore: [half]\n';

/** Writes a fixture's files into a folder of their own; returns the path of the first. */
async function copied(name: string, ...files: string[]): Promise<string> {
  await mkdir(folder.path(name));
  for (const file of files) await cp(fixture(file), folder.path(join(name, file.split('/').at(-1)!)));
  return folder.path(join(name, files[0]!.split('/').at(-1)!));
}

async function written(name: string, files: Readonly<Record<string, Uint8Array | string>>): Promise<string> {
  for (const [file, content] of Object.entries(files)) {
    await mkdir(dirname(folder.path(join(name, file))), { recursive: true });
    await writeFile(folder.path(join(name, file)), content);
  }
  return folder.path(join(name, Object.keys(files)[0]!));
}

function tfjs() {
  const graph = new Graph([2, 2, 1]);
  graph.node('AddV2', ['x', graph.floats('k', [1], 5)]);
  const { json, data } = graph.artifacts();
  const manifest = [{ ...json.weightsManifest[0], paths: ['a.bin', 'parts/b.bin'] }];
  const model = JSON.stringify({ ...json, weightsManifest: manifest });
  return written('tfjs', { 'model.json': model, 'a.bin': data.subarray(0, 3), 'parts/b.bin': data.subarray(3) });
}

/** A linear layer in a safetensors file of the hubs. */
function safetensors(): Uint8Array {
  const header = JSON.stringify({ 'fc.weight': { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] } });
  const length = new Uint8Array(new BigUint64Array([BigInt(header.length)]).buffer);
  return Buffer.concat([length, Buffer.from(header), new Uint8Array(new Float32Array(6).fill(1).buffer)]);
}

interface Source {
  readonly format: FormatName;
  readonly what: string;
  readonly path: () => Promise<string>;
  /** What is read besides the file itself, by the names that the manifest gives. */
  readonly others?: readonly string[];
  readonly options?: () => Promise<LoadNetworkOptions>;
}

const SOURCES: readonly Source[] = [
  {
    format: 'safetensors',
    what: 'our own checkpoint',
    path: () => written('own', { 'own.safetensors': encodeCheckpoint(sonicMnist(3)) }),
  },
  {
    format: 'safetensors',
    what: 'tensors with an architecture file',
    path: () => written('hub', { 'hub.safetensors': safetensors(), 'fc.yaml': FC.replace('ignore: [half]\n', '') }),
    others: ['fc.yaml'],
    options: async () => ({ architecture: folder.path('hub/fc.yaml') }),
  },
  { format: 'onnx', what: 'one file', path: () => written('onnx', { 'm.onnx': encodeOnnx(sonicMnist(3)) }) },
  {
    format: 'onnx',
    what: 'data outside the model',
    path: () => copied('external', 'onnx/vit/model.onnx', 'onnx/vit/model.onnx.data'),
    others: ['model.onnx.data'],
  },
  { format: 'kerasHdf5', what: 'one file', path: () => copied('h5', 'keras/tiny.h5') },
  { format: 'kerasArchive', what: 'one file', path: () => copied('keras', 'keras/tiny.keras') },
  {
    format: 'tflite',
    what: 'one file',
    path: () => copied('tflite', '../../data/foreign/mlperf_tiny_resnet8_int8.tflite'),
  },
  { format: 'tfjs', what: 'a folder', path: async () => dirname(await tfjs()), others: ['a.bin', 'parts/b.bin'] },
  {
    format: 'pytorch',
    what: 'a state_dict with an architecture file',
    path: async () => {
      await written('torch', { 'fc.yaml': FC });
      await cp(fixture('pytorch/tiny.pt'), folder.path('torch/tiny.pt'));
      return folder.path('torch/tiny.pt');
    },
    others: ['fc.yaml'],
    options: async () => ({ architecture: folder.path('torch/fc.yaml') }),
  },
];

describe('the manifest of a conversion', () => {
  it('is tried with every format', () => {
    expect(new Set(SOURCES.map(({ format }) => format))).toEqual(new Set(Object.keys(FORMATS)));
  });

  it.each(SOURCES)('names the files of $format, $what, as sha256sum does', async (given) => {
    const path = await given.path();
    const to = folder.path(`${given.format}-${given.what.replaceAll(/\W/g, '')}.safetensors`);
    await convertCheckpoint(path, to, await given.options?.());
    const { source } = JSON.parse(await readFile(to.replace(/\.safetensors$/, '.manifest.json'), 'utf8'));
    const { file, sha256, with: others = [] } = source;
    expect(others.map((other: { file: string }) => other.file)).toEqual(given.others ?? []);
    expect([FORMATS[given.format], OWN_FORMAT]).toContain(source.format);
    const place = path.endsWith(file) ? dirname(path) : path;
    for (const named of [{ file, sha256 }, ...others]) {
      const content = await readFile(join(place, named.file));
      expect(named, named.file).toEqual({
        file: named.file,
        sha256: createHash('sha256').update(content).digest('hex'),
      });
    }
  });
});
