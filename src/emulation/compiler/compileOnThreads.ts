/** Compiles large networks on worker threads, which hold the rows of convolutions: most of the work. Bits are those of one thread. */
import { fileURLToPath } from 'node:url';
import { type Outcome, unwrapOutcome } from '../../base/outcome.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { bankSlots } from '../../hardware/optics/measuredChip.js';
import type { Network } from '../../networks/types.js';
import type { Program } from '../program/types.js';
import { assembleProgram, type CompileOptions, chipOf, compileNetwork } from './compile.js';
import { type ChunkRows, emptyBanks, type HoldRows } from './holdRows.js';
import { compileLayer } from './layerConstants.js';
import type { LayerSpec } from './layerSpec.js';
import { macSpecs } from './network.js';
import type { RowsJob, RowsTask } from './rowsWorker.js';

/** Rows of a task: some 50 ms. */
const ROWS = 2 ** 14;
/** Weights of convolutions times rings of a waveguide from which on threads are worth their start: about a second of work. */
const THREADED_WORK = 2 ** 22;

function workOf(specs: readonly LayerSpec[], hardware: HardwareDescription): number {
  const weights = specs.reduce((sum, { kind, weight }) => sum + (kind === 'conv2d' ? weight.length : 0), 0);
  return weights * bankSlots(hardware, 'conv').ringsPerWaveguide;
}

/** Has rows held by tasks: banks lie in memory that threads share, and are written once all tasks are done. */
function holdBy(run: (task: RowsTask) => Promise<void>, tasks: Promise<void>[]): HoldRows {
  return (rows: ChunkRows) => {
    const banks = emptyBanks(rows, (bytes) => new SharedArrayBuffer(bytes));
    const { length } = rows.rowFilter;
    for (let from = 0; from < length; from += ROWS)
      tasks.push(run({ rows, banks, from, to: Math.min(from + ROWS, length) }));
    return banks;
  };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

async function compileInWorkers(
  specs: readonly LayerSpec[],
  hardware: HardwareDescription,
  options: CompileOptions,
  threads: number,
): Promise<Program> {
  const { chipSeed, measured = null, scales } = options;
  const chip = chipOf(hardware, options);
  const { Piscina } = await import('piscina');
  const pool = new Piscina<RowsTask, Outcome<void>>({
    // From src/ (tests) as from dist/: threads run the built file.
    filename: fileURLToPath(new URL('../../../dist/emulation/compiler/rowsWorker.js', import.meta.url)),
    workerData: { hardware, chipSeed, measured } satisfies RowsJob,
    minThreads: threads,
    maxThreads: threads,
    idleTimeout: Number.POSITIVE_INFINITY,
  });
  const tasks: Promise<void>[] = [];
  const hold = holdBy((task) => {
    const done = pool.run(task).then(unwrapOutcome);
    // Another error may come first; tasks that end with the pool then are nobody's.
    done.catch(() => {});
    return done;
  }, tasks);
  try {
    const layers = [];
    for (const [i, spec] of specs.entries()) {
      layers.push(compileLayer(spec, hardware, chip, scales[i]!, hold));
      await nextTurn();
    }
    await Promise.all(tasks);
    return assembleProgram(hardware, chip, options, layers);
  } finally {
    await pool.destroy();
  }
}

/**
 * `compileNetwork` on up to `threads` worker threads, where there is so much to do that they are worth their start.
 * @throws as `compileNetwork`; the first error of any thread.
 */
export async function compileOnThreads(
  network: Network,
  hardware: HardwareDescription,
  options: CompileOptions,
  threads: number,
): Promise<Program> {
  const specs = macSpecs(network);
  return threads > 1 && workOf(specs, hardware) >= THREADED_WORK
    ? compileInWorkers(specs, hardware, options, threads)
    : compileNetwork(network, hardware, options);
}
