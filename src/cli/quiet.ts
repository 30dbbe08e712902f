/**
 * Keeps what drivers write to standard error off the user's terminal. They write to file descriptor 2 of the process that
 * loads them, past all that JavaScript can redirect. So a command that may load them runs in a child process whose
 * descriptor 2 is a pipe that nobody prints; its own messages go to descriptor 3, which is the user's standard error.
 */
import { readFileSync, statSync, writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { isatty, WriteStream } from 'node:tty';

/** Tells the child that it is one. */
const MARK = 'SONIC_STDERR';
const STDERR = 3;
/** Characters of the drivers' first and last words that are kept for the case that they end the process. */
const WORDS = 300;
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const TALKATIVE = /(^|[^a-z])(webgpu|tensorflow-gpu)([^a-z]|$)/;
const LARGEST_PLAN_BYTES = 2 ** 20;

/** Whether a plan names a backend with drivers. */
function isTalkativePlan(path: string): boolean {
  try {
    const status = statSync(path);
    return status.isFile() && status.size <= LARGEST_PLAN_BYTES && TALKATIVE.test(readFileSync(path, 'utf8'));
  } catch {
    return false;
  }
}

/** Whether a command may load libraries that talk. */
export function mayLoadDrivers(args: readonly string[]): boolean {
  if (args.includes('--help') || args.includes('-h')) return false;
  const [command] = args.filter((argument) => !argument.startsWith('-'));
  if (args.some((argument) => TALKATIVE.test(argument))) return true;
  const at = args.findIndex((argument) => /^--backend(=|$)/.test(argument));
  const backend = at < 0 ? undefined : (/=(.*)/.exec(args[at]!)?.[1] ?? args[at + 1]);
  if (command === 'run' || command === 'attribute') return backend === 'auto';
  if (command === 'conformance') return backend === undefined || backend === 'all';
  return command === 'sweep' && args.some(isTalkativePlan);
}

/** Writes synchronously, as Node.js does to files and pipes. */
function descriptorStream(fd: number): Writable {
  const write = (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length; ) {
      try {
        at += writeSync(fd, bytes, at);
      } catch (error) {
        // A pipe that is full: its reader will come.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      }
    }
  };
  return new Writable({
    decodeStrings: true,
    write: (chunk: Buffer, _, done) => {
      try {
        write(chunk);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
}

/** In the child: `process.stderr` becomes the user's. Ends with its parent, however that ends. */
export function adoptStderr(): boolean {
  const isChild = process.env[MARK] === String(STDERR);
  delete process.env[MARK];
  if (!isChild) return false;
  // The parent has ended already.
  if (!process.connected) process.kill(process.pid, 'SIGKILL');
  const stream = isatty(STDERR) ? new WriteStream(STDERR) : Object.assign(descriptorStream(STDERR), { fd: STDERR });
  Object.defineProperty(process, 'stderr', { value: stream, configurable: true, enumerable: true });
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.channel?.unref();
  return true;
}

/** Runs the same command in a child; ends as that does. */
export async function runQuietly(): Promise<void> {
  const [{ spawn }, { constants }] = await Promise.all([import('node:child_process'), import('node:os')]);
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    env: { ...process.env, [MARK]: String(STDERR) },
    stdio: ['inherit', 'inherit', 'pipe', 2, 'ipc'],
    // A group of its own: Ctrl-C reaches it once, from here.
    detached: true,
  });
  let [first, last, isTold] = ['', '', false];
  child.stdio[2]!.on('data', (chunk: Buffer) => {
    const text = chunk.toString('utf8');
    const room = WORDS - first.length;
    first += text.slice(0, room);
    last = (last + text.slice(room)).slice(-WORDS);
  });
  for (const name of FORWARDED) {
    process.on(name, () => {
      isTold = true;
      child.kill(name);
    });
  }
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (...ended) => resolve(ended));
  });
  if (signal !== null && !isTold) {
    const { SonicError } = await import('../base/errors.js');
    const said = `${first} ${last}`.trim();
    const words = said === '' ? '' : `; it said: ${said}`;
    throw new SonicError(
      `the program was ended by ${signal}, by a driver or for want of memory; use --backend wasm, or see --debug${words}`,
    );
  }
  process.exitCode = code ?? 128 + constants.signals[signal!];
}
