/** What `adc-bits` shows. */
import type { AxisValue, PointSummary } from '../../sweep/types.js';
import { type Curve, pointAt, pointsAlong, thresholdAlong, valuesOf } from '../method/curve.js';
import type { Evidence } from '../method/evidence.js';
import { marginText, standingOf, wherePhrase } from '../method/words.js';
import { layerBits, measuredLayers, slope } from './curves.js';
import { listed, loses, standingOfPoints, three } from './findingText.js';

type LayerSummary = PointSummary['layers'][number];

const BITS = 'adc.bits';
const RANGE = 'adc.range';
const SIZE = 'vector size';
/** From here on other errors are as large as the converter's. */
const COARSE = 6;
/** Below, the step is larger than most partial sums, which then round to 0: no error like noise. */
const TESTED = 8;

type Size = Readonly<Record<string, number>>;

const sizesOf = (sweep: Pick<Evidence, 'manifest'>): Size[] => {
  const sizes = valuesOf(sweep, SIZE) as number[];
  return sizes.length > 0 ? sizes.map((n) => ({ [SIZE]: n })) : [{}];
};

const curveOf = (range: AxisValue, size: Size): Curve => ({
  along: BITS,
  fixed: { [RANGE]: range, ...size },
  worse: 'down',
});

export const adcBitsCurves = (sweep: Pick<Evidence, 'manifest'>): Curve[] =>
  sizesOf(sweep).flatMap((size) => valuesOf(sweep, RANGE).map((range) => curveOf(range, size)));

/** Points that sentences name beside those of the curves. */
export const adcBitsPoints = (sweep: Pick<Evidence, 'manifest'>) =>
  sizesOf(sweep).map((size) => ({ [BITS]: 8, [RANGE]: 'calibrated', ...size }));

const bits = (value: AxisValue) => `${value} bits`;
const named = (range: AxisValue) => (typeof range === 'number' ? `range ${range}` : `a ${range} range`);

/** One line: bits that are enough. */
export function adcBitsHeadline(evidence: Evidence): string {
  const size = sizesOf(evidence)[0]!;
  const ranges = valuesOf(evidence, RANGE);
  const found = ranges.map((range) => thresholdAlong(evidence, curveOf(range, size)));
  const parts = found.map((threshold, i) => `${wherePhrase(threshold, { show: bits })} with ${named(ranges[i]!)}`);
  return `more than ${marginText(evidence.margin)} is lost ${listed(parts)}${standingOf(found)}`;
}

function byRange(evidence: Evidence, size: Size): string[] {
  const here = Object.values(size).map((n) => `n = ${n}`)[0] ?? 'the preset’s size';
  const sentences = valuesOf(evidence, RANGE).map((range) => {
    const threshold = thresholdAlong(evidence, curveOf(range, size));
    return (
      `At ${here} with ${named(range)} more than ${marginText(evidence.margin)} is lost ` +
      `${wherePhrase(threshold, { show: bits, detail: true })}${standingOf([threshold])}.`
    );
  });
  const eight = pointAt(evidence, { [BITS]: 8, [RANGE]: 'calibrated', ...size });
  return eight
    ? [
        ...sentences,
        `At ${here} 8 bits, calibrated, ${loses(eight).replace('loses', 'lose')}${standingOfPoints([eight])}.`,
      ]
    : sentences;
}

/** Rounding: an ADC bit is an effective bit. */
function closedForm(summary: Evidence, size: Size): string[] {
  const coarse = pointsAlong(summary, BITS, { [RANGE]: 'calibrated', ...size }).filter(
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
      `${coarse.at(-1)!.values[BITS]} bits: ${listed(layers.map((layer, i) => `${three(slopes[i]!)} (${layer})`))}${standingOfPoints(coarse)}.`,
  ];
  return [...lines, ...rangeForm(summary, size)];
}

/** RMS error of a layer beyond that of the finest converter, errors taken as independent; null where there is none. */
function roundingError(coarse: LayerSummary | undefined, fine: LayerSummary | undefined): number | null {
  if (!coarse || !fine || !(coarse.rms > fine.rms)) return null;
  return Math.sqrt(coarse.rms ** 2 - fine.rms ** 2);
}

/** A range r times as wide makes the rounding error r times as large. */
function rangeForm(summary: Evidence, size: Size): string[] {
  const given = valuesOf(summary, RANGE).find((range) => typeof range === 'number');
  const n = size[SIZE];
  if (typeof given !== 'number' || n === undefined) return [];
  const finest = Math.max(...(valuesOf(summary, BITS) as number[]));
  const at = (bits: number, range: string | number, layer: string) =>
    pointAt(summary, { [BITS]: bits, [RANGE]: range, ...size })?.layers.find(({ name }) => name === layer);
  const layers = summary.points[0]?.layers.map(({ name }) => name).filter((name) => name.startsWith('conv')) ?? [];
  const used = [TESTED, finest].flatMap((bits) =>
    ['full', given].map((range) => pointAt(summary, { [BITS]: bits, [RANGE]: range, ...size })),
  );
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
      `layers that do not clip. Measured at ${TESTED} bits, the error at ${finest} bits taken off: ${listed(ratios)}${standingOfPoints(used)}.`,
  ];
}

export function adcBitsFindings(evidence: Evidence): string[] {
  const sizes = sizesOf(evidence);
  return [...sizes.flatMap((size) => byRange(evidence, size)), ...closedForm(evidence, sizes[0]!)];
}
