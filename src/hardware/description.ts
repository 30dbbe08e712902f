/**
 * The hardware description: one immutable object that the compiler and the cost model both read. Every field has its
 * unit in its name; values not given are those of the preset `sonic`. Sources: (S) SONIC, arXiv 2109.04459, table 2;
 * (C) CrossLight, same group; (T) textbook or typical value, an assumption.
 */
import { z } from 'zod';
import { DescriptionError } from '../base/errors.js';
import { describeIssues } from '../base/input/issues.js';
import { fillConverterPowers } from './converterPower.js';
import { measuredResponse, responseProblem } from './optics/measuredResponse.js';
import { noiseTableProblem } from './optics/noiseTable.js';
import type { TableField, TableFiles } from './tableFiles.js';

const bits = (max = 24) => z.int().min(1).max(max);
/** Bounds are far outside what can be built; the reason of each is in its field's description or here. */
const between = (least: number, most: number) => z.number().min(least).max(most);
const share = () => z.number().positive().max(1);
/** Up to a second: no part of a chip takes longer. */
const time_ns = (least = 0) => between(least, 1e9);
/** Up to a kilowatt, which melts the chip. */
const power_mW = () => between(0, 1e6);
/** Up to 300 dB, which leaves no photon of a kilowatt in a day. */
const loss_dB = () => between(0, 300);
/** A tenth of a millimetre: no shift of a resonance is wider than the light's wavelength. */
const shift_nm = () => between(0, 1e5);
/** The shortest time that anything is sampled in: less than a period of the light. */
const SHORTEST_NS = 1e-6;
/** Of a table whose first row is its header. */
const cell = () => z.union([z.string(), z.number()]);
const count = (max: number) => z.int().min(1).max(max);

/** Units and sizes of the optical core. Field names of the paper: n, N (conv) and m, K (fc). */
const vdu = z
  .strictObject({
    conv: z
      .strictObject({
        size: count(1024).default(5).describe('n: vector size of a CONV unit, rings per rail. (S)'),
        units: count(65536).default(50).describe('N: number of CONV units. (S)'),
        chunking: z
          .enum(['slice', 'concatenated'])
          .default('slice')
          .describe(
            "Where a filter's weights are cut into chunks: each input channel's kernel slice by itself, as the paper's " +
              'sentence on five-parameter kernels implies, or all channels in one list (fewer rows, an improvement). (S)',
          ),
      })
      .prefault({}),
    fc: z
      .strictObject({
        size: count(1024).default(50).describe('m: vector size of an FC unit, rings per rail. (S)'),
        units: count(65536).default(10).describe('K: number of FC units. (S)'),
      })
      .prefault({}),
    signs: z
      .enum(['rails', 'offset'])
      .default('rails')
      .describe(
        'Signs of weights: two rails and balanced detection (S), or one rail that holds (w - min) / (max - min) of the layer, ' +
          'the rest added electronically.',
      ),
  })
  .prefault({});

const dac = (what: string) =>
  z
    .strictObject({
      bits: bits().default(16).describe(`Bits of the DAC of ${what}. (S)`),
      latency_ns: time_ns().default(0.33).describe('Conversion time, ns. (S)'),
      power_mW: power_mW().default(40).describe('Power while on, mW. (S)'),
    })
    .prefault({});

const weightDac = z
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

const adc = z
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

