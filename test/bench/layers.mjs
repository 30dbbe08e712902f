/**
 * Every MAC layer of a network by itself on the wasm kernels, one thread: ns of processor time a partial sum, with all noise and
 * without, beside the normals alone; the least of the rounds, since what disturbs only adds. Prints one JSON object.
 * Usage: node layers.mjs NETWORK IMAGES ROUNDS
 */
import { createKernels } from '../../dist/emulation/backends/index.js';
import { compileForChip } from '../../dist/emulation/calibration/calibrate.js';
import { probeDigital } from '../../dist/experiments/attribution/layerErrors.js';
import { loadExperiment } from '../../dist/experiments/run/loadExperiment.js';
import { calibrateOn } from '../../dist/experiments/run/runExperiment.js';
import { preprocess } from '../../dist/networks/preprocess.js';
import { normalsAlone, partialSums, processorTime_ns, withoutNoise } from './measure.mjs';

const [name, imagesText, roundsText] = process.argv.slice(2);
const [IMAGES, ROUNDS] = [Number(imagesText), Number(roundsText)];
const experiment = await loadExperiment({ network: name, hardware: 'sonic', set: [], images: IMAGES });
const { network, hardware, dataset, calibrationSet } = experiment;
const program = await compileForChip(network, hardware, 1, await calibrateOn(network, hardware, calibrationSet));
const probes = await probeDigital(network, preprocess(network, dataset.images));
const kinds = { noisy: program, quiet: withoutNoise(program) };
const layers = {};
for (const [kind, version] of Object.entries(kinds)) layers[kind] = (await createKernels('wasm')).load(version);
const normals = await normalsAlone();

/** All images through one layer; what each did. */
function runLayer(layer, { inputs, outputs }) {
  const y = new Float32Array(outputs[0].length);
  return inputs.map((x, image) => layer.run(x, y, { runSeed: 1, image, noise: true, adc: true }));
}

const least = { normals: Number.POSITIVE_INFINITY, noisy: [], quiet: [] };
const sums = probes.map((probe, l) => {
  const runs = runLayer(layers.noisy[l], probe).map((run) => [run]);
  return partialSums({ layers: [program.layers[l]] }, runs);
});
for (let round = 0; round < ROUNDS; round++) {
  least.normals = Math.min(least.normals, (await processorTime_ns(normals.draw)) / normals.count);
  for (const kind of Object.keys(kinds)) {
    for (const [l, probe] of probes.entries()) {
      const time = (await processorTime_ns(() => runLayer(layers[kind][l], probe))) / (IMAGES * sums[l]);
      least[kind][l] = Math.min(least[kind][l] ?? Number.POSITIVE_INFINITY, time);
    }
  }
}
console.log(
  JSON.stringify({
    normals_ns: least.normals,
    layers: program.layers.map((layer, l) => ({
      name: layer.name,
      partialSums: sums[l],
      noisy_ns: least.noisy[l],
      quiet_ns: least.quiet[l],
    })),
  }),
);
