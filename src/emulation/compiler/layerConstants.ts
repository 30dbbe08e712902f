/** One MAC layer on the hardware: everything static, in float64. */
import { CompileError } from '../../base/errors.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { type Bank, bankOf } from '../../hardware/optics/bank.js';
import { currentForPhotons_A, linkBudget, type NoiseTerms, noiseTerms } from '../../hardware/optics/linkBudget.js';
import type { MeasuredChip } from '../../hardware/optics/measuredChip.js';
import { type NoiseTable, type NoiseTableRows, noiseTable } from '../../hardware/optics/noiseTable.js';
import { type BankErrors, bankErrors, drawStaticMaps, fullHeating_nm } from '../../hardware/optics/variation.js';
import type { ConvHeating } from '../program/rows.js';
import type { ActivationDac, Adc, Conv2dProgram, DenseProgram, ImageLight, MacProgram } from '../program/types.js';
import { compileConv, streamExcess } from './convRows.js';
import { compileDense, operatingPoint } from './denseChunks.js';
import { compileGains } from './gains.js';
import { type HoldRows, holdAtOnce, rowHolder } from './holdRows.js';
import { knownWeights } from './knownWeights.js';
import { type LayerSpec, patchSize } from './layerSpec.js';
import { quantiserOf } from './quantiseWeights.js';

/** What all layers on one chip share: banks, link budget, static errors. */
export interface Chip {
  readonly conv: ChipBank;
  readonly fc: ChipBank;
}

export interface ChipBank {
  readonly bank: Bank;
  readonly I_A: number;
  readonly capped: boolean;
  readonly errors: BankErrors;
}

/** Draws a chip of the described hardware. @param measured what of it is not drawn. */
export function drawChip(hardware: HardwareDescription, chipSeed: number, measured: MeasuredChip | null = null): Chip {
  const chipBank = (kind: 'conv' | 'fc'): ChipBank => {
    const bank = bankOf(hardware, kind);
    const { I_A, capped } = linkBudget(hardware, bank);
    return {
      bank,
      I_A,
      capped,
      errors: bankErrors(hardware, bank, drawStaticMaps(hardware, chipSeed, kind, measured)),
    };
  };
  return { conv: chipBank('conv'), fc: chipBank('fc') };
}

/** Smallest value a lit VCSEL emits; 0 with the effect `extinction` off. */
export function vcselFloor(hardware: HardwareDescription): number {
  return hardware.effects.extinction ? 10 ** (-hardware.vcsel.extinction_dB / 10) : 0;
}

/** Normal numbers of single precision: 2^-126 to below 2^128. Smaller ones lose digits, and some devices take them for 0. */
function isNormalFloat32(x: number): boolean {
  return x >= 2 ** -126 && x < 2 ** 128;
}

/**
 * The DAC of a layer's activations.
 * @param activationScale S_x.
 * @throws CompileError where single precision does not hold the scale or its reciprocal in codes.
 */
export function activationDacOf(name: string, hardware: HardwareDescription, activationScale: number): ActivationDac {
  const maximumCode = 2 ** hardware.activationDac.bits - 1;
  const fits = isNormalFloat32(activationScale) && isNormalFloat32(maximumCode / activationScale);
  if (activationScale !== 0 && !fits) {
    throw new CompileError(
      `layer '${name}': its activation scale S_x, the largest input in calibration, is ${activationScale.toPrecision(4)}; codes ` +
        `of ${hardware.activationDac.bits} bits need one from ${Math.max(2 ** -126, maximumCode / 2 ** 128).toPrecision(2)} to ` +
        `${Math.min(2 ** 128, maximumCode * 2 ** 126).toPrecision(2)} in single precision; scale what comes before the layer, ` +
        'and its weights the other way, by a power of two',
    );
  }
  return {
    quantise: hardware.effects.activationQuantisation,
    maximumCode,
    codeScale: activationScale === 0 ? 0 : Math.fround(maximumCode / activationScale),
  };
}

/** The converter with a full-scale range in units of u. */
export function adcOf(hardware: HardwareDescription, range: number): Adc {
  const limit = 2 ** (hardware.adc.bits - 1) - 1;
  return { quantise: hardware.effects.adcQuantisation, range, step: range / limit, limit };
}