const microring = z
  .strictObject({
    wavelength_nm: between(100, 1e5)
      .default(1550)
      .describe('Centre wavelength, nm; from 100 to 1e5, where there is glass for it. (C)'),
    qualityFactor: between(1, 1e12)
      .default(8000)
      .describe('Loaded quality factor; linewidth = wavelength / Q; to 1e12, above any resonator. (C)'),
    freeSpectralRange_nm: between(1e-3, 1e5)
      .default(18)
      .describe('Free spectral range, nm; from 0.001, a ring of a metre, to 1e5. (C)'),
    extinction_dB: between(0.01, 300)
      .default(25)
      .describe('Depth of the notch: Tmin = 10^(-extinction/10); below 0.01 dB nothing is modulated. (T)'),
    fullScaleDetuning_linewidths: between(0.01, 1e12)
      .default(2)
      .describe('Detuning of the full-scale value, in linewidths: Tfs = T(that); below 0.01 nothing is modulated. (T)'),
    radius_um: between(0.1, 1e6)
      .default(5)
      .describe('Ring radius, um: length of the bank and thermal distance; from 0.1 (light leaks out) to 1e6. (C)'),
    gap_um: between(0, 1e6).default(5).describe('Edge-to-edge gap between neighbouring rings, um. (C)'),
    selfHeating_nm_per_mW: between(0, 1000)
      .default(0.3)
      .describe('Resonance shift per optical power that a ring takes from the bus, nm/mW (effect selfHeating). (T)'),
    response: z
      .union([z.string().min(1), z.array(z.tuple([z.number(), z.number()]))], {
        error: 'name a CSV file, or give its rows of two numbers',
      })
      .nullable()
      .default(null)
      .describe(
        'Measured through-port response in place of the Airy curve: path of a CSV of detuning_nm,transmission, or its ' +
          'rows; qualityFactor and extinction_dB then follow from it and are not given.',
      ),
  })
  .prefault({});

const grid = z
  .strictObject({
    wavelengthsPerWaveguide: count(1024)
      .default(10)
      .describe('Most channels on one waveguide; larger units use several waveguides. (C: at most 15)'),
    channelSpacing_nm: z
      .union([z.literal('auto'), between(1e-6, 1e5)])
      .default('auto')
      .describe('Spacing of the channels, nm; auto: free spectral range / channels of a waveguide.'),
    compensation: z
      .enum(['none', 'gain', 'full'])
      .default('full')
      .describe('Of spectral crosstalk: none, one common gain, or detunings solved per bank (CONV; FC: gain).'),
  })
  .prefault({});

const tuning = z
  .strictObject({
    mode: z
      .enum(['hybrid', 'thermal'])
      .default('hybrid')
      .describe('Imprint by EO with TO beyond its range, or by TO only. (S)'),
    eoRange_nm: shift_nm().default(0.45).describe('Largest electro-optic shift, nm. (T)'),
    eoLatency_ns: time_ns().default(20).describe('Electro-optic settling time, ns. (S)'),
    eoPower_uW_per_nm: between(0, 1e9).default(4).describe('Electro-optic power per shift, uW/nm. (S)'),
    toLatency_us: between(0, 1e6).default(4).describe('Thermo-optic settling time, us. (S)'),
    toPower_mW_per_FSR: power_mW().default(27.5).describe('Thermo-optic power per free spectral range, mW. (S)'),
    trimShift_nm: shift_nm().default(2.1).describe('Mean process shift that trimming must undo, nm. (C)'),
    trimResidual_nm: shift_nm().default(0.001).describe('Standard deviation of what trimming leaves, nm. (T)'),
    ted: z.boolean().default(true).describe('Thermal eigenmode decomposition: banks are tuned collectively. (S)'),
    tedResidual: between(0, 100).default(0.01).describe('Relative error of the thermal coupling TED knows. (T)'),
    driftRate_pm_per_rtHour: between(0, 1e6)
      .default(1)
      .describe('Standard deviation of a resonance one hour after calibration, pm; grows as sqrt(time). (T)'),
    hoursSinceCalibration: between(0, 1e6)
      .default(0)
      .describe('Hours since the rings were last trimmed (effect drift); up to 1e6, a century.'),
    temperatureOffset_K: between(-1000, 1000)
      .default(0)
      .describe('Common temperature error while running, K; beyond 1000 K either way nothing is solid or cooler.'),
    thermalShift_nm_per_K: between(0, 100).default(0.07).describe('Resonance shift per kelvin, nm/K. (T)'),
  })
  .prefault({});

