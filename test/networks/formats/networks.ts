/** Networks to save and load: one with every kind of layer, and arbitrary ones. */
import fc from 'fast-check';
import type { CompressedWeights } from '../../../src/networks/compression/types.js';
import type { Layer, Network } from '../../../src/networks/types.js';

const inputs = ['input'];

/** One layer of every kind, with the values that are easily lost: -0, denormals, infinities, null. */
export const everyLayer: readonly Layer[] = [
  {
    kind: 'conv2d',
    name: 'conv',
    inputs,
    weight: Float32Array.of(0, -0, 1.5, -3e38, 1e-45, 0.1, -0.1, 2),
    weightShape: [2, 1, 1, 4],
    bias: null,
    strides: [1, 2],
    padding: [
      [0, 1],
      [2, 3],
    ],
    dilation: [1, 1],
    groups: 1,
  },
  {
    kind: 'dense',
    name: 'fc "ü" .weight',
    inputs,
    weight: Float32Array.of(0, 0.5, -1, 0, 0.25, 0.5),
    weightShape: [3, 2],
    bias: Float32Array.of(-0, 7),
  },
  {
    kind: 'batchNorm',
    name: 'bn',
    inputs,
    gamma: Float32Array.of(1, 2),
    beta: Float32Array.of(3, 4),
    mean: Float32Array.of(5, 6),
    variance: Float32Array.of(7, 8),
    epsilon: 1e-3,
  },
  { kind: 'activation', name: 'relu', inputs, function: 'relu' },
  { kind: 'activation', name: 'leaky', inputs, function: 'leakyRelu', alpha: 0.1 },
  {
    kind: 'pool2d',
    name: 'pool',
    inputs,
    mode: 'average',
    size: [2, 3],
    strides: [1, 2],
    padding: [
      [0, 0],
      [1, 0],
    ],
    countIncludePad: true,
  },
  { kind: 'globalPool2d', name: 'global', inputs, mode: 'max' },
  { kind: 'add', name: 'add', inputs: ['bn', 'relu'] },
  { kind: 'subtract', name: 'subtract', inputs: ['bn', 'relu'] },
  { kind: 'multiply', name: 'multiply', inputs: ['bn', 'relu', 'leaky'] },
  { kind: 'concat', name: 'concat', inputs: ['bn', 'relu'], axis: 2 },
  { kind: 'slice', name: 'slice', inputs, begin: [0, -1], end: [4, 3], strides: [1, 2] },
  { kind: 'transpose', name: 'transpose', inputs, permutation: [2, 0, 1] },
  { kind: 'flatten', name: 'flatten', inputs },
  { kind: 'reshape', name: 'reshape', inputs, shape: [4, 2] },
  {
    kind: 'pad',
    name: 'pad',
    inputs,
    padding: [
      [0, 1],
      [1, 0],
    ],
    value: Number.NEGATIVE_INFINITY,
  },
  { kind: 'pad', name: 'padZero', inputs, padding: [], value: -0 },
  { kind: 'softmax', name: 'softmax', inputs },
  { kind: 'maximum', name: 'maximum', inputs: ['bn', 'relu'] },
  { kind: 'minimum', name: 'minimum', inputs: ['bn', 'relu'] },
  { kind: 'normalise', name: 'normalise', inputs, epsilon: 1e-5 },
  { kind: 'reduce', name: 'reduce', inputs, mode: 'sum', axes: [0, 2] },
  { kind: 'matMul', name: 'matMul', inputs: ['bn', 'relu'] },
  { kind: 'tile', name: 'tile', inputs, repeats: [1, 2, 3] },
  { kind: 'quantise', name: 'quantise', inputs, scale: 0.1, zeroPoint: -3, low: -128, high: 127 },
  { kind: 'dynamicQuantise', name: 'dynamicQuantise', inputs },
  { kind: 'resample', name: 'resample', inputs, rows: [0, 0.1, 1 / 3], columns: [0] },
  { kind: 'affine', name: '__proto__', inputs, scale: Float32Array.of(2), shift: Float32Array.of(1, 2, 3) },
];

export const everyLayerNetwork: Network = {
  name: 'every layer',
  inputShape: [28, 28, 1],
  inputRange: [0, Number.POSITIVE_INFINITY],
  preprocessing: { scale: 1 / 255, mean: [0.1307], std: [0.3081] },
  layers: everyLayer,
  output: 'softmax',
};

/** Compressed form of the dense layer above. */
export const everyLayerClusters: Readonly<Record<string, CompressedWeights>> = {
  'fc "ü" .weight': { centroids: Float32Array.of(0.25, 0.5, -1), index: Uint8Array.of(0, 2, 3, 0, 1, 2) },
};

const float32 = fc.float({ noNaN: true, noDefaultInfinity: true });
const vector = (length: number) =>
  fc.array(float32, { minLength: length, maxLength: length }).map((v) => Float32Array.from(v));

/** Any clusters: 0 to 255 of them, any share pruned; the expanded weights come with them. */
export const arbitraryClusters: fc.Arbitrary<CompressedWeights> = fc.integer({ min: 0, max: 255 }).chain((clusters) =>
  fc.record({
    centroids: vector(clusters),
    index: fc.uint8Array({ min: 0, max: clusters, minLength: 1, maxLength: 300 }),
  }),
);

/** Weight i written out, by the definition of CompressedWeights. */
export function expand({ centroids, index }: CompressedWeights): Float32Array {
  return new Float32Array([...index].map((i) => (i === 0 ? 0 : centroids[i - 1]!)));
}

/** A chain of dense layers of any sizes, some of them compressed. */
export const arbitraryNetwork: fc.Arbitrary<{ network: Network; clusters: Record<string, CompressedWeights> }> = fc
  .record({
    name: fc.string({ minLength: 1, maxLength: 20 }).filter((text) => !/\p{Cc}/u.test(text)),
    clusters: fc.array(arbitraryClusters, { minLength: 1, maxLength: 4 }),
    dense: vector(24),
    bias: vector(4),
  })
  .map(({ name, clusters, dense, bias }) => {
    const layer = (
      layerName: string,
      weight: Float32Array,
      filters: number,
      layerBias: Float32Array | null,
    ): Layer => ({
      kind: 'dense',
      name: layerName,
      inputs,
      weight,
      weightShape: [weight.length / filters, filters],
      bias: layerBias,
    });
    const compressed = clusters.map((c, i) => layer(`c${i}`, expand(c), 1, null));
    return {
      network: { ...everyLayerNetwork, name, layers: [...compressed, layer('dense', dense, 4, bias)], output: 'dense' },
      clusters: Object.fromEntries(clusters.map((c, i) => [`c${i}`, c])),
    };
  });
