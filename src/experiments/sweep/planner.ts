/** From a plan to points that are known to run: every description parsed, every network and data set loaded and fitting. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { PlanError, SonicError } from '../../base/errors.js';
import { nearest } from '../../base/text/nearest.js';
import { type HardwareSource, readHardware } from '../../hardware/descriptionFiles.js';
import { mergeDescription, nestedSettings } from '../../hardware/descriptionPaths.js';
import { checkChips } from '../../hardware/optics/measuredChip.js';
import { PRESETS, presetHardware } from '../../hardware/presets/index.js';
import { isTableField, type KnownTables, resolveTables } from '../../hardware/tableFiles.js';
import { BUNDLED_NETWORKS } from '../run/bundled.js';
import type { LoadedTrial, TrialLoader } from '../trial/trialLoader.js';
import type { TrialSettings } from '../trial/trialSettings.js';
import type { PlannedAxis, Settings } from './planAxes.js';
import type { SweepSource } from './planFile.js';
import { checkPath, hardwarePaths, RUN_PATHS } from './planPaths.js';
import { parseRunSettings } from './planSchema.js';
import { type PlannedPoint, planPoints } from './points.js';
import { type AxisValue, QUANTITIES, type SweepAxis, type SweepFigure } from './types.js';

/** A point that can be run. */
export interface SweepTarget {
  readonly index: number;
  readonly values: Readonly<Record<string, AxisValue>>;
  /** For people: its number from 1 and the axes' values. */
  readonly label: string;
  /** Of its first chip and seed. */
  readonly settings: TrialSettings;
  /** Of the first chip and seed. */
  readonly loaded: LoadedTrial;
}

export interface PlannedSweep {
  readonly source: SweepSource;
  readonly axes: readonly SweepAxis[];
  readonly points: readonly SweepTarget[];
  readonly remarks: readonly string[];
}

/** 'point 3 (adc.bits=4, vector size=10)'. */
function labelOf(index: number, values: Readonly<Record<string, AxisValue>>): string {
  const parts = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  return `point ${index + 1}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`;
}

/** A setting with relative paths of files taken from the folder of the file that holds it. */
export function resolved(folder: string, path: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const inFolder = resolve(folder, value);
  switch (path) {
    case 'network':
      return Object.hasOwn(BUNDLED_NETWORKS, value) ? value : existsSync(inFolder) ? inFolder : value;
    case 'hardware':
      return Object.hasOwn(PRESETS, value) ? value : existsSync(inFolder) ? inFolder : value;
    // YAML text or a bundled name, or else a file.
    case 'architecture':
    case 'preprocessing':
    case 'classes':
      return existsSync(inFolder) ? inFolder : value;
    case 'data':
    case 'static':
    case 'cost.energyTable':
      return inFolder;
    default:
      return isTableField(path) ? inFolder : value;
  }
}

interface Bases {
  readonly folder: string;
  readonly run: Readonly<Record<string, unknown>>;
  readonly set: Settings;
  /** Files of hardware are read once. */
  readonly sources: Map<string, Promise<HardwareSource>>;
  /** So are measured curves. */
  readonly tables: KnownTables;
}

/** What a point is run with. */
async function settingsAt(
  { folder, run, set, sources, tables }: Bases,
  settings: Settings,
  origin: string,
): Promise<TrialSettings> {
  const all = settings.map(([path, value]) => [path, resolved(folder, path, value)] as const);
  const isRun = ([path]: readonly [string, unknown]) => RUN_PATHS.includes(path);
  const merged = mergeDescription(run, nestedSettings(all.filter(isRun)));
  const { network, hardware, seed, chip, compression, ...rest } = parseRunSettings(merged, origin);
  if (network === undefined) {
    throw new PlanError(
      `${origin}: no network; name one in base.network or in an axis (${Object.keys(BUNDLED_NETWORKS).join(', ')}, or a file)`,
    );
  }
  const source = sources.get(hardware) ?? readHardware(hardware);
  sources.set(hardware, source);
  const { preset, overrides, files } = await source;
  const own = await resolveTables(
    nestedSettings([...set, ...all.filter((setting) => !isRun(setting))]),
    folder,
    tables,
  );
  return {
    network,
    ...rest,
    compression: compression.sparsity === null && compression.clusters === null ? null : compression,
    hardware: presetHardware(preset, mergeDescription(overrides, own.overrides), origin, { ...files, ...own.files }),
    chipSeed: chip,
    runSeed: seed,
  };
}

