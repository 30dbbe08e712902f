/** What `crosstalk` shows, beside CrossLight's formula for the resolution of a bank. */
import { mean } from '../../../base/statistics/moments.js';
import type { AxisValue } from '../../sweep/types.js';
import { type Curve, pointAt, thresholdAlong, type Values, valuesOf } from '../method/curve.js';
import type { Evidence } from '../method/evidence.js';
import { marginText, standingOf, wherePhrase } from '../method/words.js';
import { layerBits, OPERATING } from './curves.js';
import { listed, standingOfPoints, three } from './findingText.js';

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

type Sweep = Pick<Evidence, 'manifest'>;

const curveOf = (rings: AxisValue, compensation: AxisValue): Curve => ({
  along: Q,
  fixed: { [RINGS]: rings, [COMPENSATION]: compensation },
  worse: 'down',
});

export const crosstalkCurves = (sweep: Sweep): Curve[] =>
  valuesOf(sweep, RINGS).flatMap((rings) => valuesOf(sweep, COMPENSATION).map((how) => curveOf(rings, how)));

const quality = (value: AxisValue) => `Q ${value}`;
const compensated = (how: AxisValue) => (how === 'none' ? 'without compensation' : `with compensation ${how}`);

export function crosstalkHeadline(evidence: Evidence): string {
  const rings = valuesOf(evidence, RINGS).at(-1)!;
  const all = valuesOf(evidence, COMPENSATION);
  const found = all.map((how) => thresholdAlong(evidence, curveOf(rings, how)));
  const parts = found.map((threshold, i) => `${wherePhrase(threshold, { show: quality })} ${compensated(all[i]!)}`);
  return `with ${rings} rings on a waveguide more than ${marginText(evidence.margin)} is lost ${listed(parts)}${standingOf(found)}`;
}

/** Effective bits of the convolutions, mean over layers. */
function convBits(evidence: Evidence, values: Values): number {
  const point = pointAt(evidence, values);
  const names = point?.layers.map(({ name }) => name).filter((name) => name.startsWith('conv')) ?? [];
  return mean(names.map((name) => layerBits(point!, name)));
}

/** Bits that were measured beside those of CrossLight's formula, with the most rings. */
function besideFormula(evidence: Evidence): string[] {
  const { microring } = evidence.settings!.hardware;
  const compensations = valuesOf(evidence, COMPENSATION);
  const rings = valuesOf(evidence, RINGS).at(-1) as number;
  const { wavelength_nm, freeSpectralRange_nm } = microring;
  const formulaAt = (q: number) => crosslightBits(rings, q, wavelength_nm, freeSpectralRange_nm);
  const valuesAt = (q: number, how: AxisValue) => ({ [Q]: q, [RINGS]: rings, [COMPENSATION]: how });
  const measuredAt = (q: number, how: AxisValue) => convBits(evidence, valuesAt(q, how));
  const all = valuesOf(evidence, Q) as number[];
  const standingAt = (...qs: number[]) =>
    standingOfPoints(qs.flatMap((q) => compensations.map((how) => pointAt(evidence, valuesAt(q, how)))));
  const known = all.filter((q) => compensations.every((how) => !Number.isNaN(measuredAt(q, how))));
  const formula = known.map((q) => {
    const measured = compensations.map((how) => `${three(measuredAt(q, how))} ${how}`);
    return `Q ${q}: ${three(formulaAt(q))} (${listed(measured)})`;
  });
  const q = OPERATING.microring.qualityFactor;
  const sharpest = Math.max(...all);
  const gained = Math.max(...compensations.filter((how) => how !== 'none').map((how) => measuredAt(q, how)));
  return [
    ...(formula.length === 0
      ? []
      : [
          `CrossLight's formula counts what neighbours take from a channel as noise. Its bits for ${rings} rings, and the mean ` +
            `effective bits of the convolutions measured, all other effects included: ${formula.join('; ')}. Below 0 ` +
            `the error is larger than full scale${standingAt(...known)}.`,
        ]),
    ...(gained > formulaAt(q)
      ? [
          `Compensated, Q ${q} has ${three(gained)} bits where the formula has ${three(formulaAt(q))}: most of what neighbours take from a ` +
            `channel is the same whatever they hold, a gain that can be put back and no noise${standingAt(q)}.`,
        ]
      : []),
    ...(measuredAt(sharpest, 'full') < formulaAt(sharpest)
      ? [
          `The sharpest rings, Q ${sharpest}, have fewer bits than the formula's: it knows no resonance errors, which a ` +
            `steeper line makes larger${standingAt(sharpest)}.`,
        ]
      : []),
  ];
}

export function crosstalkFindings(evidence: Evidence): string[] {
  const lines = valuesOf(evidence, RINGS).flatMap((rings) =>
    valuesOf(evidence, COMPENSATION).map((how) => {
      const threshold = thresholdAlong(evidence, curveOf(rings, how));
      return (
        `${rings} rings on a waveguide, ${compensated(how)}: more than ${marginText(evidence.margin)} is lost ` +
        `${wherePhrase(threshold, { show: quality, detail: true })}${standingOf([threshold])}.`
      );
    }),
  );
  return [...lines, ...besideFormula(evidence)];
}
