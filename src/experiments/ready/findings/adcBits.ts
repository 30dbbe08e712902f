/** What `adc-bits` shows. */
import type { PointSummary, SweepSummary } from '../../sweep/types.js';
import { curve, layerBits, leastIntact, measuredLayers, pointAt, slope, valuesOf } from './curves.js';
import { listed, loses, stillLost, three } from './text.js';

type LayerSummary = PointSummary['layers'][number];

const BITS = 'adc.bits';
const RANGE = 'adc.range';
const SIZE = 'vector size';
/** From here on other errors are as large as the converter's. */
const COARSE = 6;
/** Below, the step is larger than most partial sums, which then round to 0: no error like noise. */
const TESTED = 8;

/** One line: bits that are enough. */
export function adcBitsHeadline(summary: SweepSummary): string {
  const sizes = valuesOf(summary, SIZE);
  const size = sizes.length > 0 ? { [SIZE]: sizes[0]! } : {};
  const enough = valuesOf(summary, RANGE).map((range) => {
    const points = curve(summary, BITS, { [RANGE]: range, ...size });
    const bits = leastIntact(points, BITS) ?? `none (${stillLost(points)} at the most)`;
    return `${bits} with ${typeof range === 'number' ? `range ${range}` : `a ${range} range`}`;
  });
  return `ADC bits that lose less than a point: ${listed(enough)}`;
}

function byRange(summary: SweepSummary, size: Readonly<Record<string, number>>): string {
  const here = Object.values(size).map((n) => `n = ${n}`)[0] ?? 'the preset’s size';
  const parts = valuesOf(summary, RANGE).map((range) => {
    const bits = leastIntact(curve(summary, BITS, { [RANGE]: range, ...size }), BITS);
    return `${bits === undefined ? 'no number of bits in the sweep' : `${bits} bits`} with range ${range}`;
  });
  const eight = pointAt(summary, { [BITS]: 8, [RANGE]: 'calibrated', ...size });
  return `At ${here} it takes ${listed(parts)} to lose less than a point; 8 bits, calibrated, ${eight ? loses(eight) : 'were not run'}.`;
}

/** Rounding: an ADC bit is an effective bit. */
function closedForm(summary: SweepSummary, size: Readonly<Record<string, number>>): string[] {
  const coarse = curve(summary, BITS, { [RANGE]: 'calibrated', ...size }).filter(
    ({ values }) => Number(values[BITS]) <= COARSE,
  );
  const layers = measuredLayers(coarse);
  if (layers.length === 0 || coarse.length < 2) return [];
  const slopes = layers.map((layer) =>
    slope(
      coarse.map(({ values }) => Number(values[BITS])),
      coarse.map((point) => layerBits(point, layer)),
    ),
  );
  const lines = [
    `Rounding alone gives one effective bit a layer for every bit of the ADC. Measured from ${coarse[0]!.values[BITS]} to ` +
      `${coarse.at(-1)!.values[BITS]} bits: ${listed(layers.map((layer, i) => `${three(slopes[i]!)} (${layer})`))}.`,
  ];
  return [...lines, ...rangeForm(summary, size)];
}

/** RMS error of a layer beyond that of the finest converter, errors taken as independent; null where there is none. */
function roundingError(coarse: LayerSummary | undefined, fine: LayerSummary | undefined): number | null {
  if (!coarse || !fine || !(coarse.rms > fine.rms)) return null;
  return Math.sqrt(coarse.rms ** 2 - fine.rms ** 2);
}

/** A range r times as wide makes the rounding error r times as large. */
function rangeForm(summary: SweepSummary, size: Readonly<Record<string, number>>): string[] {
  const given = valuesOf(summary, RANGE).find((range) => typeof range === 'number');
  const n = size[SIZE];
  if (typeof given !== 'number' || n === undefined) return [];
  const finest = Math.max(...(valuesOf(summary, BITS) as number[]));
  const at = (bits: number, range: string | number, layer: string) =>
    pointAt(summary, { [BITS]: bits, [RANGE]: range, ...size })?.layers.find(({ name }) => name === layer);
  const layers = summary.points[0]?.layers.map(({ name }) => name).filter((name) => name.startsWith('conv')) ?? [];
  const ratios = layers.flatMap((layer) => {
    // What clips does not only round.
    if ((at(finest, given, layer)?.clippedShare ?? 1) > 0) return [];
    const full = roundingError(at(TESTED, 'full', layer), at(finest, 'full', layer));
    const hand = roundingError(at(TESTED, given, layer), at(finest, given, layer));
    return full === null || hand === null ? [] : [`${three(full / hand)} (${layer})`];
  });
  if (ratios.length === 0) return [];
  return [
    `The full range of a convolution unit is ${three(n / given)} times the given one, and so should the rounding error be, in ` +
      `layers that do not clip. Measured at ${TESTED} bits, the error at ${finest} bits taken off: ${listed(ratios)}.`,
  ];
}

export function adcBitsFindings(summary: SweepSummary): string[] {
  const sizes = valuesOf(summary, SIZE) as number[];
  const all = sizes.length > 0 ? sizes.map((n) => ({ [SIZE]: n })) : [{}];
  return [...all.map((size) => byRange(summary, size)), ...closedForm(summary, all[0]!)];
}
