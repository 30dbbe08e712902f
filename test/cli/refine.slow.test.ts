/** `sonic experiment run --refine` as users call it: killed, and gone on with. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { buildIfStale, MAIN, sonic } from './sonic.js';

const run = ['experiment', 'run', 'cifar10-crosstalk', '--network', 'mnist', '--refine', '--coarse-images', '8'];
const tiny = [
  ...run,
  '--images',
  '16',
  '--chips',
  '2',
  '--rounds',
  '1',
  '--set',
  'calibration.images=8',
  '--threads',
  '1',
];

const trialsIn = (store: string) =>
  existsSync(join(store, 'trials'))
    ? readdirSync(join(store, 'trials'), { recursive: true }).filter((file) => String(file).endsWith('.json')).length
    : 0;

/** Ends the command the hard way once the store has so many trials. */
function killedAt(store: string, trials: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...tiny, '--store', store], { stdio: 'ignore' });
    const look = setInterval(() => {
      if (trialsIn(store) >= trials) child.kill('SIGKILL');
    }, 20);
    child.on('error', reject);
    child.on('exit', () => {
      clearInterval(look);
      resolve();
    });
  });
}

describe('sonic experiment run --refine', () => {
  const folder = temporaryFolder();
  beforeAll(buildIfStale);

  it('goes on after kill -9, to the same findings, and says that few chips and images are no claim', async () => {
    const [killed, whole] = [folder.path('killed'), folder.path('whole')];
    await killedAt(killed, 3);
    expect(trialsIn(killed)).toBeGreaterThanOrEqual(3);
    const [after, once] = [await sonic(...tiny, '--store', killed), await sonic(...tiny, '--store', whole)];
    expect([after.code, once.code]).toEqual([0, 0]);
    expect(once.stderr).toMatch(
      /^coarse grid, 8 images a point\nround 1: \d+ points more with 2 chips and 16 images\n/m,
    );
    // But for how many trials were run, and where.
    const shows = (text: string) => text.replace(/^\d+ trials? run, .*$/gm, '');
    expect(shows(after.stdout)).toBe(shows(once.stdout));
    expect(after.stdout).toContain('preliminary, no claim: ');
    expect(trialsIn(killed)).toBe(trialsIn(whole));
    const again = await sonic(...tiny, '--store', killed);
    expect(again.stdout).toMatch(/^0 trials run, \d+ found/m);
  }, 400_000);
});
