/** A Redis server of a test's own, on a free port of this machine, with its data in a folder. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Whether the server answers a command. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    const end = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.on('error', () => end(false));
    socket.on('data', (data) => end(/^(\+PONG|-NOAUTH)/.test(String(data))));
    socket.write('PING\r\n');
  });
}

export class RedisServer {
  #child: ChildProcess | null = null;
  port = 0;

  constructor(
    /** Asked once the test runs. */
    readonly folder: () => string,
    readonly options: readonly string[] = [],
  ) {}

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it, again on the port it had. */
  async start(): Promise<void> {
    if (this.port === 0) this.port = await freePort();
    await mkdir(this.folder(), { recursive: true });
    const args = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.folder(), '--save', ''];
    const durable = ['--appendonly', 'yes', '--appendfsync', 'always'];
    this.#child = spawn('redis-server', [...args, ...durable, ...this.options], { stdio: 'ignore' });
    for (let tries = 0; !(await answers(this.port)); tries++) {
      if (tries > 200) throw new Error('redis-server does not answer');
      await sleep(50);
    }
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (!child) return;
    this.#child = null;
    const ended = new Promise((resolve) => child.on('close', resolve));
    child.kill(signal);
    await ended;
  }

  async forget(): Promise<void> {
    await rm(this.folder(), { recursive: true, force: true });
  }
}
