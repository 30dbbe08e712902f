/** The benchmark of large networks runs, on small images; its times are not judged. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const BENCH = fileURLToPath(new URL('bench.mjs', import.meta.url));
const bench = (...args: string[]) => run(process.execPath, [BENCH, ...args]);

it('measures every stage of a network with random weights', async () => {
  const { stdout } = await bench('--network', 'mobilenet_v2', '--size', '32', '--images', '2', '--threads', '2');
  for (const name of ['load', 'calibrate', 'compile', 'exact', 'lumped', 'digital'])
    expect(stdout).toMatch(new RegExp(`mobilenet_v2 +${name} +[\\d.]+ +[\\d.]+`));
  expect(stdout).toMatch(/mobilenet_v2: a run in fidelity exact peaks at \d+ MiB/);
});

it.each([
  [['--network', 'resnet18', '--images', '0'], '--images 0: a whole number from 1 on is needed'],
  [['--network', 'resnet19'], '--network resnet19: unknown; one of mnist, cifar10, resnet18'],
  [['--network', 'resnet18', '--network', 'mnist'], 'ask for one kind'],
])('refuses %j', async (args, message) => {
  await expect(bench(...args)).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining(message) });
});
