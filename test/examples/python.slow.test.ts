/** examples/python against the command line; skipped without Python. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const python = (...args: string[]) => spawnSync('python3', args, { cwd: ROOT, encoding: 'utf8' });

it.skipIf(python('--version').status !== 0)('run_sonic.py reads results, and raises what sonic says', () => {
  const { status, stdout, stderr } = python('examples/python/run_sonic.py', process.execPath, 'dist/cli/main.js');
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const [coarse, fine, error] = stdout.trim().split('\n');
  const run = (bits: string) => {
    const args = ['dist/cli/main.js', 'run', 'mnist', '--images', '20', '--set', `adc.bits=${bits}`, '--json', '-'];
    return JSON.parse(spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' }).stdout);
  };
  for (const line of [coarse!, fine!]) {
    const [bits, emulated, efficiency] = line.split(' ');
    const { accuracy, cost } = run(bits!);
    expect(Number(emulated)).toBe(accuracy.emulated);
    expect(Number(efficiency)).toBe(cost.framesPerSecondPerWatt);
  }
  expect(error).toMatch(/adc\.bits.*99/);
});
