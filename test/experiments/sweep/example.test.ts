import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { buildIfStale, runProcess } from '../../cli/sonic.js';
import { temporaryFolder } from '../../helpers/folder.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const folder = temporaryFolder();

beforeAll(buildIfStale, 300_000);

it('the example of docs/sweeps.md runs as a program of its own', async () => {
  const page = await readFile(`${ROOT}docs/sweeps.md`, 'utf8');
  const [, code] = /```ts\n(import[\s\S]*?)```/.exec(page)!;
  await mkdir(folder.path('node_modules'));
  await symlink(ROOT, folder.path('node_modules/sonic-photonics'));
  await writeFile(folder.path('example.mjs'), code!);
  const { code: exit, stdout, stderr } = await runProcess(process.execPath, ['example.mjs'], folder.path('.'));
  expect([exit, stderr]).toEqual([0, '']);
  const lines = stdout.trim().split('\n');
  expect(lines.length).toBe(2);
  expect(lines[0]).toMatch(/^3 [\d.]+ \[ [\d.]+, [\d.]+ \] [\d.]+$/);
  expect(lines[1]).toMatch(/^16 1 \[ 0\.94\d+, 1 \] 0\.007\d+$/);
});
