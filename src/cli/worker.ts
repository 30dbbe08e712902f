/** `sonic worker`: computes trials of a queue into a store. */
import { Command } from 'commander';
import type { WorkerEvent } from '../experiments/queue/queueWorker.js';
import { oneLine } from './failure.js';
import { countOption, storeOption, threadsOption } from './options.js';
import { queueNameOption, queueOption } from './queueOptions.js';
import { damageWarner } from './resultsKeep.js';

interface WorkerFlags {
  readonly queue?: string;
  readonly queueName?: string;
  readonly store: string;
  readonly threads?: number;
  readonly idle?: number;
}

/** What was computed to stdout, what went wrong to stderr: a line each, also for a log. */
function tell({ kind, text }: WorkerEvent): void {
  if (kind === 'computed' || kind === 'known') process.stdout.write(`${oneLine(text)}\n`);
  else process.stderr.write(`sonic: ${kind === 'failed' ? 'failed: ' : ''}${oneLine(text)}\n`);
}

/** Aborts on the first Ctrl-C or SIGTERM, when blocks in flight are still stored; the second ends the program at once. */
function onStop(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      process.stderr.write('sonic: stopping; blocks in flight are kept, trials go back to the queue\n');
      controller.abort();
    });
  }
  return controller.signal;
}

async function worker(flags: WorkerFlags): Promise<void> {
  const [{ runWorker }, { queueNameOf }, { openTrialStore }, { createTrialLoader }, { codeHash }, { UsageError }] =
    await Promise.all([
      import('../experiments/queue/queueWorker.js'),
      import('../experiments/queue/trialQueue.js'),
      import('../experiments/store/store.js'),
      import('../experiments/trial/trialLoader.js'),
      import('../experiments/store/codeHash.js'),
      import('../base/errors.js'),
    ]);
  const { defaultThreads } = await import('../emulation/emulator/emulate.js');
  if (flags.queue === undefined) throw new UsageError('--queue is missing: the server that the sweep was given');
  const { parseQueueUrl } = await import('../experiments/queue/connection.js');
  const { shown } = parseQueueUrl(flags.queue);
  const code = codeHash();
  const store = await openTrialStore(flags.store, { onDamage: damageWarner() });
  const { threads = defaultThreads() } = flags;
  const queueName = flags.queueName ?? queueNameOf(store.id);
  process.stdout.write(
    `queue ${shown} ${queueName}, store ${flags.store}, ${threads} threads, code ${code.slice(0, 16)}\n`,
  );
  const { computed, known, failed, bad, refused } = await runWorker({
    url: flags.queue,
    queueName,
    store,
    loader: createTrialLoader(code),
    code,
    threads,
    idle_s: flags.idle,
    signal: onStop(),
    onEvent: tell,
  });
  const badJobs = bad === 0 ? '' : `, ${bad} bad ${bad === 1 ? 'job' : 'jobs'} set aside`;
  process.stdout.write(`${computed} trials computed, ${known} known already, ${failed} failed${badJobs}\n`);
  if (bad > 0) process.exitCode = 1;
  if (refused.length > 0 && computed + known + failed === 0) process.exitCode = 1;
}

/** The command `sonic worker`. */
export function workerCommand(): Command {
  return new Command('worker')
    .description("Compute a queue's trials into a store that all share; any number of workers, on any machines")
    .addOption(queueOption('server of the queue'))
    .addOption(queueNameOption())
    .addOption(storeOption('folder with the trials, the same one for the sweep and all workers'))
    .addOption(threadsOption())
    .addOption(countOption('--idle <S>', 'end after so many seconds with nothing to do (default: never)'))
    .addHelpText(
      'after',
      `
Workers may be killed at any time: their trials go to others, which go on from the last block of images that the
store has. Ctrl-C or SIGTERM lets blocks in flight end. A job that is no trial is named, kept in the server's list
bull:QUEUE:bad, and the worker exits 1 when it ends. Passwords are better in the environment: SONIC_QUEUE=redis://...

Examples:
  sonic worker --queue redis://head:6379 --store /net/sonic-store
  sonic worker --queue redis://head:6379 --store /net/sonic-store --threads 8 --idle 120`,
    )
    .action(worker);
}