const vcsel = z
  .strictObject({
    opticalPower_mW: between(1e-9, 1e6)
      .default(0.325)
      .describe('Optical power at full scale, mW (25 % of electrical); from 1 pW, ten photons a microsecond. (T)'),
    electricalPower_mW: z
      .union([z.literal('auto'), power_mW()])
      .default('auto')
      .describe('Electrical power while lit, mW; auto: opticalPower_mW / wallPlugEfficiency, 1.3 mW as in (S).'),
    wallPlugEfficiency: between(1e-6, 1).default(0.25).describe('Optical over electrical power, at most 1. (T)'),
    extinction_dB: between(0.01, 300)
      .default(20)
      .describe('Full scale over the smallest lit power, dB; 60 or more: practically no floor. (T)'),
    latency_ns: time_ns().default(0.07).describe('Modulation time, ns. (S)'),
    relativeIntensityNoise_dB_per_Hz: between(-300, 0)
      .default(-150)
      .describe('Relative intensity noise, dB/Hz; from -300, far below the shot noise of any light. (T)'),
    wavelengthResidual_nm: between(0, 100)
      .default(0.001)
      .describe('Standard deviation of a VCSEL from its channel, nm (effect sourceWavelength). (T)'),
    chirp_nm: between(-100, 100)
      .default(0)
      .describe('Shift of the wavelength from no light to full scale, nm (effect chirp); 0 where it is not known. (T)'),
    tuningPoint: z
      .enum(['light', 'stream'])
      .default('light')
      .describe(
        "Drive at which a chirping VCSEL is on its channel: light, the layer's mean drive weighted by its light, or " +
          'stream, the plain mean of what streams past, gated samples included.',
      ),
  })
  .prefault({});

const photodetector = z
  .strictObject({
    responsivity_A_per_W: between(1e-6, 1e3)
      .default(1)
      .describe(
        'Responsivity, A/W; one electron a photon is 1.25 at 1550 nm, avalanche gain at most a thousand times that. (T)',
      ),
    darkCurrent_nA: between(0, 1e9).default(35).describe('Dark current of each photodetector, nA. (T)'),
    maximumCurrent_mA: between(1e-9, 1e6).default(1).describe('Largest linear photocurrent of a waveguide, mA. (T)'),
    latency_ps: between(0, 1e12).default(5.8).describe('Response time, ps. (S)'),
    power_mW: power_mW().default(2.8).describe('Power while on, mW, of each photodetector. (S)'),
  })
  .prefault({});

const receiver = z
  .strictObject({
    noise_pA_per_rtHz: between(0, 1e9).default(10).describe('Input-referred current noise, pA/sqrt(Hz). (T)'),
    power_mW: power_mW().default(0).describe('Power of the receiver of each ADC while on, mW; not in table 2. (S)'),
    samplingInterval_ns: z
      .union([z.literal('auto'), time_ns(SHORTEST_NS)])
      .default('auto')
      .describe('Time of one sample, ns; auto: the slowest of streamed DAC, VCSEL + photodetector, ADC / interleave.'),
  })
  .prefault({});

const losses = z
  .strictObject({
    coupler_dB: loss_dB().default(1.6).describe('Chip coupling, dB. (T)'),
    multiplexer_dB: loss_dB().default(0.9).describe('Wavelength multiplexer, dB. (C)'),
    railSplitter_dB: loss_dB().default(3.1).describe('Splitter to the two rails of a CONV unit, dB. (T)'),
    waveguide_dB_per_cm: loss_dB().default(1).describe('Propagation, dB/cm. (C)'),
    offResonanceRing_dB: loss_dB().default(0.02).describe('Per ring passed, dB. (C)'),
    broadbandRing_dB: loss_dB().default(0.72).describe('The broadband (batch-norm) ring, dB; always there. (C)'),
  })
  .prefault({});