/** Variance of u that an ADC with fewer effective than nominal bits adds (section 2). */
export function converterVariance(hardware: HardwareDescription, adc: Adc): number {
  const { effectiveBits } = hardware.adc;
  if (!hardware.effects.converterNoise || effectiveBits === null) return 0;
  return Math.max(0, ((2 * adc.range) / 2 ** effectiveBits) ** 2 / 12 - (adc.step * adc.step) / 12);
}

/** The receiver's measured noise on an ADC of this range; undefined where it adds nothing. */
export function converterTable(hardware: HardwareDescription, { range }: Adc): NoiseTable | undefined {
  const rows = hardware.adc.noiseTable as NoiseTableRows | null;
  return hardware.effects.converterNoise && rows !== null ? (noiseTable(rows, range) ?? undefined) : undefined;
}

/** Both terms of the effect converterNoise. */
function converterNoise(hardware: HardwareDescription, adc: Adc): { variance: number; table: { table?: NoiseTable } } {
  const table = converterTable(hardware, adc);
  return { variance: converterVariance(hardware, adc), table: table ? { table } : {} };
}

/** The same layer without the effect converterNoise: what an ADC's range is calibrated on. */
export function withoutConverterNoise<T extends MacProgram>(layer: T, hardware: HardwareDescription): T {
  const { table: _, constant, ...noise } = layer.noise;
  return { ...layer, noise: { ...noise, constant: Math.max(0, constant - converterVariance(hardware, layer.adc)) } };
}

/** The same layer with another ADC range: step and converter noise follow. */
export function withAdcRange<T extends MacProgram>(layer: T, hardware: HardwareDescription, range: number): T {
  const adc = adcOf(hardware, range);
  const { variance, table } = converterNoise(hardware, adc);
  const constant = layer.noise.constant - converterVariance(hardware, layer.adc) + variance;
  return { ...layer, adc, noise: { ...layer.noise, constant, ...table } };
}

/** What calibration finds for one MAC layer. */
export interface LayerScale {
  /** S_x; 0 makes the layer yield its shift. */
  readonly activationScale: number;
  /** ADC range in units of u; absent: `full`, the vector size. */
  readonly adcRange?: number;
  /** Convolutions: m_k of section 5; needed with the effect selfHeating, and where VCSELs chirp about the stream's mean. */
  readonly streamMean?: Float64Array;
  /** Convolutions: v0 of section 5; needed where VCSELs chirp about their light. */
  readonly lightPoint?: number;
  /** Mean of the quantised activations, passes weighing the same; needed where the light follows from photons. */
  readonly meanActivation?: number;
  /** The same of the calibration image with least; only for a warning. */
  readonly leastActivation?: number;
}

/** Full-scale photocurrent of a layer: all that the link gives, or what attenuated light gives. */
function currentOf_A(
  spec: LayerSpec,
  hardware: HardwareDescription,
  { bank, I_A }: ChipBank,
  meanActivation: number | undefined,
): number {
  const { photonsPerMultiplication: photons } = hardware.calibration;
  if (photons === null) return I_A;
  const mean = needed(meanActivation, 'mean activation', spec.name);
  return mean > 0 ? Math.min(I_A, currentForPhotons_A(hardware, bank, photons, mean)) : I_A;
}

/** Light of every image, where each has its own. */
function imageLightOf(
  hardware: HardwareDescription,
  { bank, I_A: most_A }: ChipBank,
  { dark, thermal }: NoiseTerms,
): { readonly light?: ImageLight } {
  const { photonsPerMultiplication: photons, photonAverage } = hardware.calibration;
  if (photons === null || photonAverage === 'layer') return {};
  return { light: { full_A: currentForPhotons_A(hardware, bank, photons, 1), most_A, receiver: dark + thermal } };
}

/** Shift of a VCSEL's wavelength from no light to full scale, nm; 0 with the effect off. */
export function chirpOf_nm(hardware: HardwareDescription): number {
  return hardware.effects.chirp ? hardware.vcsel.chirp_nm : 0;
}

