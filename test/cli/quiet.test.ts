/** What drivers write to descriptor 2 stays off the user's terminal; what sonic writes comes through, however it ends. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { mayLoadDrivers } from '../../src/cli/quiet.js';
import { temporaryFolder } from '../helpers/folder.js';
import { buildIfStale, type Ended, MAIN } from './sonic.js';

const folder = temporaryFolder();
const RING = fileURLToPath(new URL('../conformance/ring.json', import.meta.url));
let preload = '';

/** A driver that talks as soon as it is loaded, where drivers are: in every process that computes. */
const DRIVER = `
const { writeFileSync, writeSync } = require('node:fs');
if (process.env.SONIC_STDERR || process.argv.includes('--debug')) {
  writeSync(2, 'error: the driver has something to say\\n');
  if (process.env.DRIVER === 'aborts') process.abort();
  if (process.env.DRIVER === 'hangs') {
    writeFileSync(process.env.PID_FILE, String(process.pid));
    setInterval(() => {}, 1000);
  }
}
`;

beforeAll(async () => {
  buildIfStale();
  preload = await folder.file('driver.cjs', DRIVER);
}, 300_000);

function start(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--require', preload, MAIN, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<Ended>((resolve) => {
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk;
    });
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended };
}

describe('a command that may load drivers', () => {
  it.each<[string[], boolean]>([
    [['run', 'mnist'], false],
    [['run', 'mnist', '--backend', 'tensorflow'], false],
    [['run', 'mnist', '--backend', 'webgpu'], true],
    [['run', 'mnist', '--backend=webgpu'], true],
    [['run', 'mnist', '--backend', 'auto'], true],
    [['run', 'mnist', '--backend=tensorflow-gpu'], true],
    [['attribute', 'mnist'], false],
    [['attribute', 'mnist', '--backend', 'auto'], true],
    [['run', 'mnist', '--backend', 'webgpu', '--help'], false],
    [['conformance'], true],
    [['conformance', 'ring.json', '--backend', 'all'], true],
    [['conformance', 'ring.json', '--backend', 'wasm'], false],
    [['sweep', 'nowhere.yaml'], false],
    [['sweep', 'plan.yaml', '--set', 'backend=webgpu'], true],
    [['doctor'], false],
    [[], false],
  ])('%j: %s', (args, expected) => expect(mayLoadDrivers(args)).toBe(expected));

  it('is a sweep whose plan names such a backend', async () => {
    const plan = (backend: string) => folder.file(`${backend}.yaml`, `name: a\nbase: {backend: ${backend}}\n`);
    expect(mayLoadDrivers(['sweep', await plan('webgpu')])).toBe(true);
    expect(mayLoadDrivers(['sweep', await plan('wasm')])).toBe(false);
  });
});

describe('a driver', () => {
  const TALKS = 'the driver has something to say';

  it.each<[string, string[], number, RegExp]>([
    ['a result', ['conformance', RING, '--backend', 'reference', '--json', 'webgpu.json'], 0, /^$/],
    ['an error', ['run', '/nowhere.onnx', '--backend', 'webgpu'], 1, /^sonic: [^\n]*\/nowhere\.onnx[^\n]*\n$/],
    ['wrong usage', ['run', 'mnist', '--backend', 'webgpu', '--images', 'many'], 2, /^sonic: [^\n]*many[^\n]*\n$/],
  ])('is not heard beside %s', async (_, args, exitCode, wanted) => {
    const given = args.map((argument) => (argument === 'webgpu.json' ? folder.path('webgpu.json') : argument));
    const { code, stderr } = await start(given).ended;
    expect([code, stderr]).toEqual([exitCode, expect.stringMatching(wanted)]);
    const loud = await start([...given, '--debug']).ended;
    expect(loud.code).toBe(exitCode);
    expect(loud.stderr).toContain(TALKS);
  });

  it('that ends the process is named, with its last words', async () => {
    const { code, stderr } = await start(['run', 'mnist', '--backend', 'webgpu'], { DRIVER: 'aborts' }).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^sonic: the program was ended by SIGABRT, [^\n]+--backend wasm[^\n]+\n$/);
    expect(stderr).toContain(TALKS);
  });

  it.each([['SIGTERM'], ['SIGINT'], ['SIGKILL']] as const)('is not left behind after %s', async (signal) => {
    const file = folder.path(signal);
    const { child, ended } = start(['run', '/nowhere.onnx', '--backend', 'webgpu'], {
      DRIVER: 'hangs',
      PID_FILE: file,
    });
    let pid = 0;
    while (!pid) {
      await sleep(20);
      pid = Number(await readFile(file, 'utf8').catch(() => '0'));
    }
    child.kill(signal);
    const { stderr } = await ended;
    expect(stderr).not.toContain(TALKS);
    const isAlive = () => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    for (let tries = 0; isAlive() && tries < 250; tries++) await sleep(20);
    expect(isAlive()).toBe(false);
  });
});
