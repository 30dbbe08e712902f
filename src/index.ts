/**
 * The public API: load a network, data and hardware, run them, and sweep over them. Everything else is the package's own.
 */
export { BACKENDS, type BackendName } from './backends/types.js';
export { type Dataset, datasetNames, loadDataset, type Split, sliceDataset } from './datasets/index.js';
export * from './errors.js';
export { type FolderStore, openTrialStore, type StoreOptions } from './experiments/store/store.js';
export type { ExecutionReport, TrialExecutor, TrialProgress } from './experiments/sweep/executor.js';
export { loadPlan, planOf, type SweepSource } from './experiments/sweep/planFile.js';
export type { SweepPlanInput } from './experiments/sweep/planSchema.js';
export { runSweep, type SweepOptions, type SweepRun } from './experiments/sweep/runSweep.js';
export { comparePoints } from './experiments/sweep/sample.js';
export { summarise, trialsOfPoint } from './experiments/sweep/summary.js';
export type * from './experiments/sweep/types.js';
export { type LoadedNetwork, loadNetworkFile } from './formats/index.js';
export { EFFECTS, type EffectName, type HardwareDescription, parseHardware } from './hardware/description.js';
export { diffHardware, hardwareHash, hardwareToYaml, loadHardware } from './hardware/files.js';
export { PRESETS, presetHardware } from './hardware/presets/index.js';
export type { Network } from './network/types.js';
export type { PairedDifference } from './result/paired.js';
export { FIDELITIES, type Fidelity, type LayerResult, type Result } from './result/types.js';
export { BUNDLED_NETWORKS } from './run/bundled.js';
export { type Experiment, type ExperimentFlags, loadExperiment } from './run/load.js';
export { type RunOptions, runExperiment } from './run/run.js';
