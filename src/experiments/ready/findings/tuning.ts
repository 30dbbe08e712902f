/** What `tuning` shows. */
import type { AxisValue, PointSummary, SweepSummary } from '../../sweep/types.js';
import { curve, leastIntact, OPERATING, pointAt, valuesOf } from './curves.js';
import { loses, three } from './text.js';

const GAP = 'microring.gap_um';
const TED = 'TED';
const MODE = 'tuning.mode';

/** `tuning.mode` is no axis of the smaller sweeps. */
function withMode(
  summary: SweepSummary,
  values: Record<string, AxisValue>,
  mode = 'hybrid',
): Record<string, AxisValue> {
  return valuesOf(summary, MODE).length > 0 ? { ...values, [MODE]: mode } : values;
}

const least = (summary: SweepSummary, ted: string) =>
  leastIntact(curve(summary, GAP, withMode(summary, { [TED]: ted })), GAP);

const gap = (value: number | undefined) => (value === undefined ? 'no gap of the sweep' : `${value} um`);

export function tuningHeadline(summary: SweepSummary): string {
  return `rings need a gap of ${gap(least(summary, 'off'))} without TED and of ${gap(least(summary, 'on'))} with it`;
}

export function tuningFindings(summary: SweepSummary): string[] {
  const { gap_um } = OPERATING.microring;
  const at = (ted: string, mode: string) => pointAt(summary, withMode(summary, { [GAP]: gap_um, [TED]: ted }, mode));
  const [on, off] = [at('on', 'hybrid'), at('off', 'hybrid')];
  const thermal = valuesOf(summary, MODE).length > 0 ? at('on', 'thermal') : undefined;
  const lines = [
    `The least gap that loses less than a point is ${gap(least(summary, 'off'))} without TED and ` +
      `${gap(least(summary, 'on'))} with it; CrossLight gives 120 to 200 um and 5 um.`,
  ];
  if (on && off) {
    lines.push(`At ${gap_um} um the network ${loses(on)} with TED and ${loses(off)} without.`);
    if (on.cost && off.cost) {
      lines.push(
        `There TED saves ${three(1000 * (off.cost.power_W - on.cost.power_W))} mW of ${three(off.cost.power_W)} W.`,
      );
    }
  }
  const ratio = (a: PointSummary, b: PointSummary, what: 'latency_s' | 'energy_J') =>
    three(a.cost![what] / b.cost![what]);
  if (on?.cost && thermal?.cost) {
    lines.push(
      `Thermal instead of hybrid tuning takes ${ratio(thermal, on, 'latency_s')} times as long and ` +
        `${ratio(thermal, on, 'energy_J')} times the energy an image, and ${loses(thermal)}: each chunk is loaded in 4 us ` +
        'instead of 20 ns, but streams for longer than that.',
    );
  }
  return lines;
}
