/** What `sonic explore` prints: how the search went, the Pareto set, and where the paper's point lies. */

import { formatCount, formatShare, formatSi, NOT_DEFINED } from '../../base/text/units.js';
import type { Exploration } from '../../experiments/exploration/exploration.js';
import { dominates } from '../../experiments/exploration/pareto.js';
import {
  type Constraint,
  type CostMetric,
  type ExplorePoint,
  METRICS,
  type Metric,
  scoresOf,
} from '../../experiments/exploration/search.js';
import { AXIS_NAMES, type Axis } from '../../experiments/exploration/space.js';
import { valueText } from '../../hardware/descriptionFiles.js';
import { type ScatterPoint, scatterPlot } from '../kit/figures/scatterPlot.js';
import { type Column, renderTable } from '../kit/table.js';

const UNITS: Readonly<Record<CostMetric, string>> = {
  fpsPerWatt: '',
  fps: '',
  energyDelay: 'Js',
  latency: 's',
  energy: 'J',
  power: 'W',
  area: 'mm2',
};

/** A value of a metric as people read it. */
export function metricText(metric: Metric, value: number | null): string {
  if (value === null) return metric === 'accuracy' ? '-' : NOT_DEFINED;
  if (metric === 'accuracy') return formatShare(value);
  return metric === 'area' ? `${value.toPrecision(4)} mm2` : formatSi(value, UNITS[metric], 4);
}

/** The paper's letter of an axis, or its path. */
function axisName(path: string): string {
  return Object.entries(AXIS_NAMES).find(([, own]) => own === path)?.[0] ?? path;
}

const COLUMNS: readonly Metric[] = ['fpsPerWatt', 'fps', 'energyDelay', 'power', 'area', 'accuracy'];

