import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Lane, shareOut } from '../../src/base/shareOut.js';

interface BatchTask {
  readonly first: number;
  readonly count: number;
}

interface BatchResult {
  readonly ran: number;
}

const resultOf = ({ first }: BatchTask): BatchResult => ({ ran: first });
const batchesOf = (count: number): BatchTask[] => Array.from({ length: count }, (_, i) => ({ first: 3 * i, count: 3 }));
const ticks = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

interface LaneLog extends Lane<BatchTask, BatchResult> {
  /** What it ran, in order. */
  readonly ran: number[];
  /** Most batches that it had at a time. */
  most(): number;
}

/** A lane that takes so many turns of the event loop to start, and to run a batch. */
function lane(ahead: number, toStart: number, toRun: number, failsAt = Number.POSITIVE_INFINITY): LaneLog {
  const ran: number[] = [];
  let [now, most] = [0, 0];
  return {
    ahead,
    ran,
    most: () => most,
    start: () => ticks(toStart),
    run: async (task) => {
      most = Math.max(most, ++now);
      await ticks(toRun);
      now--;
      if (ran.length >= failsAt) throw new Error(`batch ${task.first}`);
      ran.push(task.first);
      return resultOf(task);
    },
  };
}

describe('shareOut', () => {
  it('has each batch run once, and results in their order, whoever is how fast', async () => {
    const lanes = fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat(9), fc.nat(4)), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(lanes, fc.integer({ min: 1, max: 25 }), async (given, count) => {
        const all = given.map((times) => lane(...times));
        const batches = batchesOf(count);
        let done = 0;
        const results = await shareOut(batches, all, ({ count: images }) => {
          done += images;
        });
        expect(results).toEqual(batches.map(resultOf));
        expect(done).toBe(3 * count);
        expect(all.flatMap(({ ran }) => ran).sort((a, b) => a - b)).toEqual(batches.map(({ first }) => first));
        for (const { ahead, most } of all) expect(most()).toBeLessThanOrEqual(ahead);
      }),
      { numRuns: 50 },
    );
  });

  it('leaves a batch for each of the others, who may be about to start', async () => {
    for (const count of [2, 3]) {
      const lanes = Array.from({ length: count }, (_, i) => lane(2, i, 30));
      await shareOut(batchesOf(count), lanes, () => {});
      expect(lanes.map(({ ran }) => ran.length)).toEqual(lanes.map(() => 1));
    }
  });

  it('waits for no lane that has not started when all is done', async () => {
    const never: Lane<BatchTask, BatchResult> = {
      ahead: 2,
      start: () => new Promise(() => {}),
      run: async (task) => resultOf(task),
    };
    expect(await shareOut(batchesOf(4), [lane(1, 0, 1), never], () => {})).toHaveLength(4);
  });

  it('is rejected with the first error, of a start or of a batch, once those that run have ended', async () => {
    const slow = lane(1, 0, 20);
    await expect(shareOut(batchesOf(50), [slow, lane(2, 1, 1, 2)], () => {})).rejects.toThrow(/^batch \d+$/);
    expect(slow.ran).toEqual([0]);
    const broken: Lane<BatchTask, BatchResult> = {
      ...lane(1, 0, 1),
      start: () => Promise.reject(new Error('no start')),
    };
    const other = lane(1, 3, 1);
    await expect(shareOut(batchesOf(9), [broken, other], () => {})).rejects.toThrow('no start');
    expect(other.ran.length).toBeLessThan(9);
  });
});
