/** What a run is asked for. */
import type { Dataset } from '../../datasets/types.js';
import type { BackendName } from '../../emulation/backends/types.js';
import type { HardwareDescription } from '../../hardware/description.js';
import type { MeasuredChip } from '../../hardware/optics/measuredChip.js';
import type { Network } from '../../networks/types.js';
import type { Fidelity } from '../result/types.js';

export interface RunOptions {
  readonly network: Network;
  /** SHA-256 of the checkpoint. */
  readonly networkHash: string;
  /** The images to run. */
  readonly dataset: Dataset;
  /** Where calibration images come from: the training split, or the evaluated one if there is no other. */
  readonly calibrationSet: Dataset;
  readonly hardware: HardwareDescription;
  readonly fidelity?: Fidelity | undefined;
  readonly backend?: BackendName | undefined;
  readonly runSeed?: number | undefined;
  readonly chipSeed?: number | undefined;
  /** Chips to run, seeds chipSeed, chipSeed + 1, ...; default 1. Everything but their distribution is the first one's. */
  readonly chips?: number | undefined;
  /** Static errors that are not drawn. */
  readonly measured?: MeasuredChip | null | undefined;
  readonly threads?: number | undefined;
  readonly batch?: number | undefined;
  readonly onStage?: ((stage: string) => void) | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Called with the class of every image, [images] each; `emulated` is the first chip's, null in fidelity `digital`. */
  readonly onClasses?:
    | ((classes: { readonly digital: Int32Array; readonly emulated: Int32Array | null }) => void)
    | undefined;
}
