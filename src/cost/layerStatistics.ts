/**
 * What the predictor needs to know of a network: its weights once, so that a search over unit sizes and counts costs
 * milliseconds a point. Statistics from weights depend on the description's weightDac, batchNorm, effects, microring,
 * vcsel and vdu.signs (which codes are zero, which VCSELs stay dark), not on the rest of vdu, grid, tuning, adc or cost.
 */

import { sizeOf } from '../base/batch.js';
import { NetworkError } from '../base/errors.js';
import { type Chunking, chunkRows } from '../emulation/compiler/convRows.js';
import { compileGains } from '../emulation/compiler/gains.js';
import { vcselFloor } from '../emulation/compiler/layerConstants.js';
import { type LayerSpec, patchSize } from '../emulation/compiler/layerSpec.js';
import { macSpecs } from '../emulation/compiler/network.js';
import { type QuantisedWeights, quantiseWeights } from '../emulation/compiler/quantiseWeights.js';
import { numbersOf } from '../emulation/program/coded.js';
import type { ConvGeometry } from '../emulation/program/types.js';
import { railsOf } from '../hardware/derived.js';
import type { HardwareDescription } from '../hardware/description.js';
import { emitted } from '../hardware/optics/converter.js';
import { ringConstants } from '../hardware/optics/ring.js';
import { type LayerValues, layerValues } from '../networks/layerValues.js';
import { countParameters } from '../networks/parameters.js';
import type { Network } from '../networks/types.js';
import { type ElectronicWork, electronicWork, hasOpticalGain, readersOfInput } from './costInputs.js';

/** Magnitudes of the non-zero values in the order they fill rows, in lists that no row spans (empty ones left out), and where each begins, [lists + 1]. */
export interface HeldLists {
  readonly magnitude: Float64Array;
  readonly start: Int32Array;
  /** Filter of each list, [lists]. */
  readonly filter: Int32Array;
}

export interface LayerStatistics extends ElectronicWork {
  readonly name: string;
  readonly kind: 'conv2d' | 'dense';
  readonly passes: 1 | 2;
  readonly filters: number;
  /** Elements of the layer's input, before padding. */
  readonly inputs: number;
  /** Weights of one filter. */
  readonly patch: number;
  /** Positions (conv2d) or filters (dense). */
  readonly samplesPerRow: number;
  readonly macs: number;
  readonly outputs: number;
  readonly readsInput: boolean;
  readonly opticalGain: boolean;
  /** g_f, [filters]. */
  readonly gain: Float64Array;
  /** Share of weight codes that are not 0. */
  readonly density: number;
  /** Channels of a CONV filter's patch: as many slices it has (1 of a dense layer). */
  readonly channels: number;
  /** CONV from weights: what fills the rows under each way of cutting them. Null from sparsities. */
  readonly held: Readonly<Record<'slice' | 'concatenated', HeldLists>> | null;
  /**
   * Values of the streamed operand that meet the held one, were no activation 0: CONV: (non-zero weight, position) pairs
   * whose element is not padding; FC: emitted weights that are not 0, mean over inputs.
   */
  readonly streamed: number;
}

export interface NetworkStatistics {
  readonly name: string;
  readonly parameters: number;
  readonly layers: readonly LayerStatistics[];
}

/** How many output positions along one axis see an input element, by tap of the kernel. */
function positionsInside(geometry: ConvGeometry, axis: 0 | 1): number[] {
  const { input, output, kernel, strides, dilation, padding } = geometry;
  return Array.from({ length: kernel[axis] }, (_, tap) => {
    let inside = 0;
    for (let position = 0; position < output[axis]; position++) {
      const at = position * strides[axis] + tap * dilation[axis] - padding[axis][0];
      if (at >= 0 && at < input[axis]) inside++;
    }
    return inside;
  });
}

/** Positions that see an input element, by tap [kernel rows][kernel columns]. */
function positionsByTap(geometry: ConvGeometry): Float64Array {
  const [rows, columns] = [positionsInside(geometry, 0), positionsInside(geometry, 1)];
  return Float64Array.from({ length: rows.length * columns.length }, (_, tap) => {
    return rows[Math.floor(tap / columns.length)]! * columns[tap % columns.length]!;
  });
}

type WeightPart = Pick<LayerStatistics, 'density' | 'held' | 'streamed'>;

