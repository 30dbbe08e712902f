/** Outputs that cannot be written: one line, exit 1, nothing half done, whatever the command. */
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { buildIfStale, MAIN, runProcess, sonic } from './sonic.js';

beforeAll(buildIfStale, 300_000);
const folder = temporaryFolder();

const shell = (script: string) => runProcess('bash', ['-c', `set -o pipefail; ${script}`]);
const command = (args: string) => `${process.execPath} ${MAIN} ${args}`;

describe.skipIf(!existsSync('/dev/full'))('standard output on a full disk', () => {
  it.each([
    '--help',
    '--version',
    'hardware list',
    'hardware show',
    'hardware show --json',
    'hardware diff sonic sonic-ideal',
    'datasets',
    'cost mnist',
    'cost mnist --json -',
    'device ring',
    'inspect checkpoints/mnist.safetensors',
    'inspect checkpoints/mnist.safetensors --json -',
  ])('sonic %s', async (args) => {
    const { code, stderr } = await shell(`${command(args)} > /dev/full`);
    expect(stderr).toBe('sonic: cannot write to standard output: no space is left; make room\n');
    expect(code).toBe(1);
  });

  it('is told where a file is named, too', async () => {
    const { code, stderr } = await shell(command('cost mnist --json /dev/full'));
    expect(stderr).toBe("sonic: cannot write '/dev/full': no space is left; make room\n");
    expect(code).toBe(1);
  });

  it('of stderr ends nothing that works, and keeps the exit code', async () => {
    expect((await shell(`${command('hardware list')} 2> /dev/full`)).code).toBe(0);
    expect((await shell(`${command('hardware show none')} 2> /dev/full`)).code).toBe(1);
  });
});

describe('places where nothing can be made', () => {
  const plan = 'name: x\nbase: { network: mnist, images: 4 }\naxes: [{ path: adc.bits, values: [8] }]\n';

  it.each([
    ['under /proc', () => '/proc/none/below', /makes no files or folders there/],
    ['with a file in the way', () => folder.path('file/below'), /a part of the path is a file/],
    ['with a link to nowhere in the way', () => folder.path('nowhere/below'), /something else is there|no such file/],
  ])('a store %s', async (_, place, message) => {
    await writeFile(folder.path('file'), '');
    await symlink('/none/at/all', folder.path('nowhere')).catch(() => undefined);
    const file = await folder.file('plan.yaml', plan);
    const { code, stdout, stderr } = await sonic('sweep', file, '--store', place());
    expect(stderr).toMatch(/^sonic: result store: cannot [^\n]*\n$/);
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([1, '']);
  });

  it.skipIf(!existsSync('/proc'))('an output is refused before the work', async () => {
    const { code, stderr } = await sonic('run', 'mnist', '--json', '/proc/x.json');
    expect(stderr).toMatch(
      /^sonic: cannot write '\/proc\/x\.json': the system makes no files or folders there; [^\n]*\n$/,
    );
    expect(code).toBe(1);
  });
});

describe('inputs that are no files', () => {
  it('a pipe, a device, a folder, a socket: at once', async () => {
    await mkdir(folder.path('d'));
    const fifo = folder.path('fifo');
    await shell(`mkfifo ${fifo}`);
    for (const path of [fifo, '/dev/zero', folder.path('d')]) {
      for (const args of [
        ['hardware', 'show', path],
        ['sweep', path],
        ['report', path, '--output', folder.path('r.html')],
        ['conformance', path, '--backend', 'reference'],
        ['cost', 'mnist', '--devices', path],
        ['inspect', path],
        ['inspect', 'checkpoints/mnist.safetensors', '--preprocessing', path],
      ]) {
        const { code, stdout, stderr } = await sonic(...args);
        expect(stderr, args.join(' ')).toMatch(/^sonic: [^\n]{1,292}\n$/);
        expect(stderr).not.toContain('defect');
        expect([code, stdout]).toEqual([1, '']);
      }
    }
    expect(readdirSync(folder.path('')).some((name) => name.endsWith('.tmp') || name === 'r.html')).toBe(false);
  }, 120_000);
});
