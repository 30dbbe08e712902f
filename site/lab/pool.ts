/** The threads that compile together and run images; one thing at a time has them. */
import type { LayerExtents } from '#sonic/emulation/calibration/extentMemory.js';
import { mergeExtents } from '#sonic/emulation/calibration/extents.js';
import type { Program } from '#sonic/emulation/program/types.js';
import type { Network } from '#sonic/networks/types.js';
import type {
  BatchReply,
  ChipRequest,
  CompileReply,
  CompileRequest,
  Files,
  LoadReply,
  LoadRequest,
} from './messages.js';
import { type AskOptions, Thread } from './thread.js';
import type { Work } from './work.js';

const BATCH = 16;
const MOST_THREADS = 8;

/** What is to be run, before there is a program. */
type Order = Omit<Work, 'program' | 'replies'>;

export interface RunFacts {
  readonly threads: number;
  /** Backend and what it computes on, for people. */
  readonly on: string;
}

const batchesOf = ({ count }: Order) => Math.ceil(count / BATCH);

function loadRequest(files: Files, program: Program | null, { data, count, backend }: Order): LoadRequest {
  const imageSize = data.shape[0] * data.shape[1] * data.shape[2];
  const job = { fidelities: [], digital: true, backend, runSeed: 1, imageSize } as const;
  const indices = data.indices ? { indices: Int32Array.from(data.indices.slice(0, count)) } : {};
  return { kind: 'load', files, program, job: { ...job, ...indices, images: data.images.slice(0, count * imageSize) } };
}

/** A thread that has been asked to load something. */
interface Runner {
  readonly thread: Thread;
  readonly loaded: Promise<LoadReply>;
}

export class Pool {
  /** Started when first asked for. */
  readonly #threads: Thread[] = [];
  /** What the threads run, or are about to: none else has what they compiled. */
  #latest: { readonly program: Program; readonly runners: readonly Runner[] } | null = null;
  #compilations = 0;

  constructor(private readonly files: Files) {}

  /** Has all threads compile; those that will run `order` set themselves up for it. */
  async compile(network: Network, chip: ChipRequest, order: Order, options: AskOptions): Promise<Program> {
    this.#latest = null;
    const threads = Math.min(navigator.hardwareConcurrency || 1, MOST_THREADS);
    while (this.#threads.length < threads) this.#threads.push(new Thread());
    for (const thread of this.#threads) this.#give(thread, network);
    const compiled = this.#compileAll(chip, options);
    // At once: the others need not wait until the first has told its program.
    const runners = this.#load(order, null);
    for (const { loaded } of runners) loaded.catch(() => {});
    const program = await compiled;
    this.#latest = { program, runners };
    return program;
  }

  /** Tells a thread the network, unless it has it. */
  #give(thread: Thread, network: Network): void {
    if (thread.network === network) return;
    thread.network = network;
    thread.ask({ kind: 'network', network }).catch(() => {});
  }

  async #compileAll(chip: ChipRequest, { signal, onProgress }: AskOptions): Promise<Program> {
    const threads = this.#threads;
    const compilation = this.#compilations++;
    const tellAll = (extents: readonly LayerExtents[] | null) => {
      for (const thread of threads) thread.tell({ kind: 'merged', compilation, extents });
    };
    let measured: (readonly LayerExtents[])[] = [];
    const onExtents = (extents: readonly LayerExtents[]) => {
      measured.push(extents);
      if (measured.length < threads.length) return;
      tellAll(mergeExtents(measured));
      measured = [];
    };
    const replies = threads.map((thread, part) => {
      const request: CompileRequest = { ...chip, kind: 'compile', part, parts: threads.length, compilation };
      const own: AskOptions = part === 0 && onProgress ? { onExtents, onProgress } : { onExtents };
      return thread.ask<CompileReply>(request, signal ? { ...own, signal } : own);
    });
    let failure: Error | null = null;
    for (const reply of replies) {
      reply.catch((error: Error) => {
        failure ??= error;
        // Whoever waits for the part of one that failed would wait for ever.
        tellAll(null);
      });
    }
    const [first] = await Promise.allSettled(replies);
    if (failure) throw failure;
    return (first as PromiseFulfilledResult<CompileReply>).value.program!;
  }

  /** The last ones first: the first tells its program meanwhile. An adapter is one, whoever feeds it. */
  #load(order: Order, program: Program | null): Runner[] {
    const most = order.backend === 'webgpu' ? 1 : this.#threads.length;
    const wanted = Math.max(1, Math.min(most, batchesOf(order)));
    const request = loadRequest(this.files, program, order);
    return this.#threads
      .toReversed()
      .slice(0, wanted)
      .map((thread) => {
        this.#give(thread, order.network);
        return { thread, loaded: thread.ask<LoadReply>(request) };
      });
  }

  /**
   * Runs the batches that are missing.
   * @param onBatch called after each.
   * @returns on what, for people
   */
  async run(work: Work, signal: AbortSignal, onBatch: () => void): Promise<RunFacts> {
    const { program, count, replies, backend } = work;
    if (this.#latest?.program !== program) this.#latest = { program, runners: this.#load(work, program) };
    const { runners } = this.#latest;
    const left = Array.from({ length: batchesOf(work) }, (_, b) => b).filter((b) => !replies[b]);
    let device = '';
    const runOn = async ({ thread, loaded }: Runner) => {
      ({ device } = await loaded);
      for (let b = left.shift(); b !== undefined && !signal.aborted; b = left.shift()) {
        const request = { kind: 'batch', first: b * BATCH, count: Math.min(BATCH, count - b * BATCH) } as const;
        replies[b] = await thread.ask<BatchReply>(request);
        if (!signal.aborted) onBatch();
      }
    };
    try {
      await Promise.all(runners.map(runOn));
    } catch (error) {
      // A thread that failed may have been replaced by one that has nothing.
      this.#latest = null;
      throw error;
    }
    const threads = runners.length;
    const threadsText = `${threads} ${threads === 1 ? 'thread' : 'threads'}`;
    return { threads, on: backend === 'webgpu' ? `WebGPU: ${device}` : `WebAssembly, ${threadsText}` };
  }
}
