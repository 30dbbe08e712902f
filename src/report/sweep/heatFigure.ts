/** A quantity over two axes as coloured cells. */
import { mean } from '../../base/statistics/moments.js';
import type { AxisValue, Quantity, SweepAxis, SweepSummary } from '../../experiments/sweep/types.js';
import { fitted, PANEL_WIDTH, renderFigure } from '../kit/figures/frame.js';
import { heatPanel } from '../kit/figures/heatPanel.js';
import { capitalised } from './lineFigure.js';
import { type Drawing, meanText, pointData } from './pointData.js';
import { axisUnit, QUANTITY_TEXTS, quantityText } from './quantities.js';
import { axisNamed, scaleOf, valuesOf, valueText, varyingAxes, withoutUnit } from './sweepAxes.js';

const FACET_WIDTH = 440;
/** Colours that the legend shows. */
const LEGEND_STEPS = 5;

/** Texts that tell values apart; two that read alike are written in full. */
function distinctTexts(values: readonly (string | number | boolean | null)[]): string[] {
  const texts = values.map(valueText);
  return new Set(texts).size === texts.length ? texts : values.map((value) => JSON.stringify(value));
}

/** As many decimals as tell the values apart, at most three. */
function decimalsFor(values: readonly number[]): (value: number) => string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const span = high - low || Math.abs(high) || 1;
  const decimals = Math.min(3, Math.max(0, 2 - Math.floor(Math.log10(span))));
  return (value) => value.toFixed(decimals);
}

/** Values of an axis from low to high, or as they are listed. */
function ordered(summary: SweepSummary, axis: SweepAxis, direction: 1 | -1): AxisValue[] {
  const values = valuesOf(summary, axis);
  return scaleOf(axis, values).isNumeric ? values.sort((a, b) => direction * (Number(a) - Number(b))) : values;
}

/** `value` over axes `x` and `y`, one panel a value of `facet`. */
export function heatFigure(
  summary: SweepSummary,
  wish: { readonly x: string; readonly y: string; readonly value: Quantity; readonly facet?: string },
): Drawing | null {
  const [x, y] = [axisNamed(summary, wish.x), axisNamed(summary, wish.y)];
  const facet = wish.facet === undefined ? null : axisNamed(summary, wish.facet);
  const { title: quantity, value: read } = QUANTITY_TEXTS[wish.value];
  const numbers = summary.points.flatMap((point) => read(point) ?? []);
  if (numbers.length === 0) return null;
  const unit = axisUnit(wish.value, numbers);
  // Up is more.
  const [columns, rows] = [ordered(summary, x, 1), ordered(summary, y, -1)];
  const facets = (facet ? valuesOf(summary, facet) : [null]).map((facetValue) => ({
    title: facet ? `${withoutUnit(facet.label)} ${valueText(facetValue)}` : '',
    cells: rows.map((row) =>
      columns.map((column) => {
        const present = summary.points
          .filter(({ values }) => (values[x.name] ?? null) === column && (values[y.name] ?? null) === row)
          .filter(({ values }) => !facet || (values[facet.name] ?? null) === facetValue)
          .flatMap((point) => read(point) ?? []);
        return present.length === 0 ? null : mean(present) * unit.factor;
      }),
    ),
  }));
  const known = facets.flatMap(({ cells }) => cells.flat().filter((cell) => cell !== null));
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const width = facet ? FACET_WIDTH : Math.max(PANEL_WIDTH, Math.min(900, 120 + columns.length * 56));
  const panels = facets.map(({ title, cells }) =>
    heatPanel({
      title: fitted(title, width - 20, 15),
      xLabel: fitted(x.label, width - 92),
      yLabel: fitted(y.label, 260),
      columns: distinctTexts(columns),
      rows: distinctTexts(rows),
      values: cells,
      format: decimalsFor(known),
      hint: (r, c) =>
        `${withoutUnit(x.label)} ${valueText(columns[c])}, ${withoutUnit(y.label)} ${valueText(rows[r])}: ` +
        `${quantity} ${quantityText(wish.value, cells[r]![c]! / unit.factor)}`,
      showEmpty: true,
      legend: Array.from({ length: LEGEND_STEPS }, (_, i) => low + (i / (LEGEND_STEPS - 1)) * (high - low)),
      domain: [low, high],
      width,
      height: Math.max(200, Math.min(560, 90 + rows.length * 34)),
    }),
  );
  const title = `${capitalised(quantity)} over ${withoutUnit(x.label)} and ${withoutUnit(y.label)}`;
  const others = varyingAxes(summary).filter((axis) => ![x, y, facet].includes(axis));
  return {
    title,
    caption: `${title}; colour is ${unit.label}, a dash a point that is not there.${meanText(others.map(({ label }) => withoutUnit(label)))}`,
    svg: renderFigure({
      title,
      subtitle: `${summary.manifest.title}; colour: ${unit.label}`,
      panels,
      columns: Math.min(2, panels.length),
    }),
    data: pointData(summary, [wish.value]),
  };
}
