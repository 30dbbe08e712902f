import { existsSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { buildIfStale, sonic } from './sonic.js';

beforeAll(buildIfStale, 300_000);
const folder = temporaryFolder();

it.each(['ring', 'bank', 'thermal', 'link', 'adc'])('sonic device %s --help has examples that run', async (name) => {
  const { code, stdout } = await sonic('device', name, '--help');
  expect(code).toBe(0);
  const examples = stdout.slice(stdout.indexOf('Examples:')).match(/^ {2}sonic device .*$/gm)!;
  expect(examples.length).toBeGreaterThan(1);
  for (const example of examples) {
    const args = example.trim().split(/ +/).slice(1);
    const files = args.filter(
      (argument, i) => ['--figure', '--json', '--export'].includes(args[i - 1] ?? '') && argument !== '-',
    );
    const placed = args.map((argument) => (files.includes(argument) ? folder.path(argument) : argument));
    const ended = await sonic(...placed);
    expect([example, ended.code, ended.stderr]).toEqual([example, 0, '']);
    for (const file of files) expect(existsSync(folder.path(file))).toBe(true);
  }
});
