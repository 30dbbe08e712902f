/** A store in memory, for tests of what uses one. Records pass through JSON, as they do on their way to a file. */
import type { SweepManifest, Trial, TrialBlock, TrialStore } from '../../../src/experiments/sweep/types.js';

export interface MemoryStore extends TrialStore {
  readonly trialMap: Map<string, Trial>;
  readonly blockMap: Map<string, Map<number, TrialBlock>>;
  readonly claims: Set<string>;
}

const copy = <T>(value: T): T => structuredClone(value);

export function memoryStore(): MemoryStore {
  const trialMap = new Map<string, Trial>();
  const blockMap = new Map<string, Map<number, TrialBlock>>();
  const claims = new Set<string>();
  const sweeps = new Map<string, SweepManifest>();
  return {
    location: 'memory',
    trialMap,
    blockMap,
    claims,
    get: async (key) => copy(trialMap.get(key)),
    put: async (trial) => {
      trialMap.set(trial.key, copy(trial));
      blockMap.delete(trial.key);
    },
    blocks: async (key) => copy([...(blockMap.get(key) ?? new Map()).values()]).sort((a, b) => a.first - b.first),
    putBlock: async (key, block) => {
      const blocks = blockMap.get(key) ?? new Map<number, TrialBlock>();
      blockMap.set(key, blocks.set(block.first, copy(block)));
    },
    claim: async (key) => {
      if (claims.has(key)) return null;
      claims.add(key);
      return { release: async () => void claims.delete(key) };
    },
    async *trials() {
      for (const trial of trialMap.values()) yield copy(trial);
    },
    putSweep: async (manifest) => void sweeps.set(manifest.name, copy(manifest)),
    sweeps: async () => copy([...sweeps.values()]),
  };
}
