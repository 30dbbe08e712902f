/**
 * Bilinear scaling with antialiasing as Pillow has it (Image.resize with BILINEAR, src/libImaging/Resample.c; torchvision's
 * transforms of PIL images call it): a triangle over the pixels' centres, as wide as two pixels of the coarser grid, along rows
 * and then along columns, in fixed point, rounded to bytes after each. Why not the library that decodes: libvips shifts what it
 * enlarges by half a pixel (12 codes in the mean on fine stripes), and shrinks in two steps.
 */

/** Fraction bits of the coefficients: a byte times these, summed, stays within 32 bits. */
const PRECISION_BITS = 32 - 8 - 2;

/** Pixels that one of the scaled line is made of, and their weights in fixed point. */
interface Taps {
  readonly first: number;
  readonly weights: Int32Array;
}

/** Taps of pixels `begin` to `begin + count` - 1 of a line scaled from `from` to `to` pixels. */
function tapsOf(from: number, to: number, begin: number, count: number): Taps[] {
  const scale = from / to;
  const support = Math.max(scale, 1);
  return Array.from({ length: count }, (_, i) => {
    const centre = (begin + i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(from, Math.trunc(centre + support + 0.5));
    const shares = Float64Array.from({ length: end - first }, (_, tap) =>
      Math.max(0, 1 - Math.abs((first + tap - centre + 0.5) / support)),
    );
    const sum = shares.reduce((total, share) => total + share, 0);
    return {
      first,
      weights: Int32Array.from(shares, (share) => Math.floor((share / sum) * 2 ** PRECISION_BITS + 0.5)),
    };
  });
}

/** Bytes of rows and columns, channels fastest. */
export interface Raster {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** What is cut out of the scaled picture. */
export interface Cut {
  /** Size of the whole scaled picture. */
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  readonly columns: number;
  readonly rows: number;
}

const rounded = (sum: number) => Math.min(255, Math.max(0, sum >> PRECISION_BITS));

/**
 * A part of the picture scaled to `cut.width` x `cut.height`; the rest is not computed.
 * @returns [rows, columns, channels]
 */
export function scaledCut({ data, width, height, channels }: Raster, cut: Cut): Uint8Array {
  const across = tapsOf(width, cut.width, cut.left, cut.columns);
  const down = tapsOf(height, cut.height, cut.top, cut.rows);
  const firstRow = down[0]!.first;
  const lastRow = down.at(-1)!.first + down.at(-1)!.weights.length;
  const line = cut.columns * channels;
  const half = 1 << (PRECISION_BITS - 1);
  const between = new Uint8Array((lastRow - firstRow) * line);
  for (let row = firstRow; row < lastRow; row++) {
    for (const [column, { first, weights }] of across.entries()) {
      const from = (row * width + first) * channels;
      for (let c = 0; c < channels; c++) {
        let sum = half;
        for (let tap = 0; tap < weights.length; tap++) sum += data[from + tap * channels + c]! * weights[tap]!;
        between[(row - firstRow) * line + column * channels + c] = rounded(sum);
      }
    }
  }
  const out = new Uint8Array(cut.rows * line);
  for (const [row, { first, weights }] of down.entries()) {
    const from = (first - firstRow) * line;
    for (let at = 0; at < line; at++) {
      let sum = half;
      for (let tap = 0; tap < weights.length; tap++) sum += between[from + tap * line + at]! * weights[tap]!;
      out[row * line + at] = rounded(sum);
    }
  }
  return out;
}
