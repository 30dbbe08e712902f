/**
 * One backend on one network in a process of its own: prints one JSON object. Whole forward passes of one batch, each kind
 * in turn, medians. Processor time of one thread, or wall time where the backend uses the machine by itself.
 * Usage: node one.mjs BACKEND NETWORK IMAGES ROUNDS [PATH=VALUE ...]
 */

import { BackendUnavailableError } from '../../dist/base/errors.js';
import { registeredName } from '../../dist/base/tensorflow/tf.js';
import { BACKEND_TRAITS, createBackend } from '../../dist/emulation/backends/index.js';
import { compileForChip } from '../../dist/emulation/calibration/calibrate.js';
import { loadEmulatedNetwork } from '../../dist/emulation/emulator/emulatedNetwork.js';
import { layerFidelities } from '../../dist/emulation/emulator/fidelity.js';
import { loadExperiment } from '../../dist/experiments/run/loadExperiment.js';
import { calibrateOn } from '../../dist/experiments/run/runExperiment.js';
import { loadDigitalNetwork } from '../../dist/networks/forward.js';
import { preprocess } from '../../dist/networks/preprocess.js';
import {
  median,
  normalsAlone,
  partialSums,
  peakMemory_MiB,
  processorTime_ns,
  wallTime_ns,
  withoutNoise,
} from './measure.mjs';

const [backendName, networkName, imagesText, roundsText, ...set] = process.argv.slice(2);
const [IMAGES, ROUNDS] = [Number(imagesText), Number(roundsText)];
async function benchmark() {
  const experiment = await loadExperiment({ network: networkName, hardware: 'sonic', set, images: IMAGES });
  const { network, hardware, dataset, calibrationSet } = experiment;
  const program = await compileForChip(network, hardware, 1, await calibrateOn(network, hardware, calibrationSet));
  const backend = await createBackend(backendName);
  const { tf } = backend;
  await tf.setBackend(registeredName(BACKEND_TRAITS[backendName].tensors));
  const digital = loadDigitalNetwork(tf, network);
  const emulated = (version, fidelities) => loadEmulatedNetwork(network, version, backend, fidelities);
  const networks = {
    exact: emulated(program),
    'exact, no noise': emulated(withoutNoise(program)),
    lumped: emulated(program, layerFidelities(program, 'lumped')),
    ...(backendName === 'wasm' ? { auto: emulated(program, layerFidelities(program, 'auto')) } : {}),
  };
  const input = tf.tensor(preprocess(network, dataset.images), [IMAGES, ...network.inputShape]);
  const indices = Int32Array.from({ length: IMAGES }, (_, i) => i);
  const sums = partialSums(program, (await networks.exact.forward(input, indices, 1)).runs);
  const tasks = {
    digital: async () => {
      const logits = digital.forward(input);
      await logits.data();
      logits.dispose();
    },
    ...Object.fromEntries(
      Object.entries(networks).map(([kind, { forward }]) => [kind, () => forward(input, indices, 1)]),
    ),
  };
  const ownThreads = BACKEND_TRAITS[backendName].threads === 'own';
  const time_ns = ownThreads ? wallTime_ns : processorTime_ns;
  const times = Object.fromEntries(Object.keys(tasks).map((kind) => [kind, []]));
  const drawNormals = backendName === 'wasm' ? await normalsAlone() : null;
  const normals = [];
  for (let round = -1; round < ROUNDS; round++) {
    for (const [kind, task] of Object.entries(tasks)) {
      const time = (await time_ns(task)) / IMAGES;
      if (round >= 0) times[kind].push(time);
    }
    if (drawNormals && round >= 0) normals.push((await processorTime_ns(drawNormals.draw)) / drawNormals.count);
  }
  const ratio = (kind, other) => median(times[kind].map((time, i) => time / other(i)));
  return {
    ...backend.about,
    clock: ownThreads ? 'wall' : 'processor',
    partialSums: sums,
    normals_ns: normals.length > 0 ? median(normals) : null,
    kinds: Object.entries(times).map(([kind, ofKind]) => ({
      kind,
      msPerImage: median(ofKind) / 1e6,
      nsPerSum: kind === 'digital' ? null : median(ofKind) / sums,
      toDigital: median(ofKind.map((time, i) => time / times.digital[i])),
    })),
    ratios: drawNormals && {
      noiseToNormals: ratio('exact', (i) => sums * normals[i]),
      quietToDigital: ratio('exact, no noise', (i) => times.digital[i]),
      lumpedToDigital: ratio('lumped', (i) => times.digital[i]),
      autoToExact: ratio('auto', (i) => times.exact[i]),
    },
    peakMemory_MiB: peakMemory_MiB(),
  };
}

const result = await benchmark().catch((error) => {
  if (!(error instanceof BackendUnavailableError)) throw error;
  return { absent: `${error.reason}: ${error.remedy}` };
});
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
