/** What `temperature` shows. */
import type { AxisValue } from '../../sweep/types.js';
import { type Curve, thresholdAlong, valuesOf } from '../method/curve.js';
import type { Evidence } from '../method/evidence.js';
import type { Threshold } from '../method/threshold.js';
import { marginText, standingOf, wherePhrase } from '../method/words.js';
import { OPERATING, overlap, type Range, rangeOf } from './curves.js';
import { kelvin, listed, rangeText } from './findingText.js';

const OFFSET = 'tuning.temperatureOffset_K';
const Q = 'microring.qualityFactor';

type Sweep = Pick<Evidence, 'manifest'>;

/** Away from 0 on either side. */
const sides = (q: AxisValue): [colder: Curve, warmer: Curve] => [
  { along: OFFSET, fixed: { [Q]: q }, worse: 'down', side: -1 },
  { along: OFFSET, fixed: { [Q]: q }, worse: 'up', side: 1 },
];

export const temperatureCurves = (sweep: Sweep): Curve[] => valuesOf(sweep, Q).flatMap(sides);

function bothSides(evidence: Evidence, q: AxisValue, detail: boolean) {
  const [colder, warmer] = sides(q).map((curve) => thresholdAlong(evidence, curve)) as [
    Threshold<AxisValue>,
    Threshold<AxisValue>,
  ];
  const [below, above] = [colder, warmer].map((threshold) => wherePhrase(threshold, { show: kelvin, detail }));
  const text = `more than ${marginText(evidence.margin)} is lost, colder than tuned, ${below}; warmer, ${above}`;
  return { colder, warmer, text: `${text}${standingOf([colder, warmer])}` };
}

export function temperatureHeadline(evidence: Evidence): string {
  const { qualityFactor } = OPERATING.microring;
  if (!valuesOf(evidence, Q).includes(qualityFactor)) return 'not run at the preset’s quality factor';
  return `at Q ${qualityFactor} ${bothSides(evidence, qualityFactor, false).text}`;
}

export function temperatureFindings(evidence: Evidence): string[] {
  const { microring, tuning } = evidence.settings!.hardware;
  const found = (valuesOf(evidence, Q) as number[]).map((q) => ({ q, ...bothSides(evidence, q, true) }));
  const widths = found.flatMap(({ q, colder, warmer }) => {
    const [below_K, above_K] = [rangeOf(colder), rangeOf(warmer)];
    if (!below_K || !above_K) return [];
    const share = (kelvins: number) => (100 * kelvins * tuning.thermalShift_nm_per_K * q) / microring.wavelength_nm;
    const range: Range = [share(below_K[0] + above_K[0]), share(below_K[1] + above_K[1])];
    return [{ q, range, from: [colder, warmer] }];
  });
  const ranges = widths.map(({ range }) => range);
  const same = overlap(ranges)
    ? 'one share may lie in all of them'
    : 'no share lies in all of them, so other errors matter';
  const parts = widths.map(({ q, range }) => `${rangeText(range)} % (Q ${q})`);
  return [
    ...found.map(({ q, text }) => `At Q ${q} ${text}.`),
    ...(widths.length === 0
      ? []
      : [
          `At ${tuning.thermalShift_nm_per_K} nm/K the whole window between, in linewidths, is ${listed(parts)}. It should be the same ` +
            `share for every quality factor${widths.length > 1 ? `: ${same}` : ''}${standingOf(widths.flatMap(({ from }) => from))}.`,
        ]),
  ];
}
