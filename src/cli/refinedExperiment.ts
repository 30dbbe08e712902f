/** `sonic experiment run --refine`: the rounds of a refined experiment, with progress and what came out. */
import { commandLine } from './commandLine.js';
import { createProgress } from './progress.js';
import { onDamage, onInterrupt, report, type SweepFlags, showTrials } from './sweep.js';
import { sweepExecutor } from './sweepExecutor.js';

export interface RefineFlags extends SweepFlags {
  readonly coarseImages?: number;
  readonly rounds?: number;
  readonly margin?: number;
}

/** @throws UsageError for options that make no sense where results decide what is run. */
async function checkFlags({ plan, shard, until }: RefineFlags): Promise<void> {
  const { UsageError } = await import('../base/errors.js');
  if (plan) throw new UsageError('--plan cannot list the points of --refine: they follow from results; leave one out');
  if (shard !== undefined) {
    throw new UsageError(
      '--shard: every round of --refine needs all trials of the one before; use --queue, or no --refine',
    );
  }
  if (until !== undefined) throw new UsageError('--until: with --refine all points have as many chips; give --chips');
}

/** Runs an experiment's plan file in rounds and prints the table; null never, but as of `sweepFile`. */
export async function refineFile(file: string, flags: RefineFlags) {
  await checkFlags(flags);
  const [{ loadPlan, withChanges }, { createTrialLoader }, { codeHash }, { checkOutputs }] = await Promise.all([
    import('../experiments/sweep/planFile.js'),
    import('../experiments/trial/trialLoader.js'),
    import('../experiments/store/codeHash.js'),
    import('../base/files.js'),
  ]);
  await checkOutputs(flags.json);
  const progress = createProgress('images');
  const interrupt = onInterrupt();
  try {
    progress.stage('loading');
    const source = withChanges(await loadPlan(file), { set: flags.set });
    const code = codeHash();
    const loader = createTrialLoader(code);
    const [{ openTrialStore }, { executeRefined }] = await Promise.all([
      import('../experiments/store/store.js'),
      import('../experiments/ready/refine/executeRefined.js'),
    ]);
    const store = await openTrialStore(flags.store, { onDamage });
    const executor = await sweepExecutor(flags, { loader, code, storeId: store.id });
    try {
      const { coarseImages, images, chips, rounds, margin } = flags;
      const run = await executeRefined(source, store, executor, loader, {
        ...{ coarseImages, images, chips, rounds, margin },
        command: commandLine(),
        signal: interrupt.signal,
        onStage: (text) => {
          progress.stop();
          process.stderr.write(`${text}\n`);
        },
        onProgress: showTrials(progress),
      });
      progress.stop();
      for (const remark of run.remarks) process.stderr.write(`${file}: ${remark}\n`);
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
