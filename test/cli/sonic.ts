/**
 * The command line, in two ways: `sonic` in this process, which takes a tenth of the time of a short command, and
 * `sonicProcess` the built executable as users run it, for what only a process shows: signals, threads that outlive it,
 * what it loads, what its standard streams do.
 */
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describeFailure } from '../../src/cli/failure.js';
import { sonicProgram } from '../../src/cli/program.js';
import { mayLoadDrivers } from '../../src/cli/quiet.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const MAIN = `${ROOT}dist/cli/main.js`;

/** Call in `beforeAll`: builds dist/ where it is older than its sources. */
export function buildIfStale(): void {
  const { status, stderr, stdout } = spawnSync(process.execPath, [`${ROOT}scripts/build.mjs`], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the build failed: ${stderr}${stdout}`);
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end in the repository's root, or in `cwd`. */
export function runProcess(program: string, args: readonly string[], cwd = ROOT): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** `sonic ARGS` as a process of its own. */
export function sonicProcess(...args: string[]): Promise<Ended> {
  return runProcess(process.execPath, [MAIN, ...args]);
}

/** Puts what is written to a stream into a text; `restore` ends that. */
function captured(stream: NodeJS.WriteStream) {
  const { write } = stream;
  let text = '';
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    const done = rest.find((argument) => typeof argument === 'function') as (() => void) | undefined;
    if (done) process.nextTick(done);
    return true;
  };
  return {
    text: () => text,
    restore: () => {
      stream.write = write;
    },
  };
}

/** As src/cli/main.ts does. */
async function runHere(args: readonly string[]): Promise<Ended> {
  const { argv, exitCode } = process;
  const [stdout, stderr] = [captured(process.stdout), captured(process.stderr)];
  process.argv = [process.execPath, MAIN, ...args];
  process.exitCode = 0;
  try {
    await (await sonicProgram(args)).parseAsync(args, { from: 'user' });
  } catch (error) {
    const failure = describeFailure(error, args.includes('--debug'));
    process.stderr.write(failure.text);
    process.exitCode = failure.exitCode;
  }
  const code = Number(process.exitCode);
  stdout.restore();
  stderr.restore();
  process.argv = argv;
  process.exitCode = exitCode;
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

let last: Promise<unknown> = Promise.resolve();

/**
 * `sonic ARGS`, in this process and one after the other; in a process of its own where it may load drivers, as the
 * executable does, and for `doctor`, which looks at the process that it is in.
 */
export function sonic(...args: string[]): Promise<Ended> {
  if (mayLoadDrivers(args) || args[0] === 'doctor') return sonicProcess(...args);
  const ended = last.then(() => runHere(args));
  last = ended.catch(() => undefined);
  return ended;
}
