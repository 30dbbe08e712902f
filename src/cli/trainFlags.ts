/** Options of `sonic train`. */
import type * as options from './options.js';

export interface TrainFlags extends options.NetworkFlags {
  out: string;
  data?: string;
  dataset?: string;
  classes?: string;
  seed: number;
  epochs?: number;
  pruningEpochs?: number;
  sparsity?: options.Targets;
  clusters?: options.Targets;
  patience?: number;
  validation: number;
  backend: 'auto' | 'tensorflow' | 'wasm';
  log?: string;
  keepState?: boolean;
  hardware?: string;
  set: string[];
  from?: string;
  steps?: number;
  rate?: number;
  chips: number;
  images: number;
}
