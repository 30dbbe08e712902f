/** Runs of one process on several backends at once: each has the numbers that it has alone. */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BackendUnavailableError } from '../../../src/base/errors.js';
import { readBytes } from '../../../src/base/storedBytes.js';
import { loadTf } from '../../../src/base/tensorflow/tf.js';
import { takeTurn } from '../../../src/base/tensorflow/turns.js';
import { sliceDataset } from '../../../src/datasets/slice.js';
import type { Dataset } from '../../../src/datasets/types.js';
import type { BackendName } from '../../../src/emulation/backends/types.js';
import { calibrate } from '../../../src/emulation/calibration/calibrate.js';
import { createBatchRunner } from '../../../src/emulation/emulator/batchRunner.js';
import { type RunOptions, runExperiment } from '../../../src/experiments/run/runExperiment.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';
import { preprocess } from '../../../src/networks/preprocess.js';
import { buildIfStale } from '../../cli/sonic.js';
import { smallImages, smallNetwork } from './smallNetwork.js';

const COUNT = 10;
const network = smallNetwork();
const hardware = presetHardware('sonic');
const dataset: Dataset = {
  name: 'custom',
  split: 'test',
  shape: [9, 9, 2],
  classes: 10,
  count: COUNT,
  images: smallImages(COUNT),
  labels: Uint8Array.from({ length: COUNT }, (_, i) => i % 10),
  sha256: 'd'.repeat(64),
  source: 'test',
};
const options: RunOptions = {
  network,
  networkHash: 'n'.repeat(64),
  dataset,
  calibrationSet: dataset,
  hardware,
  threads: 1,
  batch: 2,
};

/** What must be the same however it was computed. */
async function numbers(more: Partial<RunOptions>) {
  const { accuracy, layers, chips, cost } = await runExperiment({ ...options, ...more });
  return { accuracy, layers, chips, cost };
}

async function isThere(backend: BackendName): Promise<boolean> {
  try {
    await loadTf(backend === 'wasm' || backend === 'reference' ? 'wasm' : backend);
    return true;
  } catch (error) {
    if (error instanceof BackendUnavailableError) return false;
    throw error;
  }
}

beforeAll(buildIfStale, 300_000);

const others: BackendName[] = [];
for (const backend of ['tensorflow', 'webgpu'] as const) if (await isThere(backend)) others.push(backend);

it.skipIf(others.length === 0)(
  `wasm, reference, ${others.join(', ')} at once give what they give alone`,
  async () => {
    const runs: Partial<RunOptions>[] = [
      ...others.flatMap((backend): Partial<RunOptions>[] => [
        { backend, chips: 2 },
        { backend, fidelity: 'digital' },
        { backend, runSeed: 7, fidelity: 'lumped' },
      ]),
      { backend: 'wasm', chipSeed: 3 },
      { backend: 'reference', dataset: sliceDataset(dataset, 2) },
    ];
    const alone = [];
    for (const run of runs) alone.push(await numbers(run));
    expect(await Promise.all(runs.map(numbers))).toEqual(alone);
  },
  300_000,
);

describe('turns', () => {
  const seen: string[] = [];
  /** Work that notices when another backend becomes the current one while it waits. */
  const watched = (backend: 'cpu' | 'wasm') =>
    takeTurn(async () => {
      const tf = await loadTf(backend);
      for (let i = 0; i < 5; i++) {
        await sleep(2);
        seen.push(tf.getBackend());
      }
      return backend;
    });
  afterAll(() => loadTf('wasm'));

  it('keep the backend of each, calibration and batches included', async () => {
    const job = {
      network,
      program: null,
      fidelities: [],
      digital: true,
      backend: 'wasm' as const,
      runSeed: 1,
      images: dataset.images,
      imageSize: 162,
    };
    const runner = await createBatchRunner(job);
    const input = preprocess(network, readBytes(dataset.images));
    const wanted = await calibrate(network, hardware, input);
    const [logits] = [(await runner(0, 3)).digital];
    const done = await Promise.all([
      watched('cpu'),
      calibrate(network, hardware, input),
      watched('wasm'),
      runner(0, 3),
      watched('cpu'),
    ]);
    expect(seen).toEqual([...Array(5).fill('cpu'), ...Array(5).fill('wasm'), ...Array(5).fill('cpu')]);
    expect(done[1].activationScales).toEqual(wanted.activationScales);
    expect(done[3].digital).toEqual(logits);
    runner.dispose();
  });

  it('go on after work that failed, and hold work within work', async () => {
    await expect(takeTurn(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await takeTurn(() => takeTurn(async () => 7))).toBe(7);
    let late: Promise<string> | undefined;
    await takeTurn(async () => {
      // Begun within a turn, but asking for one of its own once that is over.
      late = sleep(5).then(() => watched('cpu'));
    });
    seen.length = 0;
    await Promise.all([late, sleep(4).then(() => watched('wasm'))]);
    expect([...new Set(seen.slice(0, 5))]).toHaveLength(1);
    expect([...new Set(seen.slice(5))]).toHaveLength(1);
  });
});
