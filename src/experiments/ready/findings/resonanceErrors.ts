/** What `resonance-errors` shows, beside what a ring's slope makes of its residual. */
import { detuning_nm, type Ring, ringConstants, transmission } from '../../../hardware/ring.js';
import type { PointSummary, SweepSummary } from '../../sweep/types.js';
import { breaksAt, curve, isBroken, layerBits, measuredLayers, OPERATING, slope, valuesOf } from './curves.js';
import { listed, loses, three } from './text.js';

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
    const steepness = (transmission(ring, delta + step) - transmission(ring, delta - step)) / (2 * step);
    squares += (steepness * sigma_nm) ** 2;
  }
  return Math.sqrt(squares / SAMPLES) / (ring.Tfs - ring.Tmin);
}

function linewidth_nm(summary: SweepSummary, qualityFactor: number): number {
  return summary.settings!.hardware.microring.wavelength_nm / qualityFactor;
}

interface Limit {
  readonly q: number;
  readonly residual_nm: number;
}

function limits(summary: SweepSummary): Limit[] {
  return (valuesOf(summary, Q) as number[]).flatMap((q) => {
    const residual_nm = breaksAt(curve(summary, RESIDUAL, { [Q]: q }), RESIDUAL);
    return residual_nm === null ? [] : [{ q, residual_nm }];
  });
}

export function resonanceErrorsHeadline(summary: SweepSummary): string {
  const found = limits(summary).map(({ q, residual_nm }) => `${three(1000 * residual_nm)} pm (Q ${q})`);
  const from = (valuesOf(summary, Q) as number[]).flatMap((q) => {
    const first = curve(summary, RESIDUAL, { [Q]: q })[0];
    return first && isBroken(first) ? [`Q ${q} ${loses(first)} at the least residual already`] : [];
  });
  if (found.length + from.length === 0) return 'no residual of the sweep loses a point';
  const lost = found.length > 0 ? [`a point is lost at a residual of ${listed(found)}`] : [];
  return [...lost, ...from].join('; ');
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

/** How much limits differ in linewidths and in nm. */
function ratios(found: readonly Limit[], relative: readonly number[]): string {
  if (found.length < 2) return '';
  const span = (values: readonly number[]) => three(Math.max(...values) / Math.min(...values));
  return (
    `: the largest is ${span(relative)} times the smallest, where the residuals themselves differ ` +
    `${span(found.map(({ residual_nm }) => residual_nm))}-fold`
  );
}

export function resonanceErrorsFindings(summary: SweepSummary): string[] {
  const found = limits(summary);
  const relative = found.map(({ q, residual_nm }) => residual_nm / linewidth_nm(summary, q));
  const q = OPERATING.microring.qualityFactor;
  const ring = ringConstants(OPERATING);
  const bits = (sigma_nm: number) => -Math.log2(weightError(ring, sigma_nm) * Math.sqrt(12));
  const steep = steepness(curve(summary, RESIDUAL, { [Q]: q }));
  return [
    found.length === 0
      ? 'No residual of the sweep loses a point.'
      : `In linewidths a point is lost at ${listed(found.map((limit, i) => `${three(100 * relative[i]!)} % (Q ${limit.q})`))}${ratios(found, relative)}.`,
    `The slope of the line at Q ${q} makes of a residual of 1 pm a weight of ${three(bits(0.001))} effective bits, of 10 pm ` +
      `${three(bits(0.01))}: one bit a doubling.${steep === null ? '' : ` Measured over the four largest residuals: ${steep}.`}`,
  ];
}
