/** Numbers in files that would fill the memory, run into 32 bits or take for ever: refused, each and together. */
import { deflateRawSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { FormatError, NetworkError } from '../../../src/base/errors.js';
import { ZipArchive, zipBytes } from '../../../src/base/zip.js';
import { loadConformance } from '../../../src/experiments/conformance/loadCases.js';
import { readResult } from '../../../src/experiments/result/readResult.js';
import { encodeCheckpoint } from '../../../src/networks/formats/checkpoint.js';
import { loadNetworkFile } from '../../../src/networks/formats/index.js';
import { parseManifest } from '../../../src/networks/formats/tfjs/tfjsWeights.js';
import { validateNetwork } from '../../../src/networks/shapes.js';
import type { Layer, Network } from '../../../src/networks/types.js';
import { temporaryFolder } from '../../helpers/folder.js';

const folder = temporaryFolder();
const HUGE = [2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1];

const network = (layer: Partial<Layer>): Network =>
  ({
    name: 'n',
    inputShape: [8, 8, 1],
    inputRange: [0, 1],
    preprocessing: { scale: 1, mean: [0], std: [1] },
    layers: [{ name: 'l', inputs: ['input'], ...layer }],
    output: 'l',
  }) as Network;
const conv = {
  kind: 'conv2d',
  weight: new Float32Array(9),
  weightShape: [3, 3, 1, 1],
  bias: null,
  strides: [1, 1],
  padding: [
    [0, 0],
    [0, 0],
  ],
  dilation: [1, 1],
  groups: 1,
} as const;
const pool = {
  kind: 'pool2d',
  mode: 'max',
  size: [2, 2],
  strides: [1, 1],
  padding: conv.padding,
  countIncludePad: false,
} as const;

describe('windows, strides, dilations and paddings', () => {
  it('the layers themselves are valid', () => {
    expect(() => validateNetwork(network(conv))).not.toThrow();
    expect(() => validateNetwork(network(pool))).not.toThrow();
  });

  it.each(HUGE)('of %d are refused in every layer that has them', (n) => {
    const edges = [
      [n, n],
      [0, 0],
    ] as const;
    const layers: Partial<Layer>[] = [
      { ...conv, padding: edges },
      { ...conv, strides: [n, 1] },
      { ...conv, dilation: [1, n] },
      { ...pool, size: [n, n], padding: edges },
      { ...pool, size: [n, n] },
      { ...pool, strides: [n, n] },
      { kind: 'pad', padding: [...edges, [0, 0]], value: 0 },
      { kind: 'reshape', shape: [n] },
    ];
    for (const layer of layers) {
      expect(() => validateNetwork(network(layer))).toThrow(NetworkError);
      expect(() => validateNetwork(network(layer))).toThrow(/^layer 'l' \(\w+\): \P{Cc}{1,250}$/u);
    }
  });

  it('a tensor that no memory holds is refused though each number is allowed', () => {
    const wide = [
      [2 ** 19, 0],
      [2 ** 19, 0],
    ] as const;
    expect(() => validateNetwork(network({ ...conv, padding: wide }))).toThrow(/at most 67108864 elements/);
  });

  it('of our own checkpoints too, with the name of the file', async () => {
    const valid = encodeCheckpoint(network(conv), {});
    const text = Buffer.from(valid).toString('latin1');
    const hostile = text.replace('\\"dilation\\":[1,1]', '\\"dilation\\":[1,9]');
    expect(hostile).not.toBe(text);
    const file = await folder.file('own.safetensors', Buffer.from(hostile, 'latin1'));
    await expect(loadNetworkFile(file)).rejects.toThrow(FormatError);
    await expect(loadNetworkFile(file)).rejects.toThrow(/own\.safetensors: layer 'l'/);
  });
});

describe('what archives inflate to', () => {
  it('is counted over all members', () => {
    const zeros = new Uint8Array(30 << 20);
    const bytes = zipSync({ a: zeros, b: zeros, c: zeros, d: zeros }, { level: 9 });
    const archive = new ZipArchive(zipBytes(bytes), 'f');
    expect(() => ['a', 'b', 'c', 'd'].map((name) => archive.read(name))).toThrow(/^f: offset \d+: .* altogether/);
    expect(deflateRawSync(zeros).length * 4).toBeGreaterThan(bytes.length / 2);
  });

  it('of a model’s configuration is no gigabyte', async () => {
    const file = await folder.file(
      'bomb.keras',
      zipSync({
        'config.json': [new Uint8Array(80 << 20), { level: 9 }],
        'model.weights.h5': new Uint8Array(8),
        'metadata.json': new Uint8Array(2),
      }),
    );
    await expect(loadNetworkFile(file)).rejects.toThrow(/'config\.json' announces 83886080 bytes, at most 67108864/);
  });
});

describe('what TensorFlow.js models announce', () => {
  it('is counted over all weights', () => {
    const entry = (name: string) => ({ name, shape: [2 ** 27 + 1], dtype: 'float32' });
    expect(() => parseManifest([{ paths: ['w'], weights: [entry('a')] }], 'f')).not.toThrow();
    expect(() =>
      parseManifest(
        [
          { paths: ['w'], weights: [entry('a')] },
          { paths: ['v'], weights: [entry('b')] },
        ],
        'f',
      ),
    ).toThrow(/'b' brings the numbers to more than/);
  });
});

describe('JSON of results and conformance cases', () => {
  it.each(['[', '{"a":', '{"schema":"sonic-result/1","network":['])(
    'nested 50,000 deep by %s is refused',
    async (open) => {
      const close = open === '{"a":' ? '}' : ']';
      const file = await folder.file('deep.json', `${open.repeat(50_000)}1${close.repeat(50_000)}`);
      for (const read of [readResult, loadConformance]) {
        await expect(read(file)).rejects.toThrow(FormatError);
        await expect(read(file)).rejects.toThrow(/nests more than 64 deep/);
      }
    },
  );
});
