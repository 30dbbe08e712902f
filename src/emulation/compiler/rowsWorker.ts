/** A thread that holds rows of convolutions on a chip, which it draws once. */
import { workerData } from 'piscina';
import { quietDeprecations } from '../../base/deprecations.js';
import { type Outcome, outcomeOf } from '../../base/outcome.js';
import type { HardwareDescription } from '../../hardware/description.js';
import type { MeasuredChip } from '../../hardware/optics/measuredChip.js';
import { holdNext, type RowHolder, type RowsShare, rowHolder } from './holdRows.js';
import { drawChip } from './layerConstants.js';

export interface RowsJob {
  readonly hardware: HardwareDescription;
  readonly chipSeed: number;
  readonly measured: MeasuredChip | null;
}

quietDeprecations();

let holder: RowHolder | undefined;

function holderOf({ hardware, chipSeed, measured }: RowsJob): RowHolder {
  const { bank, errors } = drawChip(hardware, chipSeed, measured).conv;
  return rowHolder(hardware, bank, errors);
}

async function holdShare(share: RowsShare): Promise<void> {
  holder ??= holderOf(workerData as RowsJob);
  while (holdNext(holder, share));
}

export default (share: RowsShare): Promise<Outcome<void>> => outcomeOf(holdShare(share));
