/** The analog kernels in WebAssembly SIMD, float32: one instance a thread, with a memory of its own. */

import type { SeedPair } from '../../base/random/philox.js';
import type { Kernels, LoadedConv2d, LoadedDense, LoadedLayer } from '../kernels/contract.js';
import { hasElectronics } from '../kernels/electronics.js';
import { withElectronics } from '../kernels/electronicsOnHost.js';
import { WasmPhilox } from '../kernels/philoxNormal/wasm.js';
import { loadConv2d } from '../kernels/photonicConv2D/wasm.js';
import { loadDense } from '../kernels/photonicDense/wasm.js';
import { compileKernels, instantiateKernels, type KernelInstance } from '../kernels/wasm/instance.js';
import type { Conv2dProgram, DenseProgram, MacProgram, Program } from '../program/types.js';

export class WasmKernels implements Kernels {
  readonly #instance: KernelInstance;
  readonly #empty: number;

  private constructor(instance: KernelInstance) {
    this.#instance = instance;
    this.#empty = instance.memory.mark();
  }

  /**
   * @param module from `compileKernels`, where several threads share it; compiled here otherwise.
   * @throws BackendUnavailableError where the kernels are not built or cannot run.
   */
  static async create(module?: WebAssembly.Module): Promise<WasmKernels> {
    return new WasmKernels(await instantiateKernels(module ?? (await compileKernels())));
  }

  load(program: Program): LoadedLayer[] {
    return program.layers.map((layer) => this.loadLayer(layer));
  }

  /** Makes one layer ready to run. @throws UnsupportedLayerError where it is beyond what the kernels can hold. */
  loadLayer(layer: Conv2dProgram): LoadedConv2d;
  loadLayer(layer: DenseProgram): LoadedDense;
  loadLayer(layer: MacProgram): LoadedLayer;
  loadLayer(layer: MacProgram): LoadedLayer {
    if (!hasElectronics(layer))
      return layer.kind === 'conv2d' ? loadConv2d(this.#instance, layer) : loadDense(this.#instance, layer);
    return layer.kind === 'conv2d'
      ? withElectronics(layer, (part) => loadConv2d(this.#instance, part))
      : withElectronics(layer, (part) => loadDense(this.#instance, part));
  }

  normals(seed: SeedPair, count: number, first = 0): Float32Array {
    return new WasmPhilox(this.#instance).normals(seed, first, count);
  }

  /** The words behind the normals, one a sample. */
  words(seed: SeedPair, count: number, first = 0): Uint32Array {
    return new WasmPhilox(this.#instance).words(seed, first, count);
  }

  free(): void {
    this.#instance.memory.release(this.#empty);
    this.#instance.measuredBanks.clear();
  }
}
