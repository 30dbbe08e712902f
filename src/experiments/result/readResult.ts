/** Results from files: what `sonic run --json` wrote, checked field by field. */
import { z } from 'zod';
import { FormatError } from '../../base/errors.js';
import { checkValue } from '../../base/input/issues.js';
import { readJson } from '../../base/input/jsonText.js';
import { printableValue } from '../../base/text/printable.js';
import { ACCOUNTINGS, DEVICES } from '../../cost/energy.js';
import { BACKENDS } from '../../emulation/backends/types.js';
import { parseHardware } from '../../hardware/parseHardware.js';
import { FIDELITIES, type Result } from './types.js';

/** A result has a line a layer and a number a chip: far below this. */
const MAXIMUM_BYTES = 64 << 20;

const name = z.string().min(1);
const hash = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in 64 hexadecimal digits');
const count = z.int().min(0);
const amount = z.number().min(0);
const share = z.number().min(0).max(1);
const interval = z.tuple([share, share]).refine(([low, high]) => low <= high, 'expected [low, high]');
// JSON has no infinity: it is written as null.
const ratio = z.union([amount, z.null().transform(() => Number.POSITIVE_INFINITY)]);

const totals = z.object({
  framesPerSecond: amount.nullable(),
  energy_J: amount,
  power_W: amount,
  framesPerSecondPerWatt: amount.nullable(),
});
const devices = z.object(Object.fromEntries(DEVICES.map((device) => [device, amount])));
const layerCost = z.object({ name, latency_s: amount, energy_J: amount, devices });

const cost = totals.extend({
  latency_s: amount,
  energyPerBit_J: z.object({ denseMac: amount.nullable(), parameter: amount.nullable(), processed: amount.nullable() }),
  devices,
  layers: z.array(layerCost),
  accounting: z.enum(ACCOUNTINGS),
  alternatives: z.object(Object.fromEntries(ACCOUNTINGS.map((accounting) => [accounting, totals]))),
  pipelined: totals,
  trimPower_W: amount,
  bitsMoved: z.object({ dram: amount, sram: amount }),
  notDefined: z.string().optional(),
});

/** Of a layer, or of both rails; null or absent where nothing depends on it. */
const streamPoint = z
  .union([amount, z.tuple([amount, amount])])
  .nullable()
  .default(null);

const layer = z.object({
  name,
  kind: z.enum(['conv2d', 'dense']),
  inputShape: z.array(count).min(1),
  outputShape: z.array(count).min(1),
  kernel: z.tuple([count, count]).nullable(),
  macs: amount,
  weightSparsity: share,
  activationSparsity: share,
  weightLevels: z.enum(['codebook', 'uniform']),
  fidelity: z.enum(['exact', 'lumped']),
  lumpedValidity: z.object({ peakOverRange: ratio, stepOverDarkNoise: ratio, valid: z.boolean() }),
  passes: z.union([z.literal(1), z.literal(2)]),
  activationScale: z.number().nullable(),
  adcRange: z.number(),
  // Results of before do not say.
  operatingPoint: streamPoint,
  lightPoint: streamPoint,
  streamMean: z.array(amount).optional(),
  chunkRows: amount,
  partialSums: amount,
  clippedConversions: amount,
  clippedActivations: amount,
  // Results of before do not say.
  snr_dB: z.number().nullable().default(null),
  latency_s: amount,
  energy_J: amount,
});

const skipped = z.object({ count, examples: z.array(name) });

const resultSchema = z.object({
  schema: z.literal('sonic-result/1'),
  network: z.object({ name, parameters: count, hash }),
  dataset: z.object({
    name,
    split: name,
    images: count,
    hash,
    classes: z.array(z.object({ name, output: count, used: count, unused: count, skipped })).optional(),
    skipped: skipped.optional(),
  }),
  hardware: z.record(z.string(), z.unknown()),
  hardwareHash: hash,
  run: z.object({
    fidelity: z.enum(FIDELITIES),
    backend: z.enum(BACKENDS),
    threads: count,
    batch: count,
    runSeed: count,
    chipSeed: count,
    static: z.object({ sha256: hash, maps: z.array(name) }).optional(),
    calibration: z
      .object({
        // Results of before name neither.
        dataset: name.optional(),
        split: name,
        images: count,
        hash: hash.optional(),
        fallback: name.optional(),
      })
      .nullable(),
    wallTime_s: amount,
    imagesPerSecond: ratio,
    // Results of before say neither: their backends were the same bits everywhere.
    adapter: z.string().nullable().default(null),
    tolerance: z.number().nonnegative().nullable().default(null),
    versions: z.record(z.string(), z.string()),
  }),
  accuracy: z.object({
    digital: share,
    emulated: share.nullable(),
    interval95: interval.nullable(),
    changed: count.nullable(),
    images: count,
  }),
  chips: z
    .object({
      chipSeeds: z.array(count).min(1),
      emulated: z.array(share).min(1),
      changed: z.array(count).min(1),
      mean: share,
      standardDeviation: amount,
      minimum: share,
      maximum: share,
      interval95: interval.nullable(),
    })
    .refine(
      ({ chipSeeds, emulated, changed }) => chipSeeds.length === emulated.length && changed.length === emulated.length,
      'expected as many seeds, accuracies and changes as chips',
    )
    .nullable(),
  layers: z.array(layer),
  cost: cost.nullable(),
  warnings: z.array(z.string()),
});

/**
 * A result from a parsed file.
 * @param origin what to call it in messages: the file's name.
 * @throws FormatError naming the place and the value that is wrong; DescriptionError for the hardware in it.
 */
export function parseResult(value: unknown, origin: string): Result {
  const schema = (value as { schema?: unknown } | null)?.schema;
  if (schema !== 'sonic-result/1') {
    throw new FormatError(
      `${origin}: schema is ${printableValue(schema, 60)}, not 'sonic-result/1'; name a file that 'sonic run --json' wrote`,
    );
  }
  const parsed = checkValue(
    resultSchema,
    value,
    { place: origin, ErrorClass: FormatError },
    { remedy: "the file is not as 'sonic run --json' writes it" },
  );
  return {
    ...(parsed as Omit<Result, 'hardware'>),
    hardware: parseHardware(parsed.hardware, `${origin}: hardware`),
  };
}

/**
 * Reads a result.
 * @throws FormatError if the file cannot be read, is not JSON, or is not a result.
 */
export async function readResult(file: string): Promise<Result> {
  return parseResult(
    await readJson(file, 'result', { place: `result '${file}'`, ErrorClass: FormatError }, MAXIMUM_BYTES),
    file,
  );
}
