/** `sonic sweep`: a plan of many runs, computed once, interrupted and gone on with at will. */
import { existsSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { parseShare } from '../experiments/sweep/share.js';
import type { TrialProgress } from '../experiments/trial/executor.js';
import { commandLine } from './commandLine.js';
import * as options from './options.js';
import { createProgress, type Progress } from './progress.js';
import { queueNameOption, queueOption } from './queueOptions.js';
import { sweepExecutor } from './sweepExecutor.js';

export interface SweepFlags {
  readonly store: string;
  readonly plan?: boolean;
  readonly until?: number;
  readonly chips?: number;
  readonly images?: number;
  readonly set: readonly string[];
  readonly threads?: number;
  readonly shard?: string;
  readonly baseline: number;
  readonly json?: string;
  readonly queue?: string;
  readonly queueName?: string;
}

/** Exit code of a program that Ctrl-C ended. */
const INTERRUPTED = 130;

/** Aborts on the first Ctrl-C, when blocks in flight are still stored; the second ends the program at once. */
export function onInterrupt(): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    controller.abort();
  };
  process.on('SIGINT', interrupt);
  return { signal: controller.signal, release: () => process.off('SIGINT', interrupt) };
}

export const onDamage = ({ file, problem }: { file: string; problem: string }) =>
  process.stderr.write(`sonic: '${file}' is damaged and computed again: ${problem}\n`);

/** Shows how far trials are, by their images. */
export const showTrials =
  ({ update }: Progress) =>
  ({ trials, trialsDone, images, imagesDone, imagesRun }: TrialProgress) =>
    update(imagesDone, images, { run: imagesRun, note: `${trialsDone}/${trials} trials` });

/** Runs a plan file and prints what came out; null where nothing was to be run. */
export async function sweepFile(file: string, flags: SweepFlags): Promise<Run | null> {
  const [{ loadPlan, withChanges }, { planSweep }, { createTrialLoader }, { codeHash }, { UsageError }] =
    await Promise.all([
      import('../experiments/sweep/planFile.js'),
      import('../experiments/sweep/planner.js'),
      import('../experiments/trial/trialLoader.js'),
      import('../experiments/store/codeHash.js'),
      import('../base/errors.js'),
    ]);
  const { parseShard } = await import('../experiments/sweep/shard.js');
  const shard = flags.shard === undefined ? undefined : parseShard(flags.shard);
  const { checkOutputs } = await import('../base/files.js');
  await checkOutputs(flags.json);
  const progress = createProgress('images');
  const interrupt = onInterrupt();
  try {
    progress.stage('loading');
    const source = withChanges(await loadPlan(file), flags);
    const code = codeHash();
    const loader = createTrialLoader(code);
    const planned = await planSweep(source, loader);
    if (flags.baseline > planned.points.length) {
      throw new UsageError(`--baseline ${flags.baseline}: the sweep has ${planned.points.length} points`);
    }
    progress.stop();
    for (const remark of planned.remarks) process.stderr.write(`${file}: ${remark}\n`);
    const { openTrialStore } = await import('../experiments/store/store.js');
    if (flags.plan) {
      progress.stage('measuring');
      const { EMPTY_STORE } = await import('../experiments/sweep/preview.js');
      // Looking makes no folder.
      const found = existsSync(flags.store)
        ? await openTrialStore(flags.store, { onDamage, readOnly: true })
        : EMPTY_STORE;
      await preview(planned, found, { threads: flags.threads, shard, json: flags.json, stop: progress.stop });
      return null;
    }
    const store = await openTrialStore(flags.store, { onDamage });
    const { executeSweep } = await import('../experiments/sweep/runSweep.js');
    const executor = await sweepExecutor(flags, { loader, code, storeId: store.id });
    try {
      const run = await executeSweep(planned, store, executor, {
        shard,
        command: commandLine(),
        signal: interrupt.signal,
        onProgress: showTrials(progress),
      });
      progress.stop();
      await report(run, flags, store);
      return run;
    } finally {
      await executor.close();
    }
  } finally {
    progress.stop();
    interrupt.release();
  }
}

interface PreviewFlags {
  readonly threads: number | undefined;
  readonly shard: import('../experiments/sweep/shard.js').Shard | undefined;
  readonly json: string | undefined;
  readonly stop: () => void;
}

/** What `--plan` prints. */
async function preview(
  planned: Planned,
  store: import('../experiments/sweep/preview.js').PreviewStore,
  { json, stop, ...flags }: PreviewFlags,
): Promise<void> {
  const { previewSweep } = await import('../experiments/sweep/preview.js');
  const found = await previewSweep(planned, store, flags);
  stop();
  if (json !== undefined) {
    const { writeJson } = await import('../report/kit/json.js');
    await writeJson(json, { schema: 'sonic-sweep-preview/1', axes: planned.axes, ...found });
  }
  if (json === '-') return;
  const { renderPreview } = await import('../report/sweep/sweepReport.js');
  process.stdout.write(`${renderPreview(found, planned)}\n`);
}

type Planned = import('../experiments/sweep/planner.js').PlannedSweep;
type Run = import('../experiments/sweep/runSweep.js').SweepRun;
type Store = import('../experiments/sweep/types.js').TrialStore;

