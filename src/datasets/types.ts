/** Labelled images as they lie in their files: bytes, before any preprocessing. */

import type { Bytes } from '../base/storedBytes.js';

export type Split = 'train' | 'test';

/** [images]; two bytes each where there are more classes than one tells apart. */
export type Labels = Uint8Array | Uint16Array;

/** Files that hold no images: how many, and the first of their names. */
export interface SkippedFiles {
  readonly count: number;
  readonly examples: readonly string[];
}

/** What became of the files of an image folder. */
export interface FolderFiles {
  /** In the order of their labels. */
  readonly classes: readonly { readonly name: string; readonly images: number; readonly skipped: SkippedFiles }[];
  /** Beside the folders of the classes. */
  readonly beside: SkippedFiles;
}

export interface Dataset {
  /** Name of the data set its content is known to be ('mnist'), or 'custom'. */
  readonly name: string;
  readonly split: Split;
  /** Of one image: [rows, columns, channels]. */
  readonly shape: readonly [number, number, number];
  /** Labels are 0 .. classes - 1. */
  readonly classes: number;
  /** Of each label, where the data have names for them. */
  readonly classNames?: readonly string[];
  /** Output of the network for each of the files' own classes, where that was said with `--classes`. */
  readonly outputs?: readonly number[];
  /** Number of images. */
  readonly count: number;
  /** Place of each image in the whole split, [count], where that is not its place here: it decides the image's read noise. */
  readonly indices?: Int32Array;
  /** Images of the whole split, where only a part of it is bundled. */
  readonly partOf?: number;
  /** [count, rows, columns, channels], in memory or, of large image folders, in a file. */
  readonly images: Bytes;
  /** [count]. */
  readonly labels: Labels;
  /** SHA-256 of the images' bytes followed by the labels'. */
  readonly sha256: string;
  /** Where it comes from, one line. */
  readonly source: string;
  /** Of an image folder. */
  readonly files?: FolderFiles;
  /** Why this split stands for another, which there is not. */
  readonly fallback?: string;
}

/** A data set whose images are all in memory, as those of every loader but that of image folders are. */
export interface MemoryDataset extends Dataset {
  readonly images: Uint8Array;
}

/** Labels below `classes` in as few bytes as hold them. */
export function labelsOf(labels: ArrayLike<number>, classes: number): Labels {
  return classes <= 256 ? Uint8Array.from(labels) : Uint16Array.from(labels);
}

/** How a picture of any size becomes one of the network's: the shorter side scaled to `resize`, a square of `crop` out of its middle. */
export interface Frame {
  readonly resize: number;
  readonly crop: number;
}

export interface LoadOptions {
  /** Folder or file that holds the data; without it what was installed with `sonic datasets`, then what is bundled. */
  readonly directory?: string | undefined;
  readonly split: Split;
  /** [rows, columns, channels] that images of any size are brought to; needed of image folders, ignored by the others. */
  readonly shape?: readonly [number, number, number] | undefined;
  /** How they are brought to it; absent: scaled until they cover it, and cut to its middle. Of image folders, too. */
  readonly frame?: Frame | undefined;
  /**
   * Only so many images are wanted, the first ones: a loader may leave the others out where their files are known to be
   * sound, so that the data set is what `sliceDataset` makes of the whole one.
   */
  readonly first?: number | undefined;
  /** Bytes of decoded pictures to hold in memory; more go to a file. Default $SONIC_IMAGE_MEMORY_MiB, or 512 MiB. */
  readonly memory_bytes?: number | undefined;
  /** Hears how many bytes of decoded pictures are held while they are being decoded. */
  readonly onHeld?: ((bytes: number) => void) | undefined;
}
