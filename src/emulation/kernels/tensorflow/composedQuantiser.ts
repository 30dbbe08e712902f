/** The DAC of streamed activations, composed of TensorFlow operations; counts are those of the reference exactly. */
import type { Tensor, Tf } from '../../../base/tensorflow/tf.js';
import type { Conv2dProgram, MacProgram } from '../../program/types.js';
import { checkInput } from '../checkInput.js';
import { dacFields } from '../wasm/quantiser.js';

/** Integers up to here are exact in float32. */
const EXACT = 2 ** 24;

/** max(x, 0) of pass 0, max(-x, 0) of pass 1. */
export function magnitudeOf(tf: Tf, x: Tensor, pass: number): Tensor {
  return tf.relu(pass === 0 ? x : tf.neg(x));
}

/** Codes of magnitudes, or magnitudes over S_x clipped to 1 where activations are not rounded. */
export function quantise(tf: Tf, { activationDac, activationScale }: MacProgram, magnitude: Tensor): Tensor {
  const { codeScale, maximumCode } = activationDac;
  if (!activationDac.quantise) return tf.minimum(tf.div(magnitude, activationScale), 1);
  return tf.round(tf.minimum(tf.mul(magnitude, codeScale), maximumCode));
}

/** What the VCSELs emit for codes. */
export function emit(tf: Tf, program: MacProgram, code: Tensor): Tensor {
  const { firstLitCode, firstCodeAboveFloor, floor, divisor } = dacFields(program, true);
  const value = tf.div(code, divisor);
  if (floor === 0) return value;
  const isAbove = tf.greaterEqual(code, firstCodeAboveFloor);
  const isLit = tf.logicalAnd(tf.greaterEqual(code, firstLitCode), tf.greater(code, 0));
  return tf.where(isAbove, value, tf.mul(tf.cast(isLit, 'float32'), floor));
}

/** Sums of `values` [batch, elements], integers of at most `largest`, in parts that float32 holds exactly: [batch, parts]. */
function exactSums(tf: Tf, values: Tensor, largest: number): Tensor {
  const [batch, elements] = values.shape as [number, number];
  const part = Math.max(1, Math.floor(EXACT / Math.max(1, largest)));
  const parts = Math.ceil(elements / part);
  const padded = tf.pad(values, [
    [0, 0],
    [0, parts * part - elements],
  ]);
  return tf.sum(tf.reshape(padded, [batch, parts, part]), 2);
}

/** How often each input element is read, on the device. */
export interface Uses {
  readonly tensor: Tensor;
  readonly largest: number;
}

/** Of one image. */
export interface StreamedCounts {
  readonly clippedActivations: number;
  readonly zeroActivations: number;
  readonly litSamples: number;
}

/**
 * Counts of a batch [batch, elements], both passes together, in one transfer from the device.
 * @throws NetworkError where x holds NaN, or a negative value and the program has one pass.
 */
export function countStreamed(tf: Tf, program: Conv2dProgram, x: Tensor, uses: Uses): StreamedCounts[] {
  const { largestUnclipped, firstLitCode } = dacFields(program, true);
  const rows = tf.tidy(() => {
    const magnitude = tf.abs(x);
    const code = quantise(tf, program, magnitude);
    const isValid = program.passes === 1 ? tf.greaterEqual(x, 0) : tf.logicalNot(tf.isNaN(x));
    const isLit = tf.logicalAnd(tf.greaterEqual(code, firstLitCode), tf.greater(code, 0));
    const count = (condition: Tensor) => exactSums(tf, tf.cast(condition, 'float32'), 1);
    const sums = [
      count(tf.logicalNot(isValid)),
      count(tf.greater(magnitude, largestUnclipped)),
      count(tf.equal(code, 0)),
      exactSums(tf, tf.mul(tf.cast(isLit, 'float32'), uses.tensor), uses.largest),
    ];
    const widths = sums.map((sum) => sum.shape[1]!);
    return { widths, values: tf.concat(sums, 1).arraySync() as number[][] };
  });
  const starts = rows.widths.map((_, i) => rows.widths.slice(0, i).reduce((a, b) => a + b, 0));
  return rows.values.map((row) => {
    const sum = (i: number) => row.slice(starts[i]!, starts[i]! + rows.widths[i]!).reduce((a, b) => a + b, 0);
    if (sum(0) > 0) checkInput(program, x.dataSync<'float32'>(), rows.values.length);
    return { clippedActivations: sum(1), zeroActivations: sum(2), litSamples: sum(3) };
  });
}
