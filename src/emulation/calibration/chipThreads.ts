/** Worker threads that hold rows of convolutions and measure layers, where a chip is so much work that they are worth their start. */
import { type Lane, nextTurn, shareOut } from '../../base/shareOut.js';
import { openPool, type WorkerPool } from '../../base/workerPool.js';
import type { Network } from '../../networks/types.js';
import { createKernels } from '../backends/index.js';
import { compileWithHelpers, type RowHelpers } from '../compiler/compileOnThreads.js';
import { rowHolder } from '../compiler/holdRows.js';
import type { LayerSpec } from '../compiler/layerSpec.js';
import { macSpecs } from '../compiler/network.js';
import { wasmRowHolders } from '../kernels/photonicConv2D/wasmRows.js';
import type { MacProgram, Program } from '../program/types.js';
import { type ChipJob, type ChipTeam, type OpenTeam, teamOfOne } from './chipTeam.js';
import type { ChipTask, ChipWorkerData } from './chipWorker.js';
import type { KeptInputs } from './inputs.js';
import { type LayerMeasure, type LayerTask, type MeasureOptions, measureLayer } from './measureLayers.js';

/** About how long a thread takes over a layer, for each weight and for each multiply-accumulate of an image: order and threads follow from it, no number does. */
const HOLD_s = { conv2d: 2e-7, dense: 0 };
const MEASURE_s = { conv2d: 1.5e-7, dense: 1.6e-8 };
const MEASURE_MAC_s = { conv2d: 2e-10, dense: 0 };
/** Work that is worth another thread's start. */
const THREADED_s = 1;

interface LayerSize {
  readonly kind: 'conv2d' | 'dense';
  readonly weights: number;
  readonly macs: number;
}

const measuring_s = ({ kind, weights, macs }: LayerSize) => MEASURE_s[kind] * weights + MEASURE_MAC_s[kind] * macs;

function sizeOfSpec(spec: LayerSpec): LayerSize {
  const weights = spec.weight.length;
  const positions = spec.kind === 'conv2d' ? spec.geometry.output[0] * spec.geometry.output[1] : 1;
  return { kind: spec.kind, weights, macs: positions * weights };
}

function sizeOfLayer(layer: MacProgram): LayerSize {
  const weights = layer.kind === 'conv2d' ? layer.entryK.length : layer.inputs * layer.filters;
  return { kind: layer.kind, weights, macs: layer.macs };
}

function working_s(network: Network): number {
  return macSpecs(network)
    .map(sizeOfSpec)
    .reduce((sum, size) => sum + HOLD_s[size.kind] * size.weights + measuring_s(size), 0);
}

/** Tasks of a worker at a time: the next lies ready while the thread that deals them is at one itself. */
const AHEAD = 2;

type RunTask = WorkerPool<ChipTask, LayerMeasure | null>['run'];

/** Each layer is measured by whoever is free, those that take longest first. */
async function measureOn(
  run: RunTask,
  workers: number,
  program: Program,
  inputs: KeptInputs,
  count: number,
  { withSnr = true, onProgress }: MeasureOptions,
): Promise<LayerMeasure[]> {
  const taskOf = (l: number): LayerTask => ({
    program: { ...program, layers: [program.layers[l]!] },
    inputs: inputs.ofLayer(l),
    count,
    withSnr,
  });
  const kernels = await createKernels('wasm');
  const start = async () => {};
  const here: Lane<number, LayerMeasure> = {
    ahead: 1,
    start,
    run: async (l) => {
      // The others have theirs first.
      await nextTurn();
      return measureLayer(kernels, taskOf(l));
    },
  };
  const worker: Lane<number, LayerMeasure> = {
    ahead: AHEAD,
    start,
    run: async (l) => {
      const layer = taskOf(l);
      return (await run({ layer }, [layer.inputs.buffer]))!;
    },
  };
  const times_s = program.layers.map((layer) => measuring_s(sizeOfLayer(layer)));
  const order = [...program.layers.keys()].sort((a, b) => times_s[b]! - times_s[a]!);
  let done = 0;
  try {
    const lanes = [here, ...Array.from({ length: workers }, () => worker)];
    const measures = await shareOut(order, lanes, () => onProgress?.('ranges of the ADCs', ++done, order.length));
    return program.layers.map((_, l) => measures[order.indexOf(l)]!);
  } finally {
    kernels.free();
  }
}

async function openWorkers({ network, hardware, chipSeed, measured }: ChipJob, count: number): Promise<ChipTeam> {
  const { run, close } = await openPool<ChipTask, LayerMeasure | null>(
    new URL('../../../dist/emulation/calibration/chipWorker.js', import.meta.url),
    {
      threads: count,
      data: { hardware, chipSeed, measured } satisfies ChipWorkerData,
      // A thread has what comes next while this one computes.
      ahead: Math.max(AHEAD, macSpecs(network).length),
    },
  );
  const helpers: RowHelpers = { count, hold: (rows) => run({ rows }) };
  return {
    compile: async (subject, description, options) =>
      compileWithHelpers(helpers, subject, description, options, await wasmRowHolders(rowHolder)),
    measure: async (program, inputs, options) => {
      const kept = await inputs.see(() => inputs.keep());
      if (!kept) return teamOfOne.measure(program, inputs, options);
      return measureOn(run, count, program, kept, inputs.count, options);
    },
    close,
  };
}

/**
 * Has worker threads help, where there is so much to do that they are worth their start. A program has the bits that one
 * thread gives it; compiling throws what one does, or the first error of any.
 * @param threads at most, this one among them.
 * @param least_s work of a thread.
 */
export function chipThreads(threads: number, least_s = THREADED_s): OpenTeam {
  return async (job) => {
    const worth = Math.min(threads, 1 + Math.floor(working_s(job.network) / least_s));
    return worth > 1 ? openWorkers(job, worth - 1) : null;
  };
}
