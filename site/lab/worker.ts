/** A thread of the page: compiles for a chip, or runs batches, with the code of the command line. */
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { calibrate, compileForChip } from '#sonic/emulation/calibration/calibrate.js';
import { type BatchRunner, createBatchRunner } from '#sonic/emulation/emulator/batchRunner.js';
import { giveKernels } from '#sonic/emulation/kernels/wasm/wasmBinary.browser.js';
import { decodeCheckpoint } from '#sonic/networks/formats/checkpointBytes.js';
import { preprocess } from '#sonic/networks/preprocess.js';
import { hardwareFor } from './hardware.js';
import type { CompileRequest, Files, LoadRequest, Reply, Request } from './messages.js';

async function load(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}; reload the page`);
  return new Uint8Array(await response.arrayBuffer());
}

let ready: Promise<void> | null = null;

function setUp(files: Files): Promise<void> {
  ready ??= (async () => {
    // Whoever lacks SIMD cannot run the kernels either, and each thread of the page is one thread of TensorFlow.js.
    const names = ['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm-threaded-simd.wasm'];
    setWasmPaths(Object.fromEntries(names.map((name) => [name, files.tensorflow])));
    giveKernels(await load(files.kernels));
  })();
  return ready;
}

/** The network, and what the calibration images say of it, by what of the hardware they depend on. */
const known = new Map<string, ReturnType<typeof calibrate>>();
let network: Promise<ReturnType<typeof decodeCheckpoint>['network']> | null = null;

async function compile({ files, preset, settings, chipSeed }: CompileRequest) {
  const hardware = hardwareFor(preset, settings);
  await setUp(files);
  network ??= load(files.checkpoint).then((bytes) => decodeCheckpoint(bytes, files.checkpoint).network);
  const own = await network;
  const { images, activationQuantile } = hardware.calibration;
  const key = `${images} ${activationQuantile}`;
  if (!known.has(key)) {
    const all = await load(files.calibration);
    const size = own.inputShape.reduce((product, n) => product * n, 1);
    if (images * size > all.length)
      throw new Error(`calibration.images ${images}: the page has the first ${all.length / size}; ask for no more`);
    known.set(key, calibrate(own, hardware, preprocess(own, all.subarray(0, images * size))));
  }
  const program = await compileForChip(own, hardware, chipSeed, await known.get(key)!);
  return { network: own, program };
}

let runner: BatchRunner | null = null;

async function loadJob({ files, job }: LoadRequest): Promise<null> {
  await setUp(files);
  runner?.dispose();
  runner = await createBatchRunner(job);
  return null;
}

function answer(request: Request): Promise<unknown> {
  if (request.kind === 'compile') return compile(request);
  if (request.kind === 'load') return loadJob(request);
  return runner!(request.first, request.count);
}

// One after the other: a worker has one TensorFlow.js.
let last: Promise<unknown> = Promise.resolve();
addEventListener('message', ({ data }: MessageEvent<Request>) => {
  last = last
    .then(() => answer(data))
    .then(
      (value): Reply<unknown> => ({ value }),
      (error: Error): Reply<unknown> => ({ error: error.message }),
    )
    .then((reply) => postMessage(reply));
});
