import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { openTrialStore } from '../../src/experiments/store/store.js';
import { temporaryFolder } from '../helpers/folder.js';
import { smallMnist } from '../helpers/smallMnist.js';
import { buildIfStale, sonic } from './sonic.js';
import { interrupted, PLAN } from './sweeps.js';

beforeAll(buildIfStale, 300_000);
const folder = temporaryFolder();

async function planFile(name: string, text: string): Promise<string> {
  await writeFile(folder.path(name), text);
  return folder.path(name);
}

describe('sonic sweep', () => {
  it('previews, runs, and finds again', async () => {
    const plan = await planFile('bits.yaml', PLAN);
    const whole = folder.path('whole');
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
      PLAN.replace('images: 80', 'images: 4, fidelity: digital')
        .replace('network: mnist', `network: ${await smallMnist(folder)}`)
        .replace('[3, 16]', '[3, 4, 5, 6, 7, 8]'),
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
