import { beforeAll, describe, expect, it } from 'vitest';
import { readBytes } from '../../src/base/storedBytes.js';
import { loadTf, type Tf } from '../../src/base/tensorflow/tf.js';
import type { HardwareDescription } from '../../src/hardware/description.js';
import { presetHardware } from '../../src/hardware/presets/index.js';
import { loadDigitalNetwork } from '../../src/networks/forward.js';
import { preprocess } from '../../src/networks/preprocess.js';
import type { Network } from '../../src/networks/types.js';
import { shareValues } from '../../src/training/codebook.js';
import { straightThrough } from '../../src/training/emulation.js';
import { fineTune } from '../../src/training/fineTune.js';
import { createHardwareForward } from '../../src/training/hardwareForward.js';
import { makeTrainable } from '../../src/training/trainable.js';
import { temporaryFolder } from '../helpers/folder.js';
import { train, trainedStripes } from './trainedStripes.js';

const inputs = (network: Network, count: number) => preprocess(network, readBytes(train.images, 0, count * 36));

const folder = temporaryFolder();
let tf: Tf;
let trained: Network;
beforeAll(async () => {
  tf = await loadTf('wasm');
  trained = await trainedStripes(tf);
});

describe('straightThrough', () => {
  it('has one value and the gradient of another', () => {
    const x = tf.tensor1d([1, -2, 3]);
    const value = tf.tensor1d([10, 20, 30]);
    const loss = (w: typeof x) => tf.sum(tf.square(straightThrough(tf, tf.mul(w, 5), value)));
    expect(loss(x).dataSync()[0]).toBe(1400);
    // d/dw of v^2 at v = value, times the 5 of what it stands for.
    expect([
      ...tf
        .grad(loss as never)(x)
        .dataSync(),
    ]).toEqual([100, 200, 300]);
  });
});

describe('shareValues', () => {
  it('gives each weight the mean of those nearest to the same value; zeros stay', () => {
    const shared = shareValues(Float32Array.of(0.75, 1.25, 0, -1.25, -0.75, 3.5, 0), Float32Array.of(-1, 1, 4));
    expect([...shared]).toEqual([1, 1, 0, -1, -1, 3.5, 0]);
  });

  it('takes the lower of two equally near values, and leaves out those that nobody takes', () => {
    expect([...shareValues(Float32Array.of(2, 3), Float32Array.of(1, 3, 9))]).toEqual([2, 3]);
  });
});

describe('the forward pass on hardware', () => {
  /** Outputs of the trained network in training mode, with the hardware in its place. */
  async function emulatedLogits(hardware: HardwareDescription, step: number): Promise<Float32Array> {
    const forward = createHardwareForward({
      tf,
      hardware,
      network: trained,
      calibrationInputs: inputs(trained, 40),
      seed: 3,
    });
    const model = makeTrainable(tf, trained);
    try {
      await forward.update(trained, step);
      return tf.tidy(
        () =>
          model
            .forward(tf.tensor(inputs(trained, 20), [20, 6, 6, 1]), new Map(), forward)
            .dataSync()
            .slice() as Float32Array,
      );
    } finally {
      model.dispose();
      forward.dispose();
    }
  }

  it('is that of the digital network where the hardware has no effects', async () => {
    const off = Object.fromEntries(Object.keys(presetHardware('sonic').effects).map((name) => [name, false]));
    const logits = await emulatedLogits(presetHardware('sonic', { effects: off }), 0);
    const digital = loadDigitalNetwork(tf, trained);
    const expected = digital.forward(tf.tensor(inputs(trained, 20), [20, 6, 6, 1])).dataSync();
    digital.dispose();
    const spread = Math.max(...expected) - Math.min(...expected);
    // Inputs beyond the largest of the calibration images are clipped; these 20 are among them.
    for (const [i, value] of expected.entries()) expect(Math.abs(logits[i]! - value)).toBeLessThan(1e-4 * spread);
  });

  it('has another chip and other noise at every step, and the same at the same step', async () => {
    const hardware = presetHardware('sonic-pessimistic');
    const [a, again, b] = [
      await emulatedLogits(hardware, 4),
      await emulatedLogits(hardware, 4),
      await emulatedLogits(hardware, 5),
    ];
    expect(again).toEqual(a);
    expect(b).not.toEqual(a);
  });
});

describe('noise-aware training', () => {
  it('that is killed goes on from its last calibration to the same end, bit for bit', async () => {
    const stateFile = folder.path('fine.state');
    const common = { tf, network: trained, hardware: presetHardware('sonic'), train, seed: 3, steps: 70, rate: 0.01 };
    const whole = await fineTune(common);
    const killed = fineTune({
      ...common,
      stateFile,
      onLog: ({ step }) => {
        if (step === 60) throw new Error('killed');
      },
    });
    await expect(killed).rejects.toThrow('killed');
    const steps: number[] = [];
    const resumed = await fineTune({ ...common, stateFile, onLog: ({ step }) => void steps.push(step) });
    expect(steps).toEqual([60, 70]);
    expect(resumed.network.layers).toEqual(whole.network.layers);
    await expect(fineTune({ ...common, seed: 4, stateFile })).rejects.toThrow(/other options, data or initial weights/);
  });
});
