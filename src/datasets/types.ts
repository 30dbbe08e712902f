/** Labelled images as they lie in their files: bytes, before any preprocessing. */

export type Split = 'train' | 'test';

export interface Dataset {
  /** Name of the data set its content is known to be ('mnist'), or 'custom'. */
  readonly name: string;
  readonly split: Split;
  /** Of one image: [rows, columns, channels]. */
  readonly shape: readonly [number, number, number];
  /** Labels are 0 .. classes - 1. */
  readonly classes: number;
  /** Number of images. */
  readonly count: number;
  /** Place of each image in the whole split, [count], where that is not its place here: it decides the image's read noise. */
  readonly indices?: Int32Array;
  /** Images of the whole split, where only a part of it is bundled. */
  readonly partOf?: number;
  /** [count, rows, columns, channels]. */
  readonly images: Uint8Array;
  /** [count]. */
  readonly labels: Uint8Array;
  /** SHA-256 of the images' bytes followed by the labels'. */
  readonly sha256: string;
  /** Where it comes from, one line. */
  readonly source: string;
}

export interface LoadOptions {
  /** Folder or file that holds the data; without it what was installed with `sonic datasets`, then what is bundled. */
  readonly directory?: string | undefined;
  readonly split: Split;
  /** [rows, columns, channels] that images of any size are brought to; needed of image folders, ignored by the others. */
  readonly shape?: readonly [number, number, number] | undefined;
}
