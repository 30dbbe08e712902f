/** The archive for machines without network: run where there is neither Node nor npm, it gives the numbers of this clone. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SCRIPT = join(ROOT, 'scripts', 'bundle', 'main.mjs');
const ARGS = ['run', 'mnist', '--images', '20', '--chip', '3', '--json', '-'];
/** All that the launcher calls. */
const TOOLS = ['sh', 'dirname', 'readlink'];

const bundle = (...args: string[]) => spawnSync(process.execPath, [SCRIPT, ...args], { encoding: 'utf8' });

describe.skipIf(process.platform !== 'linux')('npm run bundle', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sonic-bundle-test-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('makes a folder that runs without Node, npm or a home, as the clone does', () => {
    const made = bundle('--folder', join(folder, 'sonic'));
    expect(made.stderr).toBe('');
    expect(made.status).toBe(0);
    const tools = join(folder, 'bin');
    mkdirSync(tools);
    for (const tool of TOOLS)
      symlinkSync(execFileSync('which', [tool], { encoding: 'utf8' }).trim(), join(tools, tool));
    const bare = spawnSync(join(folder, 'sonic', 'sonic'), ARGS, {
      encoding: 'utf8',
      cwd: folder,
      env: { PATH: tools },
    });
    expect(bare.stderr).toBe('');
    const own = spawnSync(process.execPath, [join(ROOT, 'dist', 'cli', 'main.js'), ...ARGS], { encoding: 'utf8' });
    const numbers = (text: string) => {
      const { accuracy, layers, cost, hardwareHash, network } = JSON.parse(text);
      return { accuracy, layers, cost, hardwareHash, network };
    };
    expect(numbers(bare.stdout)).toEqual(numbers(own.stdout));
  });

  it('refuses a folder that exists, an output in a folder that does not, and unknown options', () => {
    const exists = bundle('--folder', folder);
    expect([exists.status, exists.stderr]).toEqual([1, `bundle: --folder ${folder}: exists; name one that does not\n`]);
    const nowhere = bundle('--output', join(folder, 'no', 'x.tar.xz'));
    expect(nowhere.status).toBe(1);
    expect(nowhere.stderr).toContain(`there is no folder ${join(folder, 'no')}`);
    const unknown = bundle('--out', 'x');
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toMatch(/^bundle: Unknown option '--out'.*\n$/);
  });
});
