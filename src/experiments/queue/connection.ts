/** The queue's server: its address, whether it can be used, and what to say while it is away. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionOptions, Queue } from 'bullmq';
import { SonicError, UsageError } from '../../base/errors.js';

/** A server that has been away for longer is given up, ms. */
const AWAY_LIMIT_ms = 600_000;
const LONGEST_WAIT_ms = 10_000;
const CONNECT_TIMEOUT_ms = 10_000;

export interface QueueAddress {
  /** Without the password. */
  readonly shown: string;
  readonly connection: ConnectionOptions;
}

/**
 * Reads redis://[USER:PASSWORD@]HOST[:PORT][/DB], rediss:// with TLS.
 * @throws UsageError with what is wrong; it does not repeat a password.
 */
export function parseQueueUrl(text: string): QueueAddress {
  const form = 'write redis://HOST:PORT, redis://:PASSWORD@HOST:PORT/DB, or rediss:// for TLS';
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new UsageError(`--queue: this is no address; ${form}`);
  }
  const { protocol, hostname, port, username, password, pathname } = url;
  const shown = `${protocol}//${hostname}${port === '' ? '' : `:${port}`}${pathname === '/' ? '' : pathname}`;
  if (protocol !== 'redis:' && protocol !== 'rediss:') {
    throw new UsageError(`--queue ${shown}: '${protocol.slice(0, -1)}' is no kind of queue server; ${form}`);
  }
  if (hostname === '') throw new UsageError(`--queue ${shown}: the host is missing; ${form}`);
  const db = pathname.replace(/^\//, '');
  if (!/^\d{0,4}$/.test(db)) throw new UsageError(`--queue ${shown}: '${db}' is no number of a database; ${form}`);
  return {
    shown,
    connection: {
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? 6379 : Number(port),
      ...(username === '' ? {} : { username: decodeURIComponent(username) }),
      ...(password === '' ? {} : { password: decodeURIComponent(password) }),
      ...(db === '' ? {} : { db: Number(db) }),
      ...(protocol === 'rediss:' ? { tls: {} } : {}),
      connectTimeout: CONNECT_TIMEOUT_ms,
      // Commands wait until the server is back.
      maxRetriesPerRequest: null,
      retryStrategy: (times: number) => Math.min(250 * 2 ** Math.min(times, 10), LONGEST_WAIT_ms),
    },
  };
}

/** What a refusal of the server means, and what to do. */
function connectionProblem(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const text = `${code ?? ''} ${message}`;
  if (/ECONNREFUSED/.test(text)) return 'nothing listens there; start redis-server, or correct the address';
  if (/ENOTFOUND|EAI_AGAIN/.test(text)) return 'the host is not known; correct the address';
  if (/ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/.test(text)) {
    return 'it does not answer; check the address, the network and the firewall, and whether it speaks TLS (rediss://)';
  }
  if (/WRONGPASS/.test(text)) return 'it refuses the user or the password; correct them in the address';
  if (/NOAUTH/.test(text)) return 'it wants a password; write redis://:PASSWORD@HOST:PORT';
  if (/without any password configured/.test(text)) return 'it has no password; leave it out of the address';
  if (/DB index is out of range/.test(text)) return 'it has no database of this number; correct the address';
  if (/NOPERM/.test(text)) return `the user may not do that (${message}); give it more rights`;
  if (/ECONNRESET|Connection is closed|EPIPE|Protocol error|SSL|TLS/i.test(text)) {
    return `it closes the connection (${message}); is it a Redis server, and does it want TLS (rediss://)?`;
  }
  return `${message}; check the server`;
}

/** BullMQ needs what came with it. */
const LEAST_VERSION = [6, 2];

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < LEAST_VERSION[0]! || (major === LEAST_VERSION[0] && minor < LEAST_VERSION[1]!);
}

/**
 * Connects once and asks the server what it is.
 * @throws SonicError with the server's address, what is wrong and what to do.
 */
export async function checkServer({ shown, connection }: QueueAddress): Promise<void> {
  const { Queue } = await import('bullmq');
  let last: unknown;
  const queue = new Queue('sonic', {
    connection: { ...connection, retryStrategy: () => null } as ConnectionOptions,
    skipVersionCheck: true,
  });
  queue.on('error', (error) => {
    last ??= error;
  });
  try {
    const client = await queue.client;
    const version = /redis_version:(\S+)/.exec(await client.info())?.[1] ?? '0';
    // ioredis goes on without what the address asks for: another database, no password.
    if (last !== undefined) throw last;
    if (isOlder(version)) {
      throw new SonicError(
        `queue ${shown}: it is Redis ${version}; version ${LEAST_VERSION.join('.')} or later is needed`,
      );
    }
  } catch (error) {
    if (error instanceof SonicError) throw error;
    throw new SonicError(`queue ${shown}: ${connectionProblem(last ?? error)}`, { cause: error });
  } finally {
    await patiently(queue.disconnect());
  }
}

/** How long a server may take for the last words of a program that ends. */
const PATIENCE_ms = 3000;

/** Waits for last words, which a server that is away never takes, and passes over what becomes of them. */
export async function patiently(work: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  const settled = work.catch(() => undefined);
  await Promise.race([settled, sleep(PATIENCE_ms, undefined, { signal: timer.signal })]);
  timer.abort();
}

/** Says once of each kind what the server refuses while it is there (keys of another type, no memory, read-only). */
export function refusalTeller({ shown }: QueueAddress, onNotice: (text: string) => void): (error: Error) => void {
  const told = new Set<string>();
  return ({ name, message }) => {
    const [kind = ''] = /[A-Z]{4,}/.exec(message) ?? [];
    // Anything else is of the connection, which is watched, or a lock that has lapsed.
    if (name !== 'ReplyError' || /^(LOADING|NOAUTH)/.test(kind) || told.has(kind)) return;
    told.add(kind);
    onNotice(`queue ${shown} refuses a command: ${message}; see to the server`);
  };
}

export interface Watch {
  /** Rejects once the server has been away for too long. */
  readonly lost: Promise<never>;
  stop(): void;
}

/**
 * Says when a connection is lost and when it is back.
 * @param queue whose connection is watched.
 */
export async function watchServer(
  queue: Queue,
  { shown }: QueueAddress,
  onNotice: (text: string) => void,
  limit_ms = AWAY_LIMIT_ms,
): Promise<Watch> {
  const client = await queue.client;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let giveUp: (error: unknown) => void = () => {};
  const lost = new Promise<never>((_, reject) => {
    giveUp = reject;
  });
  lost.catch(() => {});
  const away = () => {
    if (isStopped || timer) return;
    onNotice(`queue ${shown} is away; trying again, at least every ${LONGEST_WAIT_ms / 1000} s`);
    timer = setTimeout(() => {
      const text = `queue ${shown} has been away for ${limit_ms / 60_000} min; what is done lies in the store: start the server and run the same command again`;
      giveUp(new SonicError(text));
    }, limit_ms);
    timer.unref();
  };
  const back = () => {
    if (!timer) return;
    clearTimeout(timer);
    timer = undefined;
    onNotice(`queue ${shown} is back`);
  };
  client.on('close', away);
  client.on('ready', back);
  return {
    lost,
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
      client.off('close', away);
      client.off('ready', back);
    },
  };
}
