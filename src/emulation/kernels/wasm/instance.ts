/** One instance of the kernels' module, with a memory of its own: one a thread. */
import { BackendUnavailableError } from '../../../base/errors.js';
import { KernelMemory } from './memory.js';

/** What `assembly/index.ts` exports. Numbers are addresses and unsigned 32-bit integers. */
interface KernelExports {
  seedStream(stream: number, s0: number, s1: number, stride: number): void;
  fillNormals(stream: number, firstGroup: number, groups: number, out: number): void;
  fillWords(stream: number, firstGroup: number, groups: number, out: number): void;
  quantise(job: number): void;
  im2col(job: number): void;
  convolve(job: number, mode: number): void;
  holdRows(job: number): void;
  multiplyDense(jobs: number, count: number, mode: number): void;
  holdDense(job: number, pass: number, out: number): number;
}

/**
 * Evaluates an FC bank whose response is measured, for `count` values (float64) at address `values`.
 * @returns 1 where a ring is beyond the electro-optic range.
 */
export type MeasuredBank = (unit: number, values: number, count: number) => 0 | 1;

export interface KernelInstance {
  readonly kernels: KernelExports;
  readonly memory: KernelMemory;
  /** By the address of their bank. */
  readonly measuredBanks: Map<number, MeasuredBank>;
}

/** Bytes of a random stream: keys, masks and constants; `assembly/philox.ts` lays it out. */
export const STREAM_BYTES = 640;

/** A module with one SIMD instruction (i8x16.popcnt of a splat): valid exactly where there is SIMD. */
const SIMD_MODULE = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11],
);

async function compile(): Promise<WebAssembly.Module> {
  const binary = await (await import('./wasmBinary.js')).readKernels();
  try {
    return await WebAssembly.compile(binary);
  } catch (cause) {
    throw new BackendUnavailableError(
      'wasm',
      WebAssembly.validate(SIMD_MODULE)
        ? `has kernels that do not compile here (${(cause as Error).message.split('\n')[0]})`
        : 'needs WebAssembly SIMD, which this machine lacks',
      'use --backend reference',
      {
        cause,
      },
    );
  }
}

let compiled: Promise<WebAssembly.Module> | null = null;

/**
 * The compiled module, one for all instances of this thread, so that what the engine has optimised for one serves the next;
 * it can be posted to worker threads.
 * @throws BackendUnavailableError where it has not been built or the machine lacks SIMD.
 */
export function compileKernels(): Promise<WebAssembly.Module> {
  compiled ??= compile().catch((error) => {
    compiled = null;
    throw error;
  });
  return compiled;
}

/** Instantiates the module with a new memory. */
export async function instantiateKernels(module: WebAssembly.Module): Promise<KernelInstance> {
  const memory = new KernelMemory();
  const measuredBanks = new Map<number, MeasuredBank>();
  const holdMeasured = (bank: number, unit: number, values: number, count: number) =>
    measuredBanks.get(bank >>> 0)!(unit, values >>> 0, count);
  const instance = await WebAssembly.instantiate(module, { env: { memory: memory.memory, holdMeasured } });
  return { kernels: instance.exports as unknown as KernelExports, memory, measuredBanks };
}
