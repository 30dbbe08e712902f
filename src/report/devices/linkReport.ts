/** What `sonic device link` prints. */

import { formatSi } from '../../base/text/units.js';
import type { LinkStudy, PartialSumNoise, UnitLink } from '../../experiments/devices/linkStudy.js';
import type { Column } from '../kit/table.js';
import { bitsText, numberText, renderFacts, titledTable } from './deviceText.js';

const nameOf = ({ kind }: UnitLink) => (kind === 'conv' ? 'CONV' : 'FC');

interface BudgetLine {
  readonly name: string;
  readonly of: (unit: UnitLink) => string;
}

function budgetLines({ units, opticalPower_mW, responsivity_A_per_W }: LinkStudy): BudgetLine[] {
  const dBm = (power_mW: number) => `${(10 * Math.log10(power_mW)).toFixed(2)} dBm`;
  return [
    { name: 'VCSEL at full scale', of: () => dBm(opticalPower_mW) },
    ...units[0]!.losses.map(({ element }, i) => ({
      name: element,
      of: (unit: UnitLink) => `${unit.losses[i]!.loss_dB.toFixed(3)} dB`,
    })),
    { name: 'sum of the losses', of: ({ loss_dB }) => `${loss_dB.toFixed(3)} dB` },
    { name: 'at the photodetector', of: ({ receivedPower_mW }) => dBm(receivedPower_mW) },
    { name: `current I of a wavelength, ${responsivity_A_per_W} A/W`, of: ({ I_A }) => formatSi(I_A, 'A') },
    { name: 'all wavelengths of a waveguide', of: ({ waveguideCurrent_A }) => formatSi(waveguideCurrent_A, 'A') },
    { name: 'noise bandwidth', of: ({ bandwidth_MHz }) => `${numberText(bandwidth_MHz, 3)} MHz` },
    { name: 'c, full-scale product over I', of: ({ c }) => c.toFixed(4) },
  ];
}

interface NoiseLine extends PartialSumNoise {
  readonly unit: string;
}

const NOISE_COLUMNS: readonly Column<NoiseLine>[] = [
  { title: 'unit', value: ({ unit }) => unit },
  { title: 'channels', value: ({ point }) => point.name },
  { title: 'u', align: 'right', value: ({ u }) => numberText(u, 4) },
  ...(['shot', 'intensity', 'dark', 'thermal', 'total'] as const).map(
    (term): Column<NoiseLine> => ({
      title: term === 'thermal' ? 'receiver' : term,
      align: 'right',
      value: (line) => (line[term] === 0 ? '0' : line[term].toExponential(2)),
    }),
  ),
  {
    title: 'SNR (dB)',
    align: 'right',
    value: ({ signalToNoise_dB }) => (Number.isFinite(signalToNoise_dB) ? signalToNoise_dB.toFixed(1) : '-'),
  },
  {
    title: 'ENOB',
    align: 'right',
    value: ({ effectiveNumberOfBits }) =>
      Number.isFinite(effectiveNumberOfBits) ? effectiveNumberOfBits.toFixed(1) : '-',
  },
  { title: 'bits of a product', align: 'right', value: ({ effectiveBits }) => bitsText(effectiveBits) },
];

/** The report, several lines without the last line break. */
export function renderLink(study: LinkStudy): string {
  const { units, hardware, maximumCurrent_mA } = study;
  const capped = units.filter((unit) => unit.capped);
  return [
    `optical link of hardware '${hardware}'`,
    titledTable('budget', budgetLines(study), [
      { title: 'element', value: ({ name }) => name },
      ...units.map(
        (unit): Column<BudgetLine> => ({ title: nameOf(unit), align: 'right', value: (line) => line.of(unit) }),
      ),
    ]),
    ...capped.map(
      (unit) =>
        `warning: ${nameOf(unit)}: the current was lowered so that a waveguide's ${unit.ringsPerWaveguide} wavelengths add ` +
        `to no more than photodetector.maximumCurrent_mA ${maximumCurrent_mA}`,
    ),
    titledTable(
      'noise of a partial sum: standard deviations of u, a full-scale product being u = 1',
      units.flatMap((unit): NoiseLine[] => unit.noise.map((noise) => ({ ...noise, unit: nameOf(unit) }))),
      NOISE_COLUMNS,
    ),
    renderFacts([
      ['SNR', '20 log10(u / total)'],
      ['ENOB', '(SNR - 1.76 dB) / 6.02 dB'],
      ['bits of a product', '-log2(total * sqrt(12)): full scale u = 1'],
    ]),
  ].join('\n\n');
}
