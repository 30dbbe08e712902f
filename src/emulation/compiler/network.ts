/** A network's MAC layers with the batch-norms that belong to them, as the compiler takes them. */
import { UnsupportedLayerError } from '../../base/errors.js';
import { MAXIMUM_MAC_LAYERS } from '../../base/random/seeds.js';
import { ownBatchNorm } from '../../networks/batchNorm.js';
import { inferBounds } from '../../networks/bounds.js';
import { inferShapes } from '../../networks/shapes.js';
import { isMacLayer, type Network } from '../../networks/types.js';
import type { LayerSpec } from './layerSpec.js';

/**
 * What is compiled of a network, in the order the core runs it.
 * @throws UnsupportedLayerError where there are more MAC layers than the random numbers can tell apart.
 */
export function macSpecs(network: Network): LayerSpec[] {
  const shapes = inferShapes(network);
  const bounds = inferBounds(network);
  const layers = network.layers.filter(isMacLayer);
  if (layers.length > MAXIMUM_MAC_LAYERS) {
    throw new UnsupportedLayerError(
      `network '${network.name}' has ${layers.length} MAC layers; at most ${MAXIMUM_MAC_LAYERS} can be emulated`,
    );
  }
  return layers.map((layer, index): LayerSpec => {
    const batchNorm = ownBatchNorm(network, layer);
    const input = layer.inputs[0]!;
    const common = {
      name: layer.name,
      outputName: batchNorm?.name ?? layer.name,
      index,
      filters: layer.weightShape.at(-1)!,
      bias: layer.bias,
      weight: layer.weight,
      batchNorm,
      twoPasses: !(bounds.get(input)![0] >= 0),
    };
    if (layer.kind === 'dense') return { kind: 'dense', inputs: layer.weightShape[0], ...common };
    return {
      kind: 'conv2d',
      ...common,
      geometry: {
        input: shapes.get(input) as [number, number, number],
        output: shapes.get(layer.name) as [number, number, number],
        kernel: [layer.weightShape[0], layer.weightShape[1]],
        strides: layer.strides,
        dilation: layer.dilation,
        padding: layer.padding,
        groups: layer.groups,
      },
    };
  });
}
