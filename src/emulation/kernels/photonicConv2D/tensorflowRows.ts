/** A convolution's chunk rows as tensors: what its composed kernel multiplies patches with. */
import type { Tensor, Tf } from '../../../base/tensorflow/tf.js';
import type { Conv2dProgram } from '../../program/types.js';
import { type Budget, blocksOf, perBlock } from '../tensorflow/budget.js';
import type { Uses } from '../tensorflow/composedQuantiser.js';
import { loadNoiseTable, type TableTensors } from '../tensorflow/noiseTable.js';
import { countUses } from './wasmLayout.js';

/** Rows begin .. end - 1 of a program on the device; short rows are filled with entries of coefficient 0. */
export interface RowBlock {
  readonly begin: number;
  readonly end: number;
  /** Which patch row each entry reads, [rows * n]. */
  readonly patch: Tensor;
  /** Coefficients of v, of v and of v^2 in u and its variance, in steps, [rows, 1, n]. */
  readonly signal: Tensor;
  readonly shot: Tensor;
  readonly intensity: Tensor;
  /** Coefficient of v^2 in u where VCSELs chirp; null: they do not. */
  readonly chirp: Tensor | null;
}

/** A convolution on the device. */
export interface ComposedConv2d {
  readonly tf: Tf;
  readonly program: Conv2dProgram;
  readonly budget: Budget;
  /** n of the tensors: entries of the longest row. */
  readonly entriesPerRow: number;
  readonly blocks: readonly RowBlock[];
  readonly uses: Uses;
  /** The receiver's measured noise; null: none. */
  readonly noiseTable: TableTensors | null;
  /** Of sums of codes, and shift of each filter. */
  readonly scale: number;
  readonly shift: Tensor;
  dispose(): void;
}

/** Entries of the longest row. */
function rowSize({ rowStart }: Conv2dProgram): number {
  return rowStart.reduce((most, start, r) => Math.max(most, start - (rowStart[r - 1] ?? 0)), 1);
}

/** Patch row that entry k of filter f reads: the program's k counts the channels of a group, patches have all. */
function patchRow({ geometry, filters }: Conv2dProgram, f: number, k: number): number {
  const perGroup = geometry.input[2] / geometry.groups;
  const group = Math.floor(f / (filters / geometry.groups));
  return Math.floor(k / perGroup) * geometry.input[2] + group * perGroup + (k % perGroup);
}

function loadBlock(tf: Tf, program: Conv2dProgram, n: number, [begin, end]: [number, number]): RowBlock {
  const { rowFilter, rowStart, entryK, hPlus, hMinus, dPlus, dMinus, gain, noise, adc, c } = program;
  const entries = (end - begin) * n;
  const patch = new Int32Array(entries);
  const [signal, shot, intensity, chirp] = [0, 1, 2, 3].map(() => new Float32Array(entries)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  for (let r = begin; r < end; r++) {
    const f = rowFilter[r]!;
    for (let e = rowStart[r]!; e < rowStart[r + 1]!; e++) {
      const at = (r - begin) * n + e - rowStart[r]!;
      patch[at] = patchRow(program, f, entryK[e]!);
      const b = (gain[f]! * (hPlus[e]! - hMinus[e]!)) / adc.step;
      const slope = dPlus && dMinus ? program.chirp_nm * (dPlus[e]! - dMinus[e]!) : 0;
      const chirped = (gain[f]! * slope) / adc.step;
      signal[at] = (b - (program.lightPoint ?? 0) * chirped) / c;
      chirp[at] = chirped / c;
      shot[at] = (noise.shot * gain[f]! * (hPlus[e]! + hMinus[e]!)) / adc.step ** 2;
      intensity[at] = noise.intensity * b * b;
    }
  }
  const rows = (values: Float32Array) => tf.tensor3d(values, [end - begin, 1, n]);
  return {
    begin,
    end,
    patch: tf.tensor1d(patch, 'int32'),
    signal: rows(signal),
    shot: rows(shot),
    intensity: rows(intensity),
    chirp: program.chirp_nm === 0 ? null : rows(chirp),
  };
}

/** Puts a convolution on the device. */
export function loadComposedConv2d(tf: Tf, program: Conv2dProgram, budget: Budget): ComposedConv2d {
  const [rows, columns] = program.geometry.output;
  const n = rowSize(program);
  const size = perBlock(budget, n * rows * columns);
  const blocks = blocksOf(program.rowFilter.length, size).map((bounds) => loadBlock(tf, program, n, bounds));
  const uses = countUses(program);
  const noiseTable = loadNoiseTable(tf, program);
  const tensors = { uses: tf.tensor1d(Float32Array.from(uses)), shift: tf.tensor1d(Float32Array.from(program.shift)) };
  const { activationScale, weightScale, gainScale, adc } = program;
  return {
    tf,
    program,
    budget,
    entriesPerRow: n,
    blocks,
    uses: { tensor: tensors.uses, largest: uses.reduce((most, n) => Math.max(most, n), 0) },
    scale: activationScale * weightScale * gainScale * adc.step,
    shift: tensors.shift,
    noiseTable,
    dispose: () => {
      tf.dispose([...Object.values(tensors), ...Object.values(noiseTable ?? {})]);
      for (const { patch, signal, shot, intensity, chirp } of blocks)
        tf.dispose([patch, signal, shot, intensity, ...(chirp ? [chirp] : [])]);
    },
  };
}
