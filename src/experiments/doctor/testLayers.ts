/** Two small layers with every effect and noise, and one of CIFAR-10's size: what backends are checked and timed on. */

import { sizeOf } from '../../base/batch.js';
import { philoxUniforms } from '../../base/random/philox.js';
import { compileNetwork } from '../../emulation/compiler/compile.js';
import { macSpecs } from '../../emulation/compiler/network.js';
import { type ConvGeometry, inputShape, type MacProgram, type Program } from '../../emulation/program/types.js';
import { loadHardware } from '../../hardware/descriptionFiles.js';
import { conv2d, dense, flatten, relu } from '../../networks/build.js';
import { isMacLayer, type Layer, type Network } from '../../networks/types.js';

const SAME = [
  [1, 1],
  [1, 1],
] as const;

/** Weights in [-1, 1), half of them 0. */
function fill(layer: Layer, i: number): Layer {
  if (!isMacLayer(layer)) return layer;
  const weight = Float32Array.from(philoxUniforms([i, 7], 0, layer.weight.length), (u) =>
    u < 0.5 ? 0 : 4 * (u - 0.75),
  );
  return { ...layer, weight };
}

/** Means about those of `inputOf`: what self-heating goes by. */
function streamMeanOf({ kernel, input }: ConvGeometry): Float64Array {
  return philoxUniforms([5, 9], 0, kernel[0] * kernel[1] * input[2]).map((u) => 0.4 + 0.1 * u);
}

async function compiled(inputShape: readonly number[], layers: readonly Layer[]): Promise<Program> {
  const network: Network = {
    name: 'self-test',
    inputShape,
    inputRange: [0, 1],
    preprocessing: { scale: 1, mean: [0], std: [1] },
    layers: layers.map(fill),
    output: layers.at(-1)!.name,
  };
  return compileNetwork(network, await loadHardware('sonic'), {
    chipSeed: 1,
    scales: macSpecs(network).map((spec) => ({
      activationScale: 1,
      adcRange: 4,
      ...(spec.kind === 'conv2d' ? { streamMean: streamMeanOf(spec.geometry) } : {}),
    })),
  });
}

/** A convolution and a dense layer that the float64 reference runs in a fraction of a second. */
export function smallLayers(): Promise<Program> {
  return compiled(
    [10, 10, 4],
    [
      conv2d('conv', 'input', [3, 4, 6], SAME),
      relu('relu', 'conv'),
      flatten('flat', 'relu'),
      dense('dense', 'flat', 600, 32),
    ],
  );
}

/** One of the convolutions of SONIC's CIFAR-10 network: a million partial sums an image. */
export function largeLayer(): Promise<Program> {
  return compiled([32, 32, 32], [conv2d('conv', 'input', [3, 32, 32], SAME)]);
}

/** Inputs in [0, 1) of `images` images of a layer, a third of them 0. */
export function inputOf(layer: MacProgram, images: number): Float32Array {
  const size = sizeOf(inputShape(layer));
  return Float32Array.from(philoxUniforms([3, layer.layerIndex], 0, images * size), (u) => (u < 1 / 3 ? 0 : u));
}
