/** A convolution as chunk rows on CONV units. */

import { shareableInt32 } from '../../base/sharedArrays.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { numbersOf, valuesOf } from '../program/coded.js';
import type { Banks, ConvHeating } from '../program/rows.js';
import type { Conv2dProgram } from '../program/types.js';
import type { HoldRows } from './holdRows.js';
import { type ConvSpec, patchSize } from './layerSpec.js';
import type { QuantisedWeights } from './quantiseWeights.js';

/** `held` are the numbers themselves. */
type Rows = Pick<Conv2dProgram, 'rowFilter' | 'rowStart' | 'entryK'> & { readonly held: Float64Array };

/** Where a filter's weights are cut into chunks, and how many channels its patch has. */
export interface Chunking {
  readonly mode: HardwareDescription['vdu']['conv']['chunking'];
  /** Channels of a filter's group. */
  readonly channels: number;
}

/** k of a filter's patch in the order in which chunks take them, and after how many of them a chunk must end. */
function takingOrder(patch: number, { mode, channels }: Chunking): { order: Int32Array; together: number } {
  const taps = patch / channels;
  // Of a 1 x 1 kernel a slice is one weight.
  if (mode === 'concatenated' || taps === 1)
    return { order: Int32Array.from({ length: patch }, (_, k) => k), together: patch };
  return {
    order: Int32Array.from({ length: patch }, (_, i) => (i % taps) * channels + Math.floor(i / taps)),
    together: taps,
  };
}

/**
 * Cuts each filter's kept weights into rows of `size` (section 1): by slices of one channel, or all in one list.
 * @param kept which weights take part; null: those that are not 0.
 */
export function chunkRows(
  value: Float64Array,
  filters: number,
  patch: number,
  size: number,
  chunking: Chunking,
  kept: Uint8Array | null = null,
): Rows {
  const isKept = (at: number) => (kept ? kept[at] !== 0 : value[at] !== 0);
  const { order, together } = takingOrder(patch, chunking);
  let entries = 0;
  for (let at = 0; at < value.length; at++) if (isKept(at)) entries++;
  // Rows are at most as many as entries.
  const filterOf = new Int32Array(entries);
  const startOf = new Int32Array(entries);
  let count = 0;
  const entryK = shareableInt32(entries);
  const held = new Float64Array(entries);
  let entry = 0;
  for (let f = 0; f < filters; f++) {
    let first = entry;
    for (let i = 0; i < patch; i++) {
      if (i % together === 0) first = entry;
      const k = order[i]!;
      const w = value[k * filters + f]!;
      if (!isKept(k * filters + f)) continue;
      if ((entry - first) % size === 0) {
        filterOf[count] = f;
        startOf[count++] = entry;
      }
      entryK[entry] = k;
      held[entry++] = w;
    }
  }
  const rowFilter = shareableInt32(count);
  const rowStart = shareableInt32(count + 1);
  rowFilter.set(filterOf.subarray(0, count));
  rowStart.set(startOf.subarray(0, count));
  rowStart[count] = entry;
  return { rowFilter, rowStart, entryK, held };
}

/** m_k - m0 of every patch entry, from means by (kernel row, kernel column, input channel of the layer). */
export function streamExcess({ geometry, filters }: ConvSpec, streamMean: Float64Array, operatingPoint: number) {
  const { groups } = geometry;
  const channels = geometry.input[2];
  const perGroup = channels / groups;
  const patch = geometry.kernel[0] * geometry.kernel[1] * perGroup;
  const excess = Float64Array.from({ length: groups * patch }, (_, at) => {
    const [group, k] = [Math.floor(at / patch), at % patch];
    return streamMean[Math.floor(k / perGroup) * channels + group * perGroup + (k % perGroup)]! - operatingPoint;
  });
  return { excess, patch, filtersPerGroup: filters / groups };
}

/** Rows and banks of a convolution. */
export function compileConv(
  spec: ConvSpec,
  { value, offset }: QuantisedWeights,
  hardware: HardwareDescription,
  size: number,
  heating: ConvHeating | null,
  slopes: boolean,
  hold: HoldRows,
): Pick<Conv2dProgram, keyof Rows> & Banks {
  const chunking = { mode: hardware.vdu.conv.chunking, channels: spec.geometry.input[2] / spec.geometry.groups };
  const kept = offset?.kept ?? null;
  const { held, ...rows } = chunkRows(numbersOf(value), spec.filters, patchSize(spec), size, chunking, kept);
  const coded = valuesOf(held.length, (block, from) => block.set(held.subarray(from, from + block.length)));
  return { ...rows, held: coded, ...hold({ ...rows, held: coded, heating, slopes }) };
}
