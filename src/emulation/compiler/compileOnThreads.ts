/** Compiles a network while other threads hold the rows of its convolutions: most of the work. Bits are those of one thread. */
import { nextTurn } from '../../base/shareOut.js';
import type { HardwareDescription } from '../../hardware/description.js';
import type { Network } from '../../networks/types.js';
import type { ChunkRows, MakeRowHolder } from '../program/rows.js';
import type { Program } from '../program/types.js';
import { assembleProgram, type CompileOptions, chipOf } from './compile.js';
import { emptyBanks, type HoldRows, holdNext, type RowsShare } from './holdRows.js';
import { compileLayer } from './layerConstants.js';
import { macSpecs } from './network.js';

/** Threads besides this one. */
export interface RowHelpers {
  readonly count: number;
  /** Has one of them take rows until none are left. */
  hold(share: RowsShare): Promise<unknown>;
}

/** Rows of which threads take ranges, and their banks in memory that threads share. */
function shareOf(rows: ChunkRows): RowsShare {
  const banks = emptyBanks(rows, (bytes) => new SharedArrayBuffer(bytes));
  return { rows, banks, next: new Int32Array(new SharedArrayBuffer(4)) };
}

/**
 * `compileNetwork`: this thread prepares layer after layer, while the others hold the rows of those before; then it holds rows
 * too. It throws as that does, or the first error of any thread; the others may be at work then.
 */
export async function compileWithHelpers(
  helpers: RowHelpers,
  network: Network,
  hardware: HardwareDescription,
  options: CompileOptions,
  makeHolder: MakeRowHolder,
): Promise<Program> {
  const chip = chipOf(hardware, options);
  const shares: RowsShare[] = [];
  const others: Promise<unknown>[] = [];
  const hold: HoldRows = (rows) => {
    const share = shareOf(rows);
    shares.push(share);
    for (let helper = 0; helper < helpers.count; helper++) {
      const done = helpers.hold(share);
      // Another error may come first; what ends with the threads then is nobody's.
      done.catch(() => {});
      others.push(done);
    }
    return share.banks;
  };
  const layers = [];
  for (const [i, spec] of macSpecs(network).entries()) {
    layers.push(compileLayer(spec, hardware, chip, options.scales[i]!, hold));
    await nextTurn();
  }
  const holder = makeHolder(hardware, chip.conv.bank, chip.conv.errors);
  for (const share of shares) while (holdNext(holder, share)) await nextTurn();
  await Promise.all(others);
  return assembleProgram(hardware, chip, options, layers);
}
