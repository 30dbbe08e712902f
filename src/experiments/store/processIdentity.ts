/** Which process this is, and whether another one still lives: a process number alone is used again by others. */
import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { sha256Hex } from '../../base/files.js';

export interface ProcessIdentity {
  /** Hash of host name, start of the system and process namespace: within one, process numbers have one meaning. */
  readonly machine: string;
  readonly host: string;
  readonly pid: number;
  /** When the process started, in the system's own terms; null where the system does not tell. */
  readonly started: string | null;
}

function readOr(fallback: string, read: () => string): string {
  try {
    return read().trim();
  } catch {
    return fallback;
  }
}

/** Start of a process, or null if there is none (or only its remains, which its parent has not collected). */
function startOf(pid: number): string | null {
  if (process.platform === 'linux') {
    // Fields of proc(5) after the command, which may hold anything: state is the first, starttime the 20th.
    const stat = readOr('', () => readFileSync(`/proc/${pid}/stat`, 'utf8'));
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return stat === '' || fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
  }
  const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout?.trim() || null;
}

let own: ProcessIdentity | undefined;

export function ownIdentity(): ProcessIdentity {
  own ??= {
    machine: sha256Hex(
      [
        hostname(),
        readOr('', () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
        readOr('', () => readlinkSync('/proc/self/ns/pid')),
      ].join('\n'),
    ).slice(0, 16),
    host: hostname(),
    pid: process.pid,
    started: startOf(process.pid),
  };
  return own;
}

/** `elsewhere`: on a machine whose processes cannot be seen from here. */
export function lifeOf(other: Omit<ProcessIdentity, 'host'>): 'alive' | 'dead' | 'elsewhere' {
  if (other.machine !== ownIdentity().machine) return 'elsewhere';
  try {
    process.kill(other.pid, 0);
  } catch (error) {
    // EPERM: it is somebody else's, so there is one.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'dead';
  }
  if (other.started === null) return 'alive';
  return startOf(other.pid) === other.started ? 'alive' : 'dead';
}

/** Reads an identity back; null if the text is none. */
export function parseIdentity(text: string): ProcessIdentity | null {
  try {
    const value = JSON.parse(text) as ProcessIdentity | null;
    return typeof value?.machine === 'string' && Number.isSafeInteger(value.pid) ? value : null;
  } catch {
    return null;
  }
}
