/**
 * This project on one case, in a process of its own; prints one JSON object. Processor time of whole forward passes on
 * one thread, median of batches, as peers/run.py measures the others.
 * Usage: node ours.mjs NETWORK KIND BATCH IMAGES; KIND is digital, none, sum (one normal of constant spread a partial
 * sum) or all (preset sonic: crosstalk, process variation, shot, thermal and intensity noise).
 */

import { loadTf } from '../../dist/base/tensorflow/tf.js';
import { createBackend } from '../../dist/emulation/backends/index.js';
import { loadEmulatedNetwork } from '../../dist/emulation/emulator/emulatedNetwork.js';
import { loadDigitalNetwork } from '../../dist/networks/forward.js';
import { preprocess } from '../../dist/networks/preprocess.js';
import { median, partialSums, peakMemory_MiB, processorTime_ns, withoutNoise } from '../../test/bench/measure.mjs';
import { COMMON_HARDWARE, compileCase } from './case.mjs';

const [name, kind, batchText, imagesText] = process.argv.slice(2);
const [batch, images] = [Number(batchText), Number(imagesText)];

const { network, dataset, program } = await compileCase(
  name,
  images,
  kind === 'all' ? { preset: 'sonic', settings: [] } : COMMON_HARDWARE,
);
const tf = await loadTf('wasm');
const digital = kind === 'digital' ? loadDigitalNetwork(tf, network) : null;
const emulated = digital
  ? null
  : loadEmulatedNetwork(network, kind === 'none' ? withoutNoise(program) : program, await createBackend('wasm'));
const imageSize = dataset.images.length / dataset.count;

/** Logits and runs of the images from `first` on. */
async function forward(first, count) {
  const bytes = dataset.images.subarray(first * imageSize, (first + count) * imageSize);
  const input = tf.tensor(preprocess(network, bytes), [count, ...network.inputShape]);
  const indices = Int32Array.from({ length: count }, (_, i) => first + i);
  const result = digital
    ? { logits: tf.tidy(() => digital.forward(input).dataSync().slice()), runs: [] }
    : await emulated.forward(input, indices, 1);
  input.dispose();
  return result;
}

await forward(0, Math.min(batch, images));
const [times, logits, runs] = [[], [], []];
for (let first = 0; first < images; first += batch) {
  const count = Math.min(batch, images - first);
  const time_ns = await processorTime_ns(async () => {
    const result = await forward(first, count);
    logits.push(...result.logits);
    runs.push(...result.runs);
  });
  times.push(time_ns / 1e6 / count);
}
const classes = logits.length / images;
const correct = Array.from({ length: images }, (_, i) => {
  const scores = logits.slice(i * classes, (i + 1) * classes);
  return scores.indexOf(Math.max(...scores)) === dataset.labels[i] ? 1 : 0;
});
console.log(
  JSON.stringify({
    msPerImage: median(times),
    accuracy: correct.reduce((sum, n) => sum + n, 0) / images,
    partialSums: digital ? null : partialSums(program, runs),
    logits: logits.slice(0, classes * Math.min(batch, images)),
    peakMemory_MiB: peakMemory_MiB(),
  }),
);
