/** Compiles large networks on worker threads, which hold the rows of convolutions: most of the work. Bits are those of one thread. */
import { fileURLToPath } from 'node:url';
import { type Outcome, unwrapOutcome } from '../../base/outcome.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { bankSlots } from '../../hardware/optics/measuredChip.js';
import type { Program } from '../program/types.js';
import { assembleProgram, type Compile, type CompileOptions, chipOf, compileNetwork } from './compile.js';
import { type ChunkRows, emptyBanks, type HoldRows, holdNext, type RowsShare, rowHolder } from './holdRows.js';
import { compileLayer } from './layerConstants.js';
import type { LayerSpec } from './layerSpec.js';
import { macSpecs } from './network.js';
import type { RowsJob } from './rowsWorker.js';

/** Weights of convolutions times rings of a waveguide from which on threads are worth their start: about a second of work. */
const THREADED_WORK = 2 ** 22;

function workOf(specs: readonly LayerSpec[], hardware: HardwareDescription): number {
  const weights = specs.reduce((sum, { kind, weight }) => sum + (kind === 'conv2d' ? weight.length : 0), 0);
  return weights * bankSlots(hardware, 'conv').ringsPerWaveguide;
}

/** Rows of which threads take ranges, and their banks in memory that threads share. */
function shareOf(rows: ChunkRows): RowsShare {
  const banks = emptyBanks(rows, (bytes) => new SharedArrayBuffer(bytes));
  return { rows, banks, next: new Int32Array(new SharedArrayBuffer(4)) };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** This thread prepares layer after layer, while the others hold the rows of those before; then it holds rows too. */
async function compileInWorkers(
  specs: readonly LayerSpec[],
  hardware: HardwareDescription,
  options: CompileOptions,
  threads: number,
): Promise<Program> {
  const { chipSeed, measured = null, scales } = options;
  const chip = chipOf(hardware, options);
  const { Piscina } = await import('piscina');
  const pool = new Piscina<RowsShare, Outcome<void>>({
    // From src/ (tests) as from dist/: threads run the built file.
    filename: fileURLToPath(new URL('../../../dist/emulation/compiler/rowsWorker.js', import.meta.url)),
    workerData: { hardware, chipSeed, measured } satisfies RowsJob,
    minThreads: threads - 1,
    maxThreads: threads - 1,
    // A thread has what comes next while this one computes.
    concurrentTasksPerWorker: specs.length,
    idleTimeout: Number.POSITIVE_INFINITY,
  });
  const shares: RowsShare[] = [];
  const others: Promise<void>[] = [];
  const hold: HoldRows = (rows) => {
    const share = shareOf(rows);
    shares.push(share);
    for (let thread = 1; thread < threads; thread++) {
      const done = pool.run(share).then(unwrapOutcome);
      // Another error may come first; what ends with the pool then is nobody's.
      done.catch(() => {});
      others.push(done);
    }
    return share.banks;
  };
  try {
    const layers = [];
    for (const [i, spec] of specs.entries()) {
      layers.push(compileLayer(spec, hardware, chip, scales[i]!, hold));
      await nextTurn();
    }
    const holder = rowHolder(hardware, chip.conv.bank, chip.conv.errors);
    for (const share of shares) while (holdNext(holder, share)) await nextTurn();
    await Promise.all(others);
    return assembleProgram(hardware, chip, options, layers);
  } finally {
    await pool.destroy();
  }
}

/**
 * `compileNetwork` on worker threads, where there is so much to do that they are worth their start. Compiling throws as it
 * does, or the first error of any thread.
 * @param threads at most; with one everything runs in this thread.
 * @param leastWork weights of convolutions times rings of a waveguide.
 */
export function compileOnThreads(threads: number, leastWork = THREADED_WORK): Compile {
  return (network, hardware, options) => {
    const specs = macSpecs(network);
    return threads > 1 && workOf(specs, hardware) >= leastWork
      ? compileInWorkers(specs, hardware, options, threads)
      : compileNetwork(network, hardware, options);
  };
}
