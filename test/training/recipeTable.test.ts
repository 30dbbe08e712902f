import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DatasetError } from '../../src/base/errors.js';
import { datasetNames } from '../../src/datasets/index.js';
import { sparsityTargets } from '../../src/networks/compression/prune.js';
import { countParameters } from '../../src/networks/parameters.js';
import { isMacLayer } from '../../src/networks/types.js';
import { trainRecipe } from '../../src/training/recipes.js';
import { RECIPE_NAMES, RECIPES, stagesOf } from '../../src/training/recipeTable.js';

describe('the recipes', () => {
  it.each(['mnist', 'mnist-3x3', 'cifar10'] as const)('for %s are those that its checkpoint was made with', (name) => {
    const url = new URL(`../../checkpoints/${name}.manifest.json`, import.meta.url);
    const manifest = JSON.parse(readFileSync(url, 'utf8')) as { training: { hyperparameters: unknown; seed: number } };
    expect(stagesOf(RECIPES[name], { seed: manifest.training.seed })).toEqual(manifest.training.hyperparameters);
  });

  // Table 3 of the paper: layers pruned, clusters, remaining share of the parameters.
  it.each([
    ['mnist', 4, 64, 0.5],
    ['mnist-3x3', 4, 64, 0.5],
    ['cifar10', 7, 16, 0.5],
    ['svhn', 5, 64, 0.6],
    ['stl10', 5, 64, 0.6],
  ] as const)('prune and cluster %s as the paper does', (name, layers, clusters, remaining) => {
    const recipe = RECIPES[name];
    const targets = [...sparsityTargets(recipe.structure(), recipe.sparsity())];
    expect(targets.length).toBe(layers);
    for (const [, sparsity] of targets) expect(1 - sparsity).toBeCloseTo(remaining, 12);
    expect(recipe.clusters).toBe(clusters);
    expect(datasetNames).toContain(recipe.dataset);
  });

  it('prune of CIFAR-10 the six convolutions and the first dense layer', () => {
    expect(RECIPES.cifar10.sparsity()).toEqual(
      Object.fromEntries(['conv1', 'conv2', 'conv3', 'conv4', 'conv5', 'conv6', 'dense1'].map((layer) => [layer, 0.5])),
    );
  });

  it('start from random weights of a seed, in the structure that they check against', () => {
    for (const name of RECIPE_NAMES.filter((other) => other !== 'stl10')) {
      const { network, structure } = RECIPES[name];
      expect(countParameters(network(1))).toBe(countParameters(structure()));
      const weights = (seed: number) => network(seed).layers.filter(isMacLayer)[0]!.weight;
      expect(weights(1)).not.toEqual(weights(2));
    }
  });

  it('let seed, epochs, sparsity and early stopping be changed', () => {
    const earlyStop = { validationImages: 100, patience: 2 };
    const { dense, pruned } = stagesOf(RECIPES.svhn, {
      seed: 7,
      epochs: 3,
      pruningEpochs: 2,
      sparsity: 0.1,
      earlyStop,
    });
    expect(dense).toMatchObject({ seed: 7, epochs: 3, pruning: null, earlyStop });
    expect(pruned).toMatchObject({ seed: 8, epochs: 2, pruning: { kind: 'gradual', sparsity: 0.1 }, earlyStop });
  });

  it.each(['svhn', 'cifar10'] as const)('say what is missing for %s before anything starts', async (name) => {
    const options = { out: '/nonexistent/never.safetensors', onProgress: () => expect.unreachable() };
    await expect(trainRecipe(name, options)).rejects.toThrow(DatasetError);
    await expect(trainRecipe(name, options)).rejects.toThrow(/Fetch http.* and run 'sonic datasets --from FILE'/);
  });
});