/** What of `measured` a convolution cannot do without. */
function needed<T>(measured: T | undefined, what: string, layer: string): T {
  if (measured === undefined) throw new Error(`layer '${layer}' was compiled without its ${what}: calibrate first`);
  return measured;
}

/**
 * Compiles one layer.
 * @param hold how a convolution's rows are held.
 * @throws CompileError where a codebook is asked for and does not fit.
 */
export function compileLayer(
  spec: LayerSpec,
  hardware: HardwareDescription,
  chip: Chip,
  { activationScale, adcRange, streamMean, lightPoint, meanActivation, leastActivation = meanActivation }: LayerScale,
  hold: HoldRows = holdAtOnce(rowHolder(hardware, chip.conv.bank, chip.conv.errors)),
): MacProgram {
  const ofKind = spec.kind === 'conv2d' ? chip.conv : chip.fc;
  const { bank, errors } = ofKind;
  const I_A = currentOf_A(spec, hardware, ofKind, meanActivation);
  const gains = compileGains(spec, hardware);
  const floor = vcselFloor(hardware);
  const { weights, zeros, streams } = knownWeights(spec, quantiserOf(spec, hardware, gains, bank.ring), floor);
  const terms = noiseTerms(hardware, bank, I_A);
  const adc = adcOf(hardware, adcRange ?? bank.size);
  const converter = converterNoise(hardware, adc);
  const { offset } = weights;
  const chirp_nm = chirpOf_nm(hardware);
  const chirps = chirp_nm !== 0;
  const full_nm = hardware.effects.selfHeating ? fullHeating_nm(hardware, I_A) : null;
  const common = {
    name: spec.name,
    layerIndex: spec.index,
    outputName: spec.outputName,
    filters: spec.filters,
    passes: spec.twoPasses ? (2 as const) : (1 as const),
    weightLevels: weights.levels,
    activationScale,
    ...(hardware.calibration.activationScale === 'perImage' ? { scaling: 'perImage' as const } : {}),
    weightScale: weights.scale,
    ...(offset ? { minimum: offset.minimum } : {}),
    ...(hardware.calibration.photonsPerMultiplication === null
      ? {}
      : { meanActivation: meanActivation!, leastActivation: leastActivation! }),
    gainScale: gains.gainScale,
    gain: gains.gain,
    shift: gains.shift,
    X: bank.X,
    c: bank.c,
    I_A,
    ...imageLightOf(hardware, ofKind, terms),
    floor,
    noise: {
      shot: terms.shot,
      intensity: terms.intensity,
      constant: terms.dark + terms.thermal + converter.variance,
      ...converter.table,
    },
    chirp_nm,
    activationDac: activationDacOf(spec.name, hardware, activationScale),
    adc,
    peak: null,
    weightSparsity: zeros / spec.weight.length,
  };
  if (spec.kind === 'conv2d') {
    const [rows, columns] = spec.geometry.output;
    const macs = rows * columns * spec.filters * patchSize(spec);
    const byStream = chirps && hardware.vcsel.tuningPoint === 'stream';
    const mean = full_nm === null && !byStream ? null : needed(streamMean, 'stream means', spec.name);
    const m0 = mean && operatingPoint(mean);
    const heating: ConvHeating | null =
      mean && m0 !== null && full_nm ? { full_nm, ...streamExcess(spec, mean, m0) } : null;
    const banks = compileConv(spec, weights, hardware, bank.size, heating, chirps, hold);
    return {
      kind: 'conv2d',
      ...common,
      macs,
      geometry: spec.geometry,
      ...banks,
      streamMean: mean,
      operatingPoint: banks.rowFilter.length === 0 && m0 !== null ? 0 : m0,
      lightPoint: !chirps ? null : byStream ? m0 : needed(lightPoint, 'light point', spec.name),
    } satisfies Conv2dProgram;
  }
  return {
    kind: 'dense',
    ...common,
    macs: spec.inputs * spec.filters,
    inputs: spec.inputs,
    streamed: weights.value,
    ...compileDense(streams, spec.inputs, hardware, bank, errors, full_nm, chirps),
  } satisfies DenseProgram;
}
