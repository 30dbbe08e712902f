/** The built executable as a process of its own, as users run it. */
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

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

/** `sonic ARGS`. */
export function sonic(...args: string[]): Promise<Ended> {
  return runProcess(process.execPath, [MAIN, ...args]);
}
