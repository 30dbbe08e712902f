/** A network compiled for a chip, its digital and emulated forms on one backend, and its images as tensors. */
import { registeredName } from '../../dist/base/tensorflow/tf.js';
import { BACKEND_TRAITS, createBackend } from '../../dist/emulation/backends/index.js';
import { compileForChip } from '../../dist/emulation/calibration/calibrate.js';
import { loadEmulatedNetwork } from '../../dist/emulation/emulator/emulatedNetwork.js';
import { layerFidelities } from '../../dist/emulation/emulator/fidelity.js';
import { loadExperiment } from '../../dist/experiments/run/loadExperiment.js';
import { calibrateOn } from '../../dist/experiments/run/runExperiment.js';
import { loadDigitalNetwork } from '../../dist/networks/forward.js';
import { preprocess } from '../../dist/networks/preprocess.js';

const SILENT = { shot: 0, intensity: 0, constant: 0 };

/** @param data folder of the whole data set, or undefined: the bundled images. */
export async function compiled(name, images, data) {
  const source = data === undefined ? {} : { data };
  const experiment = await loadExperiment({ network: name, hardware: 'sonic', set: [], images, ...source });
  const { network, hardware, dataset, calibrationSet } = experiment;
  const program = await compileForChip(network, hardware, 1, await calibrateOn(network, hardware, calibrationSet));
  const values = preprocess(network, dataset.images);
  return { network, program, labels: dataset.labels, values, size: values.length / dataset.labels.length };
}

/** Makes the backend's TensorFlow.js the current one. */
export async function onBackend(backendName) {
  const backend = await createBackend(backendName);
  await backend.tf.setBackend(registeredName(BACKEND_TRAITS[backendName].tensors));
  return backend;
}

/** The forms of a network that are compared. */
export function formsOf({ network, program }, backend) {
  const emulated = (version, fidelities) => loadEmulatedNetwork(network, version, backend, fidelities);
  const silent = { ...program, layers: program.layers.map((layer) => ({ ...layer, noise: SILENT })) };
  return {
    digital: loadDigitalNetwork(backend.tf, network),
    exact: emulated(program),
    'exact, no noise': emulated(silent),
    lumped: emulated(program, layerFidelities(program, 'lumped')),
  };
}

/** Images first .. first + count - 1 as a tensor; beyond the last one they begin again. */
export function batchOf({ network, values, size, labels }, tf, first, count) {
  const batch = new Float32Array(count * size);
  for (let i = 0; i < count; i++) {
    const image = (first + i) % labels.length;
    batch.set(values.subarray(image * size, (image + 1) * size), i * size);
  }
  return tf.tensor(batch, [count, ...network.inputShape]);
}
