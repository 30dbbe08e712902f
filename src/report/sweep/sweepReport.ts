/** What `sonic sweep` prints. */

import {
  formatChange,
  formatCount,
  formatDuration,
  formatPoints,
  formatShare,
  formatSi,
  NOT_DEFINED,
} from '../../base/text/units.js';
import type { PairedDifference } from '../../experiments/result/paired.js';
import type { PointPreview, SweepPreview } from '../../experiments/sweep/preview.js';
import type { SweepRun } from '../../experiments/sweep/runSweep.js';
import type { PointSummary, SweepManifest } from '../../experiments/sweep/types.js';
import { classBlock } from '../kit/dataText.js';
import { type Column, renderTable } from '../kit/table.js';
import { foldedWarnings } from './sweepFacts.js';

/** A point beside the one that all are compared with. */
export interface ComparedPoint extends PointSummary {
  /** Null for the baseline itself, and where images differ. */
  readonly againstBaseline: PairedDifference | null;
}

const interval = (bounds: readonly [number, number] | null) =>
  bounds ? `${formatShare(bounds[0])} to ${formatShare(bounds[1])}` : '';

/** A value of an axis, at most as many digits as tell it apart. */
function axisText(value: unknown): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(6))) : String(value);
}

function axisColumns<Row extends Pick<PointSummary, 'values'>>({ axes }: Pick<SweepManifest, 'axes'>): Column<Row>[] {
  return axes.map(({ name, scale }) => ({
    title: name,
    align: scale === 'categories' ? ('left' as const) : ('right' as const),
    value: ({ values }) => axisText(values[name]),
  }));
}

const number = (index: number) => String(index + 1);

/** Points of a sweep, one a line. */
function renderPoints(points: readonly ComparedPoint[], manifest: SweepManifest, baseline: number): string {
  const isSeveral = points.some(({ trials }) => trials > 1);
  const columns: Column<ComparedPoint>[] = [
    { title: '#', align: 'right', value: ({ index }) => number(index) },
    ...axisColumns<ComparedPoint>(manifest),
    { title: 'accuracy', align: 'right', value: ({ accuracy }) => formatShare(accuracy) },
    { title: '95 % interval', align: 'right', value: ({ interval95 }) => interval(interval95) },
  ];
  if (new Set(points.map(({ images }) => images)).size > 1) {
    columns.push({ title: 'images', align: 'right', value: ({ images }) => formatCount(images) });
  }
  if (isSeveral) {
    columns.push(
      { title: 'trials', align: 'right', value: ({ trials }) => String(trials) },
      { title: 'over chips', align: 'right', value: ({ trialInterval95 }) => interval(trialInterval95) },
    );
  }
  columns.push({ title: 'against digital', align: 'right', value: ({ change }) => formatChange(change) });
  if (points.length > 1) {
    columns.push({
      title: `against point ${number(baseline)}`,
      align: 'right',
      value: ({ againstBaseline }) => (againstBaseline ? formatChange(againstBaseline) : ''),
    });
  }
  columns.push(
    { title: 'energy', align: 'right', value: ({ cost }) => (cost ? formatSi(cost.energy_J, 'J') : '') },
    {
      title: 'FPS/W',
      align: 'right',
      value: ({ cost }) => (cost ? (cost.framesPerSecondPerWatt?.toPrecision(4) ?? NOT_DEFINED) : ''),
    },
  );
  return renderTable(points, { columns });
}

/** Data sets whose classes are listed; the JSON has all. */
const MOST_BLOCKS = 4;

const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Points in words: 'points 1, 2, 5'. */
function pointNames(indices: readonly number[]): string {
  const shown = indices.slice(0, 10).map(number).join(', ');
  return `${indices.length === 1 ? 'point' : 'points'} ${shown}${indices.length > 10 ? ` and ${indices.length - 10} more` : ''}`;
}

/** The table, and what there is to say of the sweep as a whole. */
export function renderSweep(
  run: SweepRun,
  points: readonly ComparedPoint[],
  { baseline, store }: { readonly baseline: number; readonly store: string },
): string {
  const { execution, summary, until, unreached, undecided } = run;
  const { manifest, missing } = summary;
  const blocks: string[] = [];
  if (points.length > 0) blocks.push(renderPoints(points, manifest, baseline));
  const used = points.flatMap(({ dataset }) => (dataset ? [classBlock(dataset, 9).join('\n')] : []));
  // Points of one data set are of the same images, unless their number is an axis.
  blocks.push(...[...new Set(used)].slice(0, MOST_BLOCKS));
  const warnings = foldedWarnings(points);
  if (warnings.length > 0) blocks.push(warnings.map((warning) => `warning: ${warning}`).join('\n'));
  const lines = [
    `${plural(execution.ran, 'trial')} run, ${execution.reused} found in ${store}` +
      (new Set(points.map(({ images }) => images)).size === 1 ? `; ${formatCount(points[0]!.images)} images each` : ''),
    'intervals: chips and images together; over chips on these images; differences in points, paired by image',
  ];
  if (until !== undefined && unreached.length > 0) {
    lines.push(
      `the interval asked for (until ${Number((100 * until).toPrecision(6))} %) is not reached at ${pointNames(unreached.map(({ index }) => index))}: ` +
        `up to ${formatPoints(Math.max(...unreached.map(({ width }) => width))).slice(1)} points wide with as many chips as allowed`,
    );
  }
  const elsewhere = undecided.filter((index) => missing.includes(index));
  if (elsewhere.length > 0 && !execution.interrupted) {
    lines.push(`not there yet: ${pointNames(elsewhere)}, of which some trials are not in the store`);
  }
  blocks.push(lines.join('\n'));
  return blocks.join('\n\n');
}

/** Of a long list of points the first and the last are shown. */
const SHOWN = [20, 5] as const;

/** What a plan would run. */
export function renderPreview({ points, estimate }: SweepPreview, manifest: Pick<SweepManifest, 'axes'>): string {
  const columns: Column<PointPreview>[] = [
    { title: '#', align: 'right', value: ({ index }) => number(index) },
    ...axisColumns<PointPreview>(manifest),
    { title: 'trials', align: 'right', value: ({ trials }) => String(trials) },
    { title: 'stored', align: 'right', value: ({ stored }) => String(stored) },
    { title: 'images left', align: 'right', value: ({ imagesLeft }) => formatCount(imagesLeft) },
  ];
  const [first, last] = SHOWN;
  const isCut = points.length > first + last;
  const shown = isCut ? [...points.slice(0, first), ...points.slice(-last)] : points;
  const lines = renderTable(shown, { columns }).split('\n');
  if (isCut) lines.splice(2 + first, 0, `... ${points.length - first - last} more points ...`);
  const total = (key: 'trials' | 'stored' | 'imagesLeft') => points.reduce((sum, point) => sum + point[key], 0);
  const counts = `${plural(points.length, 'point')}, ${plural(total('trials'), 'trial')}, ${total('stored')} of them stored`;
  const time = estimate
    ? `${formatCount(total('imagesLeft'))} images left, about ${formatDuration(estimate.seconds)} on ${plural(estimate.threads, 'thread')}: ` +
      `measured on a few images of ${pointNames(estimate.measured)}, others by their predicted partial sums`
    : 'nothing is left to run';
  return [...lines, '', counts, time].join('\n');
}
