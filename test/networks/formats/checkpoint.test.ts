import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FormatError, NetworkError, SonicError } from '../../../src/base/errors.js';
import type { CompressedWeights } from '../../../src/networks/compression/types.js';
import {
  decodeCheckpoint,
  encodeCheckpoint,
  loadCheckpoint,
  saveCheckpoint,
} from '../../../src/networks/formats/checkpoint.js';
import { layerSchemas } from '../../../src/networks/formats/graphSchema.js';
import type { DenseLayer, Layer, Network } from '../../../src/networks/types.js';
import { container, float32, split } from './container.js';
import {
  arbitraryClusters,
  arbitraryNetwork,
  everyLayer,
  everyLayerClusters,
  everyLayerNetwork,
  expand,
} from './networks.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sonic-checkpoint-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Same bits, so that -0 is not 0. */
function expectSameBits(found: Network, expected: Network): void {
  const bits = (_: string, value: unknown) =>
    value instanceof Float32Array ? [...new Uint32Array(new Float32Array(value).buffer)] : value;
  expect(JSON.stringify(found.layers.map(sorted), bits)).toBe(JSON.stringify(expected.layers.map(sorted), bits));
  expect(found).toEqual(expected);
}
const sorted = (layer: Layer) => Object.fromEntries(Object.entries(layer).sort(([a], [b]) => (a < b ? -1 : 1)));

const dense = (weight: Float32Array, shape: readonly [number, number], bias: Float32Array | null = null): Network => ({
  ...everyLayerNetwork,
  layers: [{ kind: 'dense', name: 'fc', inputs: ['input'], weight, weightShape: shape, bias }],
  output: 'fc',
});

describe('round trip', () => {
  it('has a layer of every kind to test with', () => {
    expect([...new Set(everyLayer.map((layer) => layer.kind))].sort()).toEqual(Object.keys(layerSchemas).sort());
  });

  it('keeps every kind of layer bit by bit, through a file', async () => {
    const path = join(folder, 'every.safetensors');
    const metadata = { accuracy: '0.98', __proto__note: 'ü' };
    await saveCheckpoint(path, everyLayerNetwork, { clusters: everyLayerClusters, metadata });
    const loaded = await loadCheckpoint(path);
    expectSameBits(loaded.network, everyLayerNetwork);
    expect(loaded.clusters).toEqual(everyLayerClusters);
    expect(loaded.metadata).toEqual(metadata);
    const { createHash } = await import('node:crypto');
    expect(loaded.sha256).toBe(
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    );
    expect(await readdir(folder)).toEqual(['every.safetensors']);
  });

  it('keeps any network and clusters, and writes the same bytes again', () => {
    fc.assert(
      fc.property(arbitraryNetwork, ({ network, clusters }) => {
        const bytes = encodeCheckpoint(network, { clusters });
        const loaded = decodeCheckpoint(bytes, 'f');
        expectSameBits(loaded.network, network);
        expect(loaded.clusters).toEqual(clusters);
        expect(encodeCheckpoint(loaded.network, loaded)).toEqual(bytes);
        expect(decodeCheckpoint(encodeCheckpoint(network), 'f')).toEqual({ network, clusters: {}, metadata: {} });
      }),
    );
  });

  it('keeps bounds that are infinite or unknown', () => {
    for (const inputRange of [null, [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY], [-0, 1], [0.1, 2]] as const) {
      const network = { ...everyLayerNetwork, inputRange };
      expect(decodeCheckpoint(encodeCheckpoint(network), 'f').network.inputRange).toEqual(inputRange);
    }
  });
});

