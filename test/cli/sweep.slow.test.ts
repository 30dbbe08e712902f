import { writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { buildIfStale, sonic } from './sonic.js';
import { interrupted, PLAN, recordsOf } from './sweeps.js';

beforeAll(buildIfStale, 300_000);
const folder = temporaryFolder();

describe('sonic sweep', () => {
  it('goes on after kill -9 with the same records', async () => {
    const plan = folder.path('bits.yaml');
    await writeFile(plan, PLAN);
    const [whole, killed] = [folder.path('whole'), folder.path('killed')];
    expect((await sonic('sweep', plan, '--store', whole)).code).toBe(0);
    await interrupted(plan, killed, 'SIGKILL');
    expect((await recordsOf(killed)).length).toBeLessThan(2);
    const resumed = await sonic('sweep', plan, '--store', killed, '--threads', '1');
    expect([resumed.code, resumed.stderr]).toEqual([0, '']);
    const [records, wanted] = [await recordsOf(killed), await recordsOf(whole)];
    expect(wanted.length).toBe(2);
    expect(records).toEqual(wanted);
  });
});
