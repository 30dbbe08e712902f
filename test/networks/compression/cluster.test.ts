import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NetworkError } from '../../../src/base/errors.js';
import { conv2d } from '../../../src/networks/build.js';
import { clusterNetwork, clusterWeights, compressWeights } from '../../../src/networks/compression/cluster.js';
import { expandWeights } from '../../../src/networks/compression/expand.js';
import { applyMask, magnitudeMask } from '../../../src/networks/compression/prune.js';
import type { Network } from '../../../src/networks/types.js';
import { normals } from '../random.js';

const squaredError = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, i) => sum + (x - b[i]!) ** 2, 0);

/** Least squared error with which `values` can be cut into `clusters`: dynamic programming over the sorted values. */
function optimalError(values: Float32Array, clusters: number): number {
  const sorted = Array.from(values).sort((a, b) => a - b);
  const cost = (from: number, to: number) => {
    const part = sorted.slice(from, to);
    const mean = part.reduce((a, b) => a + b, 0) / part.length;
    return part.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  };
  let best = sorted.map((_, i) => cost(0, i + 1));
  for (let k = 2; k <= clusters; k++) {
    best = best.map((one, i) =>
      Math.min(one, ...Array.from({ length: i }, (_, cut) => best[cut]! + cost(cut + 1, i + 1))),
    );
  }
  return best.at(-1)!;
}

describe('clustering of weights', () => {
  const weight = applyMask(normals(4000, 1), magnitudeMask(normals(4000, 1), 0.5));

  it('keeps zeros, gives at most C values, each the mean of the weights that are nearest to it', () => {
    const { centroids, index } = clusterWeights(weight, 16);
    expect(centroids.length).toBe(16);
    const sums = new Float64Array(16);
    const counts = new Float64Array(16);
    for (const [i, w] of weight.entries()) {
      expect(index[i] === 0).toBe(w === 0);
      if (w === 0) continue;
      const distances = Array.from(centroids, (centroid) => Math.abs(centroid - w));
      expect(distances[index[i]! - 1]).toBe(Math.min(...distances));
      sums[index[i]! - 1]! += w;
      counts[index[i]! - 1]! += 1;
    }
    for (const [c, centroid] of centroids.entries()) expect(centroid).toBeCloseTo(sums[c]! / counts[c]!, 6);
  });

  it('comes near the best possible partition', () => {
    const values = normals(150, 5);
    const error = squaredError(values, expandWeights(clusterWeights(values, 6)));
    const best = optimalError(values, 6);
    expect(error).toBeGreaterThanOrEqual(best * (1 - 1e-5));
    expect(error).toBeLessThan(best * 1.3);
  });

  it('finds clusters that lie apart', () => {
    const values = Float32Array.from({ length: 90 }, (_, i) => [-5, 1, 4][i % 3]! + 0.001 * i);
    const { centroids } = clusterWeights(values, 3);
    expect(Array.from(centroids, Math.round)).toEqual([-5, 1, 4]);
  });

  it('places its start by density: a single value far out does not take a cluster from the crowd', () => {
    // Eight parts of equal count begin with medians inside the crowd; equal widths would leave one for all of it.
    const values = Float32Array.from([...normals(800, 9), 1000]);
    const { centroids } = clusterWeights(values, 8);
    expect(centroids.filter((centroid) => Math.abs(centroid) < 4).length).toBeGreaterThanOrEqual(7);
  });

  it('leaves weights alone that have few values already, and all zeros', () => {
    const few = Float32Array.of(0.5, -0.25, 0, 0.5, 0.125);
    const form = clusterWeights(few, 3);
    expect(Array.from(form.centroids)).toEqual([-0.25, 0.125, 0.5]);
    expect(Array.from(form.index)).toEqual([3, 1, 0, 3, 2]);
    expect(clusterWeights(new Float32Array(4), 3)).toEqual({
      centroids: new Float32Array(0),
      index: new Uint8Array(4),
    });
  });

  it('prunes weights whose centroid is exactly zero instead of spending a centroid on it', () => {
    const { centroids, index } = clusterWeights(Float32Array.of(-1, 1, -9, 9, 10, 8), 1);
    expect(centroids.length).toBe(1);
    const symmetric = clusterWeights(Float32Array.of(-1, 1), 1);
    expect(symmetric).toEqual({ centroids: new Float32Array(0), index: Uint8Array.of(0, 0) });
    expect(Array.from(index)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('gives distinct, non-zero, ascending centroids that are all used, and is the same every time', () => {
    const weights = fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 20 }), (values, clusters) => {
        const w = Float32Array.from(values);
        const form = clusterWeights(w, clusters);
        expect(form.centroids.length).toBeLessThanOrEqual(clusters);
        expect(Array.from(form.centroids)).toEqual([...new Set(form.centroids)].sort((a, b) => a - b));
        expect(form.centroids.includes(0)).toBe(false);
        expect(new Set(form.index.filter((i) => i > 0)).size).toBe(form.centroids.length);
        for (const [i, value] of w.entries()) if (value === 0) expect(form.index[i]).toBe(0);
        expect(clusterWeights(w, clusters)).toEqual(form);
      }),
      { seed: 2 },
    );
  });
});

describe('the compressed form', () => {
  it('expands to what it was made of', () => {
    const w = Float32Array.of(1, 0, -2, 1);
    expect(expandWeights(compressWeights(w)!)).toEqual(w);
  });

  it('does not exist for more than 255 values', () => {
    expect(compressWeights(Float32Array.from({ length: 256 }, (_, i) => i))?.centroids.length).toBe(255);
    expect(compressWeights(Float32Array.from({ length: 256 }, (_, i) => i + 1))).toBeNull();
  });
});

describe('a network', () => {
  const network: Network = {
    name: 'net',
    inputShape: [4, 4, 2],
    inputRange: null,
    preprocessing: { scale: 1, mean: [0], std: [1] },
    layers: [
      { ...conv2d('first', 'input', [3, 2, 8]), weight: normals(144, 1) },
      { ...conv2d('second', 'first', [2, 8, 4]), weight: normals(128, 2) },
    ],
    output: 'second',
  };

  it('is clustered layer by layer, and the compressed form is its weights', () => {
    const { network: clustered, compressed, report } = clusterNetwork(network, { second: 8 });
    expect(clustered.layers[0]).toBe(network.layers[0]);
    expect(Object.keys(compressed)).toEqual(['second']);
    expect(clustered.layers[1]).toMatchObject({ weight: expandWeights(compressed['second']!) });
    const rms = Math.sqrt(squaredError(normals(128, 2), expandWeights(compressed['second']!)) / 128);
    expect(report).toEqual([{ name: 'second', clusters: 8, rmsError: expect.closeTo(rms, 9) }]);
  });

  it.each([[0], [256], [2.5], [{ third: 4 }]])('refuses %o', (clusters) => {
    expect(() => clusterNetwork(network, clusters as number)).toThrow(NetworkError);
  });
});
