import { describe, expect, it } from 'vitest';
import { countParameters, countRemainingParameters } from '../../../src/networks/parameters.js';
import { validateNetwork } from '../../../src/networks/shapes.js';
import { isMacLayer } from '../../../src/networks/types.js';
import { sonicMnist } from '../../../src/networks/zoo/sonicMnist.js';

describe("SONIC's MNIST network", () => {
  const network = sonicMnist(7);

  it('has the published number of parameters (table 1)', () => {
    expect(countParameters(network)).toBe(1_498_730);
    validateNetwork(network);
  });

  it('counts what is left after pruning: weights that are not zero, and everything else', () => {
    const layers = network.layers.map((layer) =>
      layer.name === 'dense2' && layer.kind === 'dense' ? { ...layer, weight: layer.weight.fill(0, 0, 100) } : layer,
    );
    expect(countRemainingParameters({ ...network, layers })).toBe(1_498_630);
  });

  it('starts with weights of the spread that He et al. want, the same for the same seed', () => {
    const weights = (seed: number, name: string) => {
      const layer = sonicMnist(seed).layers.find((l) => l.name === name)!;
      return isMacLayer(layer) ? layer.weight : new Float32Array(0);
    };
    const spread = (w: Float32Array) => Math.sqrt(w.reduce((sum, x) => sum + x * x, 0) / w.length);
    // Relative standard error of a standard deviation: 1 / sqrt(2 n), here 0.0056 and 0.0006; five of them.
    expect(Math.abs(spread(weights(1, 'conv2')) / Math.sqrt(2 / 1000) - 1)).toBeLessThan(5 / Math.sqrt(2 * 16000));
    expect(Math.abs(spread(weights(1, 'dense1')) / Math.sqrt(2 / 2304) - 1)).toBeLessThan(5 / Math.sqrt(2 * 1474560));
    expect(Math.abs(spread(weights(1, 'dense2')) / Math.sqrt(2 / 650) - 1)).toBeLessThan(5 / Math.sqrt(2 * 6400));
    expect(weights(1, 'conv1')).toEqual(weights(1, 'conv1'));
    expect(weights(1, 'conv1')).not.toEqual(weights(2, 'conv1'));
    expect(weights(1, 'conv1')[0]).not.toBe(weights(1, 'conv2')[0]);
  });
});
