import { beforeAll, describe, expect, it } from 'vitest';
import { BACKENDS } from '../../src/emulation/backends/types.js';
import { buildIfStale, sonic } from './sonic.js';

const TIMEOUT_ms = 600_000;

beforeAll(buildIfStale, 300_000);

describe('sonic doctor', () => {
  it('tests every backend, exits 0 where the defaults work, and says how to mend the rest', {
    timeout: TIMEOUT_ms,
  }, async () => {
    const { code, stdout, stderr } = await sonic('doctor', '--json', '-');
    expect([code, stderr]).toEqual([0, '']);
    const { backends, defaultsWork, fastest, machine } = JSON.parse(stdout);
    expect(backends.map(({ name }: { name: string }) => name)).toEqual([...BACKENDS]);
    expect(backends.find(({ name }: { name: string }) => name === 'wasm')).toMatchObject({ works: true });
    for (const { works, reason, remedy } of backends)
      if (!works) expect([typeof reason, typeof remedy]).toEqual(['string', 'string']);
    expect(defaultsWork).toBe(true);
    expect(backends.find(({ name }: { name: string }) => name === fastest).works).toBe(true);
    expect(machine.versions.node).toBe(process.versions.node);
  });
});

describe('--backend auto', () => {
  it('says which backend it took and why not the others; the result names it', { timeout: TIMEOUT_ms }, async () => {
    const { code, stdout, stderr } = await sonic('run', 'mnist', '--images', '2', '--backend', 'auto', '--json', '-');
    expect(code).toBe(0);
    const { backend } = JSON.parse(stdout).run;
    const lines = stderr.trim().split('\n');
    expect(lines).toHaveLength(BACKENDS.length);
    expect(lines.find((line) => line.startsWith('--backend auto: took'))).toContain(backend);
    for (const name of BACKENDS) expect(stderr).toContain(` ${name}: `);
  });
});
