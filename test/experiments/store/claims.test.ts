import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { ownIdentity } from '../../../src/experiments/store/processIdentity.js';
import { openTrialStore } from '../../../src/experiments/store/store.js';
import { buildIfStale } from '../../cli/sonic.js';
import { temporaryFolder } from '../../helpers/folder.js';

beforeAll(buildIfStale, 300_000);
const folder = temporaryFolder();
const KEY = 'a'.repeat(64);
const CLAIMER = fileURLToPath(new URL('claimer.mjs', import.meta.url));

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  text: string;
  killedAt: bigint | null;
}

function startClaimer(store: string, keys: readonly string[], seconds: number): Running {
  const child = spawn(process.execPath, [CLAIMER, store, keys.join(), String(seconds)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const running: Running = {
    child,
    ended: new Promise((resolve) => child.on('close', resolve)),
    text: '',
    killedAt: null,
  };
  child.stdout!.on('data', (chunk: Buffer) => {
    running.text += chunk;
  });
  return running;
}

interface Hold {
  readonly key: string;
  readonly from: bigint;
  readonly to: bigint;
}

/** What a process held, and until when: until it was killed where it was killed holding. */
function holdsOf({ text, killedAt }: Running): Hold[] {
  const holds: Hold[] = [];
  let open: { key: string; from: bigint } | null = null;
  for (const line of text.split('\n')) {
    const [what, key = '', time = ''] = line.split(' ');
    if (what === 'enter') open = { key, from: BigInt(time) };
    if (what === 'leave' && open) {
      holds.push({ ...open, to: BigInt(time) });
      open = null;
    }
  }
  return open ? [...holds, { ...open, to: killedAt! }] : holds;
}

const claims = (store: string) => readdir(folder.path(`${store}/claims`));

/** A claim as another process wrote it. */
async function plantClaim(store: string, owner: object, number = 1): Promise<string> {
  const file = folder.path(`${store}/claims/${KEY}.${number}`);
  await writeFile(file, `${JSON.stringify({ ...ownIdentity(), ...owner })}\n`);
  return file;
}

describe('claims', () => {
  it('one at a time, within a process too, and again after the release', async () => {
    const [a, b] = [await openTrialStore(folder.path('one')), await openTrialStore(folder.path('one'))];
    const claim = await a.claim(KEY);
    expect(claim).not.toBeNull();
    expect([await a.claim(KEY), await b.claim(KEY)]).toEqual([null, null]);
    expect(await b.claim('b'.repeat(64))).not.toBeNull();
    await claim!.release();
    await claim!.release();
    expect(await b.claim(KEY)).not.toBeNull();
  });

  it('of many that race, exactly one wins', async () => {
    const store = await openTrialStore(folder.path('race'));
    for (let round = 0; round < 20; round++) {
      const won = (await Promise.all(Array.from({ length: 8 }, () => store.claim(KEY)))).filter(
        (claim) => claim !== null,
      );
      expect(won.length).toBeLessThanOrEqual(1);
      await won[0]?.release();
    }
    expect(await claims('race')).toEqual([]);
  });

  it('lapse when the process is gone, or its number belongs to another one now', async () => {
    const store = await openTrialStore(folder.path('gone'));
    const child = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => child.on('close', resolve));
    await plantClaim('gone', { pid: child.pid });
    const claim = await store.claim(KEY);
    expect(claim).not.toBeNull();
    await claim!.release();
    expect(await claims('gone')).toEqual([]);
    await plantClaim('gone', { started: '1' });
    await (await store.claim(KEY))!.release();
    await plantClaim('gone', { started: '1' }, 99);
    await openTrialStore(folder.path('gone'));
    expect(await claims('gone')).toEqual([]);
  });

  it('of another machine lapse after a minute without a heartbeat', async () => {
    const store = await openTrialStore(folder.path('elsewhere'));
    const file = await plantClaim('elsewhere', { machine: 'another', host: 'another', pid: 1 });
    expect(await store.claim(KEY)).toBeNull();
    const ago = (seconds: number) => new Date(Date.now() - 1000 * seconds);
    await utimes(file, ago(50), ago(50));
    expect(await store.claim(KEY)).toBeNull();
    await utimes(file, ago(70), ago(70));
    expect(await store.claim(KEY)).not.toBeNull();
  });

  it('say whose they are', async () => {
    const store = await openTrialStore(folder.path('whose'));
    await store.claim(KEY);
    const text = await readFile(folder.path(`whose/claims/${KEY}.1`), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ host: hostname(), pid: process.pid });
    expect(await store.claimed()).toEqual([KEY]);
  });

  it('never have two holders, though holders are killed', async () => {
    const store = folder.path('killed');
    await openTrialStore(store);
    const keys = [KEY, 'b'.repeat(64)];
    const all: Running[] = [];
    const start = () => {
      const running = startClaimer(store, keys, 5);
      all.push(running);
      return running;
    };
    const slots = Array.from({ length: 5 }, start);
    const end = Date.now() + 5000;
    // On a busy machine processes start slowly: as long as it takes for enough of them to be killed.
    const isEnough = () => Date.now() > end && all.length > slots.length + 6 && all.flatMap(holdsOf).length > 120;
    for (let i = 0; !isEnough(); i = (i + 1) % slots.length) {
      await sleep(120);
      const victim = slots[i]!;
      if (!victim.text.includes('enter') && victim.child.exitCode === null) continue;
      // Until here it lives, and holds what it had entered.
      victim.killedAt = process.hrtime.bigint();
      victim.child.kill('SIGKILL');
      await victim.ended;
      slots[i] = start();
    }
    await Promise.all(all.map(({ ended }) => ended));
    const holds = all.flatMap(holdsOf);
    expect(all.filter(({ killedAt }) => killedAt !== null).length).toBeGreaterThan(5);
    expect(holds.length).toBeGreaterThan(100);
    for (const key of keys) {
      const ofKey = holds.filter((hold) => hold.key === key).sort((a, b) => (a.from < b.from ? -1 : 1));
      expect(ofKey.filter((hold, i) => i > 0 && hold.from < ofKey[i - 1]!.to)).toEqual([]);
    }
    const late = await openTrialStore(store);
    for (const key of keys) await (await late.claim(key))!.release();
    expect([await claims('killed'), await readdir(`${store}/temporary`)]).toEqual([[], []]);
  });
});
