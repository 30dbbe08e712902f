/** The analog kernels in WebAssembly SIMD, float32: one instance a thread, with a memory of its own. */

import type { SeedPair } from '../../base/random/philox.js';
import type { Kernels, LoadedConv2d, LoadedDense, LoadedLayer } from '../kernels/contract.js';
import { hasElectronics } from '../kernels/electronics.js';
import { withElectronics } from '../kernels/electronicsOnHost.js';
import { WasmPhilox } from '../kernels/philoxNormal/wasm.js';
import { checkConv2d, loadConv2d } from '../kernels/photonicConv2D/wasm.js';
import { cutByFilters, loadInParts, wholeLayer } from '../kernels/photonicDense/filterParts.js';
import { loadDense } from '../kernels/photonicDense/wasm.js';
import { compileKernels, instantiateKernels, type KernelInstance } from '../kernels/wasm/instance.js';
import { layerBytes } from '../kernels/wasm/layerBytes.js';
import type { Conv2dProgram, DenseProgram, MacProgram, Program } from '../program/types.js';

/** Bytes of layers that stay in an instance's memory. Those beyond are brought in as they run, and give way to the next. */
export const RESIDENT_BYTES = 2 ** 24;

/** The layer that is in memory behind those that stay. */
interface Visitor {
  readonly program: MacProgram;
  readonly loaded: LoadedLayer;
  /** Where its memory begins. */
  readonly mark: number;
}

export class WasmKernels implements Kernels {
  readonly #instance: KernelInstance;
  readonly #empty: number;
  #visitor: Visitor | null = null;

  private constructor(
    instance: KernelInstance,
    private readonly residentBytes: number,
  ) {
    this.#instance = instance;
    this.#empty = instance.memory.mark();
  }

  /**
   * @param module from `compileKernels`, where several threads share it; compiled here otherwise.
   * @param residentBytes what layers that stay may take; results do not depend on it.
   * @throws BackendUnavailableError where the kernels are not built or cannot run.
   */
  static async create(module?: WebAssembly.Module, residentBytes = RESIDENT_BYTES): Promise<WasmKernels> {
    return new WasmKernels(await instantiateKernels(module ?? (await compileKernels())), residentBytes);
  }

  /** Bytes that the instance's memory has come to. */
  get memoryBytes(): number {
    return this.#instance.memory.memory.buffer.byteLength;
  }

  /** Bytes of it that are in use. */
  get usedBytes(): number {
    return this.#instance.memory.mark();
  }

  load(program: Program): LoadedLayer[] {
    return program.layers.map((layer) => this.loadLayer(layer));
  }

  /** Makes one layer ready to run. @throws UnsupportedLayerError where it is beyond what the kernels can hold. */
  loadLayer(layer: Conv2dProgram): LoadedConv2d;
  loadLayer(layer: DenseProgram): LoadedDense;
  loadLayer(layer: MacProgram): LoadedLayer;
  loadLayer(layer: MacProgram): LoadedLayer {
    if (layer.kind === 'conv2d')
      return hasElectronics(layer) ? withElectronics(layer, (part) => this.#conv2d(part)) : this.#conv2d(layer);
    return hasElectronics(layer) ? withElectronics(layer, (part) => this.#dense(part)) : this.#dense(layer);
  }

  #conv2d(layer: Conv2dProgram): LoadedConv2d {
    checkConv2d(layer);
    const load = () => loadConv2d(this.#instance, layer);
    if (this.#stays(layer)) return load();
    this.#instance.memory.checkRoom(layerBytes(layer));
    const loaded = () => this.#visit(layer, load) as LoadedConv2d;
    return {
      program: layer,
      run: (x, y, options) => loaded().run(x, y, options),
      lump: (x, y, options) => loaded().lump!(x, y, options),
    };
  }

  #dense(layer: DenseProgram): LoadedDense {
    if (this.#stays(layer)) return loadDense(this.#instance, wholeLayer(layer));
    const parts = cutByFilters(layer, this.residentBytes);
    this.#instance.memory.checkRoom(layerBytes(parts[0]!.program));
    return loadInParts(
      layer,
      parts,
      (part) => this.#visit(part.program, () => loadDense(this.#instance, part)) as LoadedDense,
    );
  }

  /** Whether there is room for a layer to stay; otherwise it comes when it is called upon. */
  #stays(program: MacProgram): boolean {
    this.#evict();
    return this.#instance.memory.mark() - this.#empty + layerBytes(program) <= this.residentBytes;
  }

  /** The layer, or the part of one, that is called upon. */
  #visit(program: MacProgram, load: () => LoadedLayer): LoadedLayer {
    if (this.#visitor?.program !== program) {
      this.#evict();
      const { memory } = this.#instance;
      const mark = memory.mark();
      try {
        this.#visitor = { program, mark, loaded: load() };
      } catch (error) {
        memory.release(mark);
        throw error;
      }
    }
    return this.#visitor.loaded;
  }

  #evict(): void {
    if (this.#visitor) this.#instance.memory.release(this.#visitor.mark);
    this.#visitor = null;
  }

  normals(seed: SeedPair, count: number, first = 0): Float32Array {
    return new WasmPhilox(this.#instance).normals(seed, first, count);
  }

  /** The words behind the normals, one a sample. */
  words(seed: SeedPair, count: number, first = 0): Uint32Array {
    return new WasmPhilox(this.#instance).words(seed, first, count);
  }

  free(): void {
    this.#visitor = null;
    this.#instance.memory.release(this.#empty);
    this.#instance.measuredBanks.clear();
  }
}
