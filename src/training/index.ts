/** Training of networks, with pruning on the way. */
export { digitalAccuracy } from './evaluate.js';
export { describeEntry, type TrainingLogEntry } from './log.js';
export type { TrainingManifest } from './manifest.js';
export type { Hyperparameters, TrainOptions } from './options.js';
export { type Stage, type TrainMnistOptions, trainMnist } from './recipes.js';
export { type TrainResult, trainNetwork } from './trainNetwork.js';
