/** A worker as a function that answers requests in their order. */
import type { LayerExtents } from '#sonic/emulation/calibration/extentMemory.js';
import type { Network } from '#sonic/networks/types.js';
import type { MergedExtents, Progress, Reply, Request } from './messages.js';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
  onProgress(progress: Progress): void;
  onExtents(extents: readonly LayerExtents[]): void;
}

export interface AskOptions {
  /** Ends the worker where it is busy with this: a new one takes its place, which has been told nothing yet. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Of a compilation that is shared. */
  readonly onExtents?: (extents: readonly LayerExtents[]) => void;
}

/** What a request ends with whose worker was ended. */
export class ThreadStopped extends Error {}

export class Thread {
  #worker = this.#start();
  #waiting: Waiting[] = [];
  /** The network that the worker was last given; a new one has none. */
  network: Network | null = null;

  #start(): Worker {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<Reply<unknown>>) => {
      // What a worker said before it was ended nobody waits for.
      if (worker !== this.#worker) return;
      if ('progress' in data) return this.#waiting[0]!.onProgress(data.progress);
      if ('extents' in data) return this.#waiting[0]!.onExtents(data.extents);
      const { resolve, reject } = this.#waiting.shift()!;
      if ('error' in data) reject(new Error(data.error));
      else resolve(data.value);
    });
    worker.addEventListener('error', ({ message }) => this.#restart(new Error(`a thread ended: ${message}`)));
    return worker;
  }

  #restart(error: Error): void {
    this.#worker.terminate();
    this.#worker = this.#start();
    this.network = null;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  /** Ends the worker with all that it was asked for; a new one takes its place. */
  stop(): void {
    this.#restart(new ThreadStopped('stopped'));
  }

  /** Says what no answer comes to. */
  tell(message: MergedExtents): void {
    this.#worker.postMessage(message);
  }

  ask<T>(request: Request, { signal, onProgress = () => {}, onExtents = () => {} }: AskOptions = {}): Promise<T> {
    if (signal?.aborted) return Promise.reject(new ThreadStopped('stopped'));
    const answer = new Promise<T>((resolve, reject) => {
      this.#waiting.push({ resolve: resolve as (value: unknown) => void, reject, onProgress, onExtents });
      this.#worker.postMessage(request);
    });
    const stop = () => this.stop();
    signal?.addEventListener('abort', stop, { once: true });
    return answer.finally(() => signal?.removeEventListener('abort', stop));
  }
}
