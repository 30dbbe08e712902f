/** A trial as settings alone: what another process, or another machine, needs to load and run it. Plain JSON. */
import type { BackendName } from '../../emulation/backends/types.js';
import type { HardwareDescription } from '../../hardware/description.js';
import type { Fidelity } from '../result/types.js';
import type { Compression } from '../sweep/types.js';

export interface TrialSettings {
  /** Bundled network, or the absolute path of a checkpoint. */
  readonly network: string;
  readonly architecture?: string | undefined;
  readonly preprocessing?: string | undefined;
  /** Which state_dict of a PyTorch file that holds several. */
  readonly key?: string | undefined;
  readonly dataset?: string | undefined;
  /** Absolute path. */
  readonly data?: string | undefined;
  /** Which output each class of the data is: CLASS=OUTPUT,... or the absolute path of a file. */
  readonly classes?: string | undefined;
  /** First images; absent: all. */
  readonly images?: number | undefined;
  readonly compression: Compression | null;
  /** Whole, as presets and files were when the sweep was planned. */
  readonly hardware: HardwareDescription;
  readonly fidelity: Fidelity;
  readonly backend: BackendName;
  readonly chipSeed: number;
  /** Absolute path of a file of static errors that are not drawn. */
  readonly static?: string | undefined;
  readonly runSeed: number;
}

/** A trial to run. Whoever loads the settings must come to the same key: same code, network and data. */
export interface TrialTask {
  readonly key: string;
  /** For people: which point of the sweep, which chip. */
  readonly label: string;
  readonly settings: TrialSettings;
}
