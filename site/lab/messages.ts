/** What the page and its workers say to each other. */
import type { Job } from '#sonic/emulation/emulator/batchRunner.js';
import type { LayerRun } from '#sonic/emulation/kernels/batchLayer.js';

/** Where the files lie that a worker loads, as URLs. */
export interface Files {
  readonly checkpoint: string;
  readonly kernels: string;
  readonly tensorflow: string;
  readonly calibration: string;
}

export interface CompileRequest {
  readonly kind: 'compile';
  readonly files: Files;
  readonly preset: string;
  /** path=value, as `--set`. */
  readonly settings: readonly string[];
  readonly chipSeed: number;
}

/** Sets a worker up to run batches. */
export interface LoadRequest {
  readonly kind: 'load';
  readonly files: Files;
  readonly job: Job;
}

export interface BatchRequest {
  readonly kind: 'batch';
  readonly first: number;
  readonly count: number;
}

export type Request = CompileRequest | LoadRequest | BatchRequest;

export interface BatchReply {
  readonly first: number;
  /** [batch, classes]. */
  readonly digital: Float32Array;
  /** [batch, classes]. */
  readonly emulated: Float32Array;
  /** [image][MAC layer]. */
  readonly runs: LayerRun[][];
}

/** Of every request, in turn: its result, or what is wrong in one line. */
export type Reply<T> = { readonly value: T } | { readonly error: string };
