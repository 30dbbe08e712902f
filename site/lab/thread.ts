/** A worker as a function that answers requests in their order. */
import type { Reply, Request } from './messages.js';

export class Thread {
  readonly #worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  readonly #waiting: { resolve(value: unknown): void; reject(error: Error): void }[] = [];

  constructor() {
    this.#worker.addEventListener('message', ({ data }: MessageEvent<Reply<unknown>>) => {
      const { resolve, reject } = this.#waiting.shift()!;
      if ('error' in data) reject(new Error(data.error));
      else resolve(data.value);
    });
    this.#worker.addEventListener('error', ({ message }) => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error(`a thread ended: ${message}`));
    });
  }

  ask<T>(request: Request): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ resolve: resolve as (value: unknown) => void, reject });
      this.#worker.postMessage(request);
    });
  }
}
