/** Where the trials of `sonic sweep` are computed: in this process, or by workers at a queue. */
import type { TrialExecutor } from '../experiments/trial/executor.js';
import type { TrialLoader } from '../experiments/trial/trialLoader.js';
import { oneLine } from './failure.js';

interface ExecutorFlags {
  readonly threads?: number;
  readonly queue?: string;
  readonly queueName?: string;
}

interface Sweep {
  readonly loader: TrialLoader;
  /** Hash of the code. */
  readonly code: string;
  readonly storeId: string | null;
}

/** @throws UsageError where the flags do not go together, or the queue's address is none. */
export async function sweepExecutor(flags: ExecutorFlags, { loader, code, storeId }: Sweep): Promise<TrialExecutor> {
  const { threads, queue: url, queueName } = flags;
  if (url === undefined) {
    const { createLocalExecutor } = await import('../experiments/trial/runTrials.js');
    return createLocalExecutor({ loader, threads });
  }
  const [{ createQueueExecutor }, { queueNameOf }, { UsageError }] = await Promise.all([
    import('../experiments/queue/coordinator.js'),
    import('../experiments/queue/trialQueue.js'),
    import('../base/errors.js'),
  ]);
  if (threads !== undefined)
    throw new UsageError('--threads is of this process; with --queue, give it to sonic worker');
  return createQueueExecutor({
    url,
    queueName: queueName ?? queueNameOf(storeId),
    code,
    imagesOf: async ({ settings }) => (await loader.load(settings)).dataset.count,
    // Over the bar, which is drawn again below.
    onNotice: (text) => process.stderr.write(`${process.stderr.isTTY ? '\r\x1b[K' : ''}sonic: ${oneLine(text)}\n`),
  });
}
