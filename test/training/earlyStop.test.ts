import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NetworkError } from '../../src/base/errors.js';
import { readBytes } from '../../src/base/storedBytes.js';
import { loadTf, type Tf } from '../../src/base/tensorflow/tf.js';
import type { Network } from '../../src/networks/types.js';
import { hasStalled, holdOut, isBest } from '../../src/training/earlyStop.js';
import { digitalAccuracy } from '../../src/training/evaluate.js';
import { describeEntry, type TrainingLogEntry } from '../../src/training/log.js';
import { trainNetwork } from '../../src/training/trainNetwork.js';
import type { TrainOptions } from '../../src/training/trainOptions.js';
import { stripes, stripesNetwork } from './stripes.js';

const history = (...accuracies: (number | null)[]): TrainingLogEntry[] =>
  accuracies.map((accuracy) => (accuracy === null ? {} : { validationAccuracy: accuracy }) as TrainingLogEntry);

describe('early stopping', () => {
  it('ends when an accuracy has not been surpassed for as many epochs as it is patient', () => {
    expect([history(), history(0.5), history(0.5, null, 0.4)].map((h) => hasStalled(h, 2))).toEqual([
      false,
      false,
      false,
    ]);
    expect(hasStalled(history(0.5, 0.4, null, 0.45), 2)).toBe(true);
    expect(hasStalled(history(0.5, 0.4, 0.6, 0.5), 2)).toBe(false);
    // Equal is no gain.
    expect(hasStalled(history(0.5, 0.5), 1)).toBe(true);
    expect([history(), history(0.5), history(0.5, 0.5), history(0.5, 0.6)].map(isBest)).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });

  it('holds back images spread over the whole set, each once', () => {
    const data = { ...stripes(10, 1), labels: Uint8Array.from({ length: 10 }, (_, i) => i) };
    const { fitted, held } = holdOut(data, 3);
    expect([...held.indices!]).toEqual([3, 6, 9]);
    expect([...fitted.labels]).toEqual([0, 1, 2, 4, 5, 7, 8]);
    expect([...readBytes(held.images, 0, 36)]).toEqual([...readBytes(data.images, 3 * 36, 4 * 36)]);
    expect([fitted.count, held.count, fitted.images.length]).toEqual([7, 3, 7 * 36]);
    expect(fitted.sha256).not.toBe(held.sha256);
  });
});

describe('a run that stops early', () => {
  let tf: Tf;
  let folder: string;
  beforeAll(async () => {
    tf = await loadTf('wasm');
    folder = mkdtempSync(join(tmpdir(), 'sonic-early-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const train = stripes(240, 1);
  const options = (change: Partial<TrainOptions> = {}): TrainOptions => ({
    tf,
    network: stripesNetwork(1),
    train,
    epochs: 30,
    batchSize: 32,
    seed: 5,
    optimizer: { kind: 'nesterov', momentum: 0.9 },
    // So high that accuracy rises and falls.
    learningRate: { kind: 'constant', rate: 0.15 },
    l2: 0,
    labelSmoothing: 0,
    augmentation: null,
    pruning: null,
    earlyStop: { validationImages: 60, patience: 2 },
    ...change,
  });
  const parameters = ({ layers }: Network) =>
    layers.flatMap((layer) =>
      Object.values(layer).flatMap((value) => (value instanceof Float32Array ? [...value] : [])),
    );

  it('returns the network of the best epoch, before all epochs are over', async () => {
    const before = tf.memory().numTensors;
    const { network, history: entries } = await trainNetwork(options());
    const seen = entries.map((entry) => entry.validationAccuracy!);
    expect(seen.length).toBeLessThan(30);
    expect(seen.length - 1 - seen.indexOf(Math.max(...seen))).toBe(2);
    expect(await digitalAccuracy(tf, network, holdOut(train, 60).held)).toBe(Math.max(...seen));
    expect(tf.memory().numTensors).toBe(before);
    expect(describeEntry(entries[0]!)).toMatch(/, validation \d+\.\d\d %, /);
    // 180 images remain: five batches of 32 an epoch.
    expect(entries[0]!.step).toBe(5);
  });

  it('goes on to the same end when it is killed, and not beyond it', async () => {
    const stateFile = join(folder, 'state');
    const whole = await trainNetwork(options());
    const killAt = whole.history.length - 1;
    const killed = trainNetwork(
      options({
        stateFile,
        saveEvery_s: 0,
        onLog: ({ epoch }) => {
          if (epoch === killAt) throw new Error('killed');
        },
      }),
    );
    await expect(killed).rejects.toThrow('killed');
    const resumed = await trainNetwork(options({ stateFile }));
    expect(parameters(resumed.network)).toEqual(parameters(whole.network));
    const again = await trainNetwork(options({ stateFile, onLog: () => expect.unreachable() }));
    expect(parameters(again.network)).toEqual(parameters(whole.network));
  });

  it('counts no epoch before pruning is over', async () => {
    const { history: entries } = await trainNetwork(
      options({ epochs: 6, pruning: { kind: 'gradual', sparsity: 0.5, begin: 0, end: 0.5, prunings: 3 } }),
    );
    // 30 steps, pruned at steps 0, 5, 10 and 15: the third epoch ends before the last of them.
    expect(entries.slice(0, 3).map((entry) => entry.validationAccuracy)).toEqual([undefined, undefined, undefined]);
    expect(entries[2]!.sparsity['conv2']).toBeLessThan(0.5);
    expect(entries[3]!.validationAccuracy).toBeDefined();
    expect(entries[3]!.sparsity['conv2']).toBe(0.5);
  });

  it('is refused where nothing would be left to train on', async () => {
    const wrong = trainNetwork(options({ earlyStop: { validationImages: 240, patience: 1 } }));
    await expect(wrong).rejects.toThrow(NetworkError);
    await expect(wrong).rejects.toThrow(/validationImages is 240: 'stripes' has 240/);
    await expect(trainNetwork(options({ earlyStop: { validationImages: 10, patience: 0 } }))).rejects.toThrow(
      /patience is 0/,
    );
  });
});
