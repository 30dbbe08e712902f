/** What the composed kernel of dense layers shows a tap. */
import { type DenseProgram, hasOptics } from '../../program/types.js';
import type { Tap } from '../contract.js';
import { quantiseActivations } from '../referenceSteps.js';
import type { Converted } from '../tensorflow/composedConverter.js';
import type { HeldRows } from './tensorflowRows.js';

/** Inputs and transmissions of the filled slots of rows first .. last - 1. */
function slotsOf({ bank, inputs }: DenseProgram, { k, H }: HeldRows, first: number, last: number) {
  const rows = Array.from({ length: last - first }, (_, r) => {
    const slots = k.subarray((first + r) * bank.size, (first + r + 1) * bank.size);
    const filled = slots.filter((input) => input < inputs).length;
    const at = (slot: number, rail: number) => H[2 * ((first + r) * bank.size + slot) + rail]!;
    return {
      k: slots.slice(0, filled),
      hPlus: Float64Array.from({ length: filled }, (_, slot) => at(slot, 0)),
      hMinus: Float64Array.from({ length: filled }, (_, slot) => -at(slot, 1)),
    };
  });
  return { k: rows.map((row) => row.k), hPlus: rows.map((row) => row.hPlus), hMinus: rows.map((row) => row.hMinus) };
}

/**
 * [image][pass], in the order of the images.
 * @param x the batch's input, [images][inputs].
 * @param converted null where there are no rows.
 */
export function denseTap(program: DenseProgram, held: HeldRows, x: Float32Array, converted: Converted | null): Tap[][] {
  const { filters, passes, inputs, adc } = program;
  const read = (tensor?: Converted['u']) => tensor?.dataSync<'float32'>() ?? new Float32Array();
  const [u, code, clipped] = [read(converted?.u), read(converted?.code), read(converted?.clipped)];
  const isConverted = converted ? converted.clipped !== undefined : adc.quantise;
  let row = 0;
  return held.counts.map((_, i) => {
    if (!hasOptics(program)) return [];
    return Array.from({ length: passes }, (_, pass) => {
      const first = row;
      row += held.rows[i * passes + pass]!;
      const ofRows = (values: Float32Array) => values.subarray(first * filters, row * filters);
      return {
        activationCode: quantiseActivations(program, x.subarray(i * inputs, (i + 1) * inputs), pass).code,
        u: Float64Array.from(ofRows(u), (steps) => steps * adc.step),
        adcCode: isConverted ? Int32Array.from(ofRows(code)) : null,
        clippedConversions: ofRows(clipped).reduce((sum, n) => sum + n, 0),
        ...slotsOf(program, held, first, row),
      };
    });
  });
}
