/**
 * How each network of the zoo is trained: SONIC's pipeline (section 3 of the paper), a dense network trained on while it
 * is pruned, then clustered. MNIST's (of both fits) and CIFAR-10's recipes made the bundled checkpoints. SVHN's and STL-10's
 * follow the same plan with the paper's sparsity and clusters; their data are not bundled and no checkpoint was made with them.
 */
import { type LayerTargets, targetsOver } from '../networks/compression/targets.js';
import type { Network } from '../networks/types.js';
import { publishedSparsity, RECONSTRUCTIONS } from '../networks/zoo/publishedNetworks.js';
import { sonicCifar10, sonicCifar10Structure } from '../networks/zoo/sonicCifar10.js';
import { sonicMnist, sonicMnistStructure } from '../networks/zoo/sonicMnist.js';
import { sonicMnist3x3, sonicMnist3x3Structure } from '../networks/zoo/sonicMnist3x3.js';
import { sonicStl10, sonicStl10Structure } from '../networks/zoo/sonicStl10.js';
import { sonicSvhn, sonicSvhnStructure } from '../networks/zoo/sonicSvhn.js';
import type { Hyperparameters } from './trainOptions.js';

export type Stage = 'dense' | 'pruned';

export const RECIPE_NAMES = ['mnist', 'mnist-3x3', 'cifar10', 'svhn', 'stl10'] as const;
export type RecipeName = (typeof RECIPE_NAMES)[number];

export interface Recipe {
  /** Data set to train on. */
  readonly dataset: string;
  /** The network with random weights of a seed. */
  readonly network: (seed: number) => Network;
  /** Its layers without weights, for checking targets. */
  readonly structure: () => Network;
  readonly epochs: Readonly<Record<Stage, number>>;
  /** Peak of the one-cycle learning rate. */
  readonly rate: Readonly<Record<Stage, number>>;
  readonly sparsity: () => LayerTargets;
  readonly clusters: number;
  /** What both stages share. */
  readonly common: Pick<Hyperparameters, 'batchSize' | 'optimizer' | 'l2' | 'labelSmoothing' | 'augmentation'>;
}

const NESTEROV = { kind: 'nesterov', momentum: 0.9 } as const;

/** The paper's sparsity in the layers taken as pruned; the others are left as they are. */
function prunedLayers(name: RecipeName): LayerTargets {
  const published = RECONSTRUCTIONS[name]!;
  const targets = Object.entries(publishedSparsity(published, published.structure()));
  return Object.fromEntries(targets.filter(([, sparsity]) => sparsity > 0));
}

/** Both fits of the MNIST network are trained alike. */
const MNIST = {
  dataset: 'mnist',
  epochs: { dense: 6, pruned: 4 },
  rate: { dense: 0.05, pruned: 0.02 },
  sparsity: () => 0.5,
  clusters: 64,
  common: { batchSize: 128, optimizer: NESTEROV, l2: 5e-4, labelSmoothing: 0, augmentation: { shift: 2 } },
} as const;

export const RECIPES: Readonly<Record<RecipeName, Recipe>> = {
  mnist: { ...MNIST, network: sonicMnist, structure: sonicMnistStructure },
  'mnist-3x3': { ...MNIST, network: sonicMnist3x3, structure: sonicMnist3x3Structure },
  cifar10: {
    dataset: 'cifar10',
    network: sonicCifar10,
    structure: sonicCifar10Structure,
    epochs: { dense: 11, pruned: 6 },
    rate: { dense: 0.1, pruned: 0.05 },
    sparsity: () => prunedLayers('cifar10'),
    clusters: 16,
    common: {
      batchSize: 128,
      optimizer: NESTEROV,
      l2: 5e-4,
      labelSmoothing: 0.1,
      augmentation: { shift: 4, flip: true },
    },
  },
  svhn: {
    dataset: 'svhn',
    network: sonicSvhn,
    structure: sonicSvhnStructure,
    epochs: { dense: 10, pruned: 6 },
    rate: { dense: 0.1, pruned: 0.05 },
    sparsity: () => prunedLayers('svhn'),
    clusters: 64,
    // Digits are not mirrored.
    common: { batchSize: 128, optimizer: NESTEROV, l2: 5e-4, labelSmoothing: 0.1, augmentation: { shift: 2 } },
  },
  stl10: {
    dataset: 'stl10',
    network: sonicStl10,
    structure: sonicStl10Structure,
    epochs: { dense: 60, pruned: 30 },
    rate: { dense: 0.05, pruned: 0.02 },
    sparsity: () => prunedLayers('stl10'),
    clusters: 64,
    common: {
      batchSize: 64,
      optimizer: NESTEROV,
      l2: 5e-4,
      labelSmoothing: 0.1,
      augmentation: { shift: 12, flip: true },
    },
  },
};

/** What the user may change of a recipe. */
export interface RecipeChanges {
  readonly seed?: number | undefined;
  readonly epochs?: number | undefined;
  readonly pruningEpochs?: number | undefined;
  /** Share of zeros; layers that are not named keep the recipe's. */
  readonly sparsity?: LayerTargets | undefined;
  /** Distinct non-zero weights of a layer; layers that are not named keep the recipe's. */
  readonly clusters?: LayerTargets | undefined;
  readonly earlyStop?: Hyperparameters['earlyStop'] | undefined;
}

/**
 * What is asked of each layer: as given, else the recipe's.
 * @throws NetworkError naming the nearest layer if there is none of a name
 */
export function compressionOf(recipe: Recipe, { sparsity, clusters }: RecipeChanges) {
  const structure = recipe.structure();
  return {
    sparsity: targetsOver(structure, sparsity, recipe.sparsity(), 'sparsity'),
    clusters: targetsOver(structure, clusters, recipe.clusters, 'clusters'),
  };
}

/** Hyperparameters of both stages. */
export function stagesOf(recipe: Recipe, changes: RecipeChanges): Record<Stage, Hyperparameters> {
  const { seed = 1, epochs = recipe.epochs.dense, pruningEpochs = recipe.epochs.pruned } = changes;
  const { sparsity } = compressionOf(recipe, changes);
  const rest = changes.earlyStop ? { earlyStop: changes.earlyStop } : {};
  return {
    dense: {
      ...recipe.common,
      seed,
      epochs,
      learningRate: { kind: 'oneCycle', rate: recipe.rate.dense },
      pruning: null,
      ...rest,
    },
    pruned: {
      ...recipe.common,
      // Another order of the images than the dense network saw.
      seed: seed + 1,
      epochs: pruningEpochs,
      learningRate: { kind: 'oneCycle', rate: recipe.rate.pruned },
      pruning: { kind: 'gradual', sparsity },
      ...rest,
    },
  };
}
