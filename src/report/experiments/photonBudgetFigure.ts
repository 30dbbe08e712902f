/** Figure of the experiment `photon-budget`: accuracy against light, published points drawn in. */
import { wilsonInterval95 } from '../../base/statistics/wilson.js';
import { photonsOf, pointsByLight, publishedPhotons } from '../../experiments/ready/findings/photonBudget.js';
import type { SweepSummary } from '../../experiments/sweep/types.js';
import { COLOURS, INK } from '../kit/figures/figureStyle.js';
import { renderFigure } from '../kit/figures/frame.js';
import { type Line, linePanel } from '../kit/figures/linePanel.js';

const OWN = [
  ['offset', false, 'offset weights'],
  ['rails', false, 'two rails'],
  ['offset', true, "offset weights, SONIC's receiver"],
  ['rails', true, "two rails, SONIC's receiver"],
] as const;

export function photonBudgetFigure({ points }: SweepSummary): string {
  const own = OWN.map(([signs, receiver, label]): Line => {
    const along = pointsByLight(points, signs, receiver);
    const ends = along.map(({ accuracy, images }) => wilsonInterval95(Math.round(accuracy * images), images));
    return {
      label,
      x: along.map(photonsOf),
      y: along.map(({ accuracy }) => 100 * accuracy),
      low: ends.map(([low]) => 100 * low),
      high: ends.map(([, high]) => 100 * high),
      points: 'also',
      dashed: receiver,
      colour: COLOURS[signs === 'offset' ? 0 : 1]!,
    };
  }).filter(({ x }) => x.length > 0);
  const published = (label: string, of: readonly (readonly number[])[], symbol: 'diamond' | 'cross'): Line => ({
    label,
    x: of.map(([n]) => n!),
    y: of.map(([, accuracy]) => 100 * accuracy!),
    points: 'only',
    symbol,
    colour: INK,
  });
  return renderFigure({
    title: 'Accuracy against photons per multiplication',
    subtitle: 'network, simulation and measurement: Wang et al., Nature Communications 13, 123 (2022)',
    panels: [
      linePanel({
        title: '',
        xLabel: 'photons per multiplication',
        yLabel: 'accuracy (%)',
        xScale: 'log',
        yDomain: [0, 102],
        lines: [
          ...own,
          published('offset weights, published simulation', publishedPhotons.simulation, 'diamond'),
          published('measured on optics, photons detected', publishedPhotons.measured, 'cross'),
        ],
      }),
    ],
    columns: 1,
  });
}
