/** Points of a sweep as rows of numbers, and as one line of text. */
import type { PointSummary, Quantity, SweepSummary } from '../../experiments/sweep/types.js';
import type { DataTable } from '../kit/reportFigure.js';
import { QUANTITY_TEXTS, quantityText } from './quantities.js';
import { pointText, varyingAxes } from './sweepAxes.js';

/** What a figure function gives; null where no point has what it would draw. */
export interface Drawing {
  readonly title: string;
  readonly caption: string;
  readonly svg: string;
  readonly data: DataTable;
}

/** How intervals of accuracy are explained. */
export const INTERVAL_TEXT = 'Bars and bands are 95 % intervals over images and, where several were run, chips.';

/** Said of figures that show a part of the axes. */
export function meanText(names: readonly string[]): string {
  return names.length === 0 ? '' : ` Means over ${names.join(', ')}.`;
}

/** Every point with its axes' values and the quantities, intervals included; shares, J, s, W. */
export function pointData({ manifest, points }: SweepSummary, quantities: readonly Quantity[]): DataTable {
  const unique = [...new Set(quantities)];
  return {
    columns: [
      'point',
      ...manifest.axes.map(({ name }) => name),
      'trials',
      'images',
      ...unique.flatMap((quantity) =>
        QUANTITY_TEXTS[quantity].interval ? [quantity, `${quantity}_low95`, `${quantity}_high95`] : [quantity],
      ),
    ],
    rows: points.map((point) => [
      point.index,
      ...manifest.axes.map(({ name }) => point.values[name] ?? null),
      point.trials,
      point.images,
      ...unique.flatMap((quantity) => {
        const { value, interval } = QUANTITY_TEXTS[quantity];
        return [value(point), ...(interval?.(point) ?? [])];
      }),
    ]),
  };
}

/** 'Q 8000, bits 6: accuracy 98.51 % (97.93 % to 98.97 %), energy an image 6.44 mJ'. */
export function pointHint(summary: SweepSummary, point: PointSummary, quantities: readonly Quantity[]): string {
  const values = [...new Set(quantities)].map((quantity) => {
    const { title, value, interval } = QUANTITY_TEXTS[quantity];
    const ends = interval?.(point).map((end) => quantityText(quantity, end));
    return `${title} ${quantityText(quantity, value(point))}${ends ? ` (${ends.join(' to ')})` : ''}`;
  });
  const where = pointText(varyingAxes(summary), point);
  return `${where === '' ? '' : `${where}: `}${values.join(', ')}`;
}
