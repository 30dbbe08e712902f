import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseQueueUrl } from '../../../src/experiments/queue/connection.js';
import { createQueueExecutor, type QueueOptions } from '../../../src/experiments/queue/coordinator.js';
import { trialDifference } from '../../../src/experiments/store/identity.js';
import { type FolderStore, openTrialStore } from '../../../src/experiments/store/store.js';
import { planOf } from '../../../src/experiments/sweep/planFile.js';
import { planSweep } from '../../../src/experiments/sweep/planner.js';
import type { Trial } from '../../../src/experiments/sweep/types.js';
import { blockImages } from '../../../src/experiments/trial/imageBlocks.js';
import { createTrialLoader } from '../../../src/experiments/trial/trialLoader.js';
import type { TrialTask } from '../../../src/experiments/trial/trialSettings.js';
import { buildIfStale, MAIN, sonicProcess as sonic } from '../../cli/sonic.js';
import { temporaryFolder } from '../../helpers/folder.js';
import { smallMnist } from '../../helpers/smallMnist.js';
import { runTrials } from '../sweep/runOnce.js';
import { hasRedis, RedisServer } from './redisServer.js';

const BLOCK_IMAGES = blockImages('wasm');
const folder = temporaryFolder();
const CODE = 'test';
const BLOCKS = 3;
const CHIPS = [1, 2, 3, 4, 5];
const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url));
const loader = createTrialLoader(CODE);

interface Sweep {
  readonly tasks: TrialTask[];
  /** What this process alone makes of them. */
  readonly wanted: Trial[];
}

/** Trials long enough to be cut off in their middle, and short ones for all else. */
let [long, short] = [] as unknown as [Sweep, Sweep];

async function sweepOf(name: string, network: string): Promise<Sweep> {
  const plan = planOf({
    name,
    base: { network, images: BLOCKS * BLOCK_IMAGES, set: { 'calibration.images': 20 } },
    axes: [{ path: 'chip', values: CHIPS }],
  });
  const { points } = await planSweep(plan, loader);
  const tasks = points.map(({ label, settings, loaded: { key } }) => ({ key, label, settings }));
  const local = await openTrialStore(folder.path(name));
  await runTrials(tasks, local, { loader, threads: 2 });
  return { tasks, wanted: await Promise.all(tasks.map(async ({ key }) => (await local.get(key))!)) };
}

beforeAll(async () => {
  buildIfStale();
  long = await sweepOf('long', 'mnist');
  short = await sweepOf('short', await smallMnist(folder));
}, 300_000);

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  text: string;
}

const started: Running[] = [];
afterAll(() => {
  for (const { child } of started) child.kill('SIGKILL');
});

