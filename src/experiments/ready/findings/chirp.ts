/** What `chirp` shows: what chirp the weights stand, what the tuning point is worth, and what published VCSELs have. */
import type { AxisValue } from '../../sweep/types.js';
import { type Curve, marginOf, pointAt, thresholdAlong, type Values, valuesOf } from '../method/curve.js';
import { type Evidence, lossAgainst } from '../method/evidence.js';
import type { Threshold } from '../method/threshold.js';
import { lossText, marginText, standingOf, wherePhrase } from '../method/words.js';
import { OPERATING, overlap, type Range, rangeOf } from './curves.js';
import { listed, loses, picometres, rangeText, standingOfPoints, three } from './findingText.js';

const CHIRP = 'vcsel.chirp_nm';
const Q = 'microring.qualityFactor';
const TUNED = 'vcsel.tuningPoint';
/** At which both tuning points are set beside each other. */
const COMPARED_NM = 0.03;

/**
 * Fast (adiabatic) chirp of a tunable InP VCSEL: alpha 2.75, kappa 8.3e12, taken as Hz/W (Photonics 5(4), 51 (2018)), alpha kappa P /
 * (4 pi) in Hz (Koch and Bowers, Electron. Lett. 20, 1038 (1984)).
 */
const [ALPHA, KAPPA_HZ_PER_W] = [2.75, 8.3e12];
/** Of a VCSEL with direct current, heat included (APS March Meeting 2008, abstract R1.121). */
const STATIC_NM_PER_MA = 0.78;
const LIGHT_NM_PER_S = 299_792_458e9;

/** Chirp of the published VCSEL from no light to full scale, nm. */
export function publishedChirp_nm(opticalPower_mW: number, wavelength_nm: number): number {
  const shift_Hz = (ALPHA * KAPPA_HZ_PER_W * opticalPower_mW * 1e-3) / (4 * Math.PI);
  return (shift_Hz * wavelength_nm ** 2) / LIGHT_NM_PER_S;
}

type Sweep = Pick<Evidence, 'manifest'>;

const q0 = OPERATING.microring.qualityFactor;
const curveOf = (q: AxisValue, tuned: AxisValue, ofMargin?: number): Curve => ({
  along: CHIRP,
  fixed: { [Q]: q, [TUNED]: tuned },
  worse: 'up',
  ...(ofMargin === undefined ? {} : { ofMargin }),
});

export const chirpCurves = (sweep: Sweep): Curve[] => [
  ...valuesOf(sweep, Q).map((q) => curveOf(q, 'light')),
  curveOf(q0, 'light', 0.5),
  curveOf(q0, 'stream'),
];

/** Points that sentences name beside those of the curves. */
export const chirpPoints = (): Values[] =>
  ['light', 'stream'].map((tuned) => ({ [CHIRP]: COMPARED_NM, [Q]: q0, [TUNED]: tuned }));

const NAMES: Readonly<Record<string, string>> = { light: 'where their light is', stream: "at the stream's mean" };

function found(evidence: Evidence, curve: Curve, detail = false) {
  const threshold = thresholdAlong(evidence, curve);
  const where = wherePhrase(threshold, { show: picometres, detail });
  return { threshold, where, text: `more than ${marginText(marginOf(evidence, curve))} is lost, of chirp, ${where}` };
}

export function chirpHeadline(evidence: Evidence): string {
  const [light, stream] = ['light', 'stream'].map((tuned) => found(evidence, curveOf(q0, tuned)));
  return (
    `at Q ${q0}, sources tuned ${NAMES['light']}, ${light!.text}; tuned ${NAMES['stream']}, ${stream!.where}` +
    standingOf([light!.threshold, stream!.threshold])
  );
}

/** Whether thresholds are the same in linewidths. */
function inLinewidths(evidence: Evidence): string[] {
  const { wavelength_nm } = OPERATING.microring;
  const known = (valuesOf(evidence, Q) as number[]).flatMap((q) => {
    const { threshold } = found(evidence, curveOf(q, 'light'));
    const range = rangeOf(threshold);
    const share = (chirp_nm: number) => (100 * chirp_nm * q) / wavelength_nm;
    return range ? [{ q, threshold, range: [share(range[0]), share(range[1])] satisfies Range as Range }] : [];
  });
  if (known.length < 2) return [];
  const verdict = overlap(known.map(({ range }) => range))
    ? 'one share may lie in all of them'
    : 'no share lies in all of them, so chirp over the linewidth is not all that matters';
  return [
    `In linewidths the chirps that are stood lie within ${listed(known.map(({ q, range }) => `${rangeText(range)} % (Q ${q})`))}: ` +
      `${verdict}${standingOf(known.map(({ threshold }) => threshold))}.`,
  ];
}

