/** Runs a check as `sonic run` does: once for every chip and seed. */
import { BaselineError, SonicError } from '../../base/errors.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { readHardware } from '../../hardware/descriptionFiles.js';
import { mergeDescription, nestedSettings } from '../../hardware/descriptionPaths.js';
import { presetHardware } from '../../hardware/presets/index.js';
import { resolveTables } from '../../hardware/tableFiles.js';
import type { Result } from '../result/types.js';
import { findNetwork } from '../run/bundled.js';
import { loadSubject } from '../run/loadExperiment.js';
import { runExperiment } from '../run/runExperiment.js';
import { resolved } from '../sweep/planner.js';
import { checkPath, hardwarePaths } from '../sweep/planPaths.js';
import type { BaselineFile } from './baselineFile.js';
import { byRunAndImage, type ChangedClass, type Check } from './baselineSchema.js';

/** What the runs of a check came to; null where nothing was emulated. */
export interface Measurement {
  /** Mean over runs, a share; in fidelity `digital` the digital network's. */
  readonly accuracy: number;
  readonly digital: number;
  /** Of all runs, by chip, seed and image. */
  readonly changed: readonly ChangedClass[] | null;
  /** The largest of all runs, an image. */
  readonly energy_J: number | null;
  readonly latency_s: number | null;
  readonly images: number;
  readonly networkHash: string;
  readonly datasetHash: string;
  readonly hardwareHash: string;
  readonly versions: Readonly<Record<string, string>>;
}

/** A check whose hardware is known to be right. */
export interface PreparedCheck {
  readonly check: Check;
  readonly hardware: HardwareDescription;
  /** Of the file, with relative paths taken from its folder. */
  readonly network: string;
  readonly subject: Parameters<typeof loadSubject>[0];
}

/** An error of a check says which one it is. */
async function ofCheck<T>({ file }: BaselineFile, { index, name }: Check, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SonicError) || error.message.startsWith(`${file}: `)) throw error;
    throw new BaselineError(`${file}: checks.${index} (${name}): ${error.message}`, { cause: error });
  }
}

/**
 * What all checks of a file need, before the first is run.
 * @throws BaselineError for a network that there is not, or hardware that is wrong.
 */
export function prepareChecks(baseline: BaselineFile): Promise<PreparedCheck[]> {
  const { file, folder } = baseline;
  return Promise.all(
    baseline.checks.map((check) =>
      ofCheck(baseline, check, async () => {
        const place = `${file}: checks.${check.index}`;
        const at = <T>(path: string, value: T) => resolved(folder, path, value) as T;
        const { preset, overrides, files } = await readHardware(at('hardware', check.hardware));
        for (const path of Object.keys(check.set)) checkPath(path, `${place}.set`, hardwarePaths(), BaselineError);
        const settings = nestedSettings(Object.entries(check.set).map(([path, value]) => [path, at(path, value)]));
        const own = await resolveTables(settings, folder);
        const network = at('network', check.network);
        findNetwork(network);
        return {
          check,
          hardware: presetHardware(preset, mergeDescription(overrides, own.overrides), place, {
            ...files,
            ...own.files,
          }),
          network,
          subject: {
            network,
            architecture: at('architecture', check.architecture),
            preprocessing: at('preprocessing', check.preprocessing),
            key: check.key,
            dataset: check.dataset,
            data: at('data', check.data),
            classes: at('classes', check.classes),
            images: check.images,
          },
        };
      }),
    ),
  );
}

export interface MeasureOptions {
  readonly threads?: number | undefined;
  readonly onStage?: ((stage: string) => void) | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Remarks on the network's input. */
  readonly onRemark?: ((remark: string) => void) | undefined;
}

interface Run {
  readonly result: Result;
  readonly changed: readonly ChangedClass[];
}

/** Runs a check on all its chips and seeds. */
export function measureCheck(
  baseline: BaselineFile,
  { check, hardware, subject: flags }: PreparedCheck,
  { threads, onStage, onProgress, onRemark }: MeasureOptions = {},
): Promise<Measurement> {
  const { chips, seeds, fidelity, backend, name } = check;
  return ofCheck(baseline, check, async () => {
    onStage?.(`${name}: loading`);
    const subject = await loadSubject(flags, hardware.calibration.images);
    for (const remark of [...subject.remarks, ...subject.dataNotes]) onRemark?.(`${name}: ${remark}`);
    const { indices, count } = subject.dataset;
    const all = chips.flatMap((chip) => seeds.map((seed) => ({ chip, seed })));
    // Nothing of a digital run depends on chip or seed.
    const wanted = fidelity === 'digital' ? all.slice(0, 1) : all;
    const runs: Run[] = [];
    for (const { chip, seed } of wanted) {
      const changed: ChangedClass[] = [];
      const done = runs.length * count;
      const result = await runExperiment({
        ...subject,
        hardware,
        fidelity,
        backend,
        threads,
        chipSeed: chip,
        runSeed: seed,
        onStage: (stage) => onStage?.(`${name}: ${stage}`),
        onProgress: (images) => onProgress?.(done + images, wanted.length * count),
        onClasses: ({ digital, emulated }) => {
          emulated?.forEach((to, i) => {
            const from = digital[i]!;
            if (from !== to) changed.push({ chip, seed, image: indices?.[i] ?? i, from, to });
          });
        },
      });
      runs.push({ result, changed });
    }
    const [{ result: first }] = runs as [Run, ...Run[]];
    const mean = (pick: (result: Result) => number) =>
      runs.reduce((sum, { result }) => sum + Math.round(pick(result) * count), 0) / (runs.length * count);
    const largest = (pick: (cost: NonNullable<Result['cost']>) => number) =>
      first.cost && Math.max(...runs.map(({ result }) => pick(result.cost!)));
    return {
      accuracy: mean(({ accuracy }) => accuracy.emulated ?? accuracy.digital),
      digital: first.accuracy.digital,
      changed: fidelity === 'digital' ? null : runs.flatMap(({ changed }) => changed).sort(byRunAndImage),
      energy_J: largest((cost) => cost.energy_J),
      latency_s: largest((cost) => cost.latency_s),
      images: count,
      networkHash: first.network.hash,
      datasetHash: first.dataset.hash,
      hardwareHash: first.hardwareHash,
      versions: first.run.versions,
    };
  });
}
