import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NetworkError } from '../../../src/base/errors.js';
import { conv2d, dense, flatten } from '../../../src/networks/build.js';
import {
  applyMask,
  gradualSparsity,
  magnitudeMask,
  pruneNetwork,
  prunesAt,
  sparsityOf,
  sparsityReport,
} from '../../../src/networks/compression/prune.js';
import type { Network } from '../../../src/networks/types.js';
import { normals } from '../random.js';

describe('magnitude mask', () => {
  it('drops the smallest, signs aside; of equal ones the first', () => {
    expect(Array.from(magnitudeMask(Float32Array.of(3, -1, 2, -4), 0.5))).toEqual([1, 0, 0, 1]);
    expect(Array.from(magnitudeMask(Float32Array.of(1, -1, 1, 1), 0.5))).toEqual([0, 0, 1, 1]);
  });

  it('counts zeros that are there already', () => {
    expect(Array.from(magnitudeMask(Float32Array.of(0, 5, 0, 1), 0.75))).toEqual([0, 1, 0, 0]);
  });

  it('rounds half to even', () => {
    expect(magnitudeMask(Float32Array.of(1, 2, 3, 4, 5), 0.5).filter((m) => m === 0).length).toBe(2);
    expect(magnitudeMask(Float32Array.of(1, 2, 3), 0.5).filter((m) => m === 0).length).toBe(2);
  });

  it('drops exactly the wanted number and nothing larger than what it keeps', () => {
    const weights = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(weights, fc.integer({ min: 0, max: 99 }), (values, percent) => {
        const weight = Float32Array.from(values);
        const mask = magnitudeMask(weight, percent / 100);
        const [kept, dropped] = [1, 0].map((wanted) =>
          Array.from(weight, Math.abs).filter((_, i) => mask[i] === wanted),
        );
        expect(Math.abs(dropped!.length - (percent / 100) * weight.length)).toBeLessThanOrEqual(0.5);
        expect(Math.max(0, ...dropped!)).toBeLessThanOrEqual(Math.min(Number.POSITIVE_INFINITY, ...kept!));
      }),
      { seed: 1 },
    );
  });

  it('is applied', () => {
    expect(Array.from(applyMask(Float32Array.of(3, -1, 2), Uint8Array.of(1, 0, 1)))).toEqual([3, 0, 2]);
    expect(sparsityOf([0, 1, 0, -0])).toBe(0.75);
    expect(sparsityOf([])).toBe(0);
  });
});

describe('gradual schedule (Zhu and Gupta 2017)', () => {
  const schedule = { initial: 0.1, final: 0.9, begin: 100, interval: 10, count: 20 };

  it('begins and ends where it should and stands still between prunings', () => {
    expect(gradualSparsity(schedule, 0)).toBe(0.1);
    expect(gradualSparsity(schedule, 100)).toBeCloseTo(0.1, 12);
    expect(gradualSparsity(schedule, 300)).toBe(0.9);
    expect(gradualSparsity(schedule, 10_000)).toBe(0.9);
    expect(gradualSparsity(schedule, 119)).toBe(gradualSparsity(schedule, 110));
  });

  it('follows the cubic: after half of the time one eighth of the way is left', () => {
    expect(gradualSparsity(schedule, 200)).toBeCloseTo(0.9 - 0.8 / 8, 12);
    expect(gradualSparsity(schedule, 150)).toBeCloseTo(0.9 - 0.8 * (27 / 64), 12);
  });

  it('prunes count + 1 times, at the steps where the sparsity changes', () => {
    const steps = Array.from({ length: 500 }, (_, step) => step).filter((step) => prunesAt(schedule, step));
    expect(steps).toEqual(Array.from({ length: 21 }, (_, i) => 100 + 10 * i));
  });
});

const network: Network = {
  name: 'net',
  inputShape: [3, 3, 2],
  inputRange: null,
  preprocessing: { scale: 1, mean: [0], std: [1] },
  layers: [
    { ...conv2d('conv', 'input', [3, 2, 8]), weight: normals(144, 1), bias: normals(8, 2) },
    flatten('flat', 'conv'),
    { ...dense('logits', 'flat', 8, 10), weight: normals(80, 3) },
  ],
  output: 'logits',
};

describe('a network', () => {
  it('is pruned to one sparsity or layer by layer; biases and the original stay', () => {
    const before = structuredClone(network);
    const { network: half, report } = pruneNetwork(network, 0.5);
    expect(report).toEqual([
      { name: 'conv', weights: 144, zeros: 72, sparsity: 0.5 },
      { name: 'logits', weights: 80, zeros: 40, sparsity: 0.5 },
    ]);
    expect(half.layers[0]).toMatchObject({ bias: normals(8, 2) });
    expect(network).toEqual(before);
    const one = pruneNetwork(network, { logits: 0.9 }).network;
    expect(sparsityReport(one).map(({ sparsity }) => sparsity)).toEqual([0, 0.9]);
  });

  it.each([
    [{ logit: 0.5 }, /'logit'.*did you mean 'logits'/],
    [{ flat: 0.5 }, /'flat': no convolution or dense layer/],
    [{ conv: 1 }, /'conv'.*sparsity of 1 /],
    [-0.1, /'conv'.*-0.1/],
    [Number.NaN, /NaN/],
  ])('refuses %o', (sparsity, message) => {
    expect(() => pruneNetwork(network, sparsity as number)).toThrow(NetworkError);
    expect(() => pruneNetwork(network, sparsity as number)).toThrow(message);
  });
});
