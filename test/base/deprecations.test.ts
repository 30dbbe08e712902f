/** Deprecation warnings of dependencies do not reach users: not from the program, nor from its threads and processes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { toShared } from '../../src/emulation/emulator/shared.js';
import { buildIfStale, runProcess } from '../cli/sonic.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
);
const textOf = (file: string) => readFileSync(join(ROOT, 'src', file), 'utf8');

/** Files of dist/ that run as threads or processes of their own. */
const entries = sources.flatMap((file) =>
  [...textOf(file).matchAll(/dist\/([\w/]+)\.js'/g)].map((match) => `${match[1]}.ts`),
);

describe('deprecation warnings of dependencies', () => {
  beforeAll(buildIfStale, 120_000);

  it('are kept quiet by every thread and process, and the program itself', () => {
    expect(entries.length).toBeGreaterThanOrEqual(4);
    for (const entry of [...new Set(entries), 'cli/main.ts']) {
      const text = textOf(entry);
      expect(text, entry).toMatch(/^quietDeprecations\(/m);
    }
  });

  const script = (debug: string) => `
    import { Worker } from 'node:worker_threads';
    import { quietDeprecations } from ${JSON.stringify(join(ROOT, 'dist/base/deprecations.js'))};
    quietDeprecations(${debug});
    Buffer(1);
    const own = "import(" + ${JSON.stringify(JSON.stringify(join(ROOT, 'dist/base/deprecations.js')))} + ").then((m) => { m.quietDeprecations(); Buffer(1); })";
    new Worker(own, { eval: true });`;

  it.each([
    ['false', 0],
    ['true', 2],
  ])('debug %s: %d are printed, of the program and of a thread', async (debug, count) => {
    const { code, stderr } = await runProcess(process.execPath, ['--input-type=module', '-e', script(debug)]);
    expect(code).toBe(0);
    expect(stderr.match(/\[DEP0005\]/g) ?? []).toHaveLength(count);
  });

  it('bytes read as a Buffer are shared as plain bytes, without its deprecated constructor', async () => {
    const code = `
      import { toShared } from ${JSON.stringify(join(ROOT, 'dist/emulation/emulator/shared.js'))};
      toShared({ images: Buffer.from([1, 2, 3]) });`;
    const ended = await runProcess(process.execPath, ['--throw-deprecation', '--input-type=module', '-e', code]);
    expect([ended.code, ended.stderr]).toEqual([0, '']);
    const { images } = toShared({ images: Buffer.from([1, 2, 3]).subarray(1) });
    expect(images.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(Array.from(images)).toEqual([2, 3]);
  });
});
