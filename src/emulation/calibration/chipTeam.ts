/** Who compiles a chip and measures its layers: one thread, or several (`chipThreads.ts`). */
import type { HardwareDescription } from '../../hardware/description.js';
import type { MeasuredChip } from '../../hardware/optics/measuredChip.js';
import type { Network } from '../../networks/types.js';
import { createKernels } from '../backends/index.js';
import { type Compile, compileNetwork } from '../compiler/compile.js';
import { rowHolder } from '../compiler/holdRows.js';
import { wasmRowHolders } from '../kernels/photonicConv2D/wasmRows.js';
import type { Program } from '../program/types.js';
import type { CalibrationInputs } from './inputs.js';
import { type LayerInputs, type LayerMeasure, type MeasureOptions, measureLayers } from './measureLayers.js';

/** A chip to be compiled. */
export interface ChipJob {
  readonly network: Network;
  readonly hardware: HardwareDescription;
  readonly chipSeed: number;
  readonly measured: MeasuredChip | null;
}

/** Inputs of a network's layers, as a calibration has them. */
export type TeamInputs = LayerInputs & CalibrationInputs;

export interface ChipTeam {
  readonly compile: Compile;
  measure(program: Program, inputs: TeamInputs, options: MeasureOptions): Promise<LayerMeasure[]>;
  close(): Promise<void>;
}

/** Calls a team together; null where one thread is done sooner. */
export type OpenTeam = (job: ChipJob) => Promise<ChipTeam | null>;

/** This thread alone. */
export const teamOfOne: ChipTeam = {
  compile: async (network, hardware, options) =>
    compileNetwork(network, hardware, options, await wasmRowHolders(rowHolder)),
  measure: async (program, inputs, options) => {
    const kernels = await createKernels('wasm');
    try {
      return await measureLayers(kernels, program, inputs, options);
    } finally {
      kernels.free();
    }
  },
  close: async () => {},
};
