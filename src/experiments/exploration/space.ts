/** The points of a design space: every combination of the values that axes have, or some of them at random. */
import { UsageError } from '../../base/errors.js';
import { philoxUniforms } from '../../base/random/philox.js';
import { nearest } from '../../base/text/nearest.js';
import { parseScalar } from '../../hardware/descriptionFiles.js';
import { hardwareFields, hardwareKeys, nestedSettings } from '../../hardware/descriptionPaths.js';
import { isTableField, readRows } from '../../hardware/tableFiles.js';

/** A field of the hardware description and the values it takes. */
export interface Axis {
  readonly path: string;
  readonly values: readonly unknown[];
  /** Of a field that may name a file of measured rows: what each such file holds, by its path. */
  readonly rows?: ReadonlyMap<unknown, unknown>;
}

/** The paper's names of sizes and counts of units. */
export const AXIS_NAMES: Readonly<Record<string, string>> = {
  n: 'vdu.conv.size',
  m: 'vdu.fc.size',
  N: 'vdu.conv.units',
  K: 'vdu.fc.units',
};

/** What is searched unless axes are given: around the paper's (5, 50, 50, 10), which is in it. */
export const DEFAULT_AXES: readonly Axis[] = [
  { path: 'vdu.conv.size', values: [2, 3, 5, 8, 10, 15, 20, 30, 50] },
  { path: 'vdu.fc.size', values: [10, 20, 30, 50, 75, 100] },
  { path: 'vdu.conv.units', values: [10, 25, 50, 75, 100] },
  { path: 'vdu.fc.units', values: [5, 10, 20, 40] },
];

/** More points than this are an oversight: they would take an hour. */
const MAXIMUM_POINTS = 200_000;
const MAXIMUM_VALUES = 10_000;

function rangeValues(text: string, axis: string): number[] | null {
  const match = /^(-?[\d.]+)\.\.(-?[\d.]+)(?::([\d.]+))?$/.exec(text.trim());
  if (!match) return null;
  const [from, to, step] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 1)];
  if (![from, to, step].every(Number.isFinite) || !(step > 0) || to < from) {
    throw new UsageError(`--vary ${axis}: '${text}' is no range; write FROM..TO or FROM..TO:STEP, as in 2..20:2`);
  }
  const count = Math.floor((to - from) / step + 1e-9) + 1;
  if (count > MAXIMUM_VALUES)
    throw new UsageError(`--vary ${axis}: '${text}' has ${count} values, at most ${MAXIMUM_VALUES}`);
  return Array.from({ length: count }, (_, i) => Number((from + i * step).toPrecision(12)));
}

/**
 * An axis as `n=2,5,10`, `K=5..40:5` or `grid.wavelengthsPerWaveguide=5,10`.
 * @throws UsageError for an unknown name or no values.
 */
export function parseAxis(text: string): Axis {
  const at = text.indexOf('=');
  const name = at > 0 ? text.slice(0, at).trim() : '';
  const known = hardwareFields().map(({ path }) => path);
  const path = Object.hasOwn(AXIS_NAMES, name) ? AXIS_NAMES[name]! : name;
  if (!known.includes(path)) {
    const near = nearest(path, known);
    const group = hardwareKeys(path.split('.'));
    const hint =
      group.length > 0 && path !== '' ? `it is a group of ${group.join(', ')}` : near && `did you mean '${near}'?`;
    throw new UsageError(
      `--vary ${text}: ${name === '' ? 'write NAME=VALUES, as in n=2,5,10' : `no field '${name}'`}; ${hint || `n, m, N, K or a path of 'sonic hardware show'`}`,
    );
  }
  const parts = text.slice(at + 1).split(',');
  if (parts.some((part) => part.trim() === ''))
    throw new UsageError(`--vary ${text}: a value is missing; write NAME=V,V,...`);
  const values = parts.flatMap((part): unknown[] => rangeValues(part, text) ?? [parseScalar(part)]);
  return { path, values: [...new Set(values)] };
}

/**
 * Axes with the rows of the files that their values name, from the working directory.
 * @throws DescriptionError where a file cannot be read, or is not rows.
 */
export function readAxes(axes: readonly Axis[]): Promise<Axis[]> {
  return Promise.all(
    axes.map(async (axis) => {
      const { path, values } = axis;
      if (!isTableField(path)) return axis;
      const files = values.filter((value) => typeof value === 'string');
      const read = files.map(async (file): Promise<[unknown, unknown]> => [file, await readRows(file, path)]);
      return { ...axis, rows: new Map(await Promise.all(read)) };
    }),
  );
}

/** Axes as given; those of the default space that are not among them stay, unless only given ones are wanted. */
export function axesOf(given: readonly Axis[], onlyGiven: boolean): readonly Axis[] {
  const paths = given.map(({ path }) => path);
  const twice = paths.find((path, i) => paths.indexOf(path) !== i);
  if (twice !== undefined) throw new UsageError(`--vary: '${twice}' is given twice; give all its values at once`);
  return [...(onlyGiven ? [] : DEFAULT_AXES.filter(({ path }) => !paths.includes(path))), ...given];
}

/** Values of the axes, in their order. */
export type PointValues = readonly unknown[];

/** Point number `index`, the last axis fastest. */
function pointAt(axes: readonly Axis[], index: number): PointValues {
  const values = new Array<unknown>(axes.length);
  let rest = index;
  for (let a = axes.length - 1; a >= 0; a--) {
    const { length } = axes[a]!.values;
    values[a] = axes[a]!.values[rest % length];
    rest = Math.floor(rest / length);
  }
  return values;
}

/**
 * All points, or `count` different ones drawn with `seed`, in the order of the grid.
 * @throws UsageError for more points than can be searched.
 */
export function pointsOf(axes: readonly Axis[], count?: number, seed = 1): PointValues[] {
  const total = axes.reduce((product, { values }) => product * values.length, 1);
  const wanted = Math.min(count ?? total, total);
  if (wanted > MAXIMUM_POINTS) {
    throw new UsageError(
      `the space has ${total} points, at most ${MAXIMUM_POINTS} are searched; give fewer values, or draw some with --points`,
    );
  }
  if (wanted === total) return Array.from({ length: total }, (_, index) => pointAt(axes, index));
  const drawn = new Set<number>();
  for (let block = 0; drawn.size < wanted; block++) {
    for (const u of philoxUniforms([seed, 0], block * 1024, 1024)) {
      if (drawn.size < wanted) drawn.add(Math.min(Math.floor(u * total), total - 1));
    }
  }
  return [...drawn].sort((a, b) => a - b).map((index) => pointAt(axes, index));
}

/** A point as overrides of the description. */
export function overridesOf(axes: readonly Axis[], values: PointValues): Record<string, unknown> {
  return nestedSettings(axes.map(({ path, rows }, a) => [path, rows?.get(values[a]) ?? values[a]]));
}
