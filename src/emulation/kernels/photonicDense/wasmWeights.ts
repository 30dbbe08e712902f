/** A dense layer's weights in a kernel instance's memory. */
import { readInto, type Values } from '../../program/coded.js';
import type { DenseProgram } from '../../program/types.js';
import type { KernelInstance } from '../wasm/instance.js';
import { BLOCK } from '../wasm/samples.js';
import type { FilterPart } from './filterParts.js';

/** A layer's weights as the kernel takes them. */
interface PackedWeights {
  /** By blocks of 16 filters, so that a row's weights of a block lie close together: [blocks][inputs][16], zeros behind the last filter. */
  readonly weights: Float32Array;
  /** Non-zero streamed weights of each input. */
  readonly uses: Int32Array;
}

/** Packs of more weights than these are not kept: they are half as large as the weights. */
const KEPT_WEIGHTS = 2 ** 22;

/** Packs of weights that a program holds: calibration, signal-to-noise ratios and the run load the same ones in turn. */
const packs = new WeakMap<Values, PackedWeights>();

/** Writes a part's weights in the kernel's order from `at` on; zeros are to lie behind the last filter. Returns the non-zero ones of each input. */
function writeWeights({ program, first, of }: FilterPart, out: Float32Array, at: number): Int32Array {
  const { streamed, inputs, filters } = program;
  const uses = new Int32Array(inputs);
  const row = new Float64Array(filters);
  for (let k = 0; k < inputs; k++) {
    readInto(streamed, k * of + first, row);
    let used = 0;
    for (let block = 0; block < filters; block += BLOCK) {
      const to = at + BLOCK * k + block * inputs;
      const end = Math.min(BLOCK, filters - block);
      for (let f = 0; f < end; f++) {
        const weight = row[block + f]!;
        if (weight !== 0) used++;
        out[to + f] = weight;
      }
    }
    uses[k] = used;
  }
  return uses;
}

const packedLength = ({ inputs, filters }: DenseProgram) => BLOCK * Math.ceil(filters / BLOCK) * inputs;
/** Only of whole layers, and of few weights. */
const isKept = ({ program: { inputs, filters }, of }: FilterPart) => filters === of && inputs * filters <= KEPT_WEIGHTS;

/** The pack of a layer that is kept. */
function packWeights(layer: FilterPart): PackedWeights {
  const { program } = layer;
  const known = packs.get(program.streamed);
  if (known) return known;
  const weights = new Float32Array(packedLength(program));
  const packed = { weights, uses: writeWeights(layer, weights, 0) };
  packs.set(program.streamed, packed);
  return packed;
}

/** Non-zero streamed weights of each input. */
export function countUses(part: FilterPart): Int32Array {
  if (isKept(part)) return packWeights(part).uses;
  const { program, first, of } = part;
  const { streamed, inputs, filters } = program;
  const uses = new Int32Array(inputs);
  const row = new Float64Array(filters);
  for (let k = 0; k < inputs; k++) {
    readInto(streamed, k * of + first, row);
    for (let f = 0; f < filters; f++) if (row[f] !== 0) uses[k]!++;
  }
  return uses;
}

/**
 * Puts weights into the kernel's memory; those that are not kept at once: a hundred million need no second place on their way.
 * `uses` are as of `countUses`.
 */
export function loadWeights({ memory }: KernelInstance, part: FilterPart): { address: number; uses: Int32Array } {
  const address = memory.allocate(4 * packedLength(part.program));
  if (!isKept(part)) return { address, uses: writeWeights(part, memory.f32, address / 4) };
  const { weights, uses } = packWeights(part);
  memory.f32.set(weights, address / 4);
  return { address, uses };
}
