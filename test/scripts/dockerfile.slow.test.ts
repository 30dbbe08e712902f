/**
 * The instructions of the Dockerfile, carried out in a folder in place of an image: what COPY takes, RUN after RUN, then CMD without
 * a network. What a folder has no part in (base image, users) stays untested. Skipped where the registry is not reached.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const UNREACHED = /\b(ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|E40[13])\b/;
const { path } = temporaryFolder();

const instructions = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '' && !line.startsWith('#'))
  .map((line) => [line.split(' ')[0]!, line.slice(line.indexOf(' ') + 1)] as const);

/** Files under version control, those aside that .dockerignore names. */
function context(): string[] {
  const { stdout, status } = spawnSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' });
  const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n').filter(Boolean);
  if (status !== 0) return [];
  return stdout.split('\0').filter((file) => file !== '' && !ignored.some((one) => `${file}/`.startsWith(`${one}/`)));
}

it('its commands install, build and run what it copies', ({ skip }) => {
  const files = context();
  skip(files.length === 0, 'no checkout of git');
  const folder = join(path(''), 'image');
  mkdirSync(folder);
  let env: NodeJS.ProcessEnv = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
  const run = (command: string) =>
    spawnSync('sh', ['-c', command], { cwd: folder, env, encoding: 'utf8', timeout: 540_000 });
  for (const [kind, text] of instructions) {
    switch (kind) {
      case 'COPY': {
        const words = text.split(' ').filter((word) => !word.startsWith('--'));
        const copied = words.includes('.') ? files : words.slice(0, -1);
        for (const file of copied) {
          mkdirSync(dirname(join(folder, file)), { recursive: true });
          cpSync(join(ROOT, file), join(folder, file));
        }
        break;
      }
      case 'RUN': {
        // Of the image's root.
        if (/^mkdir \/sonic /.test(text)) break;
        const { status, stdout, stderr } = run(text);
        skip(UNREACHED.test(stderr), 'the registry is not reached');
        expect([text, status, status === 0 ? '' : stdout + stderr]).toEqual([text, 0, '']);
        break;
      }
      case 'ENV':
        env = { ...env, ...Object.fromEntries(text.split(' ').map((pair) => pair.split('=') as [string, string])) };
        break;
      case 'CMD': {
        const command = (JSON.parse(text) as string[]).join(' ');
        const { status, stdout } = run(`${command} -- --images 20`);
        expect(status).toBe(0);
        expect(stdout).toMatch(/emulated +\d/);
        break;
      }
      default:
        expect(['FROM', 'WORKDIR', 'USER']).toContain(kind);
    }
  }
});
