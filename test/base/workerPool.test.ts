import { afterAll, expect, it } from 'vitest';
import { FormatError } from '../../src/base/errors.js';
import { openPool } from '../../src/base/workerPool.js';

interface Task {
  readonly numbers?: Float64Array;
  readonly fail?: string;
}

const pool = await openPool<Task, { sum: number; threadId: number }>(new URL('./poolWorker.mjs', import.meta.url), {
  threads: 2,
  data: { plus: 100 },
  ahead: 2,
});
afterAll(() => pool.close());

it('runs tasks in threads that are given what all have in common', async () => {
  const tasks = [1, 2, 3, 4, 5, 6].map((n) => pool.run({ numbers: Float64Array.of(n, 0.5) }));
  const results = await Promise.all(tasks);
  expect(results.map(({ sum }) => sum)).toEqual([101.5, 102.5, 103.5, 104.5, 105.5, 106.5]);
  expect(results.every(({ threadId }) => threadId > 0)).toBe(true);
});

it('hands over what is transferred', async () => {
  const numbers = Float64Array.of(1, 2);
  expect((await pool.run({ numbers }, [numbers.buffer])).sum).toBe(103);
  expect(numbers).toHaveLength(0);
});

it('throws errors of ours by their class, and defects as they are', async () => {
  await expect(pool.run({ fail: 'user' })).rejects.toThrow(FormatError);
  await expect(pool.run({ fail: 'user' })).rejects.toThrow('bad file');
  await expect(pool.run({ fail: 'defect' })).rejects.toThrow('a defect');
  expect((await pool.run({ numbers: Float64Array.of(1) })).sum).toBe(101);
});