describe('compressed weights on disk', () => {
  it('take a bit per weight and ceil(log2 C) bits per kept one', () => {
    fc.assert(
      fc.property(arbitraryClusters, (compressed) => {
        const weight = expand(compressed);
        const { header } = split(encodeCheckpoint(dense(weight, [weight.length, 1]), { clusters: { fc: compressed } }));
        const {
          'fc.mask': mask,
          'fc.index': index,
          'fc.centroids': centroids,
          __metadata__: _,
          ...others
        } = header as Record<string, never>;
        const kept = compressed.index.filter((i) => i > 0).length;
        const clusters = compressed.centroids.length;
        expect(mask).toMatchObject({ dtype: 'U8', shape: [Math.ceil(weight.length / 8)] });
        expect(index).toMatchObject({
          dtype: 'U8',
          shape: [clusters > 1 ? Math.ceil((kept * Math.ceil(Math.log2(clusters))) / 8) : 0],
        });
        expect(centroids).toMatchObject({ dtype: 'F32', shape: [clusters] });
        expect(others).toEqual({});
      }),
    );
  });

  it('read a pruned -0 back as +0', () => {
    const compressed = { centroids: Float32Array.of(2), index: Uint8Array.of(0, 1) };
    const { network } = decodeCheckpoint(
      encodeCheckpoint(dense(Float32Array.of(-0, 2), [2, 1]), { clusters: { fc: compressed } }),
      'f',
    );
    expect(Object.is((network.layers[0] as DenseLayer).weight[0], 0)).toBe(true);
  });
});

describe('saving refuses', () => {
  const weight = Float32Array.of(0, 1);
  const withClusters = (compressed: CompressedWeights) => ({ clusters: { fc: compressed } });
  const broken = (change: object) => ({ ...dense(weight, [2, 1]), ...change }) as Network;
  it.each<[string, () => unknown, RegExp]>([
    ['a NaN weight', () => encodeCheckpoint(dense(Float32Array.of(1, Number.NaN), [2, 1])), /fc\.weight\[1\] is NaN/],
    [
      'an infinite bias',
      () => encodeCheckpoint(dense(weight, [1, 2], Float32Array.of(1, Number.POSITIVE_INFINITY))),
      /fc\.bias\[1\] is Infinity/,
    ],
    [
      'a wrong number of weights',
      () => encodeCheckpoint(dense(weight, [3, 1])),
      /'fc': weight has 2 values, weightShape \[3,1\] says 3/,
    ],
    [
      'a wrong number of biases',
      () => encodeCheckpoint(dense(weight, [2, 1], Float32Array.of(1, 2))),
      /'fc': bias has 2 values, expected 1/,
    ],
    [
      'batch-norm of two lengths',
      () => encodeCheckpoint(broken({ layers: [{ ...everyLayer[2], mean: Float32Array.of(1) }] })),
      /'bn': mean has 1 values, expected 2/,
    ],
    [
      'an empty scale',
      () => encodeCheckpoint(broken({ layers: [{ ...everyLayer.at(-1), scale: new Float32Array() }] })),
      /scale has 0 values/,
    ],
    [
      'two layers of one name',
      () => encodeCheckpoint(broken({ layers: [everyLayer[3], everyLayer[3]] })),
      /two layers are named "relu"/,
    ],
    [
      'a name with a line break',
      () => encodeCheckpoint(broken({ name: 'a\nb' })),
      /name is "a\\nb": must not hold control characters/,
    ],
    [
      'a NaN scalar',
      () => encodeCheckpoint(broken({ preprocessing: { scale: Number.NaN, mean: [0], std: [1] } })),
      /preprocessing\.scale is NaN/,
    ],
    [
      'a stranger field',
      () => encodeCheckpoint(broken({ layers: [{ ...everyLayer[4], alfa: 1 }] })),
      /unknown key 'alfa', did you mean 'alpha'\?/,
    ],
    [
      'reserved metadata',
      () => encodeCheckpoint(dense(weight, [2, 1]), { metadata: { 'sonic.x': '' } }),
      /'sonic\.x'.*reserved/,
    ],
    [
      'clusters of no layer',
      () => encodeCheckpoint(dense(weight, [2, 1]), { clusters: { relu: everyLayerClusters['x']! } }),
      /'relu', which is no layer/,
    ],
    [
      'clusters that are not the weights',
      () =>
        encodeCheckpoint(
          dense(weight, [2, 1]),
          withClusters({ centroids: Float32Array.of(1.5), index: Uint8Array.of(0, 1) }),
        ),
      /weight\[1\] is 1, its cluster's value is 1\.5/,
    ],
    [
      'a weight pruned in the clusters only',
      () =>
        encodeCheckpoint(
          dense(weight, [2, 1]),
          withClusters({ centroids: Float32Array.of(1), index: Uint8Array.of(0, 0) }),
        ),
      /weight\[1\] is 1, its cluster's value is 0/,
    ],
    [
      'an index without centroid',
      () =>
        encodeCheckpoint(
          dense(weight, [2, 1]),
          withClusters({ centroids: Float32Array.of(1), index: Uint8Array.of(0, 2) }),
        ),
      /index\[1\] is 2, but there are 1 centroids/,
    ],
    [
      'a short index',
      () =>
        encodeCheckpoint(
          dense(weight, [2, 1]),
          withClusters({ centroids: Float32Array.of(1), index: Uint8Array.of(0) }),
        ),
      /index has 1 entries for 2 weights/,
    ],
    [
      'a NaN centroid',
      () =>
        encodeCheckpoint(
          dense(weight, [2, 1]),
          withClusters({ centroids: Float32Array.of(Number.NaN), index: Uint8Array.of(0, 1) }),
        ),
      /fc\.centroids\[0\] is NaN/,
    ],
    [
      '256 centroids',
      () =>
        encodeCheckpoint(
          dense(weight, [2, 1]),
          withClusters({ centroids: new Float32Array(256), index: Uint8Array.of(0, 1) }),
        ),
      /256 centroids, at most 255/,
    ],
  ])('%s', (_, save, message) => {
    expect(save).toThrow(NetworkError);
    expect(save).toThrow(message);
  });

  it('leaves no file behind where it refuses', async () => {
    const path = join(folder, 'refused.safetensors');
    await expect(saveCheckpoint(path, dense(Float32Array.of(Number.NaN), [1, 1]))).rejects.toThrow(NetworkError);
    await expect(saveCheckpoint(join(folder, 'none', 'x'), dense(weight, [2, 1]))).rejects.toThrow(SonicError);
    expect((await readdir(folder)).filter((name) => name !== 'every.safetensors')).toEqual([]);
  });
});

