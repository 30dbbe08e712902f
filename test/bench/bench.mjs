/**
 * Speed of the WebAssembly kernels on one thread: ns per partial sum with all noise and without, against the normals
 * alone and against the digital forward pass of the same network in TensorFlow.js's wasm backend. Times are processor time
 * of whole forward passes, electronic layers included, measured in turn; medians, of ratios too.
 * Usage: npm run build && npm run bench [-- ROUNDS]
 */
import { createBackend } from '../../dist/backends/index.js';
import { calibrate, compileForChip } from '../../dist/calibration/calibrate.js';
import { emulate } from '../../dist/emulator/emulate.js';
import { loadEmulatedNetwork } from '../../dist/emulator/emulatedNetwork.js';
import { loadHardware } from '../../dist/hardware/files.js';
import { compileKernels, instantiateKernels, STREAM_BYTES } from '../../dist/kernels/wasm/instance.js';
import { loadDigitalNetwork } from '../../dist/network/forward.js';
import { preprocess } from '../../dist/network/preprocess.js';
import { loadTf } from '../../dist/network/tf.js';
import { philoxUniforms } from '../../dist/random/philox.js';
import { NETWORKS } from './networks.mjs';

const ROUNDS = Number(process.argv[2] ?? 25);
const IMAGES = 4;
/** Few at a time, so that they stay in the first-level cache, as a layer's do. */
const NORMALS = 2048;
const NORMAL_CALLS = 200;
const THREAD_IMAGES = 1500;
const THREAD_ROUNDS = 3;

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/** Processor time, not wall time: a busy machine takes the processor away. */
async function elapsed_ns(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return 1000 * (user + system);
}

function withoutNoise(program) {
  const noise = { shot: 0, intensity: 0, constant: 0 };
  return { ...program, layers: program.layers.map((layer) => ({ ...layer, noise })) };
}

/** Rows times samples of every layer, per image. */
function partialSums(program, runs) {
  let sums = 0;
  for (const ofImage of runs) {
    ofImage.forEach((run, l) => {
      const layer = program.layers[l];
      const [rows, columns, filters] = layer.kind === 'conv2d' ? layer.geometry.output : [1, 1, layer.filters];
      sums +=
        layer.kind === 'conv2d'
          ? layer.rowFilter.length * rows * columns
          : filters * run.passes.reduce((n, pass) => n + pass.rows, 0);
    });
  }
  return sums / runs.length;
}

/** The normals kernel alone, as a convolution calls it. */
async function normalsAlone() {
  const { kernels, memory } = await instantiateKernels(await compileKernels());
  const stream = memory.allocate(STREAM_BYTES);
  const out = memory.allocate(4 * NORMALS);
  kernels.seedStream(stream, 1, 1);
  return () => {
    for (let call = 0; call < NORMAL_CALLS; call++) kernels.fillNormals(stream, (call * NORMALS) / 4, NORMALS / 4, out);
  };
}

async function benchmark(tf, drawNormals, network) {
  const size = network.inputShape.reduce((product, n) => product * n, 1);
  const images = Float32Array.from(philoxUniforms([1, 1], 0, IMAGES * size));
  const hardware = await loadHardware('sonic');
  const noisy = await compileForChip(network, hardware, 1, await calibrate(network, hardware, images));
  const digital = loadDigitalNetwork(tf, network);
  const emulated = loadEmulatedNetwork(network, noisy, await createBackend('wasm'));
  const quiet = loadEmulatedNetwork(network, withoutNoise(noisy), await createBackend('wasm'));
  const input = tf.tensor(images, [IMAGES, ...network.inputShape]);
  const indices = Int32Array.from({ length: IMAGES }, (_, i) => i);
  const sums = partialSums(noisy, (await emulated.forward(input, indices, 1)).runs);
  const tasks = {
    digital: async () => {
      const logits = digital.forward(input);
      await logits.data();
      logits.dispose();
    },
    noisy: () => emulated.forward(input, indices, 1),
    quiet: () => quiet.forward(input, indices, 1),
  };
  const times = { digital: [], noisy: [], quiet: [], normals: [] };
  for (let round = -3; round < ROUNDS; round++) {
    const normals = (await elapsed_ns(drawNormals)) / (NORMALS * NORMAL_CALLS);
    if (round >= 0) times.normals.push(normals);
    for (const [name, task] of Object.entries(tasks)) {
      const time = (await elapsed_ns(task)) / IMAGES;
      if (round >= 0) times[name].push(time);
    }
  }
  const ratio = (a, b) => median(times[a].map((time, i) => time / times[b][i]));
  return {
    network: network.name,
    'partial sums/image': Math.round(sums),
    'digital ms/image': (median(times.digital) / 1e6).toFixed(2),
    'normals alone ns': median(times.normals).toFixed(2),
    'all noise ns/sum': (median(times.noisy) / sums).toFixed(2),
    'no noise ns/sum': (median(times.quiet) / sums).toFixed(2),
    'all noise / normals': (ratio('noisy', 'normals') / sums).toFixed(2),
    'no noise / digital': ratio('quiet', 'digital').toFixed(2),
    'all noise / digital': ratio('noisy', 'digital').toFixed(2),
  };
}

/** Wall time of whole runs, threads started and all, on one thread and on two in turn: needs two idle cores. */
async function twoThreads(network) {
  const size = network.inputShape.reduce((product, n) => product * n, 1);
  const images = Uint8Array.from(philoxUniforms([1, 2], 0, THREAD_IMAGES * size), (u) => Math.floor(256 * u));
  const hardware = await loadHardware('sonic');
  const program = await compileForChip(
    network,
    hardware,
    1,
    await calibrate(network, hardware, preprocess(network, images.subarray(0, 4 * size))),
  );
  const time_s = async (threads) => {
    const started = performance.now();
    await emulate({
      network,
      program,
      digital: false,
      backend: 'wasm',
      runSeed: 1,
      images,
      count: THREAD_IMAGES,
      threads,
    });
    return (performance.now() - started) / 1000;
  };
  const ratios = [];
  for (let round = 0; round < THREAD_ROUNDS; round++) {
    const one = await time_s(1);
    ratios.push(one / (await time_s(2)));
  }
  return { network: network.name, images: THREAD_IMAGES, 'one thread / two threads': median(ratios).toFixed(2) };
}

const tf = await loadTf('wasm');
const drawNormals = await normalsAlone();
for (const network of NETWORKS) console.table([await benchmark(tf, drawNormals, network)]);
console.table([await twoThreads(NETWORKS[0])]);
