/** A thread that holds rows of convolutions on a chip, which it draws once, and measures layers. */
import { workerData } from 'piscina';
import { quietDeprecations } from '../../base/deprecations.js';
import { type Outcome, outcomeOf } from '../../base/outcome.js';
import type { HardwareDescription } from '../../hardware/description.js';
import type { MeasuredChip } from '../../hardware/optics/measuredChip.js';
import { WasmKernels } from '../backends/wasmKernels.js';
import { holdNext, type RowsShare, rowHolder } from '../compiler/holdRows.js';
import { drawChip } from '../compiler/layerConstants.js';
import { wasmRowHolders } from '../kernels/photonicConv2D/wasmRows.js';
import type { RowHolder } from '../program/rows.js';
import { type LayerMeasure, type LayerTask, measureLayer } from './measureLayers.js';

export interface ChipWorkerData {
  readonly hardware: HardwareDescription;
  readonly chipSeed: number;
  readonly measured: MeasuredChip | null;
}

/** Rows to take until there are none, or a layer to measure. */
export type ChipTask = { readonly rows: RowsShare } | { readonly layer: LayerTask };

quietDeprecations();

let holder: Promise<RowHolder> | undefined;
let kernels: Promise<WasmKernels> | undefined;

async function holderOf({ hardware, chipSeed, measured }: ChipWorkerData): Promise<RowHolder> {
  const { bank, errors } = drawChip(hardware, chipSeed, measured).conv;
  return (await wasmRowHolders(rowHolder))(hardware, bank, errors);
}

async function work(task: ChipTask): Promise<LayerMeasure | null> {
  if ('layer' in task) {
    kernels ??= WasmKernels.create();
    return measureLayer(await kernels, task.layer);
  }
  holder ??= holderOf(workerData as ChipWorkerData);
  const hold = await holder;
  while (holdNext(hold, task.rows));
  return null;
}

export default (task: ChipTask): Promise<Outcome<LayerMeasure | null>> => outcomeOf(work(task));
