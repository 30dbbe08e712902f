/** What the page and its workers say to each other. */
import type { LayerExtents } from '#sonic/emulation/calibration/extentMemory.js';
import type { Job } from '#sonic/emulation/emulator/batchRunner.js';
import type { LayerRun } from '#sonic/emulation/kernels/batchLayer.js';
import type { Program } from '#sonic/emulation/program/types.js';
import type { Network } from '#sonic/networks/types.js';

/** Backends that a page can have. */
export type PageBackend = 'wasm' | 'webgpu';

/** Where the files lie that every worker loads, as URLs. */
export interface Files {
  readonly kernels: string;
  readonly tensorflow: string;
}

/** Files that the user gave, by name. */
export interface OwnFiles {
  /** The one to import; the others are what it names. */
  readonly main: string;
  readonly contents: ReadonlyMap<string, Uint8Array>;
  /** A bundled name, or the name of a file among them. */
  readonly architecture?: string | undefined;
  /** YAML text. */
  readonly preprocessing?: string | undefined;
}

/** Reads a network, which all compilations after it are of. */
export interface OpenRequest {
  readonly kind: 'open';
  /** URL of a checkpoint of ours, or files of the user's. */
  readonly source: { readonly checkpoint: string } | OwnFiles;
}

export interface OpenReply {
  readonly network: Network;
  /** In words: 'ONNX'. */
  readonly format: string;
  /** How inputs are made, what was assumed or left out, one line each. */
  readonly remarks: readonly string[];
}

/** Gives a worker the network that all compilations and runs after it are of. */
export interface NetworkRequest {
  readonly kind: 'network';
  readonly network: Network;
}

/** What is compiled. */
export interface ChipRequest {
  readonly files: Files;
  readonly preset: string;
  /** path=value, as `--set`. */
  readonly settings: readonly string[];
  /** [images, rows, columns, channels], bytes. */
  readonly calibration: Uint8Array;
  /** Name of the data they are of. */
  readonly dataset: string;
  readonly chipSeed: number;
}

/**
 * Several workers compile the same and keep it; each measures the ADC ranges on a part of the calibration images. The first
 * answers with the program.
 */
export interface CompileRequest extends ChipRequest {
  readonly kind: 'compile';
  readonly part: number;
  readonly parts: number;
  /** Unlike that of any compilation before. */
  readonly compilation: number;
}

/** What all parts of the images make of the layers, to a worker that compiles; null: another one failed. */
export interface MergedExtents {
  readonly kind: 'merged';
  readonly compilation: number;
  readonly extents: readonly LayerExtents[] | null;
}

/** Sets a worker up to run batches; the answer is what computes, and on what. */
export interface LoadRequest {
  readonly kind: 'load';
  readonly files: Files;
  readonly job: Omit<Job, 'network' | 'program'>;
  /** Null: the one that it has compiled. */
  readonly program: Program | null;
}

export interface BatchRequest {
  readonly kind: 'batch';
  readonly first: number;
  readonly count: number;
}

/** One image through the network three times: in float32, and on the hardware with and without its effects. */
export interface InsideRequest extends ChipRequest {
  readonly kind: 'inside';
  readonly image: Uint8Array;
  readonly index: number;
}

export interface InsideLayer {
  readonly name: string;
  /** Figure of both distributions of partial sums, with the ADC's range. */
  readonly svg: string;
  readonly partialSums: number;
  readonly clipped: number;
  /** Root mean square of the partial sums with and without the effects, in full-scale products. */
  readonly rms: number;
  readonly idealRms: number;
}

export interface InsideReply {
  readonly digital: Float32Array;
  readonly ideal: Float32Array;
  readonly emulated: Float32Array;
  readonly layers: readonly InsideLayer[];
}

export const PICTURES = ['ring', 'bank', 'thermal', 'link', 'adc'] as const;
export type PictureName = (typeof PICTURES)[number];

/** What `sonic device NAME --kind KIND` draws and prints. */
export interface PictureRequest {
  readonly kind: 'picture';
  readonly picture: PictureName;
  readonly unit: 'conv' | 'fc';
  readonly preset: string;
  readonly settings: readonly string[];
}

export interface PictureReply {
  readonly svg: string;
  readonly text: string;
}

/** A figure of lines from points of a sweep. */
export interface SweepFigureRequest {
  readonly kind: 'sweepFigure';
  readonly title: string;
  readonly xLabel: string;
  readonly series: readonly {
    readonly label: string;
    readonly x: readonly number[];
    readonly y: readonly number[];
    readonly low: readonly number[];
    readonly high: readonly number[];
  }[];
  /** Texts of x, where its values are words. */
  readonly ticks: readonly string[] | null;
}

export type Request =
  | OpenRequest
  | NetworkRequest
  | CompileRequest
  | LoadRequest
  | BatchRequest
  | InsideRequest
  | PictureRequest
  | SweepFigureRequest;

export interface CompileReply {
  /** Null of all workers but the first. */
  readonly program: Program | null;
}

export interface LoadReply {
  /** Adapter, or what else computes. */
  readonly device: string;
}

export interface BatchReply {
  readonly first: number;
  /** [batch, classes]. */
  readonly digital: Float32Array;
  /** [batch, classes]. */
  readonly emulated: Float32Array;
  /** [image][MAC layer]. */
  readonly runs: LayerRun[][];
}

/** How far a request is that takes long. */
export interface Progress {
  readonly what: string;
  readonly done: number;
  readonly of: number;
}

/**
 * Of every request, in turn: how far it is, any number of times, then its result, or what is wrong in one line. Of a compilation
 * also what the worker's images make of the layers, which `MergedExtents` answers.
 */
export type Reply<T> =
  | { readonly progress: Progress }
  | { readonly extents: readonly LayerExtents[] }
  | { readonly value: T }
  | { readonly error: string };
