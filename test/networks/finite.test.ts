/** Nothing but finite numbers comes out of a run: on every backend that is here, in every fidelity, and without hardware. */
import { beforeAll, describe, expect, it } from 'vitest';
import { NetworkError } from '../../src/base/errors.js';
import { loadTf } from '../../src/base/tensorflow/tf.js';
import { BACKENDS, type BackendName, createBackend } from '../../src/emulation/backends/index.js';
import { calibrate, compileForChip } from '../../src/emulation/calibration/calibrate.js';
import { createBatchRunner } from '../../src/emulation/emulator/batchRunner.js';
import { emulate } from '../../src/emulation/emulator/emulate.js';
import type { LayerFidelity } from '../../src/emulation/emulator/fidelity.js';
import type { Program } from '../../src/emulation/program/types.js';
import { probeDigital } from '../../src/experiments/attribution/layerErrors.js';
import { predictedClasses } from '../../src/experiments/result/accuracy.js';
import { presetHardware } from '../../src/hardware/presets/index.js';
import { preprocess } from '../../src/networks/preprocess.js';
import type { Layer, Network } from '../../src/networks/types.js';
import { digitalAccuracy } from '../../src/training/evaluate.js';
import { smallImages, smallNetwork } from '../emulation/emulator/smallNetwork.js';

const COUNT = 5;
const images = smallImages(COUNT);
const network = smallNetwork();
let program: Program;
const here = new Set<BackendName>();
for (const name of BACKENDS) {
  await createBackend(name).then(
    () => here.add(name),
    () => {},
  );
}

beforeAll(async () => {
  const hardware = presetHardware('sonic');
  program = await compileForChip(network, hardware, 1, await calibrate(network, hardware, preprocess(network, images)));
});

const withLayer = (name: string, change: (layer: Layer) => Layer): Network => ({
  ...network,
  layers: network.layers.map((layer) => (layer.name === name ? change(layer) : layer)),
});

/** `factor` on what a layer adds or multiplies by. */
const scaled = (name: string, factor: number) =>
  withLayer(name, (layer) => {
    if (layer.kind === 'batchNorm') return { ...layer, gamma: layer.gamma.map((g) => g * factor) };
    if (layer.kind === 'dense' || layer.kind === 'conv2d') {
      return { ...layer, weight: layer.weight.map((w) => w * factor), bias: layer.bias!.map(() => 0) };
    }
    throw new Error(layer.kind);
  });

const job = (given: Network, ofProgram: Program | null, backend: BackendName, fidelity: LayerFidelity = 'exact') => ({
  network: given,
  program: ofProgram,
  fidelities: ofProgram?.layers.map(() => fidelity) ?? [],
  digital: ofProgram === null,
  backend,
  runSeed: 1,
  images,
  imageSize: 162,
  indices: Int32Array.of(40, 41, 42, 43, 44),
});

async function failure(...args: Parameters<typeof job>): Promise<string> {
  const runner = await createBatchRunner(job(...args));
  try {
    await runner(2, 3);
    return 'none';
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  } finally {
    runner.dispose();
  }
}

/** The program with a layer's constants changed, as damaged memory or a defect of ours would. */
const damaged = (at: number, change: (layer: Program['layers'][number]) => object): Program => ({
  ...program,
  layers: program.layers.map((layer, l) => (l === at ? ({ ...layer, ...change(layer) } as typeof layer) : layer)),
});

