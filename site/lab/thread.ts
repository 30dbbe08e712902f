/** A worker as a function that answers requests in their order. */
import type { Progress, Reply, Request } from './messages.js';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
  onProgress(progress: Progress): void;
}

export interface AskOptions {
  /** Ends the worker where it is busy with this: a new one takes its place, which has been told nothing yet. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** What a request ends with whose worker was ended. */
export class ThreadStopped extends Error {}

export class Thread {
  #worker = this.#start();
  #waiting: Waiting[] = [];

  #start(): Worker {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<Reply<unknown>>) => {
      // What a worker said before it was ended nobody waits for.
      if (worker !== this.#worker) return;
      if ('progress' in data) return this.#waiting[0]!.onProgress(data.progress);
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
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  /** Whether something that was asked for has not been answered. */
  get isBusy(): boolean {
    return this.#waiting.length > 0;
  }

  /** Ends the worker with all that it was asked for; a new one takes its place. */
  stop(): void {
    this.#restart(new ThreadStopped('stopped'));
  }

  ask<T>(request: Request, { signal, onProgress = () => {} }: AskOptions = {}): Promise<T> {
    if (signal?.aborted) return Promise.reject(new ThreadStopped('stopped'));
    const answer = new Promise<T>((resolve, reject) => {
      this.#waiting.push({ resolve: resolve as (value: unknown) => void, reject, onProgress });
      this.#worker.postMessage(request);
    });
    const stop = () => this.stop();
    signal?.addEventListener('abort', stop, { once: true });
    return answer.finally(() => signal?.removeEventListener('abort', stop));
  }
}
