/**
 * The public API: load a network, data and hardware, run them, and sweep over them. Everything else is the package's own.
 */

export * from './base/errors.js';
export { type Dataset, datasetNames, loadDataset, type Split, sliceDataset } from './datasets/index.js';
export { BACKENDS, type BackendName } from './emulation/backends/types.js';
export { loadMeasuredChip } from './experiments/chip/staticFile.js';
export type { PairedDifference } from './experiments/result/paired.js';
export { FIDELITIES, type Fidelity, type LayerResult, type Result } from './experiments/result/types.js';
export { BUNDLED_NETWORKS } from './experiments/run/bundled.js';
export { type Experiment, type ExperimentFlags, loadExperiment } from './experiments/run/loadExperiment.js';
export { type RunOptions, runExperiment } from './experiments/run/runExperiment.js';
export {
  type LoadedScan,
  loadScan,
  type RunScanOptions,
  runScan,
  type ScanFlags,
  type SensitivityResult,
} from './experiments/sensitivity/scan.js';
export { type FolderStore, openTrialStore, type StoreOptions } from './experiments/store/store.js';
export { loadPlan, planOf, type SweepSource } from './experiments/sweep/planFile.js';
export type { SweepPlanInput } from './experiments/sweep/planSchema.js';
export { runSweep, type SweepOptions, type SweepRun } from './experiments/sweep/runSweep.js';
export { comparePoints } from './experiments/sweep/sample.js';
export { summarise, trialsOfPoint } from './experiments/sweep/summary.js';
export type * from './experiments/sweep/types.js';
export type { ExecutionReport, TrialExecutor, TrialProgress } from './experiments/trial/executor.js';
export type { HardwareDescription } from './hardware/description.js';
export { diffHardware, hardwareHash, hardwareToYaml, loadHardware } from './hardware/descriptionFiles.js';
export { EFFECTS, type EffectName } from './hardware/fields/effects.js';
export type { MeasuredChip } from './hardware/optics/measuredChip.js';
export { parseHardware } from './hardware/parseHardware.js';
export { PRESETS, presetHardware } from './hardware/presets/index.js';
export { type FileHash, type LoadedNetwork, loadNetworkFile } from './networks/formats/index.js';
export type { Network } from './networks/types.js';
