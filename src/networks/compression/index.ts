/** Pruning and clustering of trained networks. */
export * from './cluster.js';
export * from './expand.js';
export * from './prune.js';
export type { LayerTargets } from './targets.js';
export type { CompressedWeights } from './types.js';
