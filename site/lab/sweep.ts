/** A sweep of one or two fields: points one after the other, rows as the store's table of trials has them. */
import { nearest } from '#sonic/base/text/nearest.js';
import { hardwareFields } from '#sonic/hardware/descriptionPaths.js';
import { parseScalar, valueAtPath } from '#sonic/hardware/descriptionValues.js';
import { csvOf, type DataTable } from '#sonic/report/kit/reportFigure.js';
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
}

/** Columns of the store's trials that differ or were measured. */
export function rowsTable(state: LabState, network: string, dataset: string, rows: readonly SweepRow[]): DataTable {
  const paths = hardwareFields()
    .map(({ path }) => path)
    .filter((path) => path !== 'name');
  const measured = [
    'digital',
    'emulated',
    'interval_low',
    'interval_high',
    'changed',
    'latency_s',
    'energy_J',
    'power_W',
  ];
  return {
    columns: [
      ...['network', 'dataset', 'split', 'images', 'fidelity', 'backend', 'run_seed', 'chip_seed', 'hardware'],
      ...paths,
      ...measured,
      ...['fps', 'fps_per_W'],
    ],
    rows: rows.map(({ point, report: { accuracy, cost } }) => {
      const hardware = hardwareFor(state.preset, point.settings);
      const cell = (path: string) => {
        const value = valueAtPath(hardware, path);
        return typeof value === 'object' && value !== null
          ? JSON.stringify(value)
          : (value as string | number | boolean | null);
      };
      return [
        ...[network, dataset, 'test', accuracy.images, 'exact', 'wasm', 1, 1, hardware.name],
        ...paths.map(cell),
        ...[accuracy.digital, accuracy.emulated, ...accuracy.interval95!, accuracy.changed],
        ...[cost.latency_s, cost.energy_J, cost.power_W, cost.framesPerSecond, cost.framesPerSecondPerWatt],
      ];
    }),
  };
}

export const rowsCsv = (...given: Parameters<typeof rowsTable>): string => csvOf(rowsTable(...given));

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
