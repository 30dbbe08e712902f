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
  /** Number of images. Image i here is image i of the split. */
  readonly count: number;
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
  /** Folder that holds the files; the bundled one where there is one. */
  readonly directory?: string | undefined;
  readonly split: Split;
}
