/** The backend `tensorflow` under the emulator: one thread of ours, any batch, the same bits; absent: why, and what to do. */
import { beforeAll, describe, expect, it } from 'vitest';
import { BackendUnavailableError } from '../../../src/base/errors.js';
import { isBackendAvailable, loadTf } from '../../../src/base/tensorflow/tf.js';
import { createBackend } from '../../../src/emulation/backends/index.js';
import { calibrate, compileForChip } from '../../../src/emulation/calibration/calibrate.js';
import { emulate, emulatorThreads } from '../../../src/emulation/emulator/emulate.js';
import { layerFidelities } from '../../../src/emulation/emulator/fidelity.js';
import type { Program } from '../../../src/emulation/program/types.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';
import { preprocess } from '../../../src/networks/preprocess.js';
import { smallImages, smallNetwork } from './smallNetwork.js';

const COUNT = 30;
const network = smallNetwork();
const images = smallImages(COUNT);
const isThere = await isBackendAvailable('tensorflow');

describe.skipIf(!isThere)('emulate on tensorflow', () => {
  let program: Program;
  beforeAll(async () => {
    const hardware = presetHardware('sonic');
    const calibration = await calibrate(network, hardware, preprocess(network, images));
    program = await compileForChip(network, hardware, 1, calibration);
  });

  it.each(['exact', 'lumped'] as const)('gives the same bits in every batch, fidelity %s', async (fidelity) => {
    const fidelities = layerFidelities(program, fidelity);
    const given = { network, program, fidelities, digital: true, runSeed: 1, images, count: COUNT };
    const whole = await emulate({ ...given, backend: 'tensorflow', batch: COUNT });
    for (const batch of [1, 7, 16]) {
      expect(await emulate({ ...given, backend: 'tensorflow', batch })).toEqual(whole);
    }
  });

  it('leaves nothing behind', async () => {
    const tf = await loadTf('tensorflow');
    const before = tf.memory().numTensors;
    await emulate({ network, program, digital: true, backend: 'tensorflow', runSeed: 1, images, count: COUNT });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('cannot be had beside tensorflow-gpu in one process', async () => {
    const error: unknown = await createBackend('tensorflow-gpu').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BackendUnavailableError);
    expect((error as Error).message).toMatch(
      /^backend 'tensorflow-gpu' (is not installed|cannot be had beside 'tensorflow')/,
    );
  });
});

it('starts threads only where a backend runs one core a thread', () => {
  expect(emulatorThreads('wasm', 5)).toBe(5);
  expect(emulatorThreads('tensorflow', 5)).toBe(1);
});
