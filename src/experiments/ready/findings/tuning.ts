/** What `tuning` shows. */
import type { AxisValue, PointSummary } from '../../sweep/types.js';
import { type Curve, pointAt, thresholdAlong, type Values, valuesOf } from '../method/curve.js';
import type { Evidence } from '../method/evidence.js';
import { marginText, standingOf, wherePhrase } from '../method/words.js';
import { OPERATING } from './curves.js';
import { loses, standingOfPoints, three } from './findingText.js';

const GAP = 'microring.gap_um';
const TED = 'TED';
const MODE = 'tuning.mode';

type Sweep = Pick<Evidence, 'manifest'>;

/** `tuning.mode` is no axis of the smaller sweeps. */
const withMode = (sweep: Sweep, values: Values, mode = 'hybrid'): Values =>
  valuesOf(sweep, MODE).length > 0 ? { ...values, [MODE]: mode } : values;

const curveOf = (sweep: Sweep, ted: string): Curve => ({
  along: GAP,
  fixed: withMode(sweep, { [TED]: ted }),
  worse: 'down',
});

export const tuningCurves = (sweep: Sweep): Curve[] => ['off', 'on'].map((ted) => curveOf(sweep, ted));

/** Points that sentences name beside those of the curves. */
export const tuningPoints = (sweep: Sweep): Values[] =>
  [
    ['on', 'hybrid'],
    ['off', 'hybrid'],
    ['on', 'thermal'],
  ].map(([ted, mode]) => withMode(sweep, { [GAP]: OPERATING.microring.gap_um, [TED]: ted! }, mode));

const gap = (value: AxisValue) => `a gap of ${value} um`;

export function tuningHeadline(evidence: Evidence): string {
  const found = ['off', 'on'].map((ted) => thresholdAlong(evidence, curveOf(evidence, ted)));
  const [off, on] = found.map((threshold) => wherePhrase(threshold, { show: gap }));
  return `more than ${marginText(evidence.margin)} is lost, without TED, ${off}; with it, ${on}${standingOf(found)}`;
}

export function tuningFindings(evidence: Evidence): string[] {
  const { gap_um } = OPERATING.microring;
  const lines = ['off', 'on'].map((ted) => {
    const threshold = thresholdAlong(evidence, curveOf(evidence, ted));
    const [how, crosslight] = ted === 'on' ? ['With', '5 um'] : ['Without', '120 to 200 um'];
    return (
      `${how} TED more than ${marginText(evidence.margin)} is lost ${wherePhrase(threshold, { show: gap, detail: true })}` +
      `${standingOf([threshold])}; CrossLight gives ${crosslight}.`
    );
  });
  const at = (ted: string, mode: string) => pointAt(evidence, withMode(evidence, { [GAP]: gap_um, [TED]: ted }, mode));
  const [on, off] = [at('on', 'hybrid'), at('off', 'hybrid')];
  const thermal = valuesOf(evidence, MODE).length > 0 ? at('on', 'thermal') : undefined;
  if (on && off) {
    lines.push(
      `At ${gap_um} um the network ${loses(on)} with TED and ${loses(off)} without${standingOfPoints([on, off])}.`,
    );
    if (on.cost && off.cost) {
      const saved_mW = 1000 * (off.cost.power_W - on.cost.power_W);
      lines.push(
        `There TED ${saved_mW < 0 ? 'costs' : 'saves'} ${three(Math.abs(saved_mW))} mW of ${three(off.cost.power_W)} W.`,
      );
    }
  }
  const ratio = (a: PointSummary, b: PointSummary, what: 'latency_s' | 'energy_J') =>
    three(a.cost![what] / b.cost![what]);
  if (on?.cost && thermal?.cost) {
    lines.push(
      `Thermal instead of hybrid tuning takes ${ratio(thermal, on, 'latency_s')} times as long and ` +
        `${ratio(thermal, on, 'energy_J')} times the energy an image, and ${loses(thermal)}${standingOfPoints([thermal])}.`,
    );
  }
  return lines;
}
