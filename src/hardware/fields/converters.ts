/** The converters: DACs of activations, batch norm and weights, and the ADC. */
import { z } from 'zod';
import { between, bits, count, power_mW, SHORTEST_NS, share, time_ns } from './quantities.js';

/** Of a table whose first row is its header. */
const cell = () => z.union([z.string(), z.number()]);

export const dac = (what: string) =>
  z
    .strictObject({
      bits: bits().default(16).describe(`Bits of the DAC of ${what}. (S)`),
      latency_ns: time_ns().default(0.33).describe('Conversion time, ns. (S)'),
      power_mW: power_mW().default(40).describe('Power while on, mW. (S)'),
    })
    .prefault({});

export const weightDac = z
  .strictObject({
    bits: bits(16).default(6).describe('Bits of the DAC of the weights. (S)'),
    latency_ns: time_ns().default(0.25).describe('Conversion time, ns. (S)'),
    power_mW: power_mW().default(3).describe('Power while on, mW. (S)'),
    levels: z
      .enum(['auto', 'codebook', 'uniform'])
      .default('auto')
      .describe(
        'What a code addresses: a centroid of the clustered layer, or a uniform level; auto: codebook where it fits.',
      ),
    spacing: z
      .enum(['transmission', 'detuning'])
      .default('transmission')
      .describe('Levels of a ring DAC: pre-distorted (linear in transmission), or linear in detuning.'),
  })
  .prefault({});

export const adc = z
  .strictObject({
    bits: z.int().min(2).max(24).default(16).describe('Bits of the ADC, sign included. (S)'),
    latency_ns: time_ns(SHORTEST_NS).default(14).describe('Conversion time, ns. (S)'),
    power_mW: power_mW().default(62).describe('Power while on, mW, of each interleaved ADC. (S)'),
    interleave: count(1024).default(1).describe('ADCs that take turns on one unit.'),
    range: z
      .union([z.enum(['calibrated', 'full']), between(1e-6, 1e6)])
      .default('calibrated')
      .describe(
        'Full scale in units of one full-scale product: from calibration images, the vector size, or a number from 1e-6 (below, all but darkness clips) to 1e6.',
      ),
    rangeQuantile: share().default(1).describe('Share of |u| on calibration images that the range must hold.'),
    effectiveBits: z
      .number()
      .positive()
      .max(24)
      .nullable()
      .default(null)
      .describe('Effective number of bits (effect converterNoise); null, or not below bits: no noise is added.'),
    noiseTable: z
      .union([z.string().min(1), z.array(z.tuple([cell(), cell()]))], {
        error: 'name a CSV file, or give its header and rows of two numbers',
      })
      .nullable()
      .default(null)
      .describe(
        'Measured noise added at every conversion (effect converterNoise): path of a CSV of u_over_range,sigma_over_range ' +
          "(parts of the ADC's range) or u,sigma (parts of one full-scale product), or its header and rows; null: none.",
      ),
  })
  .prefault({});
