/** Every backend tested in a process of its own, and the fastest of those that work. */
import { fileURLToPath } from 'node:url';
import { BACKEND_TRAITS, BACKENDS, type BackendName } from '../../emulation/backends/index.js';
import { inProcess } from '../../emulation/backends/status.js';
import type { SelfTest } from './selfTest.js';

export interface BackendCheck extends SelfTest {
  readonly name: BackendName;
  /** Available, and its numbers are the reference's. */
  readonly works: boolean;
}

/** What single precision and a converter's step here and there explain is below a tenth of it. */
const MAXIMUM_DEVIATION = 1e-3;

/** What a self-test says of a backend. */
export function judge(name: BackendName, result: SelfTest, threads: number): BackendCheck {
  if (!result.available) return { name, works: false, ...result };
  const sumsPerSecond = (result.sumsPerSecond ?? 0) * (BACKEND_TRAITS[name].threads === 'workers' ? threads : 1);
  const deviation = result.deviation ?? Number.POSITIVE_INFINITY;
  const works = deviation <= MAXIMUM_DEVIATION;
  const wrong = {
    reason: `computes something else than the reference: its outputs deviate by ${deviation.toExponential(1)} of their spread`,
    remedy: "do not use it here; 'sonic conformance FILE' shows where it differs",
  };
  return { name, works, ...result, deviation, sumsPerSecond, ...(works ? {} : wrong) };
}

/**
 * Tests a backend against the reference.
 * @param threads worker threads that a run would take; the speed is all of them together.
 */
async function checkBackend(name: BackendName, threads: number): Promise<BackendCheck> {
  const script = fileURLToPath(new URL('../../../dist/experiments/doctor/selfTestProcess.js', import.meta.url));
  return judge(name, await inProcess<SelfTest>(script, name), threads);
}

/** The fastest that works, or null; the reference, which is for checking, only where nothing else does. */
export function fastest(checks: readonly BackendCheck[]): BackendCheck | null {
  const order = (check: BackendCheck) => (check.name === 'reference' ? 0 : (check.sumsPerSecond ?? 0));
  const working = checks.filter(({ works }) => works).sort((a, b) => order(b) - order(a));
  return working[0] ?? null;
}

/** Tests all backends one after the other, so that they do not slow each other. */
export async function checkBackends(threads: number, onBackend?: (name: BackendName) => void): Promise<BackendCheck[]> {
  const checks: BackendCheck[] = [];
  for (const name of BACKENDS) {
    onBackend?.(name);
    checks.push(await checkBackend(name, threads));
  }
  return checks;
}