/** Every point beside the baseline; null where that one is not complete. */
async function compared(run: Run, baseline: number, store: Store) {
  const [{ comparePoints }, { trialsOfPoint }] = await Promise.all([
    import('../experiments/sweep/sample.js'),
    import('../experiments/sweep/summary.js'),
  ]);
  const { manifest, summary } = run;
  const first = await trialsOfPoint(manifest.points[baseline]!, store);
  return Promise.all(
    summary.points.map(async (point) => {
      const own = point.index === baseline || !first ? null : await trialsOfPoint(manifest.points[point.index]!, store);
      return { ...point, againstBaseline: first && own ? comparePoints(first, own) : null };
    }),
  );
}

/** Writes what came out, and says what did not. */
export async function report(run: Run, flags: SweepFlags, store: Store): Promise<void> {
  const { execution, summary } = run;
  const baseline = flags.baseline - 1;
  const points = await compared(run, baseline, store);
  if (flags.json !== undefined) {
    const { writeJson } = await import('../report/kit/json.js');
    const { until = null, unreached, undecided } = run;
    await writeJson(flags.json, {
      schema: 'sonic-sweep-summary/1',
      ...summary,
      points,
      baseline,
      until,
      unreached,
      undecided,
      execution: {
        ...execution,
        failed: execution.failed.map(({ task, message }) => ({ key: task.key, label: task.label, message })),
      },
    });
  }
  if (flags.json !== '-') {
    const { renderSweep } = await import('../report/sweep/sweepReport.js');
    process.stdout.write(`${renderSweep(run, points, { baseline, store: flags.store })}\n`);
  }
  const { oneLine } = await import('./failure.js');
  const labels = new Map<string, string[]>();
  for (const { task, message } of execution.failed) labels.set(message, [...(labels.get(message) ?? []), task.label]);
  for (const [message, [first, ...others]] of labels) {
    const which = others.length === 0 ? first : `${first} and ${others.length} more`;
    process.stderr.write(`sonic: ${oneLine(`${which}: ${message}`)}\n`);
  }
  if (execution.failed.length > 0) process.exitCode = 1;
  if (execution.interrupted) {
    process.stderr.write(
      `sonic: interrupted; what is done lies in '${flags.store}', the same command goes on from there\n`,
    );
    process.exitCode = INTERRUPTED;
  }
}

export function share(text: string): number {
  const value = parseShare(text);
  if (value !== null) return value;
  throw new InvalidArgumentError("It must be a share above 0 and below 1, as in '0.2%' or 0.002.");
}

/** The command `sonic sweep`. */
export function sweepCommand(): Command {
  return new Command('sweep')
    .description(
      'Run every point of a plan, chips and seeds repeated; keep what is done, and go on after interruptions',
    )
    .argument('<FILE>', 'plan, YAML (docs/sweeps.md has all keys)')
    .addOption(options.storeOption('folder that keeps the trials, shared by any number of sweeps'))
    .option('--plan', 'print the points, what the store has of them and how long the rest may take; run nothing')
    .addOption(
      new Option(
        '--until <WIDTH>',
        'add chips to each point until the 95 % interval of its mean over chips is at most so wide in all, as in 0.2%',
      ).argParser(share),
    )
    .addOption(options.countOption('--chips <N>', "chips of each point (default: the plan's)", 10_000))
    .addOption(options.imagesOption("run only the first N images (default: the plan's)"))
    .addOption(
      new Option(
        '--set <PATH=VALUE>',
        "change one value of the plan's base: of the hardware, or images, fidelity, ...; may be repeated",
      )
        .argParser(options.collect)
        .default([], 'none'),
    )
    .addOption(options.threadsOption())
    .addOption(
      new Option('--shard <I/N>', 'run only the I-th of N parts of the trials, for N machines on one store or on N'),
    )
    .addOption(queueOption("have 'sonic worker' processes on the same store compute the trials, by a Redis server"))
    .addOption(queueNameOption())
    .addOption(
      options.countOption('--baseline <POINT>', 'number of the point that the others are compared with').default(1),
    )
    .addOption(options.jsonOption())
    .addHelpText(
      'after',
      `
Trials are kept in the store by the hash of all that they depend on: the same command goes on where it was
interrupted, and points that other sweeps have run are not run again.

--until: at least 4 chips are run; then, round by round, as many more as seem needed, until 2 t s / sqrt(n) of the
n chips' accuracies (Student's t) is at most WIDTH, or the plan's monteCarlo.most is met. With --shard the round
goes on only once the trials of all shards are in the store: run the command again on each.

Examples:
  sonic sweep adc-bits.yaml --plan
  sonic sweep adc-bits.yaml
  sonic sweep adc-bits.yaml --images 500 --chips 8 --until 0.2%
  sonic sweep adc-bits.yaml --shard 1/4 --store /net/store
  sonic sweep adc-bits.yaml --queue redis://head:6379 --store /net/store`,
    )
    .action(async (file: string, flags: SweepFlags) => {
      await sweepFile(file, flags);
    });
}