/** A checkpoint by hand: 2 x 5 weights in clusters -1, 0.25, 0.5; each case changes something. */
function byHand(change: {
  graph?: (graph: Readonly<Record<string, unknown>>) => unknown;
  tensors?: Record<string, [string, number[], Uint8Array]>;
  text?: string;
  metadata?: Record<string, string>;
}): Uint8Array {
  const graph = {
    format: 'sonic-checkpoint/1',
    name: 'n',
    inputShape: [2],
    inputRange: null,
    preprocessing: { scale: 1, mean: [0], std: [1] },
    layers: [
      {
        kind: 'dense',
        name: 'fc',
        inputs: ['input'],
        weightShape: [2, 5],
        bias: 'b',
        weight: { mask: 'm', index: 'i', centroids: 'c' },
      },
    ],
    output: 'fc',
  };
  const tensors: Record<string, [string, number[], Uint8Array]> = {
    b: ['F32', [5], float32(1, 2, 3, 4, 5)],
    c: ['F32', [3], float32(-1, 0.25, 0.5)],
    m: ['U8', [2], Uint8Array.of(0x36, 0x03)],
    i: ['U8', [2], Uint8Array.of(0x92, 0x08)],
    ...change.tensors,
  };
  const text = change.text ?? JSON.stringify(change.graph?.(graph as never) ?? graph);
  const header: Record<string, unknown> = { __metadata__: { 'sonic.network': text, ...change.metadata } };
  let end = 0;
  for (const [name, [dtype, shape, data]] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [end, end + data.length] };
    end += data.length;
  }
  return container(JSON.stringify(header), Buffer.concat(Object.values(tensors).map(([, , data]) => data)));
}

/** The graph with one field of its layer changed. */
const layerWith = (change: object) => (graph: Readonly<Record<string, unknown>>) => ({
  ...graph,
  layers: [{ ...(graph['layers'] as object[])[0], ...change }],
});