/** Statistics of quantised weights, [patch][filters]. */
function fromWeights(
  spec: LayerSpec,
  { value: coded, offset }: QuantisedWeights,
  hardware: HardwareDescription,
): WeightPart {
  const { filters } = spec;
  const value = numbersOf(coded);
  if (spec.kind === 'dense') {
    const floor = vcselFloor(hardware);
    let [nonZero, lit] = [0, 0];
    for (const v of value) {
      if (v === 0) continue;
      nonZero++;
      if (emitted(Math.abs(v), floor) !== 0) lit++;
    }
    return { density: nonZero / value.length, held: null, streamed: lit / spec.inputs };
  }
  const patch = patchSize(spec);
  const inside = positionsByTap(spec.geometry);
  const channels = patch / inside.length;
  const kept = offset?.kept ?? null;
  let streamed = 0;
  for (let at = 0; at < value.length; at++) {
    if (kept ? kept[at] !== 0 : value[at] !== 0) streamed += inside[Math.floor(Math.floor(at / filters) / channels)]!;
  }
  const held = (mode: Chunking['mode']) => heldLists(value, kept, filters, patch, { mode, channels });
  const [slice, concatenated] = [held('slice'), held('concatenated')];
  return { density: slice.magnitude.length / value.length, held: { slice, concatenated }, streamed };
}

/** A convolution's weights as the compiler cuts them, but in rows without end. */
function heldLists(
  value: Float64Array,
  kept: Uint8Array | null,
  filters: number,
  patch: number,
  chunking: Chunking,
): HeldLists {
  const { held, rowStart, rowFilter } = chunkRows(value, filters, patch, Number.POSITIVE_INFINITY, chunking, kept);
  return { magnitude: held.map(Math.abs), start: rowStart, filter: rowFilter };
}

/** Statistics of weights of which only the share of non-zero ones is known. */
function fromDensity(spec: LayerSpec, density: number, hardware: HardwareDescription): WeightPart {
  // Offset, a zero weight is a value like others.
  if (spec.kind === 'dense' && railsOf(hardware) === 1) return { density: 1, held: null, streamed: spec.filters };
  if (spec.kind === 'dense') return { density, held: null, streamed: density * spec.filters };
  const inside = positionsByTap(spec.geometry);
  const perTap = (density * patchSize(spec) * spec.filters) / inside.length;
  return { density, held: null, streamed: inside.reduce((sum, positions) => sum + positions * perTap, 0) };
}

function statistics(
  network: Network,
  hardware: HardwareDescription,
  part: (spec: LayerSpec, gains: ReturnType<typeof compileGains>) => WeightPart,
): NetworkStatistics {
  const work = electronicWork(network);
  const readers = readersOfInput(network);
  const layers = macSpecs(network).map((spec): LayerStatistics => {
    const gains = compileGains(spec, hardware);
    const conv = spec.kind === 'conv2d' ? spec.geometry : null;
    const positions = conv ? conv.output[0] * conv.output[1] : 1;
    return {
      name: spec.name,
      kind: spec.kind,
      passes: spec.twoPasses ? 2 : 1,
      filters: spec.filters,
      inputs: spec.kind === 'dense' ? spec.inputs : sizeOf(spec.geometry.input),
      patch: patchSize(spec),
      channels: conv ? conv.input[2] / conv.groups : 1,
      samplesPerRow: conv ? positions : spec.filters,
      macs: positions * spec.weight.length,
      outputs: positions * spec.filters,
      readsInput: readers.has(spec.name),
      opticalGain: hasOpticalGain(hardware, spec.batchNorm !== null),
      gain: gains.gain,
      ...work.get(spec.name)!,
      // All gains 0: the layer yields its shift and does no optics.
      ...(gains.gainScale === 0 ? { density: 0, held: null, streamed: 0 } : part(spec, gains)),
    };
  });
  return { name: network.name, parameters: countParameters(network), layers };
}

/**
 * Statistics of a network with its weights: which codes are zero is exact.
 * @throws CompileError where the weights do not fit a codebook that is asked for.
 */
export function weightStatistics(network: Network, hardware: HardwareDescription): NetworkStatistics {
  const ring = ringConstants(hardware);
  return statistics(network, hardware, (spec, gains) =>
    fromWeights(spec, quantiseWeights(spec, hardware, gains, ring), hardware),
  );
}

/**
 * Statistics of a network's structure and the share of zero weights, one for all MAC layers or by name (0 where absent);
 * the weights themselves are not looked at.
 * @throws NetworkError for a name that is no MAC layer, or a share outside 0 .. 1.
 */
export function sparsityStatistics(
  network: Network,
  hardware: HardwareDescription,
  weightSparsity: LayerValues,
): NetworkStatistics {
  const names = macSpecs(network).map(({ name }) => name);
  const shares = checkedShares(names, weightSparsity, 'weight sparsity', 0);
  return statistics(network, hardware, (spec) => fromDensity(spec, 1 - shares.get(spec.name)!, hardware));
}

/**
 * The share of each MAC layer: the given one, else the default.
 * @throws NetworkError for a name that is no MAC layer, or a share outside 0 .. 1.
 */
export function checkedShares(
  names: readonly string[],
  given: LayerValues,
  what: string,
  defaults: LayerValues = {},
): Map<string, number> {
  const shares = layerValues(names, given, what, defaults);
  for (const [name, share] of shares) {
    if (!(share >= 0 && share <= 1)) {
      throw new NetworkError(`${what} of '${name}' is ${share}: a share lies between 0 and 1`);
    }
  }
  return shares;
}
