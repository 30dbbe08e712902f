/** What `tolerances` shows: where each error of the devices alone costs accuracy, the others as the preset has them. */
import type { AxisValue } from '../../sweep/types.js';
import { type Curve, thresholdAlong, type Values, valuesOf } from '../method/curve.js';
import type { Evidence } from '../method/evidence.js';
import { marginText, standingOf, wherePhrase } from '../method/words.js';
import { OPERATING, rangeOf } from './curves.js';
import { picometres, rangeText, three } from './findingText.js';

interface Tolerance {
  /** In running text. */
  readonly title: string;
  readonly preset: number;
  readonly show: (value: AxisValue) => string;
}

const TOLERANCES: Readonly<Record<string, Tolerance>> = {
  'gain errors': {
    title: 'gain errors of slots and rails',
    preset: OPERATING.calibration.gainResidual,
    show: (value) => `${three(100 * Number(value))} %`,
  },
  'microring.selfHeating_nm_per_mW': {
    title: 'self-heating',
    preset: OPERATING.microring.selfHeating_nm_per_mW,
    show: (value) => `${value} nm/mW`,
  },
  'vcsel.wavelengthResidual_nm': {
    title: 'sources off their channels',
    preset: OPERATING.vcsel.wavelengthResidual_nm,
    show: picometres,
  },
  'vcsel.chirp_nm': { title: 'chirp', preset: OPERATING.vcsel.chirp_nm, show: picometres },
  'tuning.hoursSinceCalibration': {
    title: 'hours of drift',
    preset: OPERATING.tuning.hoursSinceCalibration,
    show: (value) => `${value} h`,
  },
};

type Sweep = Pick<Evidence, 'manifest'>;

const axesOf = (sweep: Sweep) => Object.keys(TOLERANCES).filter((axis) => valuesOf(sweep, axis).length > 0);

function curveOf(sweep: Sweep, along: string): Curve {
  const others = axesOf(sweep).filter((axis) => axis !== along);
  const fixed: Values = Object.fromEntries(others.map((axis) => [axis, TOLERANCES[axis]!.preset]));
  return { along, fixed, worse: 'up' };
}

export const tolerancesCurves = (sweep: Sweep): Curve[] => axesOf(sweep).map((axis) => curveOf(sweep, axis));

const found = (evidence: Evidence) =>
  axesOf(evidence).map((axis) => ({
    ...TOLERANCES[axis]!,
    threshold: thresholdAlong(evidence, curveOf(evidence, axis)),
  }));

export function tolerancesHeadline(evidence: Evidence): string {
  const all = found(evidence);
  const parts = all.map(({ title, threshold, show }) => `${title} ${wherePhrase(threshold, { show })}`);
  return `each alone, more than ${marginText(evidence.margin)} is lost: ${parts.join('; ')}${standingOf(all.map(({ threshold }) => threshold))}`;
}

export function tolerancesFindings(evidence: Evidence): string[] {
  return found(evidence).map(({ title, threshold, show, preset }) => {
    const range = rangeOf(threshold);
    const times =
      range && preset > 0
        ? `, ${rangeText([range[0] / preset, range[1] / preset])} times the preset's ${show(preset)}`
        : '';
    return (
      `Of ${title} alone, more than ${marginText(evidence.margin)} is lost ` +
      `${wherePhrase(threshold, { show, detail: true })}${times}${standingOf([threshold])}.`
    );
  });
}
