/** The commands that README and docs/physics.md show work as they stand, on few images and in a folder of their own. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildIfStale, MAIN, runProcess } from './cli/sonic.js';
import { temporaryFolder } from './helpers/folder.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const text = readFileSync(`${ROOT}README.md`, 'utf8');

/** Lines of code blocks that call `npm run sonic -- ARGS`. */
const commands = [...text.matchAll(/^npm run sonic -- (.+)$/gm)].map((match) => match[1]!);

/** Arguments with paths into the repository made absolute, and so few images that it takes seconds. */
function quickened(command: string): string[] {
  const args = [...command.matchAll(/'([^']*)'|(\S+)/g)]
    .map(([, quoted, plain]) => quoted ?? plain!)
    .map((arg) => (/^(test|checkpoints|datasets|examples)\//.test(arg) ? ROOT + arg : arg));
  const at = args.indexOf('--images');
  if (at < 0) return args;
  args[at + 1] = '20';
  return [...args, '--set', 'calibration.images=20'];
}

describe('README', () => {
  const folder = temporaryFolder();
  beforeAll(buildIfStale);

  it('shows commands', () => expect(commands.length).toBeGreaterThan(5));

  it.each(commands)(
    'sonic %s',
    async (command) => {
      const { code, stdout, stderr } = await runProcess(process.execPath, [MAIN, ...quickened(command)], folder.path());
      expect(stderr).toBe('');
      expect(code).toBe(0);
      expect(stdout.length).toBeGreaterThan(100);
    },
    180_000,
  );
});
