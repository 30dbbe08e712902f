/** `--backend NAME`, with `auto` for the fastest that works here. */
import { Option } from 'commander';
import type { BackendName } from '../emulation/backends/types.js';

export const backendOption = () =>
  new Option(
    '--backend <NAME>',
    "wasm; reference (float64, slow); tensorflow, tensorflow-gpu, webgpu where installed ('sonic doctor'); auto: the fastest here",
  ).default('wasm');

/**
 * The backend that `--backend` asks for. `auto` tests all of them, which takes seconds, and says on stderr which it took
 * and why not the others: results name the backend, and only the same one repeats them to the bit.
 * @throws UsageError for an unknown name; BackendUnavailableError where `auto` finds none that works.
 */
export async function chooseBackend(text: string, threads: number | undefined): Promise<BackendName> {
  const { backendName } = await import('../emulation/backends/index.js');
  if (text !== 'auto') return backendName(text);
  const { defaultThreads } = await import('../emulation/emulator/emulate.js');
  const { checkBackends, fastest } = await import('../experiments/doctor/checkBackends.js');
  const { whyNot } = await import('../report/doctor/doctorReport.js');
  const { formatSi } = await import('../base/text/units.js');
  const checks = await checkBackends(threads ?? defaultThreads());
  const best = fastest(checks);
  if (best === null) {
    const { BackendUnavailableError } = await import('../base/errors.js');
    throw new BackendUnavailableError('auto', 'finds no backend that works', "see 'sonic doctor'");
  }
  const lines = checks.map((check) => {
    if (!check.works) return `not ${check.name}: it ${whyNot(check)}`;
    return `${check === best ? 'took' : 'not'} ${check.name}: ${formatSi(check.sumsPerSecond!, 'partial sums/s')}`;
  });
  process.stderr.write(lines.map((line) => `--backend auto: ${line}\n`).join(''));
  return best.name;
}
