import { beforeAll, describe, expect, it } from 'vitest';
import { readBytes } from '../../src/base/storedBytes.js';
import { loadTf, type Tensor, type Tf } from '../../src/base/tensorflow/tf.js';
import { makeBatch, shiftImage, shuffledOrder } from '../../src/training/batches.js';
import { learningRateAt } from '../../src/training/learningRate.js';
import { createOptimizer, type OptimizerOptions } from '../../src/training/optimizer.js';
import { stripes, stripesNetwork } from './stripes.js';

describe('learning rates', () => {
  it('one cycle: from a tenth up, then down to nothing', () => {
    const at = (progress: number) => learningRateAt({ kind: 'oneCycle', rate: 2, warmUp: 0.4 }, progress);
    expect(at(0)).toBeCloseTo(0.2, 12);
    expect(at(0.2)).toBeCloseTo(1.1, 12);
    expect(at(0.4)).toBeCloseTo(2, 12);
    expect(at(0.7)).toBeCloseTo(1, 12);
    expect(at(1)).toBeCloseTo(0, 12);
  });

  it('cosine and constant', () => {
    expect(learningRateAt({ kind: 'cosine', rate: 4 }, 0.5)).toBeCloseTo(2, 12);
    expect(learningRateAt({ kind: 'cosine', rate: 4 }, 0)).toBe(4);
    expect(learningRateAt({ kind: 'constant', rate: 3 }, 0.9)).toBe(3);
  });
});

describe('optimizers minimise 1/2 sum a x^2 as their papers have them', () => {
  let tf: Tf;
  beforeAll(async () => {
    tf = await loadTf('wasm');
  });
  const a = [1, 10];

  function run(options: OptimizerOptions, steps: number, rate: number): number[] {
    const variable = tf.variable(tf.tensor1d([3, -2]));
    const optimizer = createOptimizer(tf, options, [variable]);
    for (let step = 0; step < steps; step++) {
      const gradient: Tensor = tf.mul(variable, tf.tensor1d(a));
      optimizer.apply([gradient], rate, step);
    }
    const values = Array.from(variable.dataSync());
    optimizer.dispose();
    variable.dispose();
    return values;
  }

  it('Nesterov: look-ahead form, v = m v - r g(x + m v), on y = x + m v', () => {
    // What is stored is the look-ahead point, so the textbook form with gradients there must give the same points.
    const [momentum, rate] = [0.9, 0.05];
    const expected = [3, -2].map((start, i) => {
      let [x, v] = [start, 0];
      for (let step = 0; step < 7; step++) {
        v = momentum * v - rate * a[i]! * (x + momentum * v);
        x += v;
      }
      return x + momentum * v;
    });
    const actual = run({ kind: 'nesterov', momentum }, 7, rate);
    for (const [i, value] of actual.entries()) expect(value).toBeCloseTo(expected[i]!, 5);
  });

  it('Adam, with bias correction', () => {
    const [beta1, beta2, epsilon, rate] = [0.9, 0.99, 1e-12, 0.1];
    const expected = [3, -2].map((start, i) => {
      let [x, m, v] = [start, 0, 0];
      for (let t = 1; t <= 7; t++) {
        const g = a[i]! * x;
        m = beta1 * m + (1 - beta1) * g;
        v = beta2 * v + (1 - beta2) * g * g;
        x -= (rate * (m / (1 - beta1 ** t))) / (Math.sqrt(v / (1 - beta2 ** t)) + epsilon);
      }
      return x;
    });
    const actual = run({ kind: 'adam', beta1, beta2, epsilon }, 7, rate);
    for (const [i, value] of actual.entries()) expect(value).toBeCloseTo(expected[i]!, 5);
  });
});

describe('batches', () => {
  it('an order is a permutation, another one in every epoch and for every seed', () => {
    const order = shuffledOrder(1000, 3, 0);
    expect(Array.from(order).sort((x, y) => x - y)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(shuffledOrder(1000, 3, 0)).toEqual(order);
    expect(shuffledOrder(1000, 3, 1)).not.toEqual(order);
    expect(shuffledOrder(1000, 4, 0)).not.toEqual(order);
  });

  it('every image comes to every place equally often', () => {
    // Chi-squared of 8 x 8 counts over 4000 orders: mean 49, standard deviation sqrt(98); five of them.
    const counts = new Float64Array(64);
    for (let epoch = 0; epoch < 4000; epoch++)
      for (const [place, i] of shuffledOrder(8, 1, epoch).entries()) counts[8 * place + i]!++;
    const chiSquared = counts.reduce((sum, n) => sum + (n - 500) ** 2 / 500, 0);
    expect(Math.abs(chiSquared - 49)).toBeLessThan(5 * Math.sqrt(98));
  });

  it('shifts and mirrors; what comes in is 0', () => {
    const image = Uint8Array.of(1, 2, 3, 4, 5, 6);
    const shape = [2, 3, 1] as const;
    expect(Array.from(shiftImage(image, shape, 0, 0, false))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(Array.from(shiftImage(image, shape, 1, 0, false))).toEqual([0, 0, 0, 1, 2, 3]);
    expect(Array.from(shiftImage(image, shape, 0, -1, false))).toEqual([2, 3, 0, 5, 6, 0]);
    expect(Array.from(shiftImage(image, shape, 0, 1, true))).toEqual([0, 3, 2, 0, 6, 5]);
    expect(Array.from(shiftImage(image, [1, 3, 2], 0, 0, true))).toEqual([5, 6, 3, 4, 1, 2]);
    expect(Array.from(shiftImage(image, shape, -5, 5, false))).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('an epoch shows every image once, with its own label', () => {
    const data = stripes(24, 1);
    const source = { network: stripesNetwork(1), data, batchSize: 8, seed: 1, augmentation: null };
    const order = shuffledOrder(24, 1, 0);
    const seen: string[] = [];
    for (let index = 0; index < 3; index++) {
      const { inputs, labels } = makeBatch(source, order, 0, index);
      for (let i = 0; i < 8; i++)
        seen.push(`${inputs.slice(36 * i, 36 * i + 36).map((x) => Math.round(x * 255))}:${labels[i]}`);
    }
    const all = Array.from(
      { length: 24 },
      (_, i) => `${readBytes(data.images, 36 * i, 36 * i + 36)}:${data.labels[i]}`,
    );
    expect(seen.sort()).toEqual(all.sort());
  });

  it('shifts reach every offset, up to the given one', () => {
    // One bright pixel in the middle of each of 400 images shows where it went.
    const images = new Uint8Array(400 * 36);
    for (let i = 0; i < 400; i++) images[36 * i + 14] = 255;
    const data = { ...stripes(400, 1), images };
    const source = { network: stripesNetwork(1), data, batchSize: 400, seed: 1, augmentation: { shift: 1 } };
    const { inputs } = makeBatch(source, shuffledOrder(400, 1, 0), 0, 0);
    const places = new Set(Array.from({ length: 400 }, (_, i) => inputs.slice(36 * i, 36 * i + 36).indexOf(1)));
    expect([...places].sort((x, y) => x - y)).toEqual([7, 8, 9, 13, 14, 15, 19, 20, 21]);
  });
});
