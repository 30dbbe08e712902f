/** Figures of one result: where its energy and time go, and how chips differ; and of several, side by side. */

import { formatCount, formatShare } from '../../base/text/units.js';
import { DEVICES } from '../../cost/energy.js';
import type { Result } from '../../experiments/result/types.js';
import { costLine, costPanels } from '../cost/costFigure.js';
import { barPanel } from '../kit/figures/barChart.js';
import { PANEL_WIDTH, renderFigure } from '../kit/figures/frame.js';
import { scatterPanel } from '../kit/figures/scatterPlot.js';
import { stripPanel } from '../kit/figures/stripPanel.js';
import type { ReportFigure } from '../kit/reportFigure.js';

function titleOf({ network, dataset, hardware }: Result): string {
  return `${network.name} on ${dataset.name} ${dataset.split}, hardware ${hardware.name}`;
}

function chipsFigure(result: Result, name: string): ReportFigure | null {
  const { chips, accuracy } = result;
  if (!chips || chips.emulated.length < 2) return null;
  const title = 'Accuracy of every chip';
  return {
    name: `${name}_chips`,
    title,
    caption: `${title}: ${chips.emulated.length} chips on the same ${formatCount(accuracy.images)} images; a stroke their mean, below it its 95 % interval over chips (Student's t). The digital network has ${formatShare(accuracy.digital)}.`,
    svg: renderFigure({
      title,
      subtitle: titleOf(result),
      panels: [
        stripPanel({
          title: '',
          xLabel: 'accuracy (%)',
          strips: [
            {
              label: 'chips',
              values: chips.emulated.map((share) => share * 100),
              mean: chips.mean * 100,
              interval: chips.interval95 && [chips.interval95[0] * 100, chips.interval95[1] * 100],
              hints: chips.emulated.map((share, i) => `chip ${chips.chipSeeds[i]}: ${formatShare(share)}`),
            },
          ],
          rowHeight: 90,
        }),
      ],
    }),
    data: {
      columns: ['chipSeed', 'accuracy', 'changedImages'],
      rows: chips.emulated.map((share, i) => [chips.chipSeeds[i]!, share, chips.changed[i]!]),
    },
  };
}

function costFigureOf(result: Result, name: string): ReportFigure | null {
  const { cost } = result;
  if (!cost) return null;
  const title = 'Energy and time of one image by layer';
  return {
    name: `${name}_cost`,
    title,
    caption: `${title}, means over the images of the run; ${costLine(cost)}.`,
    svg: renderFigure({ title, subtitle: `${titleOf(result)}; ${costLine(cost)}`, panels: costPanels(cost) }),
    data: {
      columns: ['layer', 'latency_s', 'energy_J', ...DEVICES.map((device) => `${device}_J`)],
      rows: cost.layers.map((layer) => [
        layer.name,
        layer.latency_s,
        layer.energy_J,
        ...DEVICES.map((device) => layer.devices[device]),
      ]),
    },
  };
}

/** @param name stem of the figures' files. */
export function runFigures(result: Result, name: string): ReportFigure[] {
  return [costFigureOf(result, name), chipsFigure(result, name)].filter((figure) => figure !== null);
}

/** A result with what the report calls it. */
export interface NamedResult {
  readonly label: string;
  readonly result: Result;
}

/** Accuracies with their intervals, and against energy where that differs. */
export function comparisonFigures(results: readonly NamedResult[]): ReportFigure[] {
  const rows = results.map(({ label, result: { accuracy, cost } }) => ({
    label,
    accuracy: accuracy.emulated ?? accuracy.digital,
    interval95: accuracy.interval95,
    digital: accuracy.digital,
    energy_J: cost?.energy_J ?? null,
  }));
  const data = {
    columns: ['result', 'accuracy', 'accuracy_low95', 'accuracy_high95', 'digital', 'energy_J'],
    rows: rows.map((row) => [
      row.label,
      row.accuracy,
      row.interval95?.[0] ?? null,
      row.interval95?.[1] ?? null,
      row.digital,
      row.energy_J,
    ]),
  };
  const bars = renderFigure({
    title: 'Accuracy of the results',
    panels: [
      barPanel({
        title: '',
        xLabel: 'accuracy (%)',
        bars: rows.map(({ label, accuracy, interval95 }) => ({
          label,
          value: accuracy * 100,
          ...(interval95 ? { low: interval95[0] * 100, high: interval95[1] * 100 } : {}),
        })),
        format: (value) => `${value.toFixed(2)} %`,
      }),
    ],
  });
  const accuracies: ReportFigure = {
    name: 'results_accuracy',
    title: 'Accuracy of the results',
    caption:
      'Accuracy of the results; whiskers are 95 % intervals over images (Wilson). A result in fidelity digital has none.',
    svg: bars,
    data,
  };
  const costed = rows.filter((row) => row.energy_J !== null);
  if (new Set(costed.map(({ energy_J }) => energy_J)).size < 2) return [accuracies];
  const title = 'Accuracy against energy an image';
  return [
    accuracies,
    {
      name: 'results_energy',
      title,
      caption: `${title}; bars are 95 % intervals over images.`,
      svg: renderFigure({
        title,
        panels: [
          scatterPanel({
            title: '',
            xLabel: 'energy an image (mJ)',
            yLabel: 'accuracy (%)',
            width: PANEL_WIDTH + 80,
            points: costed.map(({ label, accuracy, interval95, energy_J }) => ({
              x: energy_J! * 1e3,
              y: accuracy * 100,
              label,
              ...(interval95 ? { low: interval95[0] * 100, high: interval95[1] * 100 } : {}),
            })),
          }),
        ],
      }),
      data,
    },
  ];
}