const calibration = z
  .strictObject({
    images: count(1_000_000).default(200).describe('First images of the training split used for calibration.'),
    activationScale: z
      .enum(['calibrated', 'perImage', 'given'])
      .default('calibrated')
      .describe(
        "S_x: one a layer, from calibration images, every image's own largest |x|, searched as it runs, or as a quantised network gives it (elsewhere from calibration images).",
      ),
    activationQuantile: share().default(1).describe('Share of |x| that the activation scale must hold.'),
    photonsPerMultiplication: between(1e-6, 1e12)
      .nullable()
      .default(null)
      .describe(
        "Attenuates each layer's light so that a weight at full scale receives this many photons, on average over the layer's " +
          'inputs on calibration images; null: all the light there is.',
      ),
    photonAverage: z
      .enum(['layer', 'image'])
      .default('layer')
      .describe(
        "What photonsPerMultiplication is an average over: the layer's inputs on calibration images (one light a layer), or those " +
          'of every image, whose light is set anew.',
      ),
    gainResidual: between(0, 100)
      .default(0.002)
      .describe('Relative gain error of each slot that calibration leaves (effect gainErrors). (T)'),
    railResidual: between(0, 100)
      .default(0.002)
      .describe("Relative gain error of each rail's detector that calibration leaves (effect gainErrors). (T)"),
  })
  .prefault({});

/** Every effect that can be switched, with what it is. */
export const EFFECTS = {
  weightQuantisation: 'Weights (and the batch-norm gain) pass a DAC.',
  activationQuantisation: 'Activations pass a DAC.',
  adcQuantisation: 'Partial sums are rounded and clipped by an ADC.',
  extinction: 'Finite extinction of rings and VCSELs.',
  spectralCrosstalk: "A channel also passes its neighbours' rings.",
  thermalCrosstalk: "A ring also feels its neighbours' heaters.",
  processVariation: 'Resonance errors that trimming leaves.',
  temperatureOffset: 'All resonances off by a common temperature error.',
  shotNoise: 'Shot noise of signal and dark current.',
  thermalNoise: 'Current noise of the receiver.',
  intensityNoise: 'Relative intensity noise of the VCSELs.',
  converterNoise: 'Noise of an ADC with fewer effective than nominal bits, or as its noise table says.',
  gainErrors: 'Gain errors of slots and rails that calibration leaves.',
  selfHeating: "A ring is warmed by the light it takes, about the layer's operating point.",
  sourceWavelength: 'VCSELs stand off their channels.',
  chirp: 'The wavelength of a VCSEL moves with its drive.',
  drift: 'Resonances have wandered since calibration.',
} as const;
export type EffectName = keyof typeof EFFECTS;

const effects = z
  .strictObject(
    Object.fromEntries(
      Object.entries(EFFECTS).map(([name, text]) => [name, z.boolean().default(true).describe(text)]),
    ) as {
      [name in EffectName]: z.ZodDefault<z.ZodBoolean>;
    },
  )
  .prefault({});

const cost = z
  .strictObject({
    converterScaling: z
      .enum(['table2', 'fixed'])
      .default('table2')
      .describe('Power of converters whose bits are not those of table 2: scaled from it, or power_mW as written.'),
    converterAccounting: z
      .enum(['static', 'perConversion'])
      .default('static')
      .describe('Converters and detectors: power x busy time of their unit, or power x own latency x conversions.'),
    doubleBuffered: z.boolean().default(false).describe('Loading of a row is hidden behind the row before.'),
    pipelinedLayers: z.boolean().default(false).describe('CONV and FC units work on different images at once.'),
    idlePower_mW: power_mW().default(0).describe('Power of an idle unit, mW (trim is always on).'),
    memory: z
      .enum(['none', 'literature'])
      .default('none')
      .describe('Energy of buffers and memory: none (as the paper), or cited.'),
    energyTable: z.string().nullable().default(null).describe("Path to a user's own table of energies per action."),
    electronics: z
      .strictObject({
        accumulate_ns: time_ns().default(0).describe('Time to accumulate a partial sum that does not overlap, ns.'),
        activation_ns: time_ns().default(0).describe('Time of an activation that does not overlap, ns.'),
        pool_ns: time_ns().default(0).describe('Time of a pooled value that does not overlap, ns.'),
        maximum_ns: time_ns()
          .default(0)
          .describe(
            "Time of a value in the search for an image's largest (calibration.activationScale perImage) that does not overlap, ns.",
          ),
      })
      .prefault({}),
  })
  .prefault({});

