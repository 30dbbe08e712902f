/** What the emulator asks of a backend: the kernels' contract, under a name. */
import type { DenseCounts, Kernels, LayerCounts, PassSchedule } from '../kernels/contract.js';

/** Names of the photonic backends. */
export const BACKENDS = ['wasm', 'reference'] as const;
export type BackendName = (typeof BACKENDS)[number];

export interface PhotonicBackend extends Kernels {
  readonly name: BackendName;
}

/** What one layer did on one image: a convolution, or a dense layer with how its units were loaded. */
export type LayerRun = LayerCounts | DenseCounts;

/** How the passes of a dense layer loaded its units; null for a convolution, whose loads are in its program. */
export function passesOf(run: LayerRun): readonly PassSchedule[] | null {
  return 'passes' in run ? run.passes : null;
}
