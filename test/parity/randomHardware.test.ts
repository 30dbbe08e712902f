/** Reference against other backends on random hardware and layers: every effect, every option (section 9's tolerance rule). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBackendAvailable, registeredName } from '../../src/base/tensorflow/tf.js';
import { createBackend } from '../../src/emulation/backends/index.js';
import { createTensorflowBackend } from '../../src/emulation/backends/tensorflowBackend.js';
import { BACKEND_TRAITS, type PhotonicBackend } from '../../src/emulation/backends/types.js';
import { compileLayer, drawChip } from '../../src/emulation/compiler/layerConstants.js';
import type { LayerSpec } from '../../src/emulation/compiler/layerSpec.js';
import type { HardwareDescription } from '../../src/hardware/description.js';
import { EFFECTS } from '../../src/hardware/fields/effects.js';
import { parseHardware } from '../../src/hardware/parseHardware.js';
import { convSpec, denseSpec, inputSize, streamsFor } from '../helpers/layers.js';
import { randomArray } from '../helpers/random.js';
import { CODES_OFF, type CodesOff, compareLayer, compareLumped } from './compare.js';

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const effects = fc.record(
  Object.fromEntries(
    Object.keys(EFFECTS).map((name) => [name, fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.boolean())]),
  ),
);

/** Tables of either kind, of few rows and of many, up to noise of a tenth of the converter's range. */
const noiseTable = fc
  .tuple(
    fc.constantFrom(['u', 'sigma'], ['u_over_range', 'sigma_over_range']),
    fc.uniqueArray(fc.integer({ min: -120, max: 120 }), { minLength: 2, maxLength: 40 }),
    fc.integer({ min: 1, max: 1e6 }),
  )
  .map(([header, places, seed]): [string | number, string | number][] => {
    const sigma = randomArray(seed, places.length, 0, 0.1, 0.2);
    const ascending = places.sort((a, b) => a - b).map((at, row): [number, number] => [at / 100, sigma[row]!]);
    return [header as [string, string], ...ascending];
  });

/** Descriptions in and around the presets' ranges. */
const hardware = fc
  .record({
    vdu: fc.record({
      conv: fc.record({
        size: fc.integer({ min: 1, max: 12 }),
        units: fc.integer({ min: 1, max: 6 }),
        chunking: fc.constantFrom('slice', 'concatenated'),
      }),
      fc: fc.record({ size: fc.integer({ min: 1, max: 24 }), units: fc.integer({ min: 1, max: 4 }) }),
      signs: fc.oneof({ weight: 3, arbitrary: fc.constant('rails') }, fc.constant('offset')),
    }),
    activationDac: fc.record({ bits: fc.integer({ min: 2, max: 16 }) }),
    weightDac: fc.record({
      bits: fc.integer({ min: 1, max: 8 }),
      levels: fc.constantFrom('auto', 'uniform'),
      spacing: fc.constantFrom('transmission', 'detuning'),
    }),
    adc: fc.record({
      bits: fc.integer({ min: 4, max: 16 }),
      effectiveBits: fc.constantFrom(null, 3, 3.5),
      noiseTable: fc.oneof(fc.constant(null), noiseTable),
    }),
    microring: fc.record({
      qualityFactor: number(3000, 40000),
      extinction_dB: number(10, 40),
      fullScaleDetuning_linewidths: number(1, 3),
      selfHeating_nm_per_mW: number(0, 2),
    }),
    grid: fc.record({
      wavelengthsPerWaveguide: fc.integer({ min: 1, max: 12 }),
      compensation: fc.constantFrom('none', 'gain', 'full'),
    }),
    tuning: fc.record({
      mode: fc.constantFrom('hybrid', 'thermal'),
      eoRange_nm: number(0, 0.6),
      ted: fc.boolean(),
      temperatureOffset_K: number(-0.05, 0.05),
      hoursSinceCalibration: fc.constantFrom(0, 10, 1000),
    }),
    vcsel: fc.record({
      extinction_dB: number(6, 40),
      wavelengthResidual_nm: number(0, 0.01),
      chirp_nm: fc.oneof(fc.constant(0), number(-0.05, 0.1)),
      tuningPoint: fc.constantFrom('light', 'stream'),
    }),
    calibration: fc
      .record({
        gainResidual: number(0, 0.02),
        railResidual: number(0, 0.02),
        activationScale: fc.oneof({ weight: 3, arbitrary: fc.constant('calibrated') }, fc.constant('perImage')),
        photonAverage: fc.constantFrom(null, null, null, 'layer', 'image'),
        photons: number(5, 9).map((digits) => 10 ** digits),
      })
      .map(({ photonAverage, photons, ...given }) =>
        photonAverage === null ? given : { ...given, photonAverage, photonsPerMultiplication: photons },
      ),
    batchNorm: fc.constantFrom('optical', 'folded'),
    effects,
  })
  .map((given) => parseHardware(given));

