/** A sweep of one or two fields: points one after the other, rows as the store's table of trials has them. */
import { nearest } from '#sonic/base/text/nearest.js';
import { type Cell, trialColumns } from '#sonic/experiments/results/trialColumns.js';
import type { Trial } from '#sonic/experiments/sweep/types.js';
import { hardwareFields } from '#sonic/hardware/descriptionPaths.js';
import { parseScalar } from '#sonic/hardware/descriptionValues.js';
import { hardwareFor, pathOf } from './hardware.js';
import type { SweepFigureRequest } from './messages.js';
import type { Report } from './results.js';
import type { LabState, SweepAxis } from './state.js';

export interface SweepPoint {
  /** Of each axis, as typed. */
  readonly values: readonly string[];
  readonly settings: readonly string[];
}

const MOST_POINTS = 200;

/**
 * All points, the first axis slowest; each is checked before any runs.
 * @throws where an axis has no values, or a value is not allowed
 */
export function pointsOf({ preset, settings, sweep }: LabState): SweepPoint[] {
  if (sweep.length === 0) throw new Error('the sweep has no field; name one, such as adc.bits, and its values');
  const known = new Set(hardwareFields().map(({ path }) => path));
  for (const { path, values } of sweep) {
    if (!known.has(path)) {
      const near = nearest(path, [...known]);
      throw new Error(
        `sweep: '${path}' is no field of the hardware${near ? `, did you mean '${near}'?` : '; choose one of the list'}`,
      );
    }
    if (values.length === 0) throw new Error(`sweep: ${path} has no values; write some, such as 4, 6, 8`);
    if (new Set(values).size < values.length) throw new Error(`sweep: ${path} has a value twice; leave one out`);
  }
  if (sweep[1] && sweep[0]!.path === sweep[1].path) throw new Error('sweep: both fields are the same; choose two');
  const combined = sweep.reduce<string[][]>(
    (all, { values }) => all.flatMap((one) => values.map((v) => [...one, v])),
    [[]],
  );
  if (combined.length > MOST_POINTS)
    throw new Error(`sweep: ${combined.length} points; the page runs ${MOST_POINTS}, the command line any number`);
  const paths = sweep.map(({ path }) => path);
  const kept = settings.filter((setting) => !paths.includes(pathOf(setting)));
  return combined.map((values) => {
    const own = [...kept, ...values.map((value, a) => `${paths[a]}=${value}`)];
    hardwareFor(preset, own);
    return { values, settings: own };
  });
}

export interface SweepRow {
  readonly point: SweepPoint;
  readonly report: Report;
  readonly parameters: number;
  readonly warnings: readonly string[];
  readonly wallTime_s: number;
  /** ISO 8601. */
  readonly finishedAt: string;
}

/** What was swept: names as the store has them. */
export interface Swept {
  readonly preset: string;
  readonly network: string;
  readonly dataset: string;
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
export const ROW_COLUMNS = trialColumns(textOf);

/** A row as a trial of a store, which is what the columns are of; hashes, which name a trial in a store, are null. */
function trialOf({ preset, network, dataset }: Swept, row: SweepRow): Trial {
  const { report, parameters, warnings, wallTime_s, finishedAt, point } = row;
  const { accuracy, cost } = report;
  const { images } = accuracy;
  const trial = {
    key: null,
    identity: {
      code: null,
      network: { name: network, hash: null },
      compression: null,
      dataset: { name: dataset, split: 'test', hash: null, images },
      fidelity: 'exact',
      backend: report.backend,
      runSeed: 1,
      chipSeed: 1,
      hardware: hardwareFor(preset, point.settings),
      hardwareHash: null,
    },
    result: { network: { parameters }, accuracy, cost, warnings, run: { wallTime_s } },
    finishedAt,
  };
  return trial as unknown as Trial;
}

/** The rows as a store's table of trials has them: [row][column]. */
export const rowsOf = (swept: Swept, rows: readonly SweepRow[]): Cell[][] =>
  rows.map((row) => ROW_COLUMNS.map(({ value }) => value(trialOf(swept, row))));

const isNumbers = ({ values }: SweepAxis) => values.every((value) => typeof parseScalar(value) === 'number');

/** What is to be drawn of the points that have been run. */
export function figureOf({ sweep }: LabState, rows: readonly SweepRow[]): SweepFigureRequest {
  const [first, second] = sweep as [SweepAxis, SweepAxis?];
  const numeric = isNumbers(first);
  const xOf = (value: string) => (numeric ? (parseScalar(value) as number) : first.values.indexOf(value));
  const labels = second ? second.values : [first.path];
  const series = labels.map((label) => {
    const own = rows.filter(({ point }) => !second || point.values[1] === label);
    const sorted = [...own].sort((a, b) => xOf(a.point.values[0]!) - xOf(b.point.values[0]!));
    const percent = (of: (report: Report) => number) => sorted.map(({ report }) => 100 * of(report));
    return {
      label: second ? `${second.path} = ${label}` : label,
      x: sorted.map(({ point }) => xOf(point.values[0]!)),
      y: percent(({ accuracy }) => accuracy.emulated!),
      low: percent(({ accuracy }) => accuracy.interval95![0]),
      high: percent(({ accuracy }) => accuracy.interval95![1]),
    };
  });
  const title = `Accuracy over ${sweep.map(({ path }) => path).join(' and ')}`;
  return { kind: 'sweepFigure', title, xLabel: first.path, series, ticks: numeric ? null : first.values };
}
