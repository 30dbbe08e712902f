/** What a sweep, a trial of it and its summary are: the words that planner, store, runner and report share. */
import type { BackendName } from '../../emulation/backends/types.js';
import type { Activity } from '../../emulation/program/activity.js';
import type { HardwareDescription } from '../../hardware/description.js';
import type { LayerError } from '../attribution/layerErrors.js';
import type { PairedDifference } from '../result/paired.js';
import type { DatasetFacts, Fidelity, Result } from '../result/types.js';

/** One-shot pruning and clustering of the network in memory, before it is compiled. */
export interface Compression {
  /** Share of zero weights, or null to leave them. */
  readonly sparsity: number | null;
  /** Distinct non-zero weights a layer, or null to leave them. */
  readonly clusters: number | null;
}

/** Everything that the numbers of a trial depend on, threads, batch and machine aside. Its hash is the trial's key. */
export interface TrialIdentity {
  readonly schema: 'sonic-trial/1';
  /** Hash of the code that numbers depend on. */
  readonly code: string;
  /** `hash` is the checkpoint's SHA-256, extended by architecture and preprocessing where those were given beside it. */
  readonly network: { readonly name: string; readonly hash: string };
  readonly compression: Compression | null;
  /** `hash` is the data set's SHA-256, extended by the images' places in their split where those are not 0, 1, 2, ... */
  readonly dataset: { readonly name: string; readonly split: string; readonly hash: string; readonly images: number };
  readonly calibration: { readonly split: string; readonly hash: string };
  /** As it was run, but for cost.energyTable: the hash of the file, `sha256:...`, in place of its path. */
  readonly hardware: HardwareDescription;
  /** Of this description. */
  readonly hardwareHash: string;
  readonly fidelity: Fidelity;
  readonly backend: BackendName;
  readonly runSeed: number;
  readonly chipSeed: number;
  /** SHA-256 of the content of static errors that were not drawn; absent: all were. */
  readonly static?: string;
}

/** One finished run of one chip with one seed. */
export interface Trial {
  /** SHA-256 of the canonical identity, its hardware's name aside. */
  readonly key: string;
  readonly identity: TrialIdentity;
  readonly result: Result;
  /** Bit i (lowest first) of byte i >> 3 is 1 where image i is classified correctly; base64. `emulated` null if digital. */
  readonly hits: { readonly digital: string; readonly emulated: string | null };
  /** Error of each MAC layer on its own, on the first images; empty in fidelity `digital`. */
  readonly layerErrors: readonly LayerError[];
  /** ISO 8601. */
  readonly finishedAt: string;
}

/** Images first .. first + count - 1 of an unfinished trial. Blocks of a trial have fixed bounds, whatever the batch. */
export interface TrialBlock {
  readonly first: number;
  readonly count: number;
  readonly digitalClasses: readonly number[];
  readonly emulatedClasses: readonly number[] | null;
  /** Counts of this block alone. */
  readonly activity: Activity | null;
  /** Of one thread. */
  readonly wallTime_s: number;
}

/** Held while a trial is computed, so that no other process computes it too; lapses when the process dies. */
export interface Claim {
  release(): Promise<void>;
}

/** A folder of trials, shared by any number of sweeps and processes. */
export interface TrialStore {
  readonly location: string;
  /** A finished trial; undefined where there is none, or a damaged one, which `onDamage` is told of by name. */
  get(key: string): Promise<Trial | undefined>;
  /** Durable and atomic; the trial's blocks are dropped. Putting a trial twice is harmless. */
  put(trial: Trial): Promise<void>;
  /** Blocks of an unfinished trial in the order of their images; damaged ones are left out. */
  blocks(key: string): Promise<TrialBlock[]>;
  putBlock(key: string, block: TrialBlock): Promise<void>;
  /** Null while another living process holds the key. */
  claim(key: string): Promise<Claim | null>;
  /** All finished trials, damaged ones left out. */
  trials(): AsyncIterable<Trial>;
  putSweep(manifest: SweepManifest): Promise<void>;
  sweeps(): Promise<SweepManifest[]>;
}

/** A value that an axis takes at a point. */
export type AxisValue = string | number | boolean | null;