interface Geometry {
  readonly columns: number;
  readonly stride: number;
  readonly groups: number;
}

const batchNormOf = (filters: number, seed: number) => ({
  gamma: randomArray(seed, filters, -1.5, 1.5),
  beta: randomArray(seed + 1, filters, -1, 1),
  mean: randomArray(seed + 2, filters, -1, 1),
  variance: randomArray(seed + 3, filters, 0.2, 2),
  epsilon: 1e-3,
});

/** Both kinds of layer, one or two passes, with and without batch-norm. */
const layer = fc
  .record({
    kind: fc.constantFrom('conv2d', 'dense'),
    seed: fc.integer({ min: 1, max: 1e6 }),
    twoPasses: fc.boolean(),
    normed: fc.boolean(),
    geometry: fc.record({
      columns: fc.integer({ min: 4, max: 9 }),
      stride: fc.constantFrom(1, 2),
      groups: fc.constantFrom(1, 2),
    }),
  })
  .map(({ kind, seed, twoPasses, normed, geometry }): { spec: LayerSpec; seed: number } => {
    const filters = kind === 'conv2d' ? 4 : 9;
    const common = { seed, twoPasses, batchNorm: normed ? batchNormOf(filters, seed) : null };
    return { seed, spec: kind === 'dense' ? denseSpec({ ...common, inputs: 60, filters }) : convOf(common, geometry) };
  });

function convOf(common: object, { columns, stride, groups }: Geometry): LayerSpec {
  const padding = [
    [1, 0],
    [1, 1],
  ] as const;
  return convSpec({ ...common, input: [5, columns, 4], filters: 4, strides: [1, stride], groups, padding });
}

/** Holds sums of signed products, and of offset ones, which do not cancel. */
const rangeOf = ({ vdu }: HardwareDescription) => (vdu.signs === 'offset' ? 12 : 1.5);

/**
 * What is reported is the layer that differed, with seed and path to run it again. Descriptions of so many fields shrink for
 * hours to another one that says no more; a slow machine tests what it can within the time.
 */
const REPORTED: fc.Parameters<unknown> = { endOnFailure: true, interruptAfterTimeLimit: 120_000 };

/** One random layer of random hardware: how many codes were off. */
async function compare(
  backend: PhotonicBackend,
  description: HardwareDescription,
  spec: LayerSpec,
  seed: number,
): Promise<CodesOff> {
  const program = compileLayer(spec, description, drawChip(description, seed % 7), {
    activationScale: 0.9,
    adcRange: rangeOf(description),
    ...streamsFor(spec),
  });
  const x = randomArray(seed + 9, inputSize(spec), spec.twoPasses ? -1 : 0, 1, 0.3);
  const batch = { program, x, images: Int32Array.of(3), runSeed: seed };
  const off = await compareLayer(backend, batch);
  await compareLumped(backend, batch);
  return off;
}

/** With the number of random cases: composed kernels take long on a CPU. */
const BACKENDS: [string, boolean, number, () => Promise<PhotonicBackend>][] = [
  ['wasm', true, 200, () => createBackend('wasm')],
  [
    'tensorflow, composed',
    await isBackendAvailable('tensorflow'),
    60,
    () => createTensorflowBackend('tensorflow', { kernels: 'composed' }),
  ],
];

describe.each(BACKENDS)('reference and %s', (_, isAvailable, numRuns, create) => {
  it.runIf(isAvailable)('agree on random hardware and layers', async () => {
    const backend = await create();
    await backend.tf.setBackend(registeredName(BACKEND_TRAITS[backend.name].tensors));
    const all: CodesOff = { codes: 0, conversions: 0 };
    await fc.assert(
      fc.asyncProperty(hardware, layer, async (description, { spec, seed }) => {
        const { codes, conversions } = await compare(backend, description, spec, seed);
        all.codes += codes;
        all.conversions += conversions;
      }),
      { ...REPORTED, numRuns },
    );
    expect(all.codes).toBeLessThanOrEqual(CODES_OFF * all.conversions);
  });
});
