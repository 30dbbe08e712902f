/** The SIMD WebAssembly kernels as a backend: float32, the portable default. */
import { WasmKernels } from '../kernels/wasm/module.js';
import type { PhotonicBackend } from './types.js';

/** A wasm instance of its own, for one thread. */
export async function createWasmBackend(): Promise<PhotonicBackend> {
  const kernels = await WasmKernels.create();
  return {
    name: 'wasm',
    load: (program) => kernels.load(program),
    free: () => kernels.free(),
    normals: (seed, count) => kernels.normals(seed, count),
  };
}
