/** A whole small network: logits against the reference's, but for steps of the converter and re-packed chunks. */
import { expect } from 'vitest';
import { registeredName } from '../../src/base/tensorflow/tf.js';
import { BACKEND_TRAITS, createBackend } from '../../src/emulation/backends/index.js';
import type { PhotonicBackend } from '../../src/emulation/backends/types.js';
import { calibrate, compileForChip } from '../../src/emulation/calibration/calibrate.js';
import { type EmulatedBatch, loadEmulatedNetwork } from '../../src/emulation/emulator/emulatedNetwork.js';
import { layerFidelities } from '../../src/emulation/emulator/fidelity.js';
import { presetHardware } from '../../src/hardware/presets/index.js';
import { preprocess } from '../../src/networks/preprocess.js';
import { smallImages, smallNetwork } from '../emulation/emulator/smallNetwork.js';

const COUNT = 24;
const CLASSES = 10;
const IMAGES = Int32Array.from({ length: COUNT }, (_, i) => 100 * i);

const classOf = (logits: Float32Array, image: number) => {
  const own = logits.subarray(image * CLASSES, (image + 1) * CLASSES);
  return own.indexOf(Math.max(...own));
};

/** In both fidelities: logits near, classes equal but for near ties. */
export async function compareNetwork(backend: PhotonicBackend): Promise<void> {
  const network = smallNetwork();
  const hardware = presetHardware('sonic');
  const images = preprocess(network, smallImages(COUNT));
  const program = await compileForChip(network, hardware, 1, await calibrate(network, hardware, images));
  for (const fidelity of ['exact', 'lumped'] as const) {
    const fidelities = layerFidelities(program, fidelity);
    const run = async (on: PhotonicBackend, tensors: string): Promise<EmulatedBatch> => {
      await on.tf.setBackend(tensors);
      const emulated = loadEmulatedNetwork(network, program, on, fidelities);
      const input = on.tf.tensor(images, [COUNT, ...network.inputShape]);
      const batch = await emulated.forward(input, IMAGES, 1);
      input.dispose();
      emulated.dispose();
      return batch;
    };
    const own = await run(backend, registeredName(BACKEND_TRAITS[backend.name].tensors));
    const reference = await run(await createBackend('reference'), 'wasm');
    await backend.tf.setBackend(registeredName(BACKEND_TRAITS[backend.name].tensors));
    const spread = Math.max(...reference.logits) - Math.min(...reference.logits);
    expect(own.logits).toBeAllclose(reference.logits, { atol: 0.03 * spread, rtol: 0 });
    const same = Array.from(IMAGES, (_, i) => classOf(own.logits, i) === classOf(reference.logits, i));
    expect(same.filter(Boolean).length).toBeGreaterThanOrEqual(COUNT - 1);
    expect(own.runs.map((layers) => layers.map(({ clippedActivations }) => clippedActivations))).toEqual(
      reference.runs.map((layers) => layers.map(({ clippedActivations }) => clippedActivations)),
    );
  }
}
