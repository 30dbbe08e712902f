import { describe, expect, it } from 'vitest';
import { countParameters } from '../../../src/networks/parameters.js';
import { validateNetwork } from '../../../src/networks/shapes.js';
import { isMacLayer } from '../../../src/networks/types.js';
import {
  OTHER_FITS,
  PUBLISHED_NETWORKS,
  publishedSparsity,
  RECONSTRUCTIONS,
} from '../../../src/networks/zoo/publishedNetworks.js';
import { STL10_PUBLISHED_PARAMETERS, sonicStl10Structure } from '../../../src/networks/zoo/sonicStl10.js';
import { sonicSvhn } from '../../../src/networks/zoo/sonicSvhn.js';

describe('the networks of table 1', () => {
  it.each([
    ['mnist', 1_498_730, 2, 2],
    ['cifar10', 552_874, 6, 2],
    ['svhn', 552_362, 4, 4],
  ])('%s has exactly the published number of parameters', (name, parameters, convolutions, denses) => {
    const network = PUBLISHED_NETWORKS[name]!.structure();
    expect(countParameters(network)).toBe(parameters);
    expect(PUBLISHED_NETWORKS[name]!.parameters).toBe(parameters);
    const kinds = network.layers.filter(isMacLayer).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'conv2d')).toHaveLength(convolutions);
    expect(kinds.filter((kind) => kind === 'dense')).toHaveLength(denses);
  });

  it('mnist fits exactly with 3 x 3 kernels as well', () => {
    // By hand: 3x3 convolutions 1-64 and 64-32 with biases, batch-norm (4 a channel) after the first, 28 - 2 - 2 = 24,
    // pooled to 12; dense 4608-320 with batch-norm, dense 320-10.
    const convolutions = 9 * 64 + 64 + 4 * 64 + 9 * 64 * 32 + 32;
    const expected = convolutions + (12 * 12 * 32 + 1 + 4) * 320 + (320 + 1) * 10;
    const entry = OTHER_FITS['mnist-3x3']!;
    const network = entry.structure();
    validateNetwork(network);
    expect([expected, countParameters(network)]).toEqual([1_498_730, 1_498_730]);
    expect(entry).toMatchObject({ parameters: 1_498_730, fits: 'mnist', sparsity: 0.5, clusters: 64, layersPruned: 4 });
    const layers = network.layers.filter(isMacLayer);
    expect(layers.map(({ kind, weightShape }) => [kind, ...weightShape])).toEqual([
      ['conv2d', 3, 3, 1, 64],
      ['conv2d', 3, 3, 64, 32],
      ['dense', 4608, 320],
      ['dense', 320, 10],
    ]);
    expect(RECONSTRUCTIONS).toEqual({ ...PUBLISHED_NETWORKS, ...OTHER_FITS });
  });

  it('svhn fits together', () => {
    validateNetwork(sonicSvhn(3));
  });

  it('stl10 is the nearest natural one: its count is stated beside the published one', () => {
    // Convolutions 3-128-128-256-256-256-256 with bias and batch-norm; dense 36864-2048 with batch-norm; dense 2048-10.
    const convolution = (channels: number, filters: number) => (9 * channels + 1 + 4) * filters;
    const convolutions =
      convolution(3, 128) + convolution(128, 128) + convolution(128, 256) + 3 * convolution(256, 256);
    const expected = convolutions + (12 * 12 * 256 + 1 + 4) * 2048 + (2048 + 1) * 10;
    expect(countParameters(sonicStl10Structure())).toBe(expected);
    expect(expected).toBe(77_749_898);
    expect(STL10_PUBLISHED_PARAMETERS).toBe(77_787_738);
    expect(Math.abs(expected / STL10_PUBLISHED_PARAMETERS - 1)).toBeLessThan(0.0005);
  });
});

describe('table 3', () => {
  it.each(Object.entries(PUBLISHED_NETWORKS))('%s: as many layers are pruned as it says', (_, entry) => {
    const shares = publishedSparsity(entry, entry.structure());
    const pruned = Object.values(shares).filter((share) => share > 0);
    expect(pruned).toEqual(new Array(entry.layersPruned).fill(entry.sparsity));
    // The printed remainder is exactly this share of all parameters, rounded.
    expect(Math.abs(entry.remainingParameters - (1 - entry.sparsity) * entry.parameters)).toBeLessThanOrEqual(0.5);
  });

  it('of CIFAR-10 the output layer is not pruned, and of STL-10 the first two convolutions and the output', () => {
    const unpruned = (name: string) => {
      const entry = PUBLISHED_NETWORKS[name]!;
      return Object.entries(publishedSparsity(entry, entry.structure()))
        .filter(([, share]) => share === 0)
        .map(([layer]) => layer);
    };
    expect(unpruned('cifar10')).toEqual(['dense2']);
    expect(unpruned('stl10')).toEqual(['conv1', 'conv2', 'dense2']);
    expect(unpruned('mnist')).toEqual([]);
  });
});
