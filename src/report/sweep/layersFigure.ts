/** Error of every layer on its own: bars for one point, lines over an axis, or cells where layers are many. */
import { mean } from '../../base/statistics/moments.js';
import { effectiveBits } from '../../experiments/devices/effectiveBits.js';
import type { SweepAxis, SweepSummary } from '../../experiments/sweep/types.js';
import { domainOf } from '../kit/figures/axes.js';
import { barPanel } from '../kit/figures/barChart.js';
import { colourOf } from '../kit/figures/figureStyle.js';
import { fitted, PANEL_WIDTH, type Panel, renderFigure } from '../kit/figures/frame.js';
import { heatPanel } from '../kit/figures/heatPanel.js';
import { linePanel } from '../kit/figures/linePanel.js';
import { SYMBOLS, symbolOf } from '../kit/figures/symbols.js';
import { type Drawing, meanText } from './pointData.js';
import { axisNamed, scaleOf, valuesOf, valueText, varyingAxes, withoutUnit } from './sweepAxes.js';

/** More values than these were drawn, not chosen: points between which nothing is known. */
const MOST_JOINED = 24;
const ERROR_LABEL = 'error of the layer (% of full scale)';

/** Layers in the order in which they first appear. */
function layerNames({ points }: SweepSummary): string[] {
  return [...new Set(points.flatMap(({ layers }) => layers.map(({ name }) => name)))];
}

/** Root mean square over points; NaN where none has the layer. */
function errorOf(points: SweepSummary['points'], layer: string): number {
  const squares = points.flatMap(({ layers }) =>
    layers.filter(({ name }) => name === layer).map(({ rms }) => rms ** 2),
  );
  return Math.sqrt(mean(squares));
}

function barsOf(summary: SweepSummary, names: readonly string[]): Panel {
  return barPanel({
    title: '',
    xLabel: ERROR_LABEL,
    bars: names.map((label) => ({ label, value: errorOf(summary.points, label) * 100 })),
    format: (value) => `${Number(value.toPrecision(3))} %, ${effectiveBits(value / 100).toFixed(1)} effective bits`,
  });
}

function linesOf(summary: SweepSummary, names: readonly string[], axis: SweepAxis): Panel {
  const values = valuesOf(summary, axis);
  const scale = scaleOf(axis, values);
  const sorted = [...values].sort((a, b) => scale.place(a) - scale.place(b));
  const pointsAt = sorted.map((value) => summary.points.filter((p) => (p.values[axis.name] ?? null) === value));
  const errors = names.map((name) => pointsAt.map((points) => errorOf(points, name) * 100));
  const known = errors.flat().filter(Number.isFinite);
  const isWide = known.every((error) => error > 0) && Math.max(...known) > 5 * Math.min(...known);
  return linePanel({
    title: '',
    xLabel: fitted(axis.label, PANEL_WIDTH - 92),
    yLabel: ERROR_LABEL,
    xScale: scale.kind,
    yScale: isWide ? 'log' : 'linear',
    yDomain: domainOf(known, isWide ? 'log' : 'linear', 0.06),
    ...(scale.ticks.length > 0 ? { xTicks: scale.ticks } : {}),
    ...(scale.domain ? { xDomain: scale.domain } : {}),
    lines: names.map((label, i) => ({
      label,
      x: sorted.map(scale.place),
      y: errors[i]!,
      points: scale.isNumeric && values.length <= MOST_JOINED ? 'also' : 'only',
      colour: colourOf(i),
      symbol: symbolOf(i),
      hints: sorted.map(
        (value, v) =>
          `${label}, ${withoutUnit(axis.label)} ${valueText(value)}: ${Number(errors[i]![v]!.toPrecision(3))} %`,
      ),
    })),
  });
}

function cellsOf(summary: SweepSummary, names: readonly string[], axis: SweepAxis): Panel {
  const values = valuesOf(summary, axis);
  const bits = names.map((name) =>
    values.map((value) => {
      const error = errorOf(
        summary.points.filter((p) => (p.values[axis.name] ?? null) === value),
        name,
      );
      return Number.isNaN(error) ? null : effectiveBits(error);
    }),
  );
  const known = bits.flat().filter((b): b is number => b !== null && Number.isFinite(b));
  const domain = [Math.min(...known, 0), Math.max(...known, 1)] as const;
  return heatPanel({
    title: 'effective bits of each layer',
    xLabel: fitted(axis.label, PANEL_WIDTH - 92),
    yLabel: 'layer',
    columns: values.map(valueText),
    rows: names,
    values: bits,
    format: (b) => (Number.isFinite(b) ? b.toFixed(1) : '∞'),
    showEmpty: true,
    domain,
    height: 90 + names.length * 22,
  });
}

/** Errors of the layers, over `axis` where one is given or a single one varies. */
export function layersFigure(summary: SweepSummary, wish: { readonly axis?: string }): Drawing | null {
  const names = layerNames(summary);
  if (names.length === 0) return null;
  const varying = varyingAxes(summary);
  const axis = wish.axis === undefined ? (varying[0] ?? null) : axisNamed(summary, wish.axis);
  const panel =
    axis === null || valuesOf(summary, axis).length < 2
      ? barsOf(summary, names)
      : names.length <= SYMBOLS.length
        ? linesOf(summary, names, axis)
        : cellsOf(summary, names, axis);
  const title = axis === null ? 'Error of each layer' : `Error of each layer against ${withoutUnit(axis.label)}`;
  const others = varying.filter((one) => one !== axis).map(({ label }) => withoutUnit(label));
  return {
    title,
    caption:
      `${title}: each layer is fed what the digital network feeds it; its root-mean-square error stands over the largest ` +
      `output of the digital layer. b effective bits are the error of a uniform quantiser of b bits.${meanText(others)}`,
    svg: renderFigure({ title, subtitle: summary.manifest.title, panels: [panel] }),
    data: {
      columns: [
        'point',
        ...summary.manifest.axes.map(({ name }) => name),
        'layer',
        'rms',
        'effectiveBits',
        'weightSparsity',
        'clippedShare',
      ],
      rows: summary.points.flatMap((point) =>
        point.layers.map((layer) => [
          point.index,
          ...summary.manifest.axes.map(({ name }) => point.values[name] ?? null),
          layer.name,
          layer.rms,
          layer.effectiveBits,
          layer.weightSparsity,
          layer.clippedShare,
        ]),
      ),
    },
  };
}
