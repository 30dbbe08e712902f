/** What `temperature` shows. */
import type { SweepSummary } from '../../sweep/types.js';
import { breaksAt, curve, OPERATING, valuesOf } from './curves.js';
import { listed, three } from './text.js';

const OFFSET = 'tuning.temperatureOffset_K';
const Q = 'microring.qualityFactor';

interface Window {
  readonly q: number;
  readonly colder_K: number | null;
  readonly warmer_K: number | null;
}

function windows(summary: SweepSummary): Window[] {
  return (valuesOf(summary, Q) as number[]).map((q) => {
    const points = curve(summary, OFFSET, { [Q]: q });
    const side = (sign: number) => points.filter(({ values }) => sign * Number(values[OFFSET]) >= 0);
    return { q, colder_K: breaksAt(side(-1).toReversed(), OFFSET), warmer_K: breaksAt(side(1), OFFSET) };
  });
}

const kelvin = (value: number | null) => (value === null ? 'beyond the sweep' : `${three(value)} K`);

export function temperatureHeadline(summary: SweepSummary): string {
  const { qualityFactor } = OPERATING.microring;
  const here = windows(summary).find(({ q }) => q === qualityFactor);
  if (!here) return 'not run at the preset’s quality factor';
  const colder_K = here.colder_K === null ? null : -here.colder_K;
  return `a point is lost ${kelvin(colder_K)} below and ${kelvin(here.warmer_K)} above the temperature of tuning (Q ${qualityFactor})`;
}

export function temperatureFindings(summary: SweepSummary): string[] {
  const { microring, tuning } = summary.settings!.hardware;
  const found = windows(summary);
  const width = ({ q, colder_K, warmer_K }: Window) => {
    if (colder_K === null || warmer_K === null) return null;
    const shift_nm = (warmer_K - colder_K) * tuning.thermalShift_nm_per_K;
    return `${three((100 * shift_nm * q) / microring.wavelength_nm)} % (Q ${q})`;
  };
  const widths = found.map(width).filter((text) => text !== null);
  return [
    `A point is lost at ${listed(found.map(({ q, colder_K, warmer_K }) => `${kelvin(colder_K)} and ${kelvin(warmer_K)} (Q ${q})`))}.`,
    ...(widths.length === 0
      ? []
      : [
          `At ${tuning.thermalShift_nm_per_K} nm/K the whole window between is, in linewidths, ${listed(widths)}: it should be ` +
            'the same share for every quality factor, as far as other errors allow.',
        ]),
  ];
}
