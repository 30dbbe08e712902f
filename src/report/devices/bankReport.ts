/** What `sonic device bank` prints. */
import type { BankCase, BankStudy } from '../../experiments/devices/bankStudy.js';
import type { BankSweep, CompensationSweep, SweepPoint } from '../../experiments/devices/bankSweep.js';
import type { Column } from '../kit/table.js';
import { bitsText, numberText, qualityText, renderFacts, titledTable } from './deviceText.js';

function factsOf(study: BankStudy): [string, string][] {
  const [parked, fullScale] = study.XOfExtremes;
  return [
    ['values', `${study.size} on ${study.waveguides} waveguide${study.waveguides === 1 ? '' : 's'}`],
    ['channels of a waveguide', String(study.ringsPerWaveguide)],
    [
      'channel spacing',
      `${numberText(study.channelSpacing_nm)} nm, ${numberText(study.channelSpacing_linewidths, 3)} linewidths`,
    ],
    [
      'mean transmission of the neighbours',
      `${numberText(study.X, 5)} all at half scale, ${numberText(parked, 5)} all parked, ${numberText(fullScale, 5)} all at full scale`,
    ],
  ];
}

/** Chip's case last: the only one with errors of resonance. */
function slotColumns(study: BankStudy): Column<number>[] {
  const chip = study.cases.at(-1)!;
  const rails = study.kind === 'conv' ? (['+', '-'] as const) : (['+'] as const);
  const perRail = (title: string, value: (rail: number, slot: number) => string): Column<number>[] =>
    rails.map((sign, rail) => ({ title: `${title}${sign}`, align: 'right', value: (slot) => value(rail, slot) }));
  return [
    { title: 'slot', align: 'right', value: String },
    ...(study.waveguides > 1
      ? [
          {
            title: 'waveguide',
            align: 'right',
            value: (slot: number) => String(Math.floor(slot / study.ringsPerWaveguide)),
          } as const,
        ]
      : []),
    {
      title: 'channel (nm)',
      align: 'right',
      value: (slot) => study.channel_nm[slot % study.ringsPerWaveguide]!.toFixed(3),
    },
    { title: 'held', align: 'right', value: (slot) => study.held[slot]!.toFixed(4) },
    ...perRail('detuning (nm) ', (rail, slot) => chip.detuning_nm[rail]![slot]!.toFixed(4)),
    ...perRail('error (pm) ', (rail, slot) => (chip.error_nm[rail]![slot]! * 1e3).toFixed(2)),
    ...perRail('H', (rail, slot) => chip.transmission[rail]![slot]!.toFixed(5)),
    ...study.cases.map(
      ({ name, read }): Column<number> => ({
        title: `read: ${name}`,
        align: 'right',
        value: (slot) => read[slot]!.toFixed(5),
      }),
    ),
  ];
}

const CASE_COLUMNS: readonly Column<BankCase>[] = [
  { title: 'compensation', value: ({ name }) => name },
  { title: 'RMS here', align: 'right', value: ({ shown }) => numberText(shown.rms, 3) },
  { title: 'bits here', align: 'right', value: ({ shown }) => bitsText(shown.effectiveBits) },
  { title: 'RMS', align: 'right', value: ({ random }) => numberText(random.rms, 3) },
  { title: 'largest', align: 'right', value: ({ random }) => numberText(random.largest, 3) },
  { title: 'effective bits', align: 'right', value: ({ random }) => bitsText(random.effectiveBits) },
];

function sweepTable(sweep: BankSweep, title: string, bits: (point: SweepPoint) => number | null): string {
  const { qualityFactors, channels, points } = sweep;
  return titledTable(
    title,
    [...qualityFactors.keys()],
    [
      { title: 'Q \\ channels', align: 'right', value: (q) => qualityText(qualityFactors[q]!) },
      ...channels.map(
        (count, c): Column<number> => ({
          title: String(count),
          align: 'right',
          value: (q) => bitsText(bits(points[q * channels.length + c]!)),
        }),
      ),
    ],
  );
}

/** The report, several lines without the last line break. */
export function renderBank(study: BankStudy, sweep: BankSweep): string {
  const { kind, hardware, unit, chipSeed, held, cases, sources } = study;
  const values = cases[0]!.random.values;
  return [
    `${kind === 'conv' ? 'CONV' : 'FC'} bank of hardware '${hardware}'`,
    renderFacts(factsOf(study)),
    ...study.warnings.map((warning) => `warning: ${warning}`),
    titledTable(
      `values held by unit ${unit} of chip ${chipSeed}; detuning, error and H as compensated and with the chip's errors`,
      [...held.keys()],
      slotColumns(study),
    ),
    titledTable(
      `error of a held value (full scale 1): of this bank, and of ${values} random values; all but the last without the chip's errors`,
      cases,
      CASE_COLUMNS,
    ),
    titledTable(`by cause, ${values} random values on chip ${chipSeed}`, sources, [
      { title: 'cause', value: ({ name }) => name },
      { title: 'RMS', align: 'right', value: ({ random }) => numberText(random.rms, 3) },
      { title: 'effective bits', align: 'right', value: ({ random }) => bitsText(random.effectiveBits) },
    ]),
    sweepTable(
      sweep,
      `effective bits by quality factor and channels of a waveguide: crosstalk alone, compensation ${sweep.compensation}`,
      ({ crosstalkBits }) => crosstalkBits,
    ),
    titledTable(`the same at Q ${qualityText(study.qualityFactor)} by compensation`, sweep.byCompensation, [
      { title: 'compensation', value: ({ compensation }) => compensation },
      ...sweep.channels.map(
        (count, c): Column<CompensationSweep> => ({
          title: String(count),
          align: 'right',
          value: ({ bits }) => bitsText(bits[c]!),
        }),
      ),
    ]),
    sweepTable(sweep, 'effective bits by quality factor and channels with static errors', ({ bits }) => bits),
  ].join('\n\n');
}
