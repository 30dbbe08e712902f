/** Baseline files from beginning to end: compared, written anew, or made. */
import { existsSync } from 'node:fs';
import { BaselineError } from '../../base/errors.js';
import { checkOutputs, writeFileAtomic } from '../../base/files.js';
import { type BaselineFile, baselineOf, loadBaseline } from './baselineFile.js';
import type { Check } from './baselineSchema.js';
import { type InitialOptions, initialBaseline } from './initial.js';
import { type Judgement, judge } from './judge.js';
import { type Measurement, type MeasureOptions, measureCheck, type PreparedCheck, prepareChecks } from './measure.js';
import { type BaselineChange, updateBaseline, writeBaseline } from './updateBaseline.js';

/** A check that was run. */
export interface CheckOutcome {
  readonly check: Check;
  readonly measurement: Measurement;
  readonly judgements: readonly Judgement[];
  readonly passed: boolean;
}

/** The checks of one file. */
export interface BaselineOutcome {
  readonly file: string;
  readonly outcomes: readonly CheckOutcome[];
  readonly passed: boolean;
  /** What was written, where that was asked for. */
  readonly written: readonly BaselineChange[] | null;
}

interface PreparedFile {
  readonly baseline: BaselineFile;
  readonly prepared: readonly PreparedCheck[];
}

async function prepareFile(file: string, update: boolean): Promise<PreparedFile> {
  const baseline = await loadBaseline(file);
  const unset = baseline.checks.find(({ expect }) => !expect);
  if (unset && !update)
    throw new BaselineError(
      `${file}: checks.${unset.index} (${unset.name}) expects nothing; 'sonic check --update ${file}' writes what is measured`,
    );
  return { baseline, prepared: await prepareChecks(baseline) };
}

async function measureFile({ baseline, prepared }: PreparedFile, options: MeasureOptions): Promise<CheckOutcome[]> {
  const outcomes: CheckOutcome[] = [];
  for (const one of prepared) {
    const measurement = await measureCheck(baseline, one, options);
    const judgements = judge(one.check, measurement);
    const passed = judgements.every((judgement) => judgement.passed);
    outcomes.push({ check: one.check, measurement, judgements, passed });
  }
  return outcomes;
}

const measurementsOf = (outcomes: readonly CheckOutcome[]) => outcomes.map(({ measurement }) => measurement);

/**
 * Runs the checks of baseline files. All files are read and checked before the first run.
 * @param update write what is measured; all files' new texts are made before the first is written.
 * @throws BaselineError for what is wrong with a file; as `runExperiment`, naming file and check.
 */
export async function runBaselines(
  files: readonly string[],
  { update, ...options }: MeasureOptions & { readonly update: boolean },
): Promise<BaselineOutcome[]> {
  const prepared: PreparedFile[] = [];
  for (const file of files) prepared.push(await prepareFile(file, update));
  const measured: { baseline: BaselineFile; outcomes: CheckOutcome[] }[] = [];
  for (const file of prepared) measured.push({ baseline: file.baseline, outcomes: await measureFile(file, options) });
  const updates = update
    ? measured.map(({ baseline, outcomes }) => updateBaseline(baseline, measurementsOf(outcomes)))
    : [];
  for (const [i, { baseline }] of measured.entries()) if (update) await writeBaseline(baseline, updates[i]!);
  return measured.map(({ baseline: { file }, outcomes }, i) => ({
    file,
    outcomes,
    passed: update || outcomes.every(({ passed }) => passed),
    written: updates[i]?.changes ?? null,
  }));
}

/**
 * Writes a first baseline: what is measured now.
 * @throws BaselineError if the file is there already.
 */
export async function makeBaseline(
  file: string,
  initial: InitialOptions,
  options: MeasureOptions,
): Promise<readonly BaselineChange[]> {
  if (existsSync(file))
    throw new BaselineError(`'${file}' is there already; name another, or measure it anew with --update`);
  await checkOutputs(file);
  const baseline = baselineOf(file, initialBaseline(initial));
  const outcomes = await measureFile({ baseline, prepared: await prepareChecks(baseline) }, options);
  const { text, changes } = updateBaseline(baseline, measurementsOf(outcomes));
  await writeFileAtomic(file, text);
  return changes;
}
