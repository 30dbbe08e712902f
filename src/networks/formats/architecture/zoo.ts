/** SONIC's own networks as architectures, so that weights trained elsewhere can be put into them. */
import { NetworkError } from '../../../base/errors.js';
import type { Layer, Network } from '../../types.js';

/** Names a user can give, and where each network's structure comes from. */
export const ZOO_ARCHITECTURES: Readonly<Record<string, () => Promise<Network>>> = {
  'sonic-mnist': async () => (await import('../../zoo/sonicMnist.js')).sonicMnistStructure(),
  'sonic-mnist-3x3': async () => (await import('../../zoo/sonicMnist3x3.js')).sonicMnist3x3Structure(),
  'sonic-cifar10': async () => (await import('../../zoo/sonicCifar10.js')).sonicCifar10Structure(),
  'sonic-svhn': async () => (await import('../../zoo/sonicSvhn.js')).sonicSvhnStructure(),
  'sonic-stl10': async () => (await import('../../zoo/sonicStl10.js')).sonicStl10Structure(),
};

/** A layer as an architecture file has it; its tensors are called as the layer. */
function line(layer: Layer): object {
  const { name } = layer;
  switch (layer.kind) {
    case 'conv2d': {
      const { strides: stride, padding, dilation, groups } = layer;
      return { conv2d: name, stride, padding, dilation, groups };
    }
    case 'dense':
      return { dense: name };
    case 'batchNorm':
      return { batchNorm: name, epsilon: layer.epsilon };
    case 'pool2d': {
      const { size, strides: stride, padding, countIncludePad } = layer;
      return layer.mode === 'max'
        ? { maxPool: size, stride, padding }
        : { averagePool: size, stride, padding, countIncludePad };
    }
    case 'globalPool2d':
      return { [layer.mode === 'max' ? 'globalMaxPool' : 'globalAveragePool']: null };
    case 'activation':
      return { [layer.function]: layer.function === 'leakyRelu' ? (layer.alpha ?? 0.01) : null };
    case 'flatten':
      return { flatten: null };
    default:
      throw new NetworkError(`layer '${name}' (${layer.kind}): there is no such layer in architecture files`);
  }
}

/**
 * The text of an architecture file for a network's structure, in PyTorch's names.
 * @throws NetworkError for a kind of layer that such files do not have
 */
export function architectureText(network: Network): string {
  const { name, inputShape, preprocessing, layers, output } = network;
  const lines = layers.map((layer) => ({ ...line(layer), name: layer.name, input: layer.inputs[0] }));
  return JSON.stringify({ name, input: inputShape, preprocessing, layers: lines, output });
}
