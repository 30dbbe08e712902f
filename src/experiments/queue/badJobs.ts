/** Jobs that hold no trial: taken out of the queue, and kept in a list of the server for whoever wants to know. */
import type { Queue } from 'bullmq';

/** Jobs that the list keeps, and characters of the content of each. */
const MOST_JOBS = 1000;
const MOST_CHARACTERS = 65_536;

export interface BadJob {
  readonly id: string;
  readonly problem: string;
  /** JSON text of what it held. */
  readonly data: string;
  /** ISO 8601. */
  readonly foundAt: string;
}

/** Key of the list: `redis-cli LRANGE KEY 0 -1` shows it. */
export const badJobsKey = (queue: Queue) => queue.toKey('bad');

/** The part of a client of Redis that lists need. */
interface ListClient {
  rpush(key: string, value: string): Promise<number>;
  ltrim(key: string, start: number, stop: number): Promise<unknown>;
  lrange(key: string, start: number, stop: number): Promise<string[]>;
}

const clientOf = async (queue: Queue) => (await queue.client) as unknown as ListClient;

export async function keepBadJob(queue: Queue, job: Omit<BadJob, 'foundAt'>): Promise<void> {
  const client = await clientOf(queue);
  const entry: BadJob = { ...job, data: job.data.slice(0, MOST_CHARACTERS), foundAt: new Date().toISOString() };
  await client.rpush(badJobsKey(queue), JSON.stringify(entry));
  await client.ltrim(badJobsKey(queue), -MOST_JOBS, -1);
}

/** How often each job was found bad, by id, and what was wrong the last time. */
export async function badJobs(queue: Queue): Promise<Map<string, { times: number; problem: string }>> {
  const found = new Map<string, { times: number; problem: string }>();
  for (const text of await (await clientOf(queue)).lrange(badJobsKey(queue), 0, -1)) {
    try {
      const { id, problem } = JSON.parse(text) as BadJob;
      found.set(id, { times: 1 + (found.get(id)?.times ?? 0), problem });
    } catch {
      // Somebody else's line.
    }
  }
  return found;
}