function pointTable(axes: readonly Axis[], points: readonly ExplorePoint[], paper: ExplorePoint | null): string {
  const emulated = points.some(({ accuracy }) => accuracy !== null);
  const columns = COLUMNS.filter((metric) => metric !== 'accuracy' || emulated).map(
    (metric): Column<ExplorePoint> => ({
      title: METRICS[metric].title.replace(/ \(.*/, ''),
      align: 'right',
      value: (point) => metricText(metric, metric === 'accuracy' ? point.accuracy : point.metrics[metric]),
    }),
  );
  return renderTable(points, {
    columns: [
      ...axes.map(
        ({ path }, a): Column<ExplorePoint> => ({
          title: axisName(path),
          align: 'right',
          value: ({ values }) => valueText(values[a]),
        }),
      ),
      ...columns,
      { title: '', value: (point) => (point.values === paper?.values ? 'the paper' : '') },
    ],
  });
}

/** What a chunk of a kernel is. */
const CUT = {
  slice: "cut slice by slice, as the paper's machine reads (vdu.conv.chunking slice)",
  concatenated: "concatenated over channels, which the paper's machine does not (vdu.conv.chunking concatenated)",
} as const;

/** Most rows of the Pareto set that are printed; JSON has all. */
const MAXIMUM_ROWS = 25;

const plural = (count: number, noun: string) => `${formatCount(count)} other ${noun}${count === 1 ? '' : 's'}`;

/** 'place 2 of 9', who shares it, the value and the best one. */
function placeText(exploration: Exploration, paper: ExplorePoint, metric: Metric): string {
  const { ranks, ties, points, best } = exploration;
  const isAccuracy = metric === 'accuracy';
  const count = isAccuracy ? points.filter(({ accuracy }) => accuracy !== null).length : points.length;
  const [rank, shared] = [ranks[metric]!, ties[metric]!];
  const of = `${formatCount(count)}${isAccuracy ? ' emulated' : ''}`;
  const own = metricText(metric, isAccuracy ? paper.accuracy : paper.metrics[metric]);
  const top = isAccuracy
    ? Math.max(...points.map(({ accuracy }) => accuracy ?? 0))
    : (best[metric]?.metrics[metric] ?? Number.NaN);
  const better = rank === 1 ? '' : `; the best has ${metricText(metric, top)}`;
  const place =
    shared > 0 && shared === count - 1
      ? `the same at all ${of} points`
      : `place ${formatCount(rank)} of ${of}${shared > 0 ? `, shared with ${plural(shared, 'point')}` : ''}`;
  return `${METRICS[metric].title}: ${place} (${own}${better})`;
}

/** Why a point is not in the set: one of it that is at least as good in all objectives and better in some. */
function bettered(exploration: Exploration, paper: ExplorePoint): string[] {
  const { front, points, objectives, axes, emulations } = exploration;
  const own = scoresOf(paper, objectives);
  // Where emulations ended before the set was settled, what betters it may be a point that was not emulated.
  const winner = [...front, ...points].find((point) => dominates(scoresOf(point, objectives), own));
  if (!winner) return [];
  const scores = scoresOf(winner, objectives);
  const better = objectives.filter((_, i) => scores[i]! > own[i]!).map((metric) => METRICS[metric].title);
  const at = axes.map(({ path }, a) => `${axisName(path)} = ${valueText(winner.values[a])}`).join(', ');
  const rest = better.length === objectives.length ? '' : ' and no worse in the others';
  const open = emulations !== null && winner.accuracy === null ? '; its accuracy was not emulated' : '';
  return [`  ${at} is better in ${better.join(' and ')}${rest}${open}`];
}

const boundText = ({ metric, limit, value }: Constraint) =>
  `${METRICS[metric].title} ${limit === 'most' ? 'at most' : 'at least'} ${metricText(metric, value)}`;

function paperLines(exploration: Exploration): string[] {
  const { paper, paperProblem, objectives, front } = exploration;
  if (paperProblem?.kind === 'invalid') return [`The paper's point is not valid hardware here: ${paperProblem.reason}`];
  if (paperProblem) {
    const { point, broken } = paperProblem;
    const kept = broken.map(
      (bound) =>
        `${boundText(bound)} (it has ${metricText(bound.metric, bound.metric === 'accuracy' ? point.accuracy : point.worst[bound.metric])})`,
    );
    return [`The paper's point does not keep the constraints: ${kept.join(', ')}.`];
  }
  if (!paper) return [];
  const onFront = front.some(({ values }) => values === paper.values);
  return [
    `The paper's (n, m, N, K) = (5, 50, 50, 10) is ${onFront ? '' : 'not '}in the Pareto set of ${objectives.map((m) => METRICS[m].title).join(' and ')}.`,
    ...(onFront ? [] : bettered(exploration, paper)),
    ...objectives.map((metric) => `  ${placeText(exploration, paper, metric)}`),
    ...(paper.accuracy === null || objectives.includes('accuracy')
      ? []
      : [`  emulated accuracy: ${metricText('accuracy', paper.accuracy)}`]),
  ];
}

/** The report, several lines without the last line break. */
export function renderExploration(exploration: Exploration): string {
  const { axes, networks, searched, invalid, warned, elapsed_s, points, front, objectives, paper, constraints } =
    exploration;
  const perPoint_ms = (elapsed_s / Math.max(searched, 1)) * 1000;
  const byCount = (reasons: ReadonlyMap<string, number>) => [...reasons].sort((a, b) => b[1] - a[1]).slice(0, 3);
  const header = [
    `networks   ${networks.join(', ')} (metrics are geometric means over them, constraints hold for each)`,
    `space      ${axes.map(({ path, values }) => `${axisName(path)} in {${values.map(valueText).join(', ')}}`).join(', ')}`,
    ...(axes.some(({ path }) => path === 'vdu.conv.chunking') ? [] : [`kernels    ${CUT[exploration.chunking]}`]),
    `search     ${formatCount(searched)} points in ${elapsed_s.toFixed(1)} s: ${perPoint_ms.toFixed(1)} ms a point, ${(searched / elapsed_s).toFixed(0)} points/s`,
    ...byCount(invalid).map(([reason, count]) => `refused    ${formatCount(count)}: ${reason}`),
    ...byCount(warned).map(([warning, count]) => `warning    ${formatCount(count)} of them: ${warning}`),
    `kept       ${formatCount(points.length)} points${constraints.length > 0 ? ` with ${constraints.map(boundText).join(', ')}` : ', no constraints'}`,
    `objectives ${objectives.map((metric) => `${METRICS[metric].best} ${METRICS[metric].title}`).join(', ')}; ${formatCount(front.length)} points in the Pareto set`,
    ...(exploration.emulations === null
      ? []
      : [
          `accuracy   emulated on ${formatCount(exploration.emulations.images)} images at ${formatCount(exploration.emulations.points)} points${exploration.emulations.stopped ? '; the limit was reached, so the set may lack points' : ''}`,
        ]),
  ];
  const shown = front.slice(0, MAXIMUM_ROWS);
  const more = front.length - shown.length;
  return [
    header.join('\n'),
    shown.length > 0 ? pointTable(axes, shown, paper) : 'No point keeps the constraints.',
    ...(more > 0 ? [`and ${formatCount(more)} more; --json has all`] : []),
    paperLines(exploration).join('\n'),
  ].join('\n\n');
}

/** The first two objectives as a scatter plot with Pareto set and the paper's point. */
export function explorationFigure(exploration: Exploration): string {
  const { points, front, paper, networks, objectives } = exploration;
  const [y, x] = [objectives[0]!, objectives[1] ?? (objectives[0] === 'power' ? 'fps' : 'power')];
  const scoreOf = (point: ExplorePoint, metric: Metric) =>
    (metric === 'accuracy' ? point.accuracy : point.metrics[metric]) ?? Number.NaN;
  const at = (point: ExplorePoint): ScatterPoint => ({ x: scoreOf(point, x), y: scoreOf(point, y) });
  const scale = (metric: Metric) => (metric === 'accuracy' ? 'linear' : 'log');
  return scatterPlot({
    title: `Design space: ${METRICS[y].title} against ${METRICS[x].title}`,
    subtitle: `${networks.join(', ')}; ${points.length} points`,
    xLabel: METRICS[x].title,
    yLabel: METRICS[y].title,
    xScale: scale(x),
    yScale: scale(y),
    points: points.map(at),
    front: front.map(at).sort((a, b) => a.x - b.x),
    ...(paper ? { marked: [{ ...at(paper), label: 'the paper: (5, 50, 50, 10)' }] } : {}),
  });
}
