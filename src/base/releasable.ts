/** Buffers that can shrink, where the engine has them; types of ES2023 do not. */
type ResizableBuffer = ArrayBuffer & { resize?(bytes: number): void };
const Buffer = ArrayBuffer as unknown as new (bytes: number, options: { maxByteLength: number }) => ResizableBuffer;

/** Numbers whose memory goes back to the system as soon as they are released: a collector takes its time over what is not in its heap. */
export class ReleasableFloat32 {
  #buffer: ResizableBuffer;
  #values: Float32Array;

  constructor(length: number) {
    this.#buffer = new Buffer(4 * length, { maxByteLength: 4 * length });
    this.#values = new Float32Array(this.#buffer);
  }

  set(values: Float32Array, at: number): void {
    this.#values.set(values, at);
  }

  /** A copy of `count` numbers from `at` on. */
  copy(at: number, count: number): Float32Array {
    return this.#values.slice(at, at + count);
  }

  /** Numbers from `at` on, as many as `out` has. */
  copyInto(out: Float32Array, at: number): void {
    out.set(this.#values.subarray(at, at + out.length));
  }

  /** None of it is there any more. */
  release(): void {
    this.#buffer.resize?.(0);
    this.#buffer = new ArrayBuffer(0);
    this.#values = new Float32Array(0);
  }
}
