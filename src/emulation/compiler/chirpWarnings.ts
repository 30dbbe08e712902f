/** Where chirp to first order is no longer small (section 6 of the contract): the rings on whose flank it moves much. */
import { type Bank, bankTransmission, fcDetunings } from '../../hardware/optics/bank.js';
import { unitErrors } from '../../hardware/optics/variation.js';
import { numbersOf } from '../program/coded.js';
import type { Conv2dProgram, DenseProgram, MacProgram } from '../program/types.js';

/** Share of a full-scale product by which half the chirp may move what a ring transmits before the user should know. */
const CHIRP_WARNING = 0.1;
/** Activations that an FC ring is looked at with: k / 20, k = 1..20. Its flank is smooth between them. */
const HELD_VALUES = 20;
/** FC units that are looked at, the first ones: they differ by their errors only. */
const UNITS = 16;

/** Rings beyond the limit, of how many, and what the worst moves by. */
export interface ChirpedRings {
  readonly beyond: number;
  readonly rings: number;
  /** Largest |chirp D| / 2 over c. */
  readonly worst: number;
}

const shareOf = ({ chirp_nm, c }: MacProgram, slope: number) => Math.abs(chirp_nm * slope) / 2 / c;

function countRings(shares: readonly number[] | Float64Array): ChirpedRings {
  let [beyond, worst] = [0, 0];
  for (const share of shares) {
    if (share > CHIRP_WARNING) beyond++;
    worst = Math.max(worst, share);
  }
  return { beyond, rings: shares.length, worst };
}

/** Of a convolution's weights, each in the ring of its sign's rail. */
function convRings(program: Conv2dProgram): ChirpedRings {
  const { held, dPlus, dMinus } = program;
  return countRings(numbersOf(held).map((w, e) => shareOf(program, (w < 0 ? dMinus : dPlus)![e]!)));
}

/**
 * Of an FC bank, which holds other values for each image: every ring of the first units at the activation, of the same in all
 * slots, at which it moves most. What light warms is left out.
 */
function denseRings(program: DenseProgram, bank: Bank): ChirpedRings {
  const units = Math.min(program.bank.units, UNITS);
  const { size, slots } = bank;
  const [H, D] = [new Float64Array(slots), new Float64Array(slots)];
  const transmissionOf = bankTransmission(bank);
  const most = new Float64Array(units * 2 * size);
  for (let k = 1; k <= HELD_VALUES; k++) {
    const detuning_nm = fcDetunings(bank, new Float64Array(size).fill(k / HELD_VALUES));
    for (let unit = 0; unit < units; unit++) {
      for (const rail of [0, 1] as const) {
        const rails = unit * 2 + rail;
        const rest = unitErrors(program.bank, bank, unit, rail);
        transmissionOf(detuning_nm, program.bank.error_nm, rails * slots, H, rest, D);
        for (let slot = 0; slot < size; slot++)
          most[rails * size + slot] = Math.max(most[rails * size + slot]!, shareOf(program, D[slot]!));
      }
    }
  }
  return countRings(most);
}

/** Rings of a layer that chirp moves by more than the limit; null where nothing chirps. @param fc the chip's FC bank. */
export function chirpedRings(program: MacProgram, fc: Bank): ChirpedRings | null {
  if (program.chirp_nm === 0) return null;
  return program.kind === 'conv2d' ? convRings(program) : denseRings(program, fc);
}

/** A line for each layer with rings beyond the limit. @param fc the chip's FC bank. */
export function chirpWarnings(layers: readonly MacProgram[], fc: Bank): string[] {
  // Dense layers share their banks, and self-heating, which is a layer's own, is left out.
  const dense = layers.find(({ kind }) => kind === 'dense');
  const ofDense = dense ? chirpedRings(dense, fc) : null;
  return layers.flatMap((layer) => {
    const rings = layer.kind === 'dense' ? ofDense : chirpedRings(layer, fc);
    if (!rings || rings.beyond === 0) return [];
    const few = layer.kind === 'dense' && layer.bank.units > UNITS ? ` of the first ${UNITS} units` : '';
    const where = layer.kind === 'dense' ? `rings${few} at some activation` : 'rings that hold a weight';
    return [
      `layer '${layer.name}': half of vcsel.chirp_nm ${layer.chirp_nm} moves ${rings.beyond} of ${rings.rings} ${where} by more than ` +
        `${CHIRP_WARNING} of a full-scale product (at most ${rings.worst.toPrecision(3)}): chirp to first order is no longer exact there`,
    ];
  });
}
