/** What `crosstalk` shows, beside CrossLight's formula for the resolution of a bank. */
import type { AxisValue, SweepSummary } from '../../sweep/types.js';
import { curve, layerBits, leastIntact, mean, OPERATING, pointAt, valuesOf } from './curves.js';
import { listed, stillLost, three } from './text.js';

const Q = 'microring.qualityFactor';
const RINGS = 'rings';
const COMPENSATION = 'grid.compensation';

/**
 * CrossLight's resolution of a bank in bits (arXiv 2102.06960, after Duong et al. 2014): the largest sum over neighbours of
 * h^2 / (distance^2 + h^2), h half the linewidth, taken as noise of a full-scale signal.
 */
export function crosslightBits(rings: number, qualityFactor: number, wavelength_nm: number, range_nm: number): number {
  const half_nm = wavelength_nm / (2 * qualityFactor);
  const spacing_nm = range_nm / rings;
  const noise = Array.from({ length: rings }, (_, j) => {
    let sum = 0;
    for (let i = 0; i < rings; i++) {
      const distance_nm = (i - j) * spacing_nm;
      if (i !== j) sum += half_nm ** 2 / (distance_nm ** 2 + half_nm ** 2);
    }
    return sum;
  });
  return -Math.log2(Math.max(...noise));
}

const leastQ = (summary: SweepSummary, rings: AxisValue, compensation: AxisValue) =>
  leastIntact(curve(summary, Q, { [RINGS]: rings, [COMPENSATION]: compensation }), Q);

export function crosstalkHeadline(summary: SweepSummary): string {
  const rings = valuesOf(summary, RINGS).at(-1)!;
  const parts = valuesOf(summary, COMPENSATION).map((how) => {
    const largest = curve(summary, Q, { [RINGS]: rings, [COMPENSATION]: how });
    return `${leastQ(summary, rings, how) ?? `none (${stillLost(largest)} at the largest)`} with ${how}`;
  });
  return `least Q of the sweep that loses less than a point with ${rings} rings on a waveguide: ${listed(parts)}`;
}

/** Effective bits of the convolutions, mean over layers. */
function convBits(summary: SweepSummary, values: Readonly<Record<string, AxisValue>>): number {
  const point = pointAt(summary, values);
  const names = point?.layers.map(({ name }) => name).filter((name) => name.startsWith('conv')) ?? [];
  return mean(names.map((name) => layerBits(point!, name)));
}

export function crosstalkFindings(summary: SweepSummary): string[] {
  const { microring } = summary.settings!.hardware;
  const compensations = valuesOf(summary, COMPENSATION);
  const byRings = valuesOf(summary, RINGS).map((rings) => {
    const parts = compensations.map((how) => {
      const least = leastQ(summary, rings, how);
      return least === undefined ? `no Q of the sweep is enough with ${how}` : `Q ${least} is enough with ${how}`;
    });
    return `${rings} rings on a waveguide: ${listed(parts)} (less than a point lost).`;
  });
  const rings = valuesOf(summary, RINGS).at(-1) as number;
  const { wavelength_nm, freeSpectralRange_nm } = microring;
  const formulaAt = (q: number) => crosslightBits(rings, q, wavelength_nm, freeSpectralRange_nm);
  const measuredAt = (q: number, how: AxisValue) => convBits(summary, { [Q]: q, [RINGS]: rings, [COMPENSATION]: how });
  const formula = (valuesOf(summary, Q) as number[]).flatMap((q) => {
    const measured = compensations.map((how) => ({ how, bits: measuredAt(q, how) }));
    if (measured.some(({ bits }) => Number.isNaN(bits))) return [];
    return [`Q ${q}: ${three(formulaAt(q))} (${listed(measured.map(({ how, bits }) => `${three(bits)} ${how}`))})`];
  });
  const q = OPERATING.microring.qualityFactor;
  const sharpest = Math.max(...(valuesOf(summary, Q) as number[]));
  const gained = Math.max(...compensations.filter((how) => how !== 'none').map((how) => measuredAt(q, how)));
  return [
    ...byRings,
    ...(formula.length === 0
      ? []
      : [
          `CrossLight's formula counts what neighbours take from a channel as noise. Its bits for ${rings} rings, and the mean ` +
            `effective bits of the convolutions measured, all other effects included: ${formula.join('; ')}. Below 0 ` +
            'the error is larger than full scale.',
        ]),
    ...(gained > formulaAt(q)
      ? [
          `Compensated, Q ${q} has ${three(gained)} bits where the formula has ${three(formulaAt(q))}: most of what neighbours take from a ` +
            'channel is the same whatever they hold, a gain that can be put back and no noise.',
        ]
      : []),
    ...(measuredAt(sharpest, 'full') < formulaAt(sharpest)
      ? [
          `The sharpest rings, Q ${sharpest}, have fewer bits than the formula's: it knows no resonance errors, which a ` +
            'steeper line makes larger.',
        ]
      : []),
  ];
}
