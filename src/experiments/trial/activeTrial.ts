/** A trial while it is computed: which blocks are there, which are to be run, and by what it is put together. */

import type { CompiledChip } from '../run/assemble.js';
import type { Claim, Trial, TrialBlock, TrialStore } from '../sweep/types.js';
import { type BlockBounds, blockBounds, usableBlocks } from './imageBlocks.js';
import type { LaneTrial } from './lane.js';
import type { LaneHandle } from './lanes.js';
import type { LoadedTrial } from './trialLoader.js';
import type { TrialTask } from './trialSettings.js';

/** Classes of the digital network by block, of trials that share network and images. */
export class DigitalClasses {
  readonly #known = new Map<string, Map<number, readonly number[]>>();

  of({ identity: { backend, dataset, network }, networkKey }: LaneTrial): Map<number, readonly number[]> {
    const key = JSON.stringify([networkKey, network.hash, dataset.hash, backend]);
    const found = this.#known.get(key) ?? new Map();
    this.#known.set(key, found);
    return found;
  }
}

/** A loaded trial as threads get it. */
export function laneTrialOf({ settings }: Pick<TrialTask, 'settings'>, loaded: LoadedTrial): LaneTrial {
  const { key, identity, network, networkHash, dataset, calibrationSet, table, measured } = loaded;
  const networkKey = JSON.stringify([identity.network.hash, identity.compression]);
  const { hardware } = settings;
  return { key, identity, networkKey, network, networkHash, dataset, calibrationSet, table, measured, hardware };
}

export class ActiveTrial {
  readonly trial: LaneTrial;
  readonly #bounds: readonly BlockBounds[];
  readonly #done: Map<number, TrialBlock>;
  readonly #digital: Map<number, readonly number[]>;
  /** Decided once, so that a thread needs one set-up a trial. */
  readonly #digitalIsKnown: boolean;
  #waiting: BlockBounds[];
  #state: 'open' | 'finishing' | 'failed' = 'open';
  /** Set by the lane that starts the trial; lanes that help wait for it. */
  compiled: Promise<CompiledChip | null> = Promise.resolve(null);

  private constructor(
    readonly task: TrialTask,
    loaded: LoadedTrial,
    readonly store: TrialStore,
    readonly claim: Claim,
    stored: readonly TrialBlock[],
    classes: DigitalClasses,
  ) {
    this.trial = laneTrialOf(task, loaded);
    this.#bounds = blockBounds(loaded.dataset.count, loaded.identity.backend);
    this.#done = usableBlocks(stored, this.#bounds, loaded.identity.fidelity !== 'digital');
    this.#digital = classes.of(this.trial);
    for (const { first, digitalClasses } of this.#done.values()) this.#digital.set(first, digitalClasses);
    this.#waiting = this.#bounds.filter(({ first }) => !this.#done.has(first));
    this.#digitalIsKnown = this.#bounds.every(({ first }) => this.#digital.has(first));
  }

  /** A claimed trial with what the store has of it. */
  static async open(
    task: TrialTask,
    loaded: LoadedTrial,
    store: TrialStore,
    claim: Claim,
    classes: DigitalClasses,
  ): Promise<ActiveTrial> {
    return new ActiveTrial(task, loaded, store, claim, await store.blocks(task.key), classes);
  }

  /** Blocks that no lane has taken. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Images of blocks that the store had. */
  get imagesStored(): number {
    return [...this.#done.values()].reduce((sum, { count }) => sum + count, 0);
  }

  compile(lane: LaneHandle): void {
    const { trial } = this;
    if (trial.identity.fidelity === 'digital') return;
    this.compiled = lane.run<'compile'>({ kind: 'compile', trial });
    // Whoever waits is told; that nobody may be waiting yet is no defect.
    this.compiled.catch(() => {});
  }

  /** Runs the next block on a lane and stores it. */
  async runBlock(lane: LaneHandle): Promise<number> {
    const { first, count } = this.#waiting.shift()!;
    const compiled = await this.compiled;
    if (this.#state === 'failed') return 0;
    const digitalClasses = this.#digitalIsKnown ? this.#digital.get(first)! : null;
    const block = await lane.run<'block'>({
      kind: 'block',
      trial: this.trial,
      compiled,
      first,
      count,
      digitalClasses,
    });
    await this.store.putBlock(this.task.key, block);
    this.#done.set(first, block);
    this.#digital.set(first, block.digitalClasses);
    return count;
  }

  /** True once: for the lane that finds all blocks done. */
  takeFinish(): boolean {
    if (this.#state !== 'open' || this.#done.size < this.#bounds.length) return false;
    this.#state = 'finishing';
    return true;
  }

  /** Puts the trial together, always from its blocks in the order of the images, and stores it. */
  async finish(lane: LaneHandle): Promise<void> {
    const blocks = this.#bounds.map(({ first }) => this.#done.get(first)!);
    const { trial } = this;
    const made = await lane.run<'finish'>({ kind: 'finish', trial, compiled: await this.compiled, blocks });
    const record: Trial = { ...made, finishedAt: new Date().toISOString() };
    await this.store.put(record);
  }

  /** Nothing more is begun. True the first time. */
  fail(): boolean {
    const isFirst = this.#state !== 'failed';
    this.#state = 'failed';
    this.#waiting = [];
    return isFirst;
  }
}