/** What the tuning point is worth, at one chirp and in chirp. */
function byTuningPoint(evidence: Evidence): string[] {
  const [light, stream] = chirpPoints().map((values) => pointAt(evidence, values));
  const [ofLight, ofStream] = ['light', 'stream'].map((tuned) => found(evidence, curveOf(q0, tuned)).threshold);
  const [near, far] = [rangeOf(ofStream!), rangeOf(ofLight!)];
  const lines: string[] = [];
  if (light && stream) {
    const between = lossAgainst(light, stream);
    lines.push(
      `At ${picometres(COMPARED_NM)} and Q ${q0} the network ${loses(light)} with sources tuned ${NAMES['light']} and ${loses(stream)} ` +
        `tuned ${NAMES['stream']}${between ? `, ${lossText(between)} more on the same images and chips` : ''}${standingOfPoints([light, stream])}.`,
    );
  }
  if (near && far && near[0] > 0) {
    lines.push(
      `Tuned ${NAMES['light']}, the design stands ${three(far[0] / near[1])} to ${three(far[1] / near[0])} times the chirp that it ` +
        `stands tuned ${NAMES['stream']}${standingOf([ofLight!, ofStream!])}.`,
    );
  }
  return lines;
}

/** Where a chirp lies on a curve. */
function placeOf(threshold: Threshold<AxisValue>, chirp_nm: number): string {
  const kept = 'kept' in threshold ? threshold.kept : null;
  const lost = 'lost' in threshold ? threshold.lost : null;
  if (threshold.kind === 'not-monotone' || threshold.kind === 'not-run') return 'no single threshold to set it beside';
  if (lost && chirp_nm >= Number(lost.value))
    return `as much as ${picometres(lost.value)}, where that is lost, or more`;
  if (kept && chirp_nm <= Number(kept.value)) return `no more than ${picometres(kept.value)}, where it is kept`;
  return 'where neither is shown';
}

function besidePublished(evidence: Evidence): string[] {
  const { opticalPower_mW } = OPERATING.vcsel;
  const fast_nm = publishedChirp_nm(opticalPower_mW, OPERATING.microring.wavelength_nm);
  const { threshold } = found(evidence, curveOf(q0, 'light', 0.5));
  const margin = marginText(0.5 * evidence.margin);
  const lost = 'lost' in threshold && threshold.kind !== 'not-monotone' ? threshold.lost : null;
  const still =
    lost && Number(lost.value) > 0
      ? `; with direct current, heat included, ${STATIC_NM_PER_MA} nm/mA (APS March Meeting 2008, R1.121), ${picometres(lost.value)} are reached ` +
        `by ${three((1000 * Number(lost.value)) / STATIC_NM_PER_MA)} uA of drive`
      : '';
  return [
    `From alpha ${ALPHA} and kappa ${KAPPA_HZ_PER_W} (taken as Hz/W) of a published tunable InP VCSEL (Photonics 5(4), 51 (2018)) its fast chirp, ` +
      `alpha kappa P / (4 pi), is ${picometres(fast_nm)} over ${opticalPower_mW} mW: beside a ` +
      `loss of ${margin} at Q ${q0}, sources tuned ${NAMES['light']}, that is ${placeOf(threshold, fast_nm)}${still}${standingOf([threshold])}.`,
  ];
}

export function chirpFindings(evidence: Evidence): string[] {
  const line = (q: AxisValue, tuned: string, ofMargin?: number) => {
    const { text, threshold } = found(evidence, curveOf(q, tuned, ofMargin), true);
    return `At Q ${q}, sources tuned ${NAMES[tuned]}, ${text}${standingOf([threshold])}.`;
  };
  return [
    ...valuesOf(evidence, Q).map((q) => line(q, 'light')),
    line(q0, 'light', 0.5),
    line(q0, 'stream'),
    ...byTuningPoint(evidence),
    ...inLinewidths(evidence),
    ...besidePublished(evidence),
  ];
}
