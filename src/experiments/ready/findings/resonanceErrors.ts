/** What `resonance-errors` shows, beside what a ring's slope makes of its residual. */
import { detuning_nm, type Ring, ringConstants, transmission } from '../../../hardware/optics/ring.js';
import type { AxisValue, PointSummary } from '../../sweep/types.js';
import { type Curve, pointsAlong, thresholdAlong, valuesOf } from '../method/curve.js';
import type { Evidence } from '../method/evidence.js';
import { marginText, standingOf, wherePhrase } from '../method/words.js';
import { layerBits, measuredLayers, OPERATING, overlap, type Range, rangeOf, slope } from './curves.js';
import { listed, picometres, rangeText, standingOfPoints, three } from './findingText.js';

const RESIDUAL = 'tuning.trimResidual_nm';
const Q = 'microring.qualityFactor';
const SAMPLES = 512;

/** RMS over weights uniform in [0, 1] of the error that a normal resonance error of `sigma_nm` makes, over full scale. */
export function weightError(ring: Ring, sigma_nm: number): number {
  let squares = 0;
  for (let i = 0; i < SAMPLES; i++) {
    const t = ring.Tmin + ((i + 0.5) / SAMPLES) * (ring.Tfs - ring.Tmin);
    const delta = detuning_nm(ring, t);
    const step = ring.linewidth_nm * 1e-4;
    const steepness = (transmission(ring, -(delta + step)) - transmission(ring, -(delta - step))) / (2 * step);
    squares += (steepness * sigma_nm) ** 2;
  }
  return Math.sqrt(squares / SAMPLES) / (ring.Tfs - ring.Tmin);
}

type Sweep = Pick<Evidence, 'manifest'>;

const curveOf = (q: AxisValue): Curve => ({ along: RESIDUAL, fixed: { [Q]: q }, worse: 'up' });

export const resonanceErrorsCurves = (sweep: Sweep): Curve[] => valuesOf(sweep, Q).map(curveOf);

function thresholds(evidence: Evidence) {
  return (valuesOf(evidence, Q) as number[]).map((q) => {
    const threshold = thresholdAlong(evidence, curveOf(q));
    return { q, threshold, range: rangeOf(threshold) };
  });
}

export function resonanceErrorsHeadline(evidence: Evidence): string {
  const found = thresholds(evidence);
  const parts = found.map(({ q, threshold }) => `${wherePhrase(threshold, { show: picometres })} at Q ${q}`);
  return (
    `more than ${marginText(evidence.margin)} is lost, of residuals, ${listed(parts)}` +
    standingOf(found.map(({ threshold }) => threshold))
  );
}

/** Bits a layer loses for each doubling of the residual where the residual is what limits it. */
function steepness(points: readonly PointSummary[]): string | null {
  const large = points.slice(-4);
  const layers = measuredLayers(large);
  if (layers.length === 0) return null;
  const slopes = layers.map((layer) => {
    const bits = large.map((point) => layerBits(point, layer));
    return `${three(
      -slope(
        large.map(({ values }) => Math.log2(Number(values[RESIDUAL]))),
        bits,
      ),
    )} (${layer})`;
  });
  return listed(slopes);
}

/** Whether thresholds are the same in linewidths. */
function inLinewidths(evidence: Evidence): string[] {
  const { wavelength_nm } = evidence.settings!.hardware.microring;
  const known = thresholds(evidence).filter(({ range }) => range !== null);
  if (known.length < 2) return [];
  const ranges = known.map(({ q, range }): Range => {
    const share = (residual_nm: number) => (100 * residual_nm * q) / wavelength_nm;
    return [share(range![0]), share(range![1])];
  });
  const parts = known.map(({ q }, i) => `${rangeText(ranges[i]!)} % (Q ${q})`);
  const verdict = overlap(ranges)
    ? 'one share may lie in all of them'
    : 'no share lies in all of them, so the residual over the linewidth is not all that matters';
  return [
    `In linewidths the thresholds lie within ${listed(parts)}: ${verdict}${standingOf(known.map(({ threshold }) => threshold))}.`,
  ];
}

export function resonanceErrorsFindings(evidence: Evidence): string[] {
  const q = OPERATING.microring.qualityFactor;
  const ring = ringConstants(OPERATING);
  const bits = (sigma_nm: number) => -Math.log2(weightError(ring, sigma_nm) * Math.sqrt(12));
  const points = pointsAlong(evidence, RESIDUAL, { [Q]: q });
  const steep = steepness(points);
  return [
    ...thresholds(evidence).map(
      (found) =>
        `At Q ${found.q} more than ${marginText(evidence.margin)} is lost, of residuals, ` +
        `${wherePhrase(found.threshold, { show: picometres, detail: true })}${standingOf([found.threshold])}.`,
    ),
    ...inLinewidths(evidence),
    `The slope of the line at Q ${q} makes of a residual of 1 pm a weight of ${three(bits(0.001))} effective bits, of 10 pm ` +
      `${three(bits(0.01))}: one bit a doubling.${steep === null ? '' : ` Measured over the four largest residuals: ${steep}${standingOfPoints(points.slice(-4))}.`}`,
  ];
}
