/** Buffers into which the dense kernel also stores what its rows were and gave, and how they are read. */
import type { DenseProgram } from '../../program/types.js';
import type { KernelInstance } from '../wasm/instance.js';
import type { RowTap } from '../wasm/layerHost.js';
import { BLOCK, tappedCodes, tappedU } from '../wasm/samples.js';

/** Fills the places of empty slots. */
const NO_ENTRY = 0xffffffff;
const PASSES = 2;

/**
 * Allocates a tap for up to `mostRows` rows per pass.
 * @param rowsOf rows that a pass had in the last run.
 */
export function allocateTap(
  instance: KernelInstance,
  program: DenseProgram,
  mostRows: number,
  rowsOf: (pass: number) => number,
): RowTap {
  const { memory } = instance;
  const { bank, filters } = program;
  const pitch = BLOCK * Math.ceil(filters / BLOCK);
  const slots = PASSES * mostRows * bank.size;
  const plane = 4 * PASSES * mostRows * pitch;
  const tap = memory.allocate(2 * plane);
  const tapEntries = memory.allocate(4 * slots);
  const tapH = memory.allocate(16 * slots);
  memory.u32.fill(NO_ENTRY, tapEntries / 4, tapEntries / 4 + slots);

  const entriesOf = (row: number) => {
    const first = tapEntries / 4 + row * bank.size;
    const all = Int32Array.from(memory.u32.subarray(first, first + bank.size));
    const count = all.indexOf(NO_ENTRY | 0);
    return count < 0 ? all : all.subarray(0, count);
  };

  return {
    fields: { tap, tapEntries, tapH },
    read(pass, converter) {
      const rows = rowsOf(pass);
      const k = Array.from({ length: rows }, (_, row) => entriesOf(pass * mostRows + row));
      const railOf = (rail: number) =>
        k.map(({ length }, row) => {
          const first = tapH / 8 + 2 * (pass * mostRows + row) * bank.size + rail;
          return Float64Array.from({ length }, (_, slot) => memory.f64[first + 2 * slot]!);
        });
      const u = tap + 4 * pass * mostRows * pitch;
      return {
        u: tappedU(instance, program, u, rows, pitch, filters),
        adcCode: tappedCodes(instance, converter, u + plane, rows, pitch, filters),
        k,
        hPlus: railOf(0),
        hMinus: railOf(1),
      };
    },
  };
}
