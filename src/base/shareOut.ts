/** Tasks dealt to whoever is free: this thread and others, which take the next when they are done with one. */

/** One that runs tasks. */
export interface Lane<Task, Result> {
  /** Tasks that it has at a time: a thread is given the next before it asks, since whoever deals may be at a task too. */
  readonly ahead: number;
  /** Resolves when it can run; until then others take all there is. */
  start(): Promise<unknown>;
  run(task: Task): Promise<Result>;
}

/** Lets others be dealt to: after each task of a lane in this thread. */
export const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/**
 * Results in the order of `tasks`, of which there is one at least. It does not wait for lanes that have not started when all
 * is done.
 * @throws the first error of any lane; the others end their tasks, and take no more.
 */
export async function shareOut<Task, Result>(
  tasks: readonly Task[],
  lanes: readonly Lane<Task, Result>[],
  onDone: (task: Task) => void,
): Promise<Result[]> {
  const results = new Array<Result>(tasks.length);
  const running: Promise<void>[] = [];
  let [next, left] = [0, tasks.length];
  const ended = new Promise<void>((resolve, reject) => {
    // What is taken ahead leaves a task for every lane.
    const takeTasks = async ({ run }: Lane<Task, Result>, isAhead: boolean) => {
      while (tasks.length - next >= (isAhead ? lanes.length : 1)) {
        const at = next++;
        results[at] = await run(tasks[at]!);
        onDone(tasks[at]!);
        if (--left === 0) resolve();
      }
    };
    const fail = (error: unknown) => {
      next = tasks.length;
      reject(error);
    };
    for (const lane of lanes) {
      lane.start().then(() => {
        for (let i = 0; i < lane.ahead; i++) {
          const tasksOfLane = takeTasks(lane, i > 0);
          running.push(tasksOfLane);
          tasksOfLane.catch(fail);
        }
      }, fail);
    }
  });
  try {
    await ended;
    return results;
  } finally {
    await Promise.allSettled(running);
  }
}