/** @throws PlanError for a figure of an axis that there is not. */
function checkFigures(figures: readonly SweepFigure[], axes: readonly PlannedAxis[], origin: string): void {
  const names = axes.map(({ name }) => name);
  figures.forEach((figure, index) => {
    const { kind } = figure;
    const roles: readonly string[] =
      kind === 'line'
        ? ['x', 'series', 'facet']
        : kind === 'heatmap'
          ? ['x', 'y', 'facet']
          : kind === 'pareto'
            ? ['label']
            : kind === 'layers'
              ? ['axis']
              : ['x'];
    for (const role of roles) {
      const name = (figure as unknown as Record<string, string | undefined>)[role];
      if (name === undefined || names.includes(name)) continue;
      const near = nearest(name, names);
      const isQuantity = (QUANTITIES as readonly string[]).includes(name);
      throw new PlanError(
        `${origin}: figures.${index}.${role} is '${name}', which is ${isQuantity ? 'a quantity, not' : 'not the name of'} an axis; ` +
          (near ? `did you mean '${near}'?` : names.length > 0 ? `axes are ${names.join(', ')}` : 'the plan has none'),
      );
    }
  });
}

/** Errors of what a point loads, told which point it is. */
async function ofPoint<T>(label: string, origin: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SonicError) || error.message.startsWith(origin)) throw error;
    throw new PlanError(`${origin}: ${label}: ${error.message}`, { cause: error });
  }
}

export interface PlanOptions {
  /** Leaves out points of the grid. */
  readonly only?: ((values: Readonly<Record<string, AxisValue>>) => boolean) | undefined;
  /** Called after every point that was checked. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Checks a plan as a whole: all that can be known before the first run.
 * @throws PlanError naming the place in the plan, or the point.
 */
export async function planSweep(
  source: SweepSource,
  loader: TrialLoader,
  options: PlanOptions = {},
): Promise<PlannedSweep> {
  const { plan, origin, folder } = source;
  const { axes, points: all } = planPoints(plan, origin);
  const points = options.only ? all.filter(({ values }) => options.only!(values)) : all;
  checkFigures(plan.figures, axes, origin);
  const { set, ...run } = plan.base;
  for (const path of Object.keys(set)) {
    checkPath(path, `${origin}: base.set`, hardwarePaths());
  }
  const bases: Bases = {
    folder,
    run: Object.fromEntries(Object.entries(run).map(([path, value]) => [path, resolved(folder, path, value)])),
    set: Object.entries(set).map(([path, value]) => [path, resolved(folder, path, value) as AxisValue]),
    sources: new Map(),
    tables: new Map(),
  };
  const { chips, until } = plan.monteCarlo;
  const targets: SweepTarget[] = [];
  for (const [index, { values, settings }] of points.entries() as IterableIterator<[number, PlannedPoint]>) {
    const label = labelOf(index, values);
    const target = await ofPoint(label, origin, async () => {
      const own = await settingsAt(bases, settings, `${origin}: ${label}`);
      const loaded = await loader.load(own);
      checkChips(until === undefined ? chips : Math.max(chips, 2), loaded.measured);
      return { index, values, label, settings: own, loaded };
    });
    targets.push(target);
    options.onProgress?.(index + 1, points.length);
  }
  return {
    source,
    axes: axes.map(({ settings: _, range: __, ...axis }) => axis),
    points: targets,
    remarks: [...new Set(targets.flatMap(({ loaded }) => loaded.remarks))],
  };
}
