/**
 * A dense layer of more weights than stay in a kernel instance's memory, cut by filters: its parts come into memory one after
 * the other, for all images of a batch, and give together what the layer gives at once, bit for bit.
 */
import type { DenseProgram } from '../../program/types.js';
import { type DenseCounts, emptyLumpedTap, type LoadedDense, type LumpedTap, type Tap } from '../contract.js';
import { mayRunTogether } from '../wasm/imagesTogether.js';
import { BLOCK } from '../wasm/samples.js';

/** Which filters of a layer a part has. */
export interface FilterPart {
  /** Like the layer's, of these filters alone, but for `streamed`, which is all of the layer's. */
  readonly program: DenseProgram;
  /** Place of the first filter in the layer: a multiple of `BLOCK`. */
  readonly first: number;
  /** Filters of the layer. */
  readonly of: number;
}

/** All filters as one part. */
export const wholeLayer = (program: DenseProgram): FilterPart => ({ program, first: 0, of: program.filters });

/** Parts of at most `bytes` of weights each, or of one block of filters. */
export function cutByFilters(program: DenseProgram, bytes: number): FilterPart[] {
  const { inputs, filters: of, gain, shift } = program;
  const most = BLOCK * Math.max(1, Math.floor(bytes / (4 * BLOCK * inputs)));
  const count = Math.ceil(of / most);
  return Array.from({ length: count }, (_, i) => {
    const first = i * most;
    const end = Math.min(first + most, of);
    const ofPart = {
      ...program,
      filters: end - first,
      gain: gain.subarray(first, end),
      shift: shift.subarray(first, end),
    };
    return { program: ofPart, first, of };
  });
}

/** What parts say of an image: inputs are the same of all, products and conversions each part's own. */
function countsOf(parts: readonly DenseCounts[]): DenseCounts {
  const sum = (key: 'litSamples' | 'clippedConversions') => parts.reduce((total, counts) => total + counts[key], 0);
  return { ...parts[0]!, litSamples: sum('litSamples'), clippedConversions: sum('clippedConversions') };
}

type Numbers = Float32Array | Float64Array | Int32Array;

/** Rows of parts side by side in `all`, [rows][filters of the layer]. */
function joinRows<A extends Numbers>(parts: readonly FilterPart[], rows: number, values: readonly A[], all: A): A {
  parts.forEach(({ program: { filters }, first, of }, p) => {
    for (let row = 0; row < rows; row++)
      all.set(values[p]!.subarray(row * filters, (row + 1) * filters), row * of + first);
  });
  return all;
}

/** Lumped taps of an image, by part, as one. */
function joinLumped(parts: readonly FilterPart[], taps: readonly LumpedTap[]): LumpedTap {
  const joined = (key: 'value' | 'variance') =>
    joinRows(
      parts,
      1,
      taps.map((tap) => tap[key]),
      new Float64Array(parts[0]!.of),
    );
  return { value: joined('value'), variance: joined('variance') };
}

/** Taps of one pass, by part, as one. */
function joinTaps(parts: readonly FilterPart[], taps: readonly Tap[]): Tap {
  const rows = taps[0]!.k!.length;
  const size = rows * parts[0]!.of;
  const u = taps.map((tap) => tap.u);
  const codes = taps.map((tap) => tap.adcCode);
  return {
    ...taps[0]!,
    u: joinRows(parts, rows, u, new Float64Array(size)),
    adcCode: codes[0] ? joinRows(parts, rows, codes as Int32Array[], new Int32Array(size)) : null,
    clippedConversions: taps.reduce((sum, { clippedConversions }) => sum + clippedConversions, 0),
  };
}

/**
 * The layer of these parts.
 * @param load brings a part into memory; the one before may give way.
 */
export function loadInParts(
  program: DenseProgram,
  parts: readonly FilterPart[],
  load: (part: FilterPart) => LoadedDense,
): LoadedDense {
  const outputsOf = (y: Float32Array, { first, program: { filters } }: FilterPart) =>
    y.subarray(first, first + filters);
  const runMany: LoadedDense['runMany'] = (x, y, options) => {
    const images = options.images.length;
    const outputs: Float32Array[] = [];
    const taps: LumpedTap[][] = [];
    const counts = parts.map((part) => {
      const ofPart = new Float32Array(images * part.program.filters);
      outputs.push(ofPart);
      const lumpedTaps = options.lumpedTaps && [];
      if (lumpedTaps) taps.push(lumpedTaps);
      return load(part).runMany!(x, ofPart, { ...options, lumpedTaps });
    });
    joinRows(parts, images, outputs, y);
    for (let image = 0; options.lumpedTaps && image < images; image++)
      options.lumpedTaps.push(
        joinLumped(
          parts,
          taps.map((ofPart) => ofPart[image]!),
        ),
      );
    return Array.from(options.images, (_, image) => countsOf(counts.map((ofPart) => ofPart[image]!)));
  };
  return {
    program,
    run(x, y, options) {
      const { tap, ...given } = options;
      const taps: Tap[][] = [];
      const counts = parts.map((part) => {
        const ofPart: Tap[] = [];
        taps.push(ofPart);
        return load(part).run(x, outputsOf(y, part), { ...given, ...(tap ? { tap: ofPart } : {}) });
      });
      tap?.push(
        ...taps[0]!.map((_, pass) =>
          joinTaps(
            parts,
            taps.map((ofPart) => ofPart[pass]!),
          ),
        ),
      );
      return countsOf(counts);
    },
    lump(x, y, options) {
      const { tap, ...given } = options;
      const taps: LumpedTap[] = [];
      const counts = parts.map((part) => {
        const ofPart = emptyLumpedTap();
        taps.push(ofPart);
        return load(part).lump!(x, outputsOf(y, part), { ...given, ...(tap ? { tap: ofPart } : {}) });
      });
      if (tap) Object.assign(tap, joinLumped(parts, taps));
      return countsOf(counts);
    },
    ...(mayRunTogether(program) ? { runMany } : {}),
    hold: (x, held) => countsOf(parts.map((part) => load(part).hold(x, held))),
  };
}
