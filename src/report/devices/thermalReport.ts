/** What `sonic device thermal` prints. */

import { formatShare, formatSi } from '../../base/text/units.js';
import type { ThermalStudy } from '../../experiments/devices/thermalStudy.js';
import type { Column } from '../kit/table.js';
import { bitsText, numberText, renderFacts, titledTable } from './deviceText.js';

/** Neighbours and rings printed; the JSON has all. */
const MOST_ROWS = 12;

function matrixTable({ matrix }: ThermalStudy): string {
  const rings = [...matrix.keys()].slice(0, MOST_ROWS);
  const columns: Column<number>[] = rings.map((column) => ({
    title: String(column),
    align: 'right',
    value: (row) => numberText(matrix[row]![column]!, 2),
  }));
  const part = matrix.length > MOST_ROWS ? `, the first ${MOST_ROWS} of ${matrix.length} rings` : '';
  return titledTable(`K: shift of a ring (row) by the heater of another (column)${part}`, rings, [
    { title: 'ring', align: 'right', value: String },
    ...columns,
  ]);
}

/** The report, several lines without the last line break. */
export function renderThermal(study: ThermalStudy): string {
  const { kind, hardware, chipSeed, eigenvalues, drives, tuning, neighbours } = study;
  return [
    `thermal crosstalk in ${kind === 'conv' ? 'CONV' : 'FC'} banks of hardware '${hardware}', chip ${chipSeed}`,
    renderFacts([
      ['rings', `${study.rings}, ${study.ringsPerWaveguide} a waveguide`],
      ['heater power', `${numberText(study.tuningPower_mW_per_nm)} mW/nm`],
      ['mean shift needed', `${numberText(study.meanTarget_nm)} nm`],
      [
        'eigenvalues of K',
        eigenvalues ? `${numberText(eigenvalues[0])} to ${numberText(eigenvalues[1])}` : 'not computed',
      ],
    ]),
    titledTable('coupling by distance', neighbours.slice(0, MOST_ROWS), [
      { title: 'places', align: 'right', value: ({ places }) => String(places) },
      { title: 'gap (um)', align: 'right', value: ({ gap_um }) => numberText(gap_um) },
      { title: 'coupling', align: 'right', value: ({ coupling }) => numberText(coupling, 3) },
    ]),
    matrixTable(study),
    titledTable('unit 0, + rail, waveguide 0: shifts in nm; error if each heater drove its own shift', drives, [
      { title: 'ring', align: 'right', value: ({ ring }) => String(ring) },
      { title: 'needed s', align: 'right', value: ({ target_nm }) => target_nm.toFixed(3) },
      { title: 'TED drive K^-1 s', align: 'right', value: ({ drive_nm }) => drive_nm.toFixed(3) },
      {
        title: 'error without TED (pm)',
        align: 'right',
        value: ({ parasitic_nm }) => (parasitic_nm * 1e3).toFixed(1),
      },
    ]),
    titledTable(
      `all rings of the kind; errors and bits of banks that hold random values, thermal crosstalk alone`,
      tuning,
      [
        { title: 'tuning', value: ({ ted }) => (ted ? 'with TED' : 'without TED') },
        { title: 'power', align: 'right', value: ({ power_W }) => formatSi(power_W, 'W') },
        { title: 'mean drive (nm)', align: 'right', value: ({ meanDrive_nm }) => numberText(meanDrive_nm) },
        { title: 'drives < 0', align: 'right', value: ({ negativeShare }) => formatShare(negativeShare, 1) },
        { title: 'mean error (pm)', align: 'right', value: ({ meanError_pm }) => numberText(meanError_pm, 3) },
        { title: 'RMS error (pm)', align: 'right', value: ({ rmsError_pm }) => numberText(rmsError_pm, 3) },
        { title: 'effective bits', align: 'right', value: ({ effectiveBits }) => bitsText(effectiveBits) },
      ],
    ),
  ].join('\n\n');
}
