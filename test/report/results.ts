/** Results of runs that are really made, few images each, as their JSON says them. */
import { loadExperiment } from '../../src/experiments/run/loadExperiment.js';
import { type RunOptions, runExperiment } from '../../src/experiments/run/runExperiment.js';

/** A plain object to read back, or to damage. */
// biome-ignore lint/suspicious/noExplicitAny: tests write wrong things into it.
export async function resultJson(options: Partial<RunOptions> = {}, set: string[] = []): Promise<any> {
  const experiment = await loadExperiment({
    network: 'mnist',
    hardware: 'sonic',
    set: ['calibration.images=4', ...set],
    images: 8,
  });
  return JSON.parse(JSON.stringify(await runExperiment({ ...experiment, threads: 1, ...options })));
}
