/**
 * Power of DACs and ADCs against their bits and rate, for sweeps over bits:
 * - `none`: what the description says, whatever the bits;
 * - `sonic`: the law that goes through SONIC's two DACs (6 bit, 0.25 ns, 3 mW; 16 bit, 0.33 ns, 40 mW): a factor of 1.33 a
 *   bit, proportional to the rate. Of ADCs the paper has one (16 bit, 14 ns, 62 mW); the same factor is taken for it. From
 *   6 to 16 bit;
 * - `realistic`: max(20 fJ * 2^b, F * 4^b) * rate, F such that both meet at 10 bit: Walden's law below, thermal noise above
 *   (converter surveys have both; the numbers are an assumption). From 4 to 16 bit. Nearer to real parts than table 2,
 *   which it puts far above the printed powers.
 * The rate is 1 / latency.
 */
import { DescriptionError } from '../base/errors.js';
import { type HardwareDescription, parseHardware } from '../hardware/description.js';
import { mergeDescription } from '../hardware/descriptionPaths.js';

const CONVERTER_SCALINGS = ['none', 'sonic', 'realistic'] as const;
export type ConverterScaling = (typeof CONVERTER_SCALINGS)[number];

interface Converter {
  readonly bits: number;
  readonly latency_ns: number;
}
interface Anchor extends Converter {
  readonly power_mW: number;
}

const DAC_6: Anchor = { bits: 6, latency_ns: 0.25, power_mW: 3 };
const DAC_16: Anchor = { bits: 16, latency_ns: 0.33, power_mW: 40 };
const ADC_16: Anchor = { bits: 16, latency_ns: 14, power_mW: 62 };

/** Energy a conversion grows by, a bit. */
const PER_BIT =
  ((DAC_16.power_mW * DAC_16.latency_ns) / (DAC_6.power_mW * DAC_6.latency_ns)) ** (1 / (DAC_16.bits - DAC_6.bits));

const WALDEN_J = 20e-15;
const MEETING_BITS = 10;
const THERMAL_J = (WALDEN_J * 2 ** MEETING_BITS) / 4 ** MEETING_BITS;

/** Bits that each rule holds for. */
export const SCALING_RANGE_bits = { sonic: [6, 16], realistic: [4, 16] } as const;

/** Power of a converter under a rule, mW; `bits` within the rule's range. */
export function converterPower_mW(
  rule: 'sonic' | 'realistic',
  kind: 'dac' | 'adc',
  { bits, latency_ns }: Converter,
): number {
  if (rule === 'realistic') return (Math.max(WALDEN_J * 2 ** bits, THERMAL_J * 4 ** bits) / (latency_ns * 1e-9)) * 1e3;
  const anchor = kind === 'dac' ? DAC_6 : ADC_16;
  return (anchor.power_mW * PER_BIT ** (bits - anchor.bits) * anchor.latency_ns) / latency_ns;
}

const FIELDS = { activationDac: 'dac', batchNormDac: 'dac', weightDac: 'dac', adc: 'adc' } as const;

/**
 * The description with the powers of its converters as a rule has them.
 * @throws DescriptionError for bits outside the rule's range, or a converter that takes no time.
 */
export function scaleConverters(hardware: HardwareDescription, rule: ConverterScaling): HardwareDescription {
  if (rule === 'none') return hardware;
  const [least, most] = SCALING_RANGE_bits[rule];
  const powers = Object.entries(FIELDS).map(([name, kind]) => {
    const converter = hardware[name as keyof typeof FIELDS];
    if (converter.bits < least || converter.bits > most) {
      throw new DescriptionError(
        `${name}.bits is ${converter.bits}: converter scaling '${rule}' holds from ${least} to ${most} bit and is not ` +
          "extrapolated; choose bits within it, or scaling 'none' and a power of your own",
      );
    }
    if (converter.latency_ns === 0) {
      throw new DescriptionError(
        `${name}.latency_ns is 0: converter scaling '${rule}' needs a rate, which is 1 / latency; give a latency above 0`,
      );
    }
    return [name, { power_mW: converterPower_mW(rule, kind, converter) }];
  });
  return parseHardware(mergeDescription(hardware, Object.fromEntries(powers)), `converter scaling '${rule}'`);
}
