/** A thread of the page: imports, compiles and draws, or runs batches, with the code of the command line. */
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { giveFiles } from '#sonic/base/files.browser.js';
import {
  type Calibration,
  type ChipOptions,
  calibrate,
  compileForChip,
} from '#sonic/emulation/calibration/calibrate.js';
import { imageRanges, type OnProgress } from '#sonic/emulation/calibration/inputs.js';
import { type BatchRunner, createBatchRunner } from '#sonic/emulation/emulator/batchRunner.js';
import { giveKernels } from '#sonic/emulation/kernels/wasm/wasmBinary.browser.js';
import type { Program } from '#sonic/emulation/program/types.js';
import type { HardwareDescription } from '#sonic/hardware/description.js';
import { decodeCheckpoint } from '#sonic/networks/formats/checkpointBytes.js';
import { preprocess } from '#sonic/networks/preprocess.js';
import type { Network } from '#sonic/networks/types.js';
import { hardwareFor } from './hardware.js';
import type {
  ChipRequest,
  CompileReply,
  CompileRequest,
  Files,
  LoadReply,
  LoadRequest,
  MergedExtents,
  OpenReply,
  OpenRequest,
  Reply,
  Request,
} from './messages.js';

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

const PROGRESS_ms = 100;
let told = 0;
/** Of the request that is being answered. */
const tell: OnProgress = (what, done, of) => {
  const now = performance.now();
  if (now - told < PROGRESS_ms) return;
  told = now;
  postMessage({ progress: { what, done, of } } satisfies Reply<never>);
};

let network: Network | null = null;
/** What the calibration images say of the network, by what of data and hardware that depends on; the last few. */
const known = new Map<string, Calibration>();
const MOST_KNOWN = 8;

function give(given: Network | null): void {
  network = given;
  known.clear();
}

async function open({ source }: OpenRequest): Promise<OpenReply> {
  give(null);
  if ('checkpoint' in source) {
    network = decodeCheckpoint(await load(source.checkpoint), source.checkpoint).network;
    return { network, format: 'sonic-checkpoint', remarks: [] };
  }
  const [{ loadNetworkFile }, { describePreprocessing }] = await Promise.all([
    import('#sonic/networks/formats/index.js'),
    import('#sonic/networks/formats/import/preprocessing.js'),
  ]);
  giveFiles(source.contents);
  const { architecture, preprocessing } = source;
  const loaded = await loadNetworkFile(source.main, { architecture, preprocessing }).finally(() =>
    giveFiles(new Map()),
  );
  network = loaded.network;
  const remarks = [`input: ${describePreprocessing(network.preprocessing)}`, ...loaded.notes];
  return { network, format: loaded.format, remarks };
}

/** Compiles for a description that need not be the page's. @param optionsOn how, on what calibration has found */
async function compileFor(
  hardware: HardwareDescription,
  { files, calibration, dataset, chipSeed }: ChipRequest,
  optionsOn: (found: Calibration) => ChipOptions = () => ({}),
) {
  if (!network) throw new Error('no network is open; choose one');
  await setUp(files);
  const { images, activationQuantile } = hardware.calibration;
  const size = network.inputShape.reduce((product, n) => product * n, 1);
  if (images * size > calibration.length)
    throw new Error(
      `calibration.images ${images}: the page has the first ${calibration.length / size}; ask for no more`,
    );
  const key = `${dataset} ${images} ${activationQuantile}`;
  let found = known.get(key);
  if (!found) {
    found = await calibrate(network, hardware, preprocess(network, calibration.subarray(0, images * size)), tell);
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(key, found);
  }
  const options = { onProgress: tell, ...optionsOn(found) };
  return { network, program: await compileForChip(network, hardware, chipSeed, found, options) };
}

/** Ends the wait for what all parts of the images make of the layers. */
let receive: ((extents: MergedExtents['extents']) => void) | null = null;
/** The compilation of which a part has failed elsewhere. */
let abandoned = -1;

function hear({ extents, compilation }: MergedExtents): void {
  if (!extents) abandoned = compilation;
  receive?.(extents);
  receive = null;
}

/** Measures a part of the images, and leaves the others to the workers that compile the same. */
function shareOf(
  { part, parts, compilation }: CompileRequest,
  { count, atOnce }: Calibration,
): NonNullable<ChipOptions['share']> {
  const images = imageRanges(count, atOnce, parts)[part] ?? { first: 0, end: 0 };
  return async (_counting, here) => {
    const own = await here(images);
    const extents = await new Promise<MergedExtents['extents']>((resolve) => {
      if (abandoned === compilation) return resolve(null);
      receive = resolve;
      postMessage({ extents: own } satisfies Reply<never>);
    });
    if (!extents) throw new Error('another thread could not compile');
    return extents;
  };
}

/** What was compiled last, to be run. */
let compiled: Program | null = null;

async function compile(request: CompileRequest): Promise<CompileReply> {
  compiled = null;
  const isFirst = request.part === 0;
  const { program } = await compileFor(hardwareFor(request.preset, request.settings), request, (found) => ({
    withSnr: isFirst,
    ...(request.parts > 1 ? { share: shareOf(request, found) } : {}),
  }));
  compiled = program;
  return { program: isFirst ? program : null };
}

let runner: BatchRunner | null = null;

async function loadJob({ files, job, program: given }: LoadRequest): Promise<LoadReply> {
  await setUp(files);
  runner?.dispose();
  runner = null;
  const program = given ?? compiled;
  if (!network || !program) throw new Error('there is nothing to run; compile first');
  runner = await createBatchRunner({ ...job, network, program });
  return { device: runner.about?.device ?? '' };
}

async function answer(request: Request): Promise<unknown> {
  switch (request.kind) {
    case 'open':
      return open(request);
    case 'network':
      return give(request.network);
    case 'compile':
      return compile(request);
    case 'load':
      return loadJob(request);
    case 'batch':
      return runner!(request.first, request.count);
    case 'inside':
      return (await import('./inside.js')).lookInside(request, (hardware) => compileFor(hardware, request));
    case 'picture':
      return (await import('./pictures.js')).drawPicture(request);
    default:
      return (await import('./pictures.js')).drawSweep(request);
  }
}

// One after the other: a worker has one TensorFlow.js.
let last: Promise<unknown> = Promise.resolve();
addEventListener('message', ({ data }: MessageEvent<Request | MergedExtents>) => {
  // Part of the answer that is under way.
  if (data.kind === 'merged') return hear(data);
  last = last
    .then(() => answer(data))
    .then(
      (value): Reply<unknown> => ({ value }),
      (error: Error): Reply<unknown> => ({ error: error.message }),
    )
    .then((reply) => postMessage(reply));
});
