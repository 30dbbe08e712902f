/** What `sonic device adc` prints. */
import type { AdcNoise, AdcStudy, UnitAdc } from '../../experiments/devices/adcStudy.js';
import type { Column } from '../kit/table.js';
import { bitsText, numberText, renderFacts, titledTable } from './deviceText.js';

const nameOf = ({ kind }: UnitAdc) => (kind === 'conv' ? 'CONV' : 'FC');

const SOURCES = {
  option: 'as --range says',
  description: 'as adc.range says',
  'vector size': 'the vector size; a network run calibrates it, give its range as --range',
} as const;

interface Line extends AdcNoise {
  readonly unit: string;
  readonly marked: boolean;
  readonly readNoise: number;
}

/** Bits as described, and how many of them are effective: those that `effectiveBits` does not take away. */
export function bitsDescribed({ bits, effectiveBits }: Pick<AdcStudy, 'bits' | 'effectiveBits'>): string {
  if (effectiveBits === null) return `${bits} bits`;
  return effectiveBits < bits
    ? `${bits} bits, ${effectiveBits} effective`
    : `${bits} bits (effectiveBits ${effectiveBits} adds no noise)`;
}

const scientific = (value: number) => (value === 0 ? '0' : value.toExponential(2));

const COLUMNS: readonly Column<Line>[] = [
  { title: 'unit', value: ({ unit }) => unit },
  { title: 'bits', align: 'right', value: ({ bits, marked }) => (marked ? `* ${bits}` : String(bits)) },
  { title: 'step', align: 'right', value: ({ step }) => scientific(step) },
  { title: 'rounding', align: 'right', value: ({ quantisation }) => scientific(quantisation) },
  { title: 'converter', align: 'right', value: ({ converter }) => scientific(converter) },
  { title: 'read noise', align: 'right', value: ({ readNoise }) => scientific(readNoise) },
  { title: 'total', align: 'right', value: ({ total }) => scientific(total) },
  { title: 'bits of the range', align: 'right', value: ({ bitsOfRange }) => bitsText(bitsOfRange) },
  { title: 'bits of a product', align: 'right', value: ({ bitsOfProduct }) => bitsText(bitsOfProduct) },
];

/** The report, several lines without the last line break. */
export function renderAdc(study: AdcStudy): string {
  const { hardware, bits, units } = study;
  const lines = units.flatMap((unit) =>
    unit.sweep.map(
      (noise): Line => ({
        ...noise,
        unit: nameOf(unit),
        marked: noise.bits === bits,
        readNoise: unit.readNoise.full,
      }),
    ),
  );
  return [
    `ADC of hardware '${hardware}'`,
    renderFacts([
      ['bits', bitsDescribed(study)],
      ...units.flatMap((unit): [string, string][] => [
        [`${nameOf(unit)} range`, `${numberText(unit.range)}, ${SOURCES[unit.rangeSource]}`],
        [`${nameOf(unit)} codes`, `-${unit.limit} to ${unit.limit}, step ${numberText(unit.described.step)}`],
        [
          `${nameOf(unit)} read noise`,
          `${scientific(unit.readNoise.dark)} dark, ${scientific(unit.readNoise.full)} at full scale`,
        ],
      ]),
    ]),
    titledTable(
      'standard deviations of u, a full-scale product being u = 1; read noise and total at full scale; * as described',
      lines,
      COLUMNS,
    ),
  ].join('\n\n');
}
