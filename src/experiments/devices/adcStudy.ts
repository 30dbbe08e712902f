/** The ADC of a unit: its steps, and whether they or the read noise limit a partial sum. */

import { roundHalfEven } from '../../base/roundHalfEven.js';
import { adcOf, converterTable, converterVariance } from '../../emulation/compiler/layerConstants.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { type BankKind, bankOf } from '../../hardware/optics/bank.js';
import { meanTableVariance } from '../../hardware/optics/noiseTable.js';
import { effectiveBits } from './effectiveBits.js';
import { unitNoise } from './linkStudy.js';
import { evenlySpaced, variant } from './variant.js';

/** Where the range of a study comes from. */
type RangeSource = 'option' | 'description' | 'vector size';

/** A unit's ADC with one number of bits; noise in units of u, a full-scale product being 1. */
export interface AdcNoise {
  readonly bits: number;
  readonly step: number;
  /** step / sqrt(12). */
  readonly quantisation: number;
  /** What effectiveBits adds, and the noise table in the mean over the range. */
  readonly converter: number;
  /** Both, with the read noise of a full-scale sum. */
  readonly total: number;
  /** Bits of the whole scale, -range to range, that quantisation and converter noise leave. */
  readonly bitsOfRange: number;
  /** Bits of one full-scale product that all noise leaves. */
  readonly bitsOfProduct: number;
}

export interface UnitAdc {
  readonly kind: BankKind;
  readonly size: number;
  readonly range: number;
  readonly rangeSource: RangeSource;
  /** Largest code; the smallest is its negative. */
  readonly limit: number;
  readonly described: AdcNoise;
  /** Standard deviations of u before the ADC. */
  readonly readNoise: { readonly dark: number; readonly full: number };
  /** The same range with other numbers of bits, the effective bits of the description as they are. */
  readonly sweep: readonly AdcNoise[];
}

/** What the ADC makes of u. */
interface TransferCurve {
  readonly u: readonly number[];
  readonly converted: readonly number[];
}

export interface AdcStudy {
  readonly hardware: string;
  readonly bits: number;
  readonly effectiveBits: number | null;
  readonly units: readonly UnitAdc[];
  /** Kind that the curves are of. */
  readonly curveKind: BankKind;
  /** From beyond -range to beyond range. */
  readonly transfer: TransferCurve;
  /** A few steps around 0. */
  readonly zoom: TransferCurve;
}

export interface AdcStudyOptions {
  /** Full scale in units of u; default the description's number, else the vector size. */
  readonly range?: number | undefined;
  readonly kind: BankKind;
}

const SWEEP_BITS = [4, 6, 8, 10, 12, 14, 16];

function rangeOf(hardware: HardwareDescription, size: number, option: number | undefined): [number, RangeSource] {
  if (option !== undefined) return [option, 'option'];
  const { range } = hardware.adc;
  return typeof range === 'number' ? [range, 'description'] : [size, 'vector size'];
}

function adcNoise(hardware: HardwareDescription, bits: number, range: number, fullNoise: number): AdcNoise {
  const converterHardware = variant(hardware, { adc: { bits } });
  const adc = adcOf(converterHardware, range);
  const rounding = adc.quantise ? adc.step ** 2 / 12 : 0;
  const converter =
    converterVariance(converterHardware, adc) + meanTableVariance(converterTable(converterHardware, adc), range);
  const total = Math.sqrt(rounding + converter + fullNoise ** 2);
  return {
    bits,
    step: adc.step,
    quantisation: Math.sqrt(rounding),
    converter: Math.sqrt(converter),
    total,
    bitsOfRange: effectiveBits(Math.sqrt(rounding + converter), 2 * range),
    bitsOfProduct: effectiveBits(total),
  };
}

function unitAdc(hardware: HardwareDescription, kind: BankKind, option: number | undefined): UnitAdc {
  const { size } = bankOf(hardware, kind);
  const [range, rangeSource] = rangeOf(hardware, size, option);
  const noise = unitNoise(hardware, kind);
  const [dark, full] = [noise[0]!.total, noise.at(-1)!.total];
  const { bits } = hardware.adc;
  const sweepBits = [...new Set([...SWEEP_BITS, bits])].sort((a, b) => a - b);
  return {
    kind,
    size,
    range,
    rangeSource,
    limit: adcOf(hardware, range).limit,
    described: adcNoise(hardware, bits, range, full),
    readNoise: { dark, full },
    sweep: sweepBits.map((b) => adcNoise(hardware, b, range, full)),
  };
}

/** u as the ADC returns it, section 2 of the contract; u itself with the effect off. */
export function converted(hardware: HardwareDescription, range: number, u: number): number {
  const { quantise, step, limit } = adcOf(hardware, range);
  return quantise ? Math.min(Math.max(roundHalfEven(u / step), -limit), limit) * step : u;
}

/** Everything that `sonic device adc` shows. */
export function adcStudy(hardware: HardwareDescription, { range, kind }: AdcStudyOptions): AdcStudy {
  const units = [unitAdc(hardware, 'conv', range), unitAdc(hardware, 'fc', range)];
  const shown = units.find((unit) => unit.kind === kind)!;
  const curve = (half: number, points: number): TransferCurve => {
    const u = evenlySpaced(-half, half, points);
    return { u, converted: u.map((value) => converted(hardware, shown.range, value)) };
  };
  return {
    hardware: hardware.name,
    bits: hardware.adc.bits,
    effectiveBits: hardware.adc.effectiveBits,
    units,
    curveKind: kind,
    transfer: curve(1.3 * shown.range, 1301),
    zoom: curve(4.5 * shown.described.step, 1801),
  };
}