/** The schema; `z.infer` of it is `HardwareDescription`. */
export const hardwareSchema = z.strictObject({
  name: z.string().min(1).max(200).default('sonic').describe('Name of the hardware in reports.'),
  vdu,
  activationDac: dac('the activations'),
  batchNormDac: dac('the batch-norm ring'),
  weightDac,
  adc,
  microring,
  grid,
  tuning,
  vcsel,
  photodetector,
  receiver,
  losses,
  batchNorm: z
    .enum(['optical', 'folded'])
    .default('optical')
    .describe('Batch-norm that follows a MAC layer: gain on the broadband ring, or folded into the weights.'),
  calibration,
  effects,
  cost,
});

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;
export type HardwareDescription = DeepReadonly<z.infer<typeof hardwareSchema>>;

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}

/**
 * Checks a plain object against the schema, fills in the values of preset `sonic`, and freezes the result. Beside a
 * measured response, qualityFactor and extinction_dB are the response's own.
 * @param value nested plain object; missing fields take their defaults.
 * @param origin what to call the object in messages: a file name, a preset, `--set`.
 * @param files what rows of measured curves came from, for messages.
 * @throws DescriptionError naming path, value and what is allowed; an unknown key names the nearest one.
 */
export function parseHardware(
  value: unknown,
  origin = 'hardware description',
  files: TableFiles = {},
): HardwareDescription {
  const result = hardwareSchema.safeParse(fillConverterPowers(value ?? {}));
  if (!result.success) {
    throw new DescriptionError(
      `${origin}: ${describeIssues(result.error.issues, value, hardwareSchema, { whole: 'the description' })}`,
    );
  }
  checkNoiseTable(result.data, origin, files);
  const measured = withOwnResponse(result.data, value, origin, files);
  return checkTogether(deepFreeze(measured), origin);
}

type Parsed = z.infer<typeof hardwareSchema>;

/** Fields of a ring that its measured response has of its own. */
export const RESPONSE_FIELDS = ['qualityFactor', 'extinction_dB'] as const;
/** Deepest notch that the schema knows, and that of a response which goes down to nothing. */
const DEEPEST_dB = 300;

/** What messages call a measured curve. @throws DescriptionError where it is a path still. */
function placeOfTable(rows: unknown, field: TableField, origin: string, files: TableFiles): string {
  const file = files[field];
  const place = `${origin}: ${field}${file === undefined ? '' : ` '${file}'`}`;
  if (typeof rows !== 'string') return place;
  throw new DescriptionError(
    `${place} is the path '${rows}', which nobody read; name it in a description's file or with --set, or give its rows`,
  );
}

/** @throws DescriptionError where a noise table is none. */
function checkNoiseTable({ adc }: Parsed, origin: string, files: TableFiles): void {
  if (adc.noiseTable === null) return;
  const place = placeOfTable(adc.noiseTable, 'adc.noiseTable', origin, files);
  const problem = noiseTableProblem(adc.noiseTable as Exclude<typeof adc.noiseTable, string>);
  if (problem !== null) throw new DescriptionError(`${place}: ${problem}`);
}

/** With the quality factor and extinction of the measured response, where there is one. */
function withOwnResponse(hardware: Parsed, given: unknown, origin: string, files: TableFiles): Parsed {
  const { microring } = hardware;
  const { response, wavelength_nm, freeSpectralRange_nm, fullScaleDetuning_linewidths } = microring;
  if (response === null) return hardware;
  const place = placeOfTable(response, 'microring.response', origin, files);
  const rows = response as Exclude<typeof response, string>;
  const problem = responseProblem(rows, freeSpectralRange_nm, fullScaleDetuning_linewidths);
  if (problem !== null) throw new DescriptionError(`${place}: ${problem}`);
  const { linewidth_nm, transmission, detuning_nm } = measuredResponse(rows, true);
  const floor = transmission[detuning_nm.indexOf(0)]!;
  const own = {
    qualityFactor: wavelength_nm / linewidth_nm,
    extinction_dB: Math.min(-10 * Math.log10(floor), DEEPEST_dB),
  };
  const written = (given as { microring?: Record<string, unknown> }).microring ?? {};
  for (const field of RESPONSE_FIELDS) {
    const value = written[field];
    // What a description was read or saved with is its response's own.
    if (value === undefined || Math.abs((value as number) - own[field]) <= 1e-9 * own[field]) continue;
    throw new DescriptionError(
      `${place}: microring.${field} is ${value} beside it, and its own is ${own[field].toPrecision(6)}; leave ${field} out, or the response`,
    );
  }
  return { ...hardware, microring: { ...microring, ...own } };
}

