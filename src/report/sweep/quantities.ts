/** What figures and tables show of a sweep's point: value, interval, and how it is written. */

import { formatShare, formatSi, SI_PREFIXES } from '../../base/text/units.js';
import type { PointSummary, Quantity } from '../../experiments/sweep/types.js';

interface QuantityText {
  /** In running text. */
  readonly title: string;
  /** Unit before any prefix; '%' for shares, which are drawn as per cent. */
  readonly unit: string;
  readonly better: 'more' | 'less';
  readonly value: (point: PointSummary) => number | null;
  /** 95 % interval, where there is one. */
  readonly interval?: (point: PointSummary) => readonly [number, number];
}

const cost = (key: keyof NonNullable<PointSummary['cost']>) => (point: PointSummary) => point.cost?.[key] ?? null;

export const QUANTITY_TEXTS: Readonly<Record<Quantity, QuantityText>> = {
  accuracy: {
    title: 'accuracy',
    unit: '%',
    better: 'more',
    value: ({ accuracy }) => accuracy,
    interval: ({ interval95 }) => interval95,
  },
  accuracyLoss: {
    title: 'accuracy loss',
    unit: '%',
    better: 'less',
    value: ({ change }) => -change.difference,
    interval: ({ change }) => [-change.interval95[1], -change.interval95[0]],
  },
  energy_J: { title: 'energy an image', unit: 'J', better: 'less', value: cost('energy_J') },
  latency_s: { title: 'latency', unit: 's', better: 'less', value: cost('latency_s') },
  power_W: { title: 'power', unit: 'W', better: 'less', value: cost('power_W') },
  framesPerSecond: { title: 'frames per second', unit: 'FPS', better: 'more', value: cost('framesPerSecond') },
  framesPerSecondPerWatt: {
    title: 'frames per second and watt',
    unit: 'FPS/W',
    better: 'more',
    value: cost('framesPerSecondPerWatt'),
  },
};

/** A value as people read it; a dash where there is none. */
export function quantityText(quantity: Quantity, value: number | null): string {
  if (value === null) return '–';
  const { unit } = QUANTITY_TEXTS[quantity];
  if (quantity === 'accuracyLoss') return `${(value * 100).toFixed(2)} points`;
  return unit === '%' ? formatShare(value) : formatSi(value, unit);
}

/** A unit that an axis counts in. */
export interface AxisUnit {
  /** Of the drawn number over the value. */
  readonly factor: number;
  /** Quantity with unit. */
  readonly label: string;
}

const NO_PREFIX = [1, ''] as const;

/** Per cent for shares; else the SI prefix that the largest value has. */
export function axisUnit(quantity: Quantity, values: readonly number[]): AxisUnit {
  const { title, unit } = QUANTITY_TEXTS[quantity];
  if (unit === '%') {
    return { factor: 100, label: `${title} (${quantity === 'accuracyLoss' ? 'percentage points' : '%'})` };
  }
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const [size, prefix] = SI_PREFIXES.find(([least]) => largest >= least) ?? NO_PREFIX;
  return { factor: 1 / size, label: `${title} (${prefix}${unit})` };
}
