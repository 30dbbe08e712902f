/**
 * Turns at TensorFlow.js. A process has one engine with one current backend, on which every operation lands, and an
 * operation may follow an `await`: whoever makes a backend the current one keeps the others away until it is done with it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

const turn = new AsyncLocalStorage<{ over: boolean }>();
let last: Promise<unknown> = Promise.resolve();

/**
 * Does work that makes a backend the current one and computes with it, after all work that asked before. Work within a turn
 * is part of it. It must end by itself: it must not wait for anything that waits for a turn.
 */
export function takeTurn<T>(work: () => Promise<T>): Promise<T> {
  if (turn.getStore()?.over === false) return work();
  const done = last.then(async () => {
    const own = { over: false };
    try {
      return await turn.run(own, work);
    } finally {
      own.over = true;
    }
  });
  last = done.catch(() => undefined);
  return done;
}
