/** The memory of one kernel instance: an allocator that only ever goes up, and views that survive growth. */
import { UnsupportedLayerError } from '../../../base/errors.js';

const PAGE_BYTES = 65536;
const MAXIMUM_PAGES = 65536;
const ALIGNMENT = 64;

function tooMuch(bytes: number): string {
  return `the wasm backend needs ${Math.ceil(bytes / 2 ** 20)} MiB of memory for this network, and cannot have it; use --backend reference`;
}

export class KernelMemory {
  readonly memory = new WebAssembly.Memory({ initial: 1 });
  #top = ALIGNMENT;
  #buffer: ArrayBufferLike = new ArrayBuffer(0);
  #u32 = new Uint32Array();
  #i32 = new Int32Array();
  #f32 = new Float32Array();
  #f64 = new Float64Array();

  /** Address of `bytes` zeroed bytes, aligned to a cache line. @throws UnsupportedLayerError beyond 4 GiB. */
  allocate(bytes: number): number {
    const address = this.#top;
    const end = address + Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    const missingPages = Math.ceil(end / PAGE_BYTES) - this.memory.buffer.byteLength / PAGE_BYTES;
    if (missingPages > 0) this.#grow(missingPages, end);
    this.#top = end;
    new Uint8Array(this.memory.buffer, address, end - address).fill(0);
    return address;
  }

  /** @throws UnsupportedLayerError where `bytes` more would be beyond 4 GiB. */
  checkRoom(bytes: number): void {
    const end = this.#top + bytes;
    if (end > MAXIMUM_PAGES * PAGE_BYTES) throw new UnsupportedLayerError(tooMuch(end));
  }

  #grow(pages: number, end: number): void {
    const had = this.memory.buffer.byteLength / PAGE_BYTES;
    this.checkRoom(end - this.#top);
    try {
      // At least doubled: views are made anew after every growth.
      this.memory.grow(Math.min(Math.max(pages, had), MAXIMUM_PAGES - had));
    } catch (cause) {
      throw new UnsupportedLayerError(tooMuch(end), { cause });
    }
  }

  /** What to pass to `release`, to free everything that is allocated from now on. */
  mark(): number {
    return this.#top;
  }

  release(mark: number): void {
    this.#top = mark;
  }

  #views(): void {
    const { buffer } = this.memory;
    if (buffer === this.#buffer) return;
    this.#buffer = buffer;
    this.#u32 = new Uint32Array(buffer);
    this.#i32 = new Int32Array(buffer);
    this.#f32 = new Float32Array(buffer);
    this.#f64 = new Float64Array(buffer);
  }

  /** The whole memory; an element's index is its address / its size. Not to be kept over an allocation. */
  get u32(): Uint32Array {
    this.#views();
    return this.#u32;
  }

  get i32(): Int32Array {
    this.#views();
    return this.#i32;
  }

  get f32(): Float32Array {
    this.#views();
    return this.#f32;
  }

  get f64(): Float64Array {
    this.#views();
    return this.#f64;
  }
}
