import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { openTrialStore } from '../../src/experiments/store/store.js';
import type { Trial } from '../../src/experiments/sweep/types.js';
import { temporaryFolder } from '../helpers/folder.js';
import { buildIfStale, MAIN, sonic } from './sonic.js';

beforeAll(buildIfStale, 300_000);
const folder = temporaryFolder();

const PLAN = `
name: bits
base: { network: mnist, images: 80, set: { calibration.images: 20 } }
axes: [{ path: adc.bits, values: [3, 16], label: ADC bits }]
`;

async function planFile(name: string, text: string): Promise<string> {
  await writeFile(folder.path(name), text);
  return folder.path(name);
}

/** What must be the same however a store came to be. */
async function recordsOf(store: string): Promise<unknown[]> {
  const records: unknown[] = [];
  for await (const { finishedAt: _, ...trial } of (await openTrialStore(store)).trials()) {
    const { wallTime_s: _w, imagesPerSecond: _i, ...run } = (trial as Trial).result.run;
    records.push({ ...trial, result: { ...trial.result, run } });
  }
  return records;
}

/** Starts a sweep and ends it with a signal once a block of it is in the store. */
async function interrupted(plan: string, store: string, signal: NodeJS.Signals) {
  const child = spawn(process.execPath, [MAIN, 'sweep', plan, '--store', store, '--threads', '2'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const hasBlock = async () =>
    existsSync(`${store}/blocks`) &&
    (await readdir(`${store}/blocks`, { recursive: true })).some((name) => name.endsWith('.json'));
  while (child.exitCode === null && !(await hasBlock())) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill(signal);
  return { code: await ended, stderr };
}

describe('sonic sweep', () => {
  it('previews, runs, finds again, and goes on after kill -9 with the same records', async () => {
    const plan = await planFile('bits.yaml', PLAN);
    const [whole, killed] = [folder.path('whole'), folder.path('killed')];
    const preview = await sonic('sweep', plan, '--store', whole, '--plan');
    expect([preview.code, preview.stderr]).toEqual([0, '']);
    expect(preview.stdout).toMatch(/^1 +3 +1 +0 +80$/m);
    expect(preview.stdout).toMatch(/^2 points, 2 trials, 0 of them stored$/m);
    expect(preview.stdout).toMatch(/^160 images left, about .* measured on a few images of point 1,/m);
    expect(existsSync(whole)).toBe(false);

    const json = folder.path('bits.json');
    const first = await sonic('sweep', plan, '--store', whole, '--json', json);
    expect([first.code, first.stderr]).toEqual([0, '']);
    expect(first.stdout).toMatch(
      /^# +adc\.bits +accuracy +95 % interval +against digital +against point 1 +energy +FPS\/W$/m,
    );
    expect(first.stdout).toContain('2 trials run, 0 found');
    const summary = JSON.parse(await readFile(json, 'utf8'));
    expect(summary).toMatchObject({ schema: 'sonic-sweep-summary/1', missing: [], execution: { ran: 2, reused: 0 } });
    expect(summary.points[1].accuracy).toBeGreaterThan(0.95);
    expect(summary.points[1].againstBaseline.difference).toBeCloseTo(
      summary.points[1].accuracy - summary.points[0].accuracy,
      12,
    );

    const again = await sonic('sweep', plan, '--store', whole);
    expect(again.stdout).toContain('0 trials run, 2 found');
    expect((await sonic('sweep', plan, '--store', whole, '--plan')).stdout).toContain('nothing is left to run');

    await interrupted(plan, killed, 'SIGKILL');
    expect((await recordsOf(killed)).length).toBeLessThan(2);
    const resumed = await sonic('sweep', plan, '--store', killed, '--threads', '1');
    expect([resumed.code, resumed.stderr]).toEqual([0, '']);
    const [records, wanted] = [await recordsOf(killed), await recordsOf(whole)];
    expect(wanted.length).toBe(2);
    expect(records).toEqual(wanted);
  });

  it('says how to go on after Ctrl-C, and leaves no claim', async () => {
    const plan = await planFile('interrupt.yaml', PLAN.replace('images: 80', 'images: 400'));
    const { code, stderr } = await interrupted(plan, folder.path('stopped'), 'SIGINT');
    expect(code).toBe(130);
    expect(stderr).toContain('the same command goes on from there');
    expect(await (await openTrialStore(folder.path('stopped'), { readOnly: true })).claimed()).toEqual([]);
  });

  it('divides trials among shards', async () => {
    const plan = await planFile(
      'shards.yaml',
      PLAN.replace('images: 80', 'images: 4, fidelity: digital').replace('[3, 16]', '[3, 4, 5, 6, 7, 8]'),
    );
    const store = folder.path('shards');
    const ran = [];
    for (const shard of ['1/2', '2/2']) {
      const { code, stdout } = await sonic('sweep', plan, '--store', store, '--shard', shard);
      expect(code).toBe(0);
      ran.push(Number(/(\d+) trials? run/.exec(stdout)![1]));
    }
    expect(ran[0]! + ran[1]!).toBe(6);
    expect((await sonic('sweep', plan, '--store', store)).stdout).toContain('0 trials run, 6 found');
  });

  it.each([
    ['name: x\nbase: { network: mnist }\naxis: []\n', [], 1, "unknown key 'axis', did you mean 'axes'?"],
    [PLAN.replace('[3, 16]', '[3, 99]'), [], 1, 'point 2 (adc.bits=99): adc.bits is 99'],
    [PLAN, ['--until', '3'], 2, 'It must be a share above 0 and below 1'],
    [PLAN, ['--shard', '3/2'], 2, 'write i/n with i from 1 to n'],
    [PLAN, ['--baseline', '3'], 2, 'the sweep has 2 points'],
    [PLAN, ['--set', 'adc.bits=4'], 1, "an axis varies 'adc.bits'"],
    [PLAN, ['--json', 'nowhere/x.json'], 1, 'there is no folder'],
  ])('%j %j: one line, exit %d', async (text, args, exitCode, message) => {
    const plan = await planFile('wrong.yaml', text);
    const { code, stdout, stderr } = await sonic('sweep', plan, '--store', folder.path('none'), ...args);
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(stderr).toMatch(/^sonic: [^\n]+\n$/);
    expect(stderr).toContain(message);
    expect(existsSync(folder.path('none'))).toBe(false);
  });
});