/** One thing that varies over a sweep. */
export interface SweepAxis {
  /** Unique in the sweep: the path, or the name given to a derived axis. */
  readonly name: string;
  /** What figures call it, unit included. */
  readonly label: string;
  /** Paths that it moves: of the hardware description, or network, hardware, fidelity, images, compression.sparsity, ... */
  readonly paths: readonly string[];
  /** Distinct values in their order; of a derived axis those of its first path. */
  readonly values: readonly AxisValue[];
  readonly scale: 'linear' | 'log' | 'categories';
  /** Whether several paths all take the axis' value. */
  readonly same?: boolean;
}

/** Which trials a sweep asked for: enough, with the store, to report on it. */
export interface SweepManifest {
  readonly schema: 'sonic-sweep/1';
  readonly name: string;
  readonly title: string;
  /** What it shows, as Markdown paragraphs; may be empty. */
  readonly description: string;
  /** Text of the plan's file. */
  readonly source: string;
  /** Command that reproduces it. */
  readonly command: string;
  readonly axes: readonly SweepAxis[];
  readonly points: readonly SweepPoint[];
  /** What the report draws; empty: it chooses by the axes. */
  readonly figures: readonly SweepFigure[];
  readonly createdAt: string;
}

export interface SweepPoint {
  readonly index: number;
  /** By axis name. */
  readonly values: Readonly<Record<string, AxisValue>>;
  /** Keys of the trials, chip by chip and seed by seed. */
  readonly trials: readonly string[];
}

/** Quantities of a point that figures and tables can show. */
export const QUANTITIES = [
  'accuracy',
  'accuracyLoss',
  'energy_J',
  'latency_s',
  'power_W',
  'framesPerSecond',
  'framesPerSecondPerWatt',
] as const;
export type Quantity = (typeof QUANTITIES)[number];

export type SweepFigure =
  | {
      readonly kind: 'line';
      readonly x: string;
      readonly y: Quantity;
      readonly series?: string;
      readonly facet?: string;
    }
  | {
      readonly kind: 'heatmap';
      readonly x: string;
      readonly y: string;
      readonly value: Quantity;
      readonly facet?: string;
    }
  | { readonly kind: 'pareto'; readonly x: Quantity; readonly y: Quantity; readonly label?: string }
  /** Against each axis, the others at their centre: for plans that move one thing at a time. */
  | { readonly kind: 'alone'; readonly y: Quantity }
  | { readonly kind: 'layers'; readonly axis?: string }
  | { readonly kind: 'distribution'; readonly x?: string };

/** A point with its trials put together. Shares of images; means over trials. */
export interface PointSummary {
  readonly index: number;
  readonly values: Readonly<Record<string, AxisValue>>;
  readonly trials: number;
  readonly chips: number;
  readonly images: number;
  readonly digital: number;
  /** Mean over trials; of the digital network in fidelity `digital`. */
  readonly accuracy: number;
  /** 95 % interval that covers both which chips and which images there happened to be. */
  readonly interval95: readonly [number, number];
  /** 95 % interval of the mean over chips and seeds on these images (Student's t); null for one trial. */
  readonly trialInterval95: readonly [number, number] | null;
  readonly accuracies: readonly number[];
  /** Emulated against digital on the same images, all trials pooled. */
  readonly change: PairedDifference;
  /** Of the first trial; null in fidelity `digital`. */
  readonly cost: {
    readonly latency_s: number;
    readonly energy_J: number;
    readonly power_W: number;
    /** Null where the network does no work: not defined. */
    readonly framesPerSecond: number | null;
    readonly framesPerSecondPerWatt: number | null;
  } | null;
  readonly layers: readonly {
    readonly name: string;
    /** Root mean square of the trials' errors over full scale. */
    readonly rms: number;
    readonly effectiveBits: number;
    readonly weightSparsity: number;
    /** Share of conversions that clip. */
    readonly clippedShare: number;
  }[];
  readonly warnings: readonly string[];
  /** Of an image folder: how many images of each class were used, and what was skipped. */
  readonly dataset?: DatasetFacts;
}

/** A sweep as far as it has been computed. */
export interface SweepSummary {
  readonly manifest: SweepManifest;
  readonly points: readonly PointSummary[];
  /** Points whose trials are not all there. */
  readonly missing: readonly number[];
  /** Description of hardware, network and data that all points share, as they stood. */
  readonly settings: TrialIdentity | null;
}
