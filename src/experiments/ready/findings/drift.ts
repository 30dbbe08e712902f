/** What `drift` shows: how long a chip runs before it has to be calibrated again. */
import type { AxisValue } from '../../sweep/types.js';
import { type Curve, marginOf, thresholdAlong, valuesOf } from '../method/curve.js';
import type { Evidence } from '../method/evidence.js';
import { marginText, standingOf, wherePhrase } from '../method/words.js';
import { OPERATING, rangeOf } from './curves.js';
import { kelvin, rangeText, three } from './findingText.js';

const HOURS = 'tuning.hoursSinceCalibration';
const OFFSET = 'tuning.temperatureOffset_K';
/** A chip that is calibrated again and again is not to lose half of what it may lose. */
const HALF = 0.5;

type Sweep = Pick<Evidence, 'manifest'>;

const byHours = (offset_K: AxisValue, ofMargin = HALF): Curve => ({
  along: HOURS,
  fixed: { [OFFSET]: offset_K },
  worse: 'up',
  ofMargin,
});
const fresh = (side: 1 | -1): Curve => ({
  along: OFFSET,
  fixed: { [HOURS]: 0 },
  worse: side > 0 ? 'up' : 'down',
  side,
  ofMargin: HALF,
});

/** Temperature errors at which more than a fresh chip was run, beside none. */
const offsetsOf = (sweep: Sweep): AxisValue[] =>
  valuesOf(sweep, OFFSET).filter(
    (offset) =>
      offset !== 0 &&
      sweep.manifest.points.some(({ values }) => values[OFFSET] === offset && Number(values[HOURS]) > 0),
  );

export const driftCurves = (sweep: Sweep): Curve[] => [
  byHours(0),
  byHours(0, 1),
  ...offsetsOf(sweep).map((offset) => byHours(offset)),
  fresh(-1),
  fresh(1),
];

const hours = (value: AxisValue) => `${value} h`;

function found(evidence: Evidence, curve: Curve, detail = false) {
  const threshold = thresholdAlong(evidence, curve);
  const show = curve.along === HOURS ? hours : kelvin;
  return { threshold, margin: marginText(marginOf(evidence, curve)), where: wherePhrase(threshold, { show, detail }) };
}

export function driftHeadline(evidence: Evidence): string {
  const { threshold, margin, where } = found(evidence, byHours(0));
  return `without a temperature error more than ${margin} is lost, of the time since calibration, ${where}${standingOf([threshold])}`;
}

/** What lies between the two points as an interval of calibration, and the deviation that it stands for. */
function recalibration(evidence: Evidence): string[] {
  const { threshold, margin } = found(evidence, byHours(0));
  const range = rangeOf(threshold);
  if (!range) return [];
  const rate_pm = OPERATING.tuning.driftRate_pm_per_rtHour;
  const drift = range.map((h) => rate_pm * Math.sqrt(h)) as [number, number];
  return [
    `For ${margin} at the most, the chip has to be calibrated again after ${rangeText(range)} h (${rangeText([range[0] / 24, range[1] / 24])} days), ` +
      `at ${rate_pm} pm in the first hour. Resonances have then wandered by ${rangeText(drift)} pm (standard deviation) beside the ` +
      `${three(1000 * OPERATING.tuning.trimResidual_nm)} pm that trimming leaves; a rate of r pm gives (${rate_pm}/r)^2 times the hours${standingOf([threshold])}.`,
  ];
}

export function driftFindings(evidence: Evidence): string[] {
  const line = (curve: Curve, before: string) => {
    const { threshold, margin, where } = found(evidence, curve, true);
    return `${before} more than ${margin} is lost, of the time since calibration, ${where}${standingOf([threshold])}.`;
  };
  const [colder, warmer] = [found(evidence, fresh(-1), true), found(evidence, fresh(1), true)];
  return [
    line(byHours(0), 'Without a temperature error'),
    ...recalibration(evidence),
    line(byHours(0, 1), 'Without a temperature error'),
    ...offsetsOf(evidence).map((offset) => line(byHours(offset), `With a temperature error of ${kelvin(offset)}`)),
    `Freshly calibrated, more than ${colder.margin} is lost, colder than tuned, ${colder.where}; warmer, ${warmer.where}` +
      `${standingOf([colder.threshold, warmer.threshold])}.`,
  ];
}
