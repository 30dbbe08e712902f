/** Plans from files and from programs, and what the command line changes in them. */
import { dirname, resolve } from 'node:path';
import { stringify } from 'yaml';
import { PlanError, UsageError } from '../../base/errors.js';
import { readYaml } from '../../base/input/yaml.js';
import { printableValue } from '../../base/text/printable.js';
import { parseScalar } from '../../hardware/descriptionFiles.js';
import { isTableField } from '../../hardware/tableFiles.js';
import { checkPath, hardwarePaths, RUN_PATHS } from './planPaths.js';
import { parsePlan, type SweepPlan, type SweepPlanInput } from './planSchema.js';
import type { AxisValue } from './types.js';

export interface SweepSource {
  readonly plan: SweepPlan;
  /** What messages call it. */
  readonly origin: string;
  /** Text of the file. */
  readonly text: string;
  /** Where relative paths start. */
  readonly folder: string;
}

/**
 * Reads a plan file.
 * @throws PlanError naming file, path, value and what is allowed.
 */
export async function loadPlan(file: string): Promise<SweepSource> {
  const { value, text } = await readYaml(file, 'plan', { place: file, ErrorClass: PlanError });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new PlanError(`${file}: holds ${printableValue(value, 40)}, not keys and values of a plan`);
  }
  return { plan: parsePlan(value, file), origin: file, text, folder: dirname(resolve(file)) };
}

/** A plan that a program wrote; relative paths start at the working directory. */
export function planOf(input: SweepPlanInput): SweepSource {
  const plan = parsePlan(input);
  return { plan, origin: `plan '${plan.name}'`, text: stringify(input), folder: process.cwd() };
}

/** What `sonic sweep` may say over the plan. */
export interface PlanChanges {
  readonly images?: number | undefined;
  readonly chips?: number | undefined;
  /** Share. */
  readonly until?: number | undefined;
  /** path=value, of the hardware or of the run. */
  readonly set?: readonly string[] | undefined;
}

function settingOf(text: string): readonly [path: string, value: AxisValue] {
  const at = text.indexOf('=');
  if (at <= 0) throw new UsageError(`--set ${text}: write path=value, for example --set vdu.conv.size=8`);
  const path = text.slice(0, at).trim();
  checkPath(path, `--set ${text}`, [...RUN_PATHS, ...hardwarePaths()]);
  const value = parseScalar(text.slice(at + 1)) as AxisValue;
  // What the command line names lies where it was typed; what the plan names, beside the plan.
  const isFile = isTableField(path) || ['data', 'static', 'cost.energyTable'].includes(path);
  return [path, isFile && typeof value === 'string' ? resolve(value) : value];
}

/** The plan's `base` with run settings by path. */
function withRunSettings(base: SweepPlan['base'], settings: ReadonlyMap<string, AxisValue>): Record<string, unknown> {
  const changed: Record<string, unknown> = { ...base, compression: { ...base.compression } };
  for (const [path, value] of settings) {
    const [group, key] = path.split('.') as [string, string | undefined];
    if (key === undefined) changed[group] = value;
    else (changed[group] as Record<string, unknown>)[key] = value;
  }
  return changed;
}

/**
 * A source whose plan the command line has changed.
 * @throws PlanError as `parsePlan`; for a path that an axis moves.
 */
export function withChanges(source: SweepSource, { images, chips, until, set = [] }: PlanChanges): SweepSource {
  const { plan } = source;
  const settings = new Map(set.map(settingOf));
  if (images !== undefined) settings.set('images', images);
  const isRun = ([path]: readonly [string, AxisValue]) => RUN_PATHS.includes(path);
  const base = withRunSettings(plan.base, new Map([...settings].filter(isRun)));
  base['set'] = { ...plan.base.set, ...Object.fromEntries([...settings].filter((setting) => !isRun(setting))) };
  const monteCarlo = {
    ...plan.monteCarlo,
    ...(chips === undefined ? {} : { chips }),
    ...(until === undefined ? {} : { until }),
  };
  for (const path of settings.keys()) {
    const moved = plan.axes.some((axis) =>
      'path' in axis
        ? axis.path === path
        : 'link' in axis
          ? Object.hasOwn(axis.link, path)
          : Object.values(axis.variants).some((variant) => Object.hasOwn(variant, path)),
    );
    if (moved)
      throw new PlanError(
        `${source.origin}: an axis varies '${path}'; leave it out of the options, or out of the axes`,
      );
  }
  const changed = parsePlan({ ...plan, base, monteCarlo }, source.origin);
  return { ...source, plan: changed };
}