describe('loading', () => {
  it('reads a checkpoint written by hand', () => {
    const { network, clusters } = decodeCheckpoint(byHand({}), 'f');
    expect((network.layers[0] as DenseLayer).weight).toEqual(Float32Array.of(0, 0.5, -1, 0, 0.25, 0.5, 0, 0, -1, 0.5));
    expect(clusters['fc']!.index).toEqual(Uint8Array.of(0, 3, 1, 0, 2, 3, 0, 0, 1, 3));
  });

  const relu = { kind: 'activation', name: 'r', inputs: ['input'], function: 'relu' };
  it.each<[string, Parameters<typeof byHand>[0], RegExp]>([
    [
      'another version',
      { graph: (g) => ({ ...g, format: 'sonic-checkpoint/2' }) },
      /format is "sonic-checkpoint\/2", this version reads/,
    ],
    ['a graph that is a list', { text: '[]' }, /format is missing/],
    ['a graph that is not JSON', { text: '{' }, /metadata 'sonic\.network': offset 1: the JSON ends here, unfinished/],
    ['a deep graph', { text: '['.repeat(100_000) }, /nests more than 8 deep/],
    ['a graph with a key twice', { text: '{"name":"a","name":"b"}' }, /the key 'name' a second time/],
    [
      'an unknown key',
      { graph: (g) => ({ ...g, inputshape: [1] }) },
      /unknown key 'inputshape', did you mean 'inputShape'\?/,
    ],
    ['an unknown key in a layer', { graph: layerWith({ group: 1 }) }, /layers\[0\] \("fc"\): unknown key 'group'/],
    [
      'an unknown kind',
      { graph: layerWith({ kind: 'dens' }) },
      /layers\[0\] \("fc"\): kind is "dens", did you mean 'dense'\?/,
    ],
    ['a kind from the prototype', { graph: layerWith({ kind: 'toString' }) }, /kind is "toString"/],
    ['a layer that is null', { graph: (g) => ({ ...g, layers: [null] }) }, /layers\[0\] is null/],
    ['no layers', { graph: (g) => ({ ...g, layers: [] }) }, /layers is \[\]/],
    ['a negative size', { graph: layerWith({ weightShape: [-2, -5] }) }, /weightShape\.0 is -2/],
    ['half a size', { graph: layerWith({ weightShape: [2.5, 4] }) }, /weightShape\.0 is 2\.5/],
    [
      'a shape of too many weights',
      { graph: layerWith({ weightShape: [2 ** 20, 2 ** 20] }) },
      /parameters to 1099511627776, at most 268435456/,
    ],
    ['a shape beyond all numbers', { graph: layerWith({ weightShape: [2 ** 52, 2 ** 52] }) }, /at most 268435456/],
    [
      'a shape that the mask does not fit',
      { graph: layerWith({ weightShape: [20, 5] }) },
      /tensor 'm' at offset \d+: has 2 bytes, 100 weights take 13/,
    ],
    [
      'a zero std',
      { graph: (g) => ({ ...g, preprocessing: { scale: 1, mean: [0], std: [0] } }) },
      /preprocessing\.std\.0 is 0/,
    ],
    [
      'a missing tensor',
      { graph: layerWith({ bias: 'bb' }) },
      /layer 'fc' names tensor 'bb', which the file does not hold; did you mean 'b'\?/,
    ],
    ['a tensor named twice', { graph: layerWith({ bias: 'c' }) }, /tensor 'c' at offset \d+: is named twice/],
    ['a tensor of no layer', { graph: layerWith({ bias: null }) }, /tensor 'b' at offset \d+: belongs to no layer/],
    ['two layers of one name', { graph: (g) => ({ ...g, layers: [relu, relu] }) }, /two layers are named "r"/],
    [
      'a bias of another length',
      { tensors: { b: ['F32', [4], float32(1, 2, 3, 4)] } },
      /tensor 'b' at offset \d+: is F32 \[4\], layer 'fc' needs F32 \[5\]/,
    ],
    [
      'a bias of another rank',
      { tensors: { b: ['F32', [5, 1], float32(1, 2, 3, 4, 5)] } },
      /is F32 \[5,1\], layer 'fc' needs F32 \[5\]/,
    ],
    ['a bias of another type', { tensors: { b: ['I32', [5], float32(1, 2, 3, 4, 5)] } }, /is I32 \[5\]/],
    [
      'a NaN bias',
      { tensors: { b: ['F32', [5], float32(1, Number.NaN, 3, 4, 5)] } },
      /tensor 'b' at offset \d+: value 1 is NaN/,
    ],
    [
      'an infinite centroid',
      { tensors: { c: ['F32', [3], float32(1, 2, Number.NEGATIVE_INFINITY)] } },
      /tensor 'c' at offset \d+: value 2 is -Infinity/,
    ],
    ['256 centroids', { tensors: { c: ['F32', [256], new Uint8Array(1024)] } }, /has 256 values, at most 255/],
    [
      'no centroids',
      { tensors: { c: ['F32', [0], new Uint8Array()] } },
      /tensor 'm' .* keeps 6 weights, but there are no centroids/,
    ],
    [
      'fewer centroids than used',
      { tensors: { c: ['F32', [2], float32(1, 2)] } },
      /tensor 'i' .*6 weights of 1 bits each, 1 bytes/,
    ],
    [
      'a cluster out of range',
      { tensors: { i: ['U8', [2], Uint8Array.of(0x9e, 0x08)] } },
      /tensor 'i' at offset \d+: entry 1 is cluster 3, but there are 3/,
    ],
    [
      'a mask that keeps more than the index',
      { tensors: { m: ['U8', [2], Uint8Array.of(0x7f, 0x03)] } },
      /tensor 'i' .*the mask keeps 9 weights/,
    ],
    [
      'a mask longer than the weights',
      { tensors: { m: ['U8', [2], Uint8Array.of(0x36, 0x07)] } },
      /tensor 'm' .*behind the last weight/,
    ],
    [
      'an index with a tail',
      { tensors: { i: ['U8', [2], Uint8Array.of(0x92, 0x18)] } },
      /tensor 'i' .*behind the last entry/,
    ],
    [
      'a short mask',
      { tensors: { m: ['U8', [1], Uint8Array.of(0x36)] } },
      /tensor 'm' .*has 1 bytes, 10 weights take 2/,
    ],
    [
      'a mask of another type',
      { tensors: { m: ['I8', [2], Uint8Array.of(0x36, 0x03)] } },
      /is I8 \[2\], layer 'fc' needs U8/,
    ],
    ['reserved metadata', { metadata: { 'sonic.extra': '1' } }, /unknown metadata key 'sonic\.extra'/],
  ])('refuses %s', (_, change, message) => {
    const load = () => decodeCheckpoint(byHand(change), 'bad.safetensors');
    expect(load).toThrow(FormatError);
    expect(load).toThrow(message);
    expect(load).toThrow(/^bad\.safetensors: [^\n]*$/);
  });

  it('gives the offset of the value that is wrong', () => {
    const file = byHand({ tensors: { b: ['F32', [5], float32(1, 2, 3, Number.NaN, 5)] } });
    const { headerBytes } = split(file);
    expect(() => decodeCheckpoint(file, 'f')).toThrow(`tensor 'b' at offset ${8 + headerBytes + 12}: value 3 is NaN`);
  });

  it('refuses a safetensors file without graph, a missing file, a folder', async () => {
    expect(() => decodeCheckpoint(container('{}'), 'f')).toThrow(/has no 'sonic\.network'/);
    await writeFile(join(folder, 'mnist.safetensors'), container('{}'));
    await expect(loadCheckpoint(join(folder, 'minst.safetensors'))).rejects.toThrow(
      /no such file, did you mean '.*mnist\.safetensors'\?/,
    );
    await expect(loadCheckpoint(join(folder, 'mnist.safetensors'))).rejects.toThrow(FormatError);
    await expect(loadCheckpoint(folder)).rejects.toThrow(/it is a folder/);
  });
});