/** More pairs of neighbouring rings than this are a slip of the pen, not a chip: their maps would not fit in memory. */
const MAXIMUM_COUPLINGS = 1e7;

/** Limits that involve two fields. */
function checkTogether(hardware: HardwareDescription, origin: string): HardwareDescription {
  const { microring: ring, grid: g, calibration } = hardware;
  if (calibration.activationScale === 'perImage' && calibration.activationQuantile < 1) {
    throw new DescriptionError(
      `${origin}: calibration.activationQuantile ${calibration.activationQuantile} has no meaning beside activationScale perImage, ` +
        "where every image's largest value is its scale; leave one of them out",
    );
  }
  if (calibration.photonAverage === 'image' && calibration.photonsPerMultiplication === null) {
    throw new DescriptionError(
      `${origin}: calibration.photonAverage image has no meaning without calibration.photonsPerMultiplication, ` +
        'whose average it is; give that, or leave it at layer',
    );
  }
  const linewidth_nm = ring.wavelength_nm / ring.qualityFactor;
  if (linewidth_nm >= ring.freeSpectralRange_nm) {
    throw new DescriptionError(
      `${origin}: microring.qualityFactor ${ring.qualityFactor} gives a linewidth of ${linewidth_nm.toPrecision(4)} nm, ` +
        `not below freeSpectralRange_nm ${ring.freeSpectralRange_nm}; raise the quality factor`,
    );
  }
  // A measured flank says itself how far it rises.
  if (ring.response === null && 2 * ring.fullScaleDetuning_linewidths * linewidth_nm > ring.freeSpectralRange_nm) {
    throw new DescriptionError(
      `${origin}: microring.fullScaleDetuning_linewidths ${ring.fullScaleDetuning_linewidths} is more than half a free ` +
        `spectral range; at most ${(ring.freeSpectralRange_nm / (2 * linewidth_nm)).toPrecision(4)} here`,
    );
  }
  for (const kind of ['conv', 'fc'] as const) {
    const { size, units } = hardware.vdu[kind];
    const channels = Math.min(size, g.wavelengthsPerWaveguide);
    if (units * size * channels > MAXIMUM_COUPLINGS) {
      throw new DescriptionError(
        `${origin}: vdu.${kind} of ${units} units of ${size} with ${channels} wavelengths per waveguide has more than ` +
          `${MAXIMUM_COUPLINGS} thermal couplings to draw; use fewer or smaller units`,
      );
    }
  }
  return hardware;
}

/** Rails of a unit: two with balanced detection, or one that holds offset weights. */
export function railsOf({ vdu: { signs } }: Pick<HardwareDescription, 'vdu'>): 1 | 2 {
  return signs === 'offset' ? 1 : 2;
}

/** Spacing of `channels` channels of a waveguide, in nm (section 4). */
export function channelSpacing_nm(hardware: HardwareDescription, channels: number): number {
  const { channelSpacing_nm: given } = hardware.grid;
  return given === 'auto' ? hardware.microring.freeSpectralRange_nm / channels : given;
}

/** Time of one sample, in ns (section 1 of the cost contract): the noise bandwidth and the latency both follow from it. */
export function samplingInterval_ns(hardware: HardwareDescription, kind: 'conv' | 'fc'): number {
  const { samplingInterval_ns: given } = hardware.receiver;
  if (given !== 'auto') return given;
  const streamedDac = kind === 'conv' ? hardware.activationDac : hardware.weightDac;
  return Math.max(
    streamedDac.latency_ns,
    hardware.vcsel.latency_ns + hardware.photodetector.latency_ps / 1000,
    hardware.adc.latency_ns / hardware.adc.interleave,
  );
}
