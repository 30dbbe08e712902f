/** Which backends there are here: each is tried in a process of its own, since some exclude each other or end the process. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BackendUnavailableError } from '../../base/errors.js';
import { createBackend } from './index.js';
import type { BackendName } from './types.js';

export interface BackendStatus {
  readonly available: boolean;
  /** What computes, "TensorFlow 2.12.0"; where available. */
  readonly version?: string;
  /** On what, "CPU"; where available. */
  readonly device?: string;
  /** Why it is not available: the rest of a sentence that begins with the backend's name. */
  readonly reason?: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** Starting a driver for the first time can take long; a backend that needs longer is of no use. */
const TIMEOUT_ms = 120_000;

/** Tries the backend in this process, which holds it from then on. */
export async function probeBackend(name: BackendName): Promise<BackendStatus> {
  try {
    const backend = await createBackend(name);
    await backend.normals([1, 1], 4);
    return { available: true, ...backend.about };
  } catch (error) {
    if (!(error instanceof BackendUnavailableError)) throw error;
    return { available: false, reason: error.reason, remedy: error.remedy };
  }
}

/** Runs a script that tries the backend and prints what it found as its last line. @param script path of a built file. */
export function inProcess<Status extends BackendStatus>(
  script: string,
  name: BackendName,
): Promise<Status | BackendStatus> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, name], { stdio: ['ignore', 'pipe', 'pipe'], timeout: TIMEOUT_ms });
    const [out, err]: [string[], string[]] = [[], []];
    child.stdout.on('data', (chunk) => out.push(String(chunk)));
    child.stderr.on('data', (chunk) => err.push(String(chunk)));
    child.on('error', ({ message }) => resolve({ available: false, reason: `could not be tried (${message})` }));
    child.on('close', (code, signal) => {
      const line = out.join('').trim().split('\n').at(-1);
      if (code === 0 && line) return resolve(JSON.parse(line) as Status);
      const last = err.join('').trim().split('\n').at(-1);
      const reason = `ends the process that loads it (${signal ?? `exit code ${code}`}${last ? `: ${last}` : ''})`;
      resolve({ available: false, reason, remedy: 'use the backend wasm' });
    });
  });
}

/** Whether the backend can be had here, what it computes on, or why not and what to do. Nothing stays loaded. */
export function backendStatus(name: BackendName): Promise<BackendStatus> {
  // From src/ (tests) as from dist/: the process runs the built file.
  return inProcess(fileURLToPath(new URL('../../../dist/emulation/backends/probe.js', import.meta.url)), name);
}
