/** One look at everything a run depends on. */
import type { BackendName } from '../../emulation/backends/index.js';
import { type BackendCheck, checkBackends, fastest } from './checkBackends.js';
import { describeMachine, type Finding, findCheckpoints, findDatasets, findPrograms, type Machine } from './machine.js';

export interface Diagnosis {
  readonly schema: 'sonic-doctor/1';
  readonly machine: Machine;
  readonly backends: readonly BackendCheck[];
  /** What `--backend auto` would take; null where none works. */
  readonly fastest: BackendName | null;
  readonly datasets: readonly Finding[];
  readonly checkpoints: readonly Finding[];
  readonly programs: readonly Finding[];
  /** Whether `sonic run mnist` works as it is: backend wasm, the bundled network, the bundled images. */
  readonly defaultsWork: boolean;
}

/** @param onBackend told which backend is being tested: each takes seconds. */
export async function diagnose(onBackend?: (name: BackendName) => void): Promise<Diagnosis> {
  const machine = describeMachine();
  const backends = await checkBackends(machine.threads, onBackend);
  const [datasets, checkpoints] = [findDatasets(), findCheckpoints()];
  const needed = [datasets.find(({ name }) => name === 'mnist'), checkpoints.find(({ name }) => name === 'mnist')];
  return {
    schema: 'sonic-doctor/1',
    machine,
    backends,
    fastest: fastest(backends)?.name ?? null,
    datasets,
    checkpoints,
    programs: findPrograms(),
    defaultsWork: backends.some(({ name, works }) => name === 'wasm' && works) && needed.every((found) => found?.found),
  };
}
