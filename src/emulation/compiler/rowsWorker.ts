/** A thread that holds rows of convolutions on a chip, which it draws once. */
import { workerData } from 'piscina';
import { quietDeprecations } from '../../base/deprecations.js';
import { type Outcome, outcomeOf } from '../../base/outcome.js';
import type { HardwareDescription } from '../../hardware/description.js';
import type { MeasuredChip } from '../../hardware/optics/measuredChip.js';
import { type Banks, type ChunkRows, type RowHolder, rowHolder } from './holdRows.js';
import { drawChip } from './layerConstants.js';

export interface RowsJob {
  readonly hardware: HardwareDescription;
  readonly chipSeed: number;
  readonly measured: MeasuredChip | null;
}

/** Rows `from` up to `to`, that not included, whose banks lie in shared memory. */
export interface RowsTask {
  readonly rows: ChunkRows;
  readonly banks: Banks;
  readonly from: number;
  readonly to: number;
}

quietDeprecations();

let holder: RowHolder | undefined;

function holderOf({ hardware, chipSeed, measured }: RowsJob): RowHolder {
  const { bank, errors } = drawChip(hardware, chipSeed, measured).conv;
  return rowHolder(hardware, bank, errors);
}

export default function holdTask({ rows, banks, from, to }: RowsTask): Promise<Outcome<void>> {
  return outcomeOf(
    (async () => {
      holder ??= holderOf(workerData as RowsJob);
      holder(rows, from, to, banks);
    })(),
  );
}
