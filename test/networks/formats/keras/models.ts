/** Random Keras models made by TensorFlow.js, which also says what they compute. */
import * as tfLayers from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import type { Tf } from '../../../../src/base/tensorflow/tf.js';
import type { Constant } from '../../../../src/networks/formats/import/constant.js';
import { parseManifest, readGroup } from '../../../../src/networks/formats/tfjs/tfjsWeights.js';
import { randomArray } from '../../../helpers/random.js';

const { layers } = tfLayers;
type Tensor = tfLayers.SymbolicTensor;

/** One layer on an image, by number of a choice. */
const IMAGE_LAYERS: readonly ((x: Tensor, same: boolean, a: number) => Tensor)[] = [
  (x, same, a) =>
    apply(layers.conv2d({ filters: 3, kernelSize: [2, 3], strides: a, padding: padding(same), activation: 'relu' }), x),
  (x, same) =>
    apply(layers.conv2d({ filters: 2, kernelSize: 3, dilationRate: 2, padding: padding(same), useBias: false }), x),
  (x, same, a) =>
    apply(layers.depthwiseConv2d({ kernelSize: 3, strides: a, depthMultiplier: 2, padding: padding(same) }), x),
  (x, same) =>
    apply(layers.separableConv2d({ filters: 4, kernelSize: 3, padding: padding(same), activation: 'sigmoid' }), x),
  (x) => apply(layers.batchNormalization({ epsilon: 1e-2 }), x),
  (x) => apply(layers.batchNormalization({ scale: false }), x),
  (x, same, a) => apply(layers.maxPooling2d({ poolSize: 2, strides: a, padding: padding(same) }), x),
  (x, same, a) => apply(layers.averagePooling2d({ poolSize: [2, 3], strides: a, padding: padding(same) }), x),
  (x) => apply(layers.reLU({ maxValue: 1.5 }), x),
  (x) => apply(layers.leakyReLU({ alpha: 0.2 }), x),
  (x) => apply(layers.activation({ activation: 'hardSigmoid' }), x),
  (x) => apply(layers.activation({ activation: 'tanh' }), x),
  (x) =>
    apply(
      layers.zeroPadding2d({
        padding: [
          [1, 0],
          [2, 1],
        ],
      }),
      x,
    ),
  (x) =>
    apply(
      layers.cropping2D({
        cropping: [
          [1, 0],
          [0, 1],
        ],
      }),
      x,
    ),
  (x) => apply(layers.dropout({ rate: 0.5 }), x),
  (x) => apply(layers.permute({ dims: [2, 1, 3] }), x),
  (x) => apply(layers.prelu({ sharedAxes: [1, 2] }), x),
  (x) => apply(layers.dense({ units: 3 }), x),
  (x) => branch(x, (a, b) => layers.add().apply([a, b]) as Tensor),
  (x) => branch(x, (a, b) => layers.multiply().apply([a, b]) as Tensor),
  (x) => branch(x, (a, b) => layers.average().apply([a, b]) as Tensor),
  (x) => branch(x, (a, b) => layers.concatenate({ axis: -1 }).apply([a, b]) as Tensor),
];

const padding = (same: boolean) => (same ? 'same' : 'valid');
const apply = (layer: tfLayers.layers.Layer, x: Tensor) => layer.apply(x) as Tensor;

function branch(x: Tensor, merge: (a: Tensor, b: Tensor) => Tensor): Tensor {
  return merge(x, apply(layers.conv2d({ filters: x.shape[3]!, kernelSize: 3, padding: 'same' }), x));
}

const ENDINGS = ['flatten', 'average', 'max', 'reshape'] as const;

export interface ModelPlan {
  readonly channels: number;
  readonly steps: readonly (readonly [layer: number, same: boolean, stride: number])[];
  readonly ending: (typeof ENDINGS)[number];
  readonly seed: number;
}

export const modelPlan: fc.Arbitrary<ModelPlan> = fc.record({
  channels: fc.integer({ min: 1, max: 3 }),
  steps: fc.array(fc.tuple(fc.nat(IMAGE_LAYERS.length - 1), fc.boolean(), fc.integer({ min: 1, max: 2 })), {
    minLength: 1,
    maxLength: 5,
  }),
  ending: fc.constantFrom(...ENDINGS),
  seed: fc.nat(2 ** 30),
});

export const LAYER_COUNT = IMAGE_LAYERS.length;

/** The model of a plan with random weights; variances positive. */
export function buildModel(tf: Tf, { channels, steps, ending, seed }: ModelPlan): tfLayers.LayersModel {
  const input = tfLayers.input({ shape: [14, 15, channels] });
  let x = input;
  for (const [layer, same, stride] of steps) {
    // Small images are left alone: a window must fit.
    const room = x.shape[1]! >= 6 && x.shape[2]! >= 6;
    if (room) x = IMAGE_LAYERS[layer]!(x, same, stride);
  }
  const size = x.shape.slice(1).reduce((product: number, n) => product * n!, 1);
  const vector = {
    flatten: () => apply(layers.flatten(), x),
    average: () => apply(layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }), x),
    max: () => apply(layers.globalMaxPooling2d({ dataFormat: 'channelsLast' }), x),
    reshape: () => apply(layers.reshape({ targetShape: [size] }), x),
  }[ending]();
  const output = apply(layers.dense({ units: 4, activation: 'sigmoid' }), vector);
  const model = tfLayers.model({ inputs: input, outputs: output });
  model.setWeights(
    model.weights.map((weight, i) => {
      const dims = weight.shape as number[];
      const count = dims.reduce((product, n) => product * n, 1);
      const isVariance = weight.originalName.includes('variance');
      return tf.tensor(randomArray(seed + i, count, isVariance ? 0.5 : -0.5, isVariance ? 1.5 : 0.5), dims);
    }),
  );
  return model;
}

export interface SavedModel {
  readonly topology: unknown;
  readonly manifest: unknown;
  readonly data: Uint8Array;
  readonly weights: ReadonlyMap<string, Constant>;
}

/** What model.save writes: the topology as JSON, the weights' manifest and bytes. */
export async function saveModel(tf: Tf, model: tfLayers.LayersModel): Promise<SavedModel> {
  let saved: SavedModel | null = null;
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      const data = new Uint8Array(weightData as ArrayBuffer);
      const manifest = JSON.parse(JSON.stringify([{ paths: ['weights.bin'], weights: weightSpecs }]));
      const [group] = parseManifest(manifest, 'm');
      saved = {
        topology: JSON.parse(JSON.stringify(modelTopology)),
        manifest,
        data,
        weights: new Map(readGroup(group!, data, 'm')),
      };
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return saved!;
}