function startWorker(url: string, name: string, code = CODE): Running {
  const child = spawn(process.execPath, [WORKER, url, name, folder.path(name), code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const running: Running = { child, ended: new Promise((resolve) => child.on('close', resolve)), text: '' };
  child.stdout!.on('data', (chunk: Buffer) => {
    running.text += chunk;
  });
  started.push(running);
  return running;
}

const linesOf = (workers: readonly Running[], start: string) =>
  workers.flatMap(({ text }) => text.split('\n').filter((line) => line.startsWith(start)));

async function until(condition: () => boolean | Promise<boolean>, what: string, seconds = 120): Promise<void> {
  for (let waited = 0; !(await condition()); waited += 0.05) {
    if (waited > seconds)
      throw new Error(`waited too long until ${what}: ${started.map(({ text }) => text).join('---\n')}`);
    await sleep(50);
  }
}

const optionsFor = (url: string, name: string, more: Partial<QueueOptions> = {}): QueueOptions => ({
  url,
  queueName: name,
  code: CODE,
  imagesOf: async () => BLOCKS * BLOCK_IMAGES,
  ...more,
});

async function expectAll(store: FolderStore, { wanted }: Sweep): Promise<void> {
  for (const trial of wanted) expect(trialDifference((await store.get(trial.key))!, trial)).toBeNull();
}

describe.skipIf(!hasRedis)('a sweep by workers', () => {
  const server = new RedisServer(() => folder.path('redis'));
  beforeAll(() => server.start());
  afterAll(() => server.kill());

  it('gives what this process alone gives, and runs nothing that the store has', async () => {
    const { tasks, wanted } = short;
    const store = await openTrialStore(folder.path('plain'));
    const workers = [startWorker(server.url, 'plain'), startWorker(server.url, 'plain')];
    const done: number[] = [];
    const executor = createQueueExecutor(optionsFor(server.url, 'plain'));
    await store.put(wanted[0]!);
    const report = await executor.run(tasks, store, { onProgress: ({ imagesDone }) => done.push(imagesDone) });
    expect(report).toEqual({ ran: 4, reused: 1, failed: [], interrupted: false });
    expect(done.at(-1)).toBe(5 * BLOCKS * BLOCK_IMAGES);
    await expectAll(store, short);
    expect(await executor.run(tasks, store)).toEqual({ ran: 0, reused: 5, failed: [], interrupted: false });
    for (const { child, ended } of workers) {
      child.kill('SIGTERM');
      await ended;
    }
    expect(linesOf(workers, 'put')).toHaveLength(4);
    expect(linesOf(workers, 'end')).toHaveLength(2);
    expect(await store.claimed()).toEqual([]);
  });

  it('loses and doubles nothing while workers are killed and the server restarts, with and without its data', async () => {
    const { tasks } = long;
    const store = await openTrialStore(folder.path('rough'));
    const notices: string[] = [];
    const onNotice = (text: string) => notices.push(text);
    const running = createQueueExecutor(optionsFor(server.url, 'rough', { onNotice })).run(tasks, store);
    const workers: Running[] = [];
    const start = () => workers.push(startWorker(server.url, 'rough'));
    const blocks = () => linesOf(workers, 'block').length;
    const killLast = async () => {
      const { child, ended } = workers.at(-1)!;
      child.kill('SIGKILL');
      await ended;
    };
    start();
    start();
    await until(() => blocks() >= 2, 'the first blocks are there');
    await killLast();
    start();
    await until(() => blocks() >= 4, 'more blocks are there');
    const said = (what: string) => notices.filter((text) => text.includes(what)).length;
    await server.kill();
    await until(() => said('is away') === 1, 'the loss is said');
    await server.start();
    await until(() => blocks() >= 7, 'work goes on after the restart');
    await killLast();
    start();
    await server.kill();
    await server.forget();
    await until(() => said('is away') === 2, 'the second loss is said');
    await server.start();
    expect(await running).toEqual({ ran: 5, reused: 0, failed: [], interrupted: false });
    await expectAll(store, long);
    // Killed workers may have stored a block that they could not say any more; none is stored twice.
    const [stored, put] = [linesOf(workers, 'block'), linesOf(workers, 'put')];
    expect(new Set(stored).size).toBe(stored.length);
    expect(new Set(put).size).toBe(put.length);
    expect(stored.length).toBeGreaterThanOrEqual(5 * BLOCKS - 2);
    expect([said('is away'), said('is back')]).toEqual([2, 2]);
    for (const { child } of workers) child.kill('SIGKILL');
  });

  it('goes on after the coordinator was interrupted or died', async () => {
    const { tasks } = long;
    const store = await openTrialStore(folder.path('again'));
    const abort = new AbortController();
    const worker = startWorker(server.url, 'again');
    const first = createQueueExecutor(optionsFor(server.url, 'again')).run(tasks, store, { signal: abort.signal });
    await until(() => linesOf([worker], 'put').length >= 1, 'a trial is there');
    abort.abort();
    expect(await first).toMatchObject({ interrupted: true, failed: [] });
    const report = await createQueueExecutor(optionsFor(server.url, 'again')).run(tasks, store);
    expect(report).toMatchObject({ failed: [], interrupted: false });
    expect(report.reused).toBeGreaterThanOrEqual(1);
    await expectAll(store, long);
    const put = linesOf([worker], 'put');
    expect(new Set(put).size).toBe(put.length);
    worker.child.kill('SIGKILL');
  });

  it('reports a trial that cannot be computed, and tries it afresh the next time', async () => {
    const { tasks } = short;
    const store = await openTrialStore(folder.path('failing'));
    const worker = startWorker(server.url, 'failing');
    const [good, other] = tasks as [TrialTask, TrialTask];
    const bad = { ...other, settings: { ...other.settings, network: '/nowhere/net.safetensors' } };
    const executor = createQueueExecutor(optionsFor(server.url, 'failing'));
    const report = await executor.run([bad, good], store);
    expect(report).toMatchObject({ ran: 1, reused: 0, interrupted: false });
    expect(report.failed).toEqual([{ task: bad, message: expect.stringContaining('/nowhere/net.safetensors') }]);
    expect(await executor.run([other, good], store)).toEqual({ ran: 1, reused: 1, failed: [], interrupted: false });
    worker.child.kill('SIGKILL');
  });

  it('is refused by workers of another version of the code, and left to others', async () => {
    const { tasks } = short;
    const store = await openTrialStore(folder.path('versions'));
    const stranger = startWorker(server.url, 'versions', 'another');
    const running = createQueueExecutor(optionsFor(server.url, 'versions')).run(tasks.slice(0, 1), store);
    await until(() => linesOf([stranger], 'refused').length === 1, 'the trial is refused');
    expect(stranger.text).toMatch(
      /is put back for others: its code is test, this worker's another; install the version/,
    );
    const own = startWorker(server.url, 'versions');
    expect(await running).toMatchObject({ ran: 1, failed: [] });
    expect([linesOf([stranger], 'put'), linesOf([own], 'put')]).toEqual([[], [`put ${tasks[0]!.key}`]]);
    for (const { child } of [own, stranger]) child.kill('SIGKILL');
  });

  it('leaves alone what waits, counts all of it, and takes all of it back when interrupted', async () => {
    const { tasks } = short;
    const store = await openTrialStore(folder.path('waiting'));
    const { Queue } = await import('bullmq');
    const queue = new Queue('waiting', { connection: parseQueueUrl(server.url).connection, skipVersionCheck: true });
    const put = async () => (await queue.getJobs(['wait'])).map(({ id, timestamp }) => [id, timestamp]).sort();
    const abort = new AbortController();
    const notices: string[] = [];
    const onNotice = (text: string) => notices.push(text);
    const options = optionsFor(server.url, 'waiting', { onNotice, say_ms: 200 });
    const running = createQueueExecutor(options).run(tasks, store, { signal: abort.signal });
    await until(async () => (await queue.getWaitingCount()) === tasks.length, 'all trials are in the queue');
    const first = await put();
    await until(() => notices.filter((text) => text.startsWith('waiting')).length >= 4, 'it is said what is awaited');
    expect(await put()).toEqual(first);
    expect(first).toHaveLength(tasks.length);
    expect(notices).toContain(
      `waiting for ${tasks.length} trials: ${tasks.length} in the queue; no worker is at the queue`,
    );
    abort.abort();
    expect(await running).toMatchObject({ interrupted: true, ran: 0 });
    expect(await queue.getWaitingCount()).toBe(0);
    await queue.disconnect();
  });

  it('goes on where its jobs were damaged; what is no trial is set aside, in a list that is named', async () => {
    const { tasks } = short;
    const store = await openTrialStore(folder.path('bad'));
    const { Queue } = await import('bullmq');
    const queue = new Queue('bad', { connection: parseQueueUrl(server.url).connection, skipVersionCheck: true });
    const client = (await queue.client) as unknown as {
      hset(key: string, field: string, value: string): Promise<number>;
      lrange(key: string, first: number, last: number): Promise<string[]>;
    };
    const set = (key: string, field: string, value: string) => client.hset(queue.toKey(key), field, value);
    const running = createQueueExecutor(optionsFor(server.url, 'bad')).run(tasks, store);
    await until(async () => (await queue.getWaitingCount()) === tasks.length, 'all trials are in the queue');
    const keys = tasks.map(({ key }) => key);
    const good = { schema: 'sonic-queued-trial/1', code: CODE, task: tasks[2] };
    await set(keys[0]!, 'data', '{"schema":"sonic-que');
    await set(keys[1]!, 'data', 'null');
    await set(keys[2]!, 'data', JSON.stringify({ ...good, task: { ...tasks[2], settings: { backend: 'abacus' } } }));
    await set(keys[3]!, 'data', JSON.stringify({ ...good, task: tasks[4] }));
    await queue.add('stranger', { hello: 'world' }, { jobId: 'strange' });
    const worker = startWorker(server.url, 'bad');
    expect(await running).toEqual({ ran: 5, reused: 0, failed: [], interrupted: false });
    await expectAll(store, short);
    await until(() => linesOf([worker], 'bad').length === 5, 'all bad jobs are named');
    const kept = (await client.lrange('bull:bad:bad', 0, -1)).map((text) => JSON.parse(text));
    expect(kept.map(({ id }) => id).sort()).toEqual([...keys.slice(0, 4), 'strange'].sort());
    for (const { id, problem } of kept)
      expect(worker.text).toContain(`bad: job '${id}' is no trial: ${problem}; it now`);
    expect(kept.find(({ id }) => id === keys[0])).toMatchObject({ data: '{"schema":"sonic-que' });
    expect(await queue.getJobCounts()).toMatchObject({ failed: 0, completed: 0, active: 0, waiting: 0 });
    worker.child.kill('SIGTERM');
    await worker.ended;
    expect(JSON.parse(linesOf([worker], 'end')[0]!.slice(4))).toMatchObject({ bad: 5, computed: 5 });
    await queue.disconnect();
  });

  it('gives a trial up whose job is bad time and again, and says every so often what it waits for', async () => {
    const { tasks } = short;
    const store = await openTrialStore(folder.path('hopeless'));
    // A sweep that puts in what no worker takes.
    const [task] = tasks as [TrialTask];
    const odd = { ...task, settings: { ...task.settings, backend: 'abacus' } } as unknown as TrialTask;
    const notices: string[] = [];
    const onNotice = (text: string) => notices.push(text);
    const options = optionsFor(server.url, 'hopeless', { onNotice, say_ms: 200 });
    const running = createQueueExecutor(options).run([odd], store);
    await until(() => notices.filter((text) => text.startsWith('waiting')).length >= 2, 'it is said what is awaited');
    expect(notices).toContain('waiting for 1 trial: 1 in the queue; no worker is at the queue');
    const worker = startWorker(server.url, 'hopeless');
    expect((await running).failed).toEqual([
      { task: odd, message: expect.stringMatching(/bad 3 times: .*backend.*; see the list bull:hopeless:bad/) },
    ]);
    worker.child.kill('SIGKILL');
  });

  it('says that there is no worker', async () => {
    const { tasks } = short;
    const store = await openTrialStore(folder.path('nobody'));
    const abort = new AbortController();
    const notices: string[] = [];
    const onNotice = (text: string) => {
      notices.push(text);
      abort.abort();
    };
    await createQueueExecutor(optionsFor(server.url, 'nobody', { onNotice })).run(tasks, store, {
      signal: abort.signal,
    });
    expect(notices).toEqual([expect.stringContaining('no worker is at queue redis://127.0.0.1:')]);
  });
});

describe.skipIf(!hasRedis)('sonic worker', () => {
  const server = new RedisServer(() => folder.path('guarded'), ['--requirepass', 'sesame']);
  beforeAll(() => server.start());
  afterAll(() => server.kill());
  const worker = (url: string) => sonic('worker', '--queue', url, '--store', folder.path('cli'), '--idle', '1');

  it('computes what sonic sweep --queue puts in; the password is kept nowhere', async () => {
    const plan = await folder.file(
      'plan.yaml',
      'name: two\nbase: {network: mnist, images: 16}\naxes:\n  - {path: adc.bits, values: [6, 8]}\n',
    );
    const url = `redis://:sesame@127.0.0.1:${server.port}`;
    const at = ['--queue', url, '--store', folder.path('swept')];
    const [swept, worked] = await Promise.all([
      sonic('sweep', plan, ...at, '--json', folder.path('swept.json')),
      sonic('worker', ...at, '--threads', '1', '--idle', '15'),
    ]);
    expect([swept.code, worked.code, worked.stderr]).toEqual([0, 0, '']);
    expect(worked.stdout).toContain('2 trials computed, 0 known already, 0 failed');
    const summary = JSON.parse(await readFile(folder.path('swept.json'), 'utf8'));
    expect(summary.execution).toMatchObject({ ran: 2, reused: 0, failed: [] });
    const store = await openTrialStore(folder.path('swept'), { readOnly: true });
    const [sweep] = await store.sweeps();
    expect(sweep!.command).toContain(`--queue redis://127.0.0.1:${server.port} `);
    expect(swept.stdout + swept.stderr + worked.stdout + JSON.stringify([sweep, summary])).not.toContain('sesame');
    const threads = await sonic('sweep', plan, ...at, '--threads', '2');
    expect([threads.code, threads.stderr]).toEqual([2, expect.stringContaining('--threads is of this process')]);
  });

  it('ends when told to, though the server is away', async () => {
    const own = new RedisServer(() => folder.path('leaving'));
    await own.start();
    const args = [MAIN, 'worker', '--queue', own.url, '--store', folder.path('cli')];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let [text, code]: [string, number | null] = ['', null];
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        text += chunk;
      });
    }
    const ended = new Promise((resolve) => child.on('close', resolve));
    child.on('exit', (exitCode) => {
      code = exitCode;
    });
    await until(() => text.includes('store '), 'the worker runs');
    await sleep(2000);
    await own.kill();
    await until(() => text.includes('is away; trying again'), 'the loss is said');
    child.kill('SIGTERM');
    await ended;
    expect([code, text]).toEqual([0, expect.stringContaining('0 trials computed')]);
  });

  it('says so and exits 1 where a job is no trial', async () => {
    const url = `redis://:sesame@127.0.0.1:${server.port}`;
    const { Queue } = await import('bullmq');
    const queue = new Queue('odd', { connection: parseQueueUrl(url).connection, skipVersionCheck: true });
    await queue.add('x', { schema: 7 });
    const args = ['--queue', url, '--queue-name', 'odd', '--store', folder.path('cli'), '--idle', '2'];
    const { code, stdout, stderr } = await sonic('worker', ...args);
    await queue.disconnect();
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^sonic: job '1' is no trial: [^\n]+ bull:odd:bad [^\n]+\n$/),
    ]);
    expect(stdout).toContain('0 trials computed, 0 known already, 0 failed, 1 bad job set aside');
  });

  it('ends when there is nothing to do', async () => {
    const { code, stdout, stderr } = await worker(`redis://:sesame@127.0.0.1:${server.port}`);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^queue redis:\/\/127\.0\.0\.1:\d+ sonic-[0-9a-f]{16}, store /);
    expect(stdout).toContain('0 trials computed, 0 known already, 0 failed');
    expect(stdout).not.toContain('sesame');
  });

  it.each<[string, (port: number) => string, number, string]>([
    ['no server', () => 'redis://127.0.0.1:1', 1, 'nothing listens there; start redis-server'],
    ['no such host', () => 'redis://nowhere.invalid', 1, 'the host is not known'],
    ['no password', (port) => `redis://127.0.0.1:${port}`, 1, 'it wants a password'],
    ['a wrong password', (port) => `redis://:oops@127.0.0.1:${port}`, 1, 'it refuses the user or the password'],
    ['no such database', (port) => `redis://:sesame@127.0.0.1:${port}/99`, 1, 'it has no database of this number'],
    ['a bad address', () => 'nowhere', 2, 'this is no address'],
  ])('%s: one line', async (_, urlOf, exitCode, message) => {
    const { code, stderr } = await worker(urlOf(server.port));
    expect(code).toBe(exitCode);
    expect(stderr).toMatch(/^sonic: [^\n]+\n$/);
    expect(stderr).toContain(message);
  });
});
