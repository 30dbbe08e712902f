/** Records that host and kernels share: fields of 4 bytes, in the order of the kernel's class. */
import type { KernelMemory } from './memory.js';

/** `u32` also holds addresses. */
export type FieldKind = 'u32' | 'f32';

export class Struct<F extends Record<string, FieldKind>> {
  readonly #place: ReadonlyMap<string, { index: number; kind: FieldKind }>;
  readonly bytes: number;

  constructor(fields: F) {
    const entries = Object.entries(fields);
    this.#place = new Map(entries.map(([name, kind], index) => [name, { index, kind }]));
    this.bytes = 4 * entries.length;
  }

  /** Writes the named fields of the record at `address`. */
  write(memory: KernelMemory, address: number, values: Partial<Record<keyof F, number>>): void {
    for (const [name, value] of Object.entries(values)) {
      const { index, kind } = this.#place.get(name)!;
      memory[kind][address / 4 + index] = value as number;
    }
  }

  read(memory: KernelMemory, address: number, name: keyof F & string): number {
    const { index, kind } = this.#place.get(name)!;
    return memory[kind][address / 4 + index]!;
  }
}
