/** A worker for `workerPool.test.ts`. */
import { threadId, workerData } from 'node:worker_threads';

const [given] = [workerData].flat().filter((data) => typeof data?.plus === 'number');

export default async function run(task) {
  if (task.fail === 'user') return { error: { name: 'FormatError', message: 'bad file' } };
  if (task.fail) throw new TypeError('a defect');
  return { value: { sum: task.numbers.reduce((a, b) => a + b, given?.plus ?? 0), threadId } };
}