describe.each(BACKENDS)('values that are not finite on %s', (backend) => {
  const on = it.skipIf(!here.has(backend));
  const message = (subject: string, layer: string, image: number) =>
    `NetworkError: ${subject}: the output of layer '${layer}' holds NaN or Infinity for image ${image}`;

  on.each(['conv1', 'dense1', 'dense2'])('stop the digital network at layer %s', async (name) => {
    expect(await failure(scaled(name, 3e38), null, backend)).toContain(message('the digital network', name, 42));
  });

  on('stop the digital network where factors overflow one after the other', async () => {
    const three = {
      ...network,
      layers: network.layers.map((layer) =>
        ['conv1', 'conv2', 'dense1'].includes(layer.name) && 'weight' in layer
          ? { ...layer, weight: layer.weight.map((w) => w * 1e15) }
          : layer,
      ),
    };
    expect(await failure(three, null, backend)).toContain(message('the digital network', 'dense1', 42));
  });

  on('stop a run at an input that preprocessing made infinite', async () => {
    const given = { ...network, preprocessing: { scale: 1, mean: [0, 0], std: [1e-40, 1] } };
    expect(await failure(given, null, backend)).toContain(
      "the digital network: the network's input after preprocessing holds NaN or Infinity for image 42",
    );
  });

  for (const fidelity of ['exact', 'lumped'] as const) {
    on(`stop the emulated network where a MAC layer's output overflows, ${fidelity}`, async () => {
      const overflowing = damaged(2, () => ({ shift: new Float64Array(12).fill(1e39) }));
      expect(await failure(network, overflowing, backend, fidelity)).toContain(
        message('the emulated network', 'dense1', 42),
      );
    });

    on(`stop it where a MAC layer gives NaN, ${fidelity}, also in the last layer`, async () => {
      for (const [at, name] of [
        [0, 'conv1'],
        [3, 'dense2'],
      ] as const) {
        const nan = damaged(at, ({ shift }) => ({ shift: shift.map((s, f) => (f === 2 ? Number.NaN : s)) }));
        expect(await failure(network, nan, backend, fidelity)).toContain(message('the emulated network', name, 42));
      }
    });
  }

  on('are none in a run as it should be', async () => {
    expect(await failure(network, program, backend)).toBe('none');
    expect(await failure(network, null, backend)).toBe('none');
  });
});

describe('values that are not finite elsewhere', () => {
  it('stop a run in worker threads with the same error', async () => {
    const given = { ...job(scaled('dense1', 3e38), null, 'wasm'), count: COUNT, batch: 2, threads: 2 };
    const error = await emulate(given).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NetworkError);
    expect(String(error)).toMatch(/layer 'dense1' holds NaN or Infinity for image 4[0-4]/);
  });

  const broken = scaled('dense1', 3e38);
  const bytes = preprocess(network, images);

  it.each([1, 0.9])('stop calibration, quantile %d', async (activationQuantile) => {
    const hardware = presetHardware('sonic', { calibration: { activationQuantile } });
    await expect(calibrate(broken, hardware, bytes)).rejects.toThrow(
      /layer 'dense1' holds NaN or Infinity for image 0/,
    );
  });

  it('stop the evaluation of a trained network', async () => {
    const tf = await loadTf('wasm');
    const labels = new Uint8Array(COUNT);
    const data = { name: 'x', split: 'test', images, labels, count: COUNT, shape: [9, 9, 2], classes: 10 } as never;
    await expect(digitalAccuracy(tf, broken, data, 2)).rejects.toThrow(/layer 'dense1' .* for image 0/);
    expect(await digitalAccuracy(tf, network, data, 2)).toBeLessThanOrEqual(1);
  });

  it('stop the probing of layers', async () => {
    await expect(probeDigital(broken, bytes)).rejects.toThrow(/layer 'dense1' .* for image 0/);
  });

  it('leave no tensor behind', async () => {
    const tf = await loadTf('wasm');
    const before = tf.memory().numTensors;
    await failure(broken, null, 'wasm');
    await failure(
      network,
      damaged(1, () => ({ shift: new Float64Array(5).fill(Number.NaN) })),
      'wasm',
    );
    await failure(network, program, 'wasm');
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('predictedClasses', () => {
  it.each([0, 1, 2])('lets no NaN win, at class %d', (at) => {
    const logits = Float32Array.of(1, 5, 2, 1, 5, 2);
    logits[3 + at] = Number.NaN;
    expect(() => predictedClasses(logits, 2)).toThrow(`logit ${at} of image 1 of the batch is NaN`);
  });
});
