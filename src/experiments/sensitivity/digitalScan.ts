/** Variants of a network over all images, in batches on as many threads as are wanted; the result depends on neither. */
import { openPool } from '../../base/workerPool.js';
import type { Dataset } from '../../datasets/types.js';
import { defaultThreads } from '../../emulation/emulator/emulate.js';
import { toShared } from '../../emulation/emulator/shared.js';
import type { ChangedWeights } from '../../networks/forward.js';
import type { Network } from '../../networks/types.js';
import { createScanRunner, type ScanJob, type ScanTask } from './scanRunner.js';

/** Images a batch: enough for weights to be uploaded seldom, few enough for the activations of large images. */
const BATCH = 32;
/** Work below which a thread, which loads TensorFlow.js anew, would take longer to start than to run: images. */
const FEW_IMAGES = 64;

export interface EvaluatorOptions {
  readonly threads?: number | undefined;
  readonly batch?: number | undefined;
  /** Called with the images that have run since the last call. */
  readonly onImages?: ((count: number) => void) | undefined;
}

type RunTask = (task: ScanTask) => Promise<Int32Array[]>;

const pool = (job: ScanJob, threads: number) =>
  openPool<ScanTask, Int32Array[]>(new URL('../../../dist/experiments/sensitivity/scanWorker.js', import.meta.url), {
    threads,
    data: toShared(job),
  });

async function here(job: ScanJob): Promise<{ run: RunTask; close: () => Promise<void> }> {
  const runner = createScanRunner(job);
  return { run: runner.run, close: async () => runner.dispose() };
}

export interface DigitalScan {
  /**
   * Class of every image, [set of weights][count].
   * @param data one of the scan's
   * @throws NetworkError where a value is not finite.
   */
  classes(sets: readonly ChangedWeights[], data: Dataset): Promise<Int32Array[]>;
  close(): Promise<void>;
}

const shared = (weights: ChangedWeights): ChangedWeights =>
  new Map([...weights].map(([name, values]) => [name, toShared(values)]));

/** Threads start with the first images. */
export function digitalScan(
  network: Network,
  datasets: readonly Dataset[],
  { threads = defaultThreads(), batch = BATCH, onImages }: EvaluatorOptions,
): DigitalScan {
  const [{ images, count: most }] = datasets as [Dataset];
  const job: ScanJob = { network, images: datasets.map((data) => data.images), imageSize: images.length / most };
  const wanted = Math.max(1, Math.min(threads, Math.ceil(most / batch)));
  const isHere = wanted === 1 || most <= FEW_IMAGES;
  let workers: ReturnType<typeof pool> | undefined;
  return {
    async classes(given, data) {
      workers ??= isHere ? here(job) : pool(job, wanted);
      const { run } = await workers;
      const { count } = data;
      const sets = isHere ? given : given.map(shared);
      const all = sets.map(() => new Int32Array(count));
      const batches = Array.from({ length: Math.ceil(count / batch) }, (_, i) => i * batch);
      await Promise.all(
        batches.map(async (first) => {
          const own = Math.min(batch, count - first);
          const classes = await run({ images: datasets.indexOf(data), first, count: own, sets });
          for (const [set, values] of classes.entries()) all[set]!.set(values, first);
          onImages?.(own * sets.length);
        }),
      );
      return all;
    },
    close: async () => (await workers)?.close(),
  };
}
