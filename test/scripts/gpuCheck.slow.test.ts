/** The check of a GPU, rehearsed on whatever adapter is here; skipped without one. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { BackendUnavailableError } from '../../src/base/errors.js';
import { createBackend } from '../../src/emulation/backends/index.js';

const SCRIPT = fileURLToPath(new URL('../../scripts/gpu-check.sh', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sonic-gpu-check-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const check = (...args: string[]) => spawnSync('sh', [SCRIPT, ...args], { encoding: 'utf8', cwd: folder });

const isHere = await createBackend('webgpu').then(
  () => true,
  (error: unknown) => {
    if (error instanceof BackendUnavailableError) return false;
    throw error;
  },
);

describe.skipIf(process.platform !== 'linux')('scripts/gpu-check.sh', () => {
  it.skipIf(!isHere)(
    'checks conformance, random layers, speed and accuracy, and writes both files',
    () => {
      const { status, stdout, stderr } = check('--backend', 'webgpu', '--rehearse', '--images', '3', '--output', 'out');
      expect(status, stderr).toBe(0);
      const report = JSON.parse(readFileSync(join(folder, 'out', 'gpu-check.json'), 'utf8'));
      const [{ conformance, random, throughput, accuracy, launches, layers }] = report.backends;
      expect(conformance).toMatchObject({ passed: true, out: [] });
      expect(conformance.cases).toBeGreaterThan(100);
      expect(random).toMatchObject({ passed: true, cases: 10 });
      for (const { rows } of throughput) {
        expect(rows).toHaveLength(8);
        for (const { imagesPerSecond } of rows) expect(imagesPerSecond).toBeGreaterThan(0);
      }
      for (const { images, different } of accuracy) {
        expect(images).toBe(3);
        expect(different.exact + different.lumped).toBeLessThanOrEqual(1);
      }
      expect(launches.launch_us).toBeGreaterThan(0);
      for (const { absent, kinds } of layers) {
        if (absent) continue;
        for (const ofKind of Object.values<{ layer: string; rows_ns: number }[]>(kinds)) {
          expect(ofKind.map(({ layer }) => layer)).toEqual(expect.arrayContaining(['conv1', 'dense2', 'electronics']));
          for (const { rows_ns } of ofKind) expect(rows_ns).toBeGreaterThanOrEqual(0);
        }
      }
      expect(readFileSync(join(folder, 'out', 'gpu-check.md'), 'utf8')).toBe(stdout);
      expect(stdout).toContain('| mnist, images a second; batch | digital | exact | exact, no noise | lumped |');
    },
    600_000,
  );

  it('says what is wrong with its options', () => {
    for (const [args, message] of [
      [['--backend', 'wasm'], '--backend wasm: it is webgpu or tensorflow-gpu'],
      [['--cifar10', '/none/cifar'], '--cifar10 /none/cifar: there is no such file or folder'],
      [['--images', 'x'], '--images x: it is a whole number from 1 on'],
    ] as const) {
      const { status, stderr } = check(...args);
      expect([status, stderr]).toEqual([2, `gpu-check: ${message} (scripts/gpu-check.sh --help)\n`]);
    }
  });
});
