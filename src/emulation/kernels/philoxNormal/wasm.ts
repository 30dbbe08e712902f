/** The random stream of the contract, section 9, in WebAssembly: float32 normals, and the words behind them. */
import type { SeedPair } from '../../../base/random/philox.js';
import { compileKernels, instantiateKernels, type KernelInstance, STREAM_BYTES } from '../wasm/instance.js';

/** The kernel writes eight groups of four samples at a time. */
const STEP_BYTES = 128;

/** Groups from one run of four to the next. */
const CONTIGUOUS = 4;

export class WasmPhilox {
  readonly #instance: KernelInstance;

  /** On an instance that other kernels use too. */
  constructor(instance: KernelInstance) {
    this.#instance = instance;
  }

  /** @throws BackendUnavailableError where the kernels are not built or cannot run. */
  static async create(module?: WebAssembly.Module): Promise<WasmPhilox> {
    return new WasmPhilox(await instantiateKernels(module ?? (await compileKernels())));
  }

  /** Standard normal samples first .. first + count - 1 of the stream of `seed`; first is below 2^34. */
  normals(seed: SeedPair, first: number, count: number): Float32Array {
    return this.#fill('fillNormals', seed, first, count, (memory, at) => memory.f32.slice(at, at + count));
  }

  /** The words of the stream, one a sample, likewise. */
  words(seed: SeedPair, first: number, count: number): Uint32Array {
    return this.#fill('fillWords', seed, first, count, (memory, at) => memory.u32.slice(at, at + count));
  }

  #fill<T>(
    kernel: 'fillNormals' | 'fillWords',
    seed: SeedPair,
    first: number,
    count: number,
    slice: (memory: KernelInstance['memory'], index: number) => T,
  ): T {
    const { kernels, memory } = this.#instance;
    const mark = memory.mark();
    const lead = first % 4;
    const groups = Math.ceil((lead + count) / 4);
    const stream = memory.allocate(STREAM_BYTES);
    const out = memory.allocate(16 * groups + STEP_BYTES);
    kernels.seedStream(stream, ...seed, CONTIGUOUS);
    kernels[kernel](stream, Math.floor(first / 4), groups, out);
    const samples = slice(memory, out / 4 + lead);
    memory.release(mark);
    return samples;
  }
}
