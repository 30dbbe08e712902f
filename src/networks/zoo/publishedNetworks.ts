/**
 * The four networks of the paper with what its tables 1 and 3 print of them (Sunny, Nikdast, Pasricha, ASP-DAC 2022).
 * "Remaining" is exactly 0.5 or 0.6 times all parameters there, so the sparsity of the pruned layers is 0.5 or 0.4. Which
 * layers were pruned is not printed; here the largest ones by number of weights, the output layer last (for CIFAR-10 the
 * six convolutions and the first dense layer).
 */
import { isMacLayer, type Network } from '../types.js';
import { sonicCifar10Structure } from './sonicCifar10.js';
import { sonicMnistStructure } from './sonicMnist.js';
import { sonicMnist3x3Structure } from './sonicMnist3x3.js';
import { STL10_PUBLISHED_PARAMETERS, sonicStl10Structure } from './sonicStl10.js';
import { sonicSvhnStructure } from './sonicSvhn.js';

export interface PublishedNetwork {
  readonly title: string;
  readonly structure: () => Network;
  /** Table 1. */
  readonly parameters: number;
  /** Table 3. */
  readonly layersPruned: number;
  readonly remainingParameters: number;
  /** Share of zeros in the pruned layers. */
  readonly sparsity: number;
  readonly clusters: number;
}

/** Of tables 1 and 3: counts of layers, accuracies before and after pruning and clustering, %. */
export const TABLE_1: Readonly<Record<string, { conv: number; dense: number; accuracy: number; compressed: number }>> =
  {
    mnist: { conv: 2, dense: 2, accuracy: 93.2, compressed: 92.89 },
    cifar10: { conv: 6, dense: 1, accuracy: 86.05, compressed: 86.86 },
    stl10: { conv: 6, dense: 1, accuracy: 74.6, compressed: 75.2 },
    svhn: { conv: 4, dense: 3, accuracy: 94.6, compressed: 95 },
  };

const MNIST = {
  parameters: 1_498_730,
  layersPruned: 4,
  remainingParameters: 749_365,
  sparsity: 0.5,
  clusters: 64,
};

/** The four, by the name that commands take. */
export const PUBLISHED_NETWORKS: Readonly<Record<string, PublishedNetwork>> = {
  mnist: { ...MNIST, title: 'MNIST', structure: sonicMnistStructure },
  cifar10: {
    title: 'CIFAR-10',
    structure: sonicCifar10Structure,
    parameters: 552_874,
    layersPruned: 7,
    remainingParameters: 276_437,
    sparsity: 0.5,
    clusters: 16,
  },
  stl10: {
    title: 'STL-10',
    structure: sonicStl10Structure,
    parameters: STL10_PUBLISHED_PARAMETERS,
    layersPruned: 5,
    remainingParameters: 46_672_643,
    sparsity: 0.4,
    clusters: 64,
  },
  svhn: {
    title: 'SVHN',
    structure: sonicSvhnStructure,
    parameters: 552_362,
    layersPruned: 5,
    remainingParameters: 331_417,
    sparsity: 0.4,
    clusters: 64,
  },
};

/** Networks that fit the published count of one of the four just as exactly. */
export const OTHER_FITS: Readonly<Record<string, PublishedNetwork & { readonly fits: string }>> = {
  'mnist-3x3': { ...MNIST, title: 'MNIST, 3 x 3 kernels', structure: sonicMnist3x3Structure, fits: 'mnist' },
};

/** Every reconstruction by its name: the four, and the other fits. */
export const RECONSTRUCTIONS: Readonly<Record<string, PublishedNetwork>> = { ...PUBLISHED_NETWORKS, ...OTHER_FITS };

/** Share of zero weights by MAC layer: the published one in the layers taken as pruned, 0 in the others. */
export function publishedSparsity(
  { layersPruned, sparsity }: PublishedNetwork,
  network: Network,
): Record<string, number> {
  const layers = network.layers.filter(isMacLayer);
  const bySize = [...layers].sort((a, b) => b.weight.length - a.weight.length);
  const output = layers.at(-1)!;
  const pruned = new Set([...bySize.filter((layer) => layer !== output), output].slice(0, layersPruned));
  return Object.fromEntries(layers.map((layer) => [layer.name, pruned.has(layer) ? sparsity : 0]));
}
