import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatasetError, FormatError, NetworkError, UnsupportedLayerError } from '../../src/base/errors.js';
import { type DigitalBackend, loadTf, type Tf } from '../../src/base/tensorflow/tf.js';
import { pruneNetwork, sparsityReport } from '../../src/networks/compression/prune.js';
import { isMacLayer, type Layer, type Network } from '../../src/networks/types.js';
import { digitalAccuracy } from '../../src/training/evaluate.js';
import { trainNetwork } from '../../src/training/trainNetwork.js';
import type { TrainOptions } from '../../src/training/trainOptions.js';
import { describeOnBackends } from '../networks/backends.js';
import { stripes, stripesNetwork } from './stripes.js';
import { stripesOptions, train } from './trainedStripes.js';

const test = stripes(300, 2);

/** All parameters in one list. */
function parameters({ layers }: Network): number[] {
  return layers.flatMap((layer) =>
    Object.values(layer).flatMap((value) => (value instanceof Float32Array ? [...value] : [])),
  );
}

const shares = (network: Network) => sparsityReport(network).map(({ sparsity }) => sparsity);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonic-training-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const firstSteps = new Map<DigitalBackend, number[]>();

describeOnBackends('training', (backend) => {
  let tf: Tf;
  beforeAll(async () => {
    tf = await loadTf(backend);
  });

  // On cpu, the slowest, the first steps below are those of the others.
  it.runIf(backend !== 'cpu')('learns a task that an untrained network does not know, pruning on the way', async () => {
    const before = tf.memory().numTensors;
    const untrained = await digitalAccuracy(tf, stripesNetwork(1), test);
    const result = await trainNetwork(
      stripesOptions(tf, { test, pruning: { kind: 'gradual', sparsity: { conv2: 0.5, logits: 0.75 } } }),
    );
    const accuracy = await digitalAccuracy(tf, result.network, test);
    expect(untrained).toBeLessThan(0.7);
    expect(accuracy).toBeGreaterThan(0.95);
    expect(shares(result.network)).toEqual([0, 0.5, 0.75]);
    const last = result.history.at(-1)!;
    expect(last).toMatchObject({ epoch: 2, step: 45, steps: 45, testAccuracy: accuracy, timeLeft_s: 0 });
    expect(last.sparsity).toEqual({ conv2: 0.5, logits: 0.75 });
    expect(result.history.length).toBe(3);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('takes the same first steps as every other backend', async () => {
    const small = stripes(64, 1);
    const { network } = await trainNetwork(
      stripesOptions(tf, { train: small, epochs: 2, learningRate: { kind: 'constant', rate: 0.01 } }),
    );
    const values = parameters(network);
    for (const [other, expected] of firstSteps) {
      const largest = Math.max(...values.map((value, i) => Math.abs(value - expected[i]!)));
      expect(largest, `${backend} against ${other}`).toBeLessThan(1e-4);
    }
    firstSteps.set(backend, values);
    const start = parameters(stripesNetwork(1));
    expect(Math.max(...values.map((value, i) => Math.abs(value - start[i]!)))).toBeGreaterThan(1e-2);
  });
});

describe('a run', () => {
  let tf: Tf;
  beforeAll(async () => {
    tf = await loadTf('wasm');
  });
  const gradual = { kind: 'gradual', sparsity: 0.5, begin: 0.2, end: 0.8, prunings: 5 } as const;

  it('is decided by its seed', async () => {
    const [a, b, c] = [
      await trainNetwork(stripesOptions(tf, { epochs: 1, augmentation: { shift: 1, flip: true } })),
      await trainNetwork(stripesOptions(tf, { epochs: 1, augmentation: { shift: 1, flip: true } })),
      await trainNetwork(stripesOptions(tf, { epochs: 1, augmentation: { shift: 1, flip: true }, seed: 6 })),
    ];
    expect(parameters(a.network)).toEqual(parameters(b.network));
    expect(parameters(a.network)).not.toEqual(parameters(c.network));
  });

  it.each([
    ['before it prunes', 4],
    ['while it prunes', 22],
  ])('that is killed %s goes on to the same end, bit for bit', async (_, killAt) => {
    const stateFile = join(folder, `state-${killAt}`);
    const whole = await trainNetwork(stripesOptions(tf, { pruning: gradual }));
    const killed = trainNetwork(
      stripesOptions(tf, {
        pruning: gradual,
        stateFile,
        saveEvery_s: 0,
        logEvery: 1,
        onLog: ({ step }) => {
          if (step === killAt) throw new Error('killed');
        },
      }),
    );
    await expect(killed).rejects.toThrow('killed');
    const steps: number[] = [];
    const resumed = await trainNetwork(
      stripesOptions(tf, { pruning: gradual, stateFile, logEvery: 1, onLog: ({ step }) => void steps.push(step) }),
    );
    expect(steps[0]).toBe(killAt);
    expect(steps.at(-1)).toBe(45);
    expect(parameters(resumed.network)).toEqual(parameters(whole.network));
    const again = await trainNetwork(
      stripesOptions(tf, { pruning: gradual, stateFile, onLog: () => expect.unreachable() }),
    );
    expect(parameters(again.network)).toEqual(parameters(whole.network));
    expect(readdirSync(folder).filter((name) => name.startsWith('.sonic'))).toEqual([]);
  });

  it('keeps the zeros of a pruned network, and moves the rest', async () => {
    const { network } = pruneNetwork(stripesNetwork(1), 0.6);
    const tuned = await trainNetwork(stripesOptions(tf, { network, epochs: 1, pruning: { kind: 'keep' } }));
    expect(shares(tuned.network)).toEqual(shares(network));
    const pairs = network.layers.flatMap((layer, i) => {
      const after = tuned.network.layers[i]!;
      return isMacLayer(layer) && isMacLayer(after)
        ? Array.from(layer.weight, (w, j) => [w, after.weight[j]!] as const)
        : [];
    });
    expect(pairs.every(([before, after]) => (before === 0) === (after === 0))).toBe(true);
    expect(pairs.some(([before, after]) => before !== after)).toBe(true);
  });

  it('without a mask a pruned network does not stay pruned', async () => {
    const { network } = pruneNetwork(stripesNetwork(1), 0.6);
    const tuned = await trainNetwork(stripesOptions(tf, { network, epochs: 1 }));
    expect(Math.max(...shares(tuned.network))).toBeLessThan(0.1);
  });

  it('starts a gradual pruning from the sparsity that is there', async () => {
    const { network } = pruneNetwork(stripesNetwork(1), 0.5);
    const seen: number[] = [];
    const onLog: TrainOptions['onLog'] = (entry) => void seen.push(entry.sparsity['conv2']!);
    await trainNetwork(
      stripesOptions(tf, {
        network,
        epochs: 1,
        logEvery: 1,
        onLog,
        pruning: { kind: 'gradual', sparsity: 0.75, prunings: 3 },
      }),
    );
    expect(seen[0]).toBeCloseTo(0.5, 2);
    expect(seen.at(-1)).toBeCloseTo(0.75, 2);
    expect(seen).toEqual([...seen].sort((x, y) => x - y));
  });

  it('decays weights by L2, not biases: with a rate r and no gradient, w (1 - r l2)', async () => {
    // Black images and zero biases give equal logits for every class of a balanced batch: no gradient but L2's.
    const flat = { ...train, images: new Uint8Array(train.images.length) };
    const start = stripesNetwork(1);
    const network: Network = {
      ...start,
      layers: start.layers.map((layer): Layer => (layer.kind === 'dense' ? { ...layer, bias: null } : layer)),
    };
    const run = async (l2: number) =>
      (
        await trainNetwork(
          stripesOptions(tf, {
            network,
            train: flat,
            epochs: 1,
            batchSize: 480,
            l2,
            optimizer: { kind: 'nesterov', momentum: 0 },
            learningRate: { kind: 'constant', rate: 0.5 },
          }),
        )
      ).network;
    const weightsOf = (n: Network) => n.layers.filter(isMacLayer).flatMap(({ weight }) => [...weight]);
    const [before, after] = [weightsOf(network), weightsOf(await run(0.1))];
    for (const [i, w] of after.entries()) expect(w).toBeCloseTo(before[i]! * 0.95, 6);
    expect(weightsOf(await run(0))).toEqual(before);
  });

  it('says so when it diverges', async () => {
    const wild = trainNetwork(stripesOptions(tf, { learningRate: { kind: 'constant', rate: 1e30 } }));
    await expect(wild).rejects.toThrow(NetworkError);
    await expect(wild).rejects.toThrow(/diverged at step \d+.*lower the learning rate/);
  });

  it('refuses images of another shape, layers it cannot train, and wrong numbers', async () => {
    await expect(trainNetwork(stripesOptions(tf, { train: { ...train, shape: [6, 3, 2] } }))).rejects.toThrow(
      DatasetError,
    );
    await expect(trainNetwork(stripesOptions(tf, { train: { ...train, shape: [6, 3, 2] } }))).rejects.toThrow(
      /6x3x2.*6x6x1/,
    );
    const network = stripesNetwork(1);
    const layers = network.layers.map(
      (layer): Layer => (layer.kind === 'conv2d' ? { ...layer, dilation: [2, 2] } : layer),
    );
    await expect(trainNetwork(stripesOptions(tf, { network: { ...network, layers } }))).rejects.toThrow(
      UnsupportedLayerError,
    );
    await expect(trainNetwork(stripesOptions(tf, { epochs: 0 }))).rejects.toThrow(/epochs is 0/);
    await expect(trainNetwork(stripesOptions(tf, { batchSize: 1.5 }))).rejects.toThrow(/batchSize is 1.5/);
    await expect(trainNetwork(stripesOptions(tf, { seed: -1 }))).rejects.toThrow(/seed is -1/);
    await expect(trainNetwork(stripesOptions(tf, { pruning: { kind: 'gradual', sparsity: 1 } }))).rejects.toThrow(
      /sparsity of 1 /,
    );
  });

  it('refuses the state of another run, and a damaged one', async () => {
    const stateFile = join(folder, 'state');
    await trainNetwork(stripesOptions(tf, { epochs: 1, stateFile }));
    const other = trainNetwork(stripesOptions(tf, { epochs: 1, seed: 6, stateFile }));
    await expect(other).rejects.toThrow(FormatError);
    await expect(other).rejects.toThrow(/state'.*other options/);
    const bytes = readFileSync(stateFile);
    writeFileSync(stateFile, bytes.subarray(0, bytes.length - 5));
    await expect(trainNetwork(stripesOptions(tf, { epochs: 1, stateFile }))).rejects.toThrow(/damaged/);
    writeFileSync(stateFile, 'no state\n');
    await expect(trainNetwork(stripesOptions(tf, { epochs: 1, stateFile }))).rejects.toThrow(FormatError);
  });
});
