/** How an image's bytes become a network's input: part of the network, from a file or from the user. */
import { z } from 'zod';
import type { SonicError } from '../../../base/errors.js';
import type { Interval, Network } from '../../types.js';

/** Pixels of a side that pictures are scaled to. */
const MAXIMUM_SIDE = 16_384;
const FRACTION = /^\s*(-?\d+(?:\.\d+)?)\s*\/\s*(\d+(?:\.\d+)?)\s*$/;

/** A number; a fraction as people write it ('1/255') counts as one. */
const finite = (number: z.ZodNumber = z.number('must be a number, or a fraction such as 1/255')) =>
  z.preprocess((value) => {
    const match = typeof value === 'string' ? FRACTION.exec(value) : null;
    return match ? Number(match[1]) / Number(match[2]) : value;
  }, number);
/** One for all channels, or one a channel. */
const perChannel = (item: z.ZodType<number>) =>
  z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(item).min(1).max(4096));

const pixels = z
  .int('must be a whole number of pixels')
  .min(1, 'must be at least 1')
  .max(MAXIMUM_SIDE, `must be at most ${MAXIMUM_SIDE}`);

const fields = z.strictObject({
  scale: finite().default(1),
  mean: perChannel(finite()).default([0]),
  std: perChannel(finite(z.number('must be a number').positive('must be more than 0'))).default([1]),
  channels: z.enum(['rgb', 'bgr']).default('rgb'),
  /** [rows, columns, channels], where the network's own input is flat or of any size. */
  image: z.tuple([z.int().positive(), z.int().positive(), z.int().positive()]).optional(),
  /** Of pictures of any size: what the shorter side is scaled to, and the side of the square that is cut out of the middle. */
  resize: pixels.optional(),
  crop: pixels.optional(),
});

export const preprocessingSchema = fields.superRefine(({ resize, crop }, context) => {
  const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
  if (resize !== undefined && crop === undefined) refuse('crop', 'is missing: resize and crop belong together');
  if (crop !== undefined && resize === undefined) refuse('resize', 'is missing: resize and crop belong together');
  if (resize !== undefined && crop !== undefined && crop > resize)
    refuse('crop', `${crop} is more than resize ${resize}: pictures do not reach as far`);
});

/** (byte * scale - mean[c]) / std[c], c in the order of `channels`. */
export type Preprocessing = z.output<typeof preprocessingSchema>;

/** The note where nothing says how bytes become inputs. */
export const ASSUMED =
  'the file does not say how images become inputs: bytes 0 to 255 are taken as they are (--preprocessing changes it)';

/** Bytes as they are. */
export const NO_PREPROCESSING: Preprocessing = { scale: 1, mean: [0], std: [1], channels: 'rgb' };

const repeated = (values: readonly number[], count: number) =>
  values.length === 1 ? new Array<number>(count).fill(values[0]!) : values;

/**
 * The network's own form, for images of red, green, blue: per channel in that order.
 * @throws what `refuse` makes of a message where the numbers of channels do not fit
 */
export function networkPreprocessing(
  { scale, mean, std, channels, resize, crop }: Preprocessing,
  count: number,
  refuse: (problem: string) => SonicError,
): Network['preprocessing'] {
  for (const [name, list] of [
    ['mean', mean],
    ['std', std],
  ] as const) {
    if (list.length !== 1 && list.length !== count)
      throw refuse(`preprocessing ${name} has ${list.length} values, the network's input ${count} channel(s)`);
  }
  const frame = resize === undefined || crop === undefined ? {} : { resize, crop };
  if (mean.length === 1 && std.length === 1) return { scale, mean, std, ...frame };
  const ordered = (values: readonly number[]) =>
    channels === 'bgr' ? [...repeated(values, count)].reverse() : repeated(values, count);
  return { scale, mean: ordered(mean), std: ordered(std), ...frame };
}

/** Bounds of what bytes 0 to 255 become. */
export function inputRangeOf({ scale, mean, std }: Network['preprocessing']): Interval {
  const ends = mean.flatMap((m, c) => [0, 255].map((byte) => Math.fround((byte * scale - m) / std[c]!)));
  // Adding 0 makes 0 of -0.
  return [Math.min(...ends) + 0, Math.max(...ends) + 0];
}

const short = (value: number) => Number(value.toPrecision(7)).toString();

/** One line for people: what happens to an image's bytes. */
export function describePreprocessing({ scale, mean, std, resize, crop }: Network['preprocessing']): string {
  const inverse = 1 / scale;
  const scaled =
    scale === 1
      ? 'byte'
      : Number.isInteger(Number(inverse.toPrecision(9)))
        ? `byte / ${short(inverse)}`
        : `byte * ${short(scale)}`;
  const list = (values: readonly number[]) => (values.length === 1 ? short(values[0]!) : `[${values.map(short)}]`);
  const centred = mean.every((m) => m === 0) ? scaled : `${scaled} - ${list(mean)}`;
  const frame =
    crop === undefined
      ? ''
      : `; pictures of a folder scaled to ${resize} along their shorter side, cut to ${crop} x ${crop}`;
  if (std.every((s) => s === 1)) return `x = ${centred}${frame}`;
  return `x = ${centred === 'byte' ? centred : `(${centred})`} / ${list(std)}${frame}`;
}
