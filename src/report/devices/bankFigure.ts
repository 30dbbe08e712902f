/** Figure of `sonic device bank`. */
import type { BankStudy } from '../../experiments/devices/bankStudy.js';
import type { BankSweep, SweepPoint } from '../../experiments/devices/bankSweep.js';
import { colourOf } from '../kit/figures/figureStyle.js';
import { type Panel, renderFigure } from '../kit/figures/frame.js';
import { heatPanel } from '../kit/figures/heatPanel.js';
import { type Line, linePanel } from '../kit/figures/linePanel.js';
import { qualityText } from './deviceText.js';

function spectrumPanel({ spectrum, kind, channel_nm, ringsPerWaveguide, cases }: BankStudy): Panel {
  const rails = kind === 'conv' ? ['+ rail', '- rail'] : ['+ bus'];
  const chip = cases.at(-1)!;
  const lines = rails.flatMap((label, rail): Line[] => [
    { label, x: spectrum.offset_nm, y: spectrum.transmission[rail]!, colour: colourOf(rail) },
    {
      label: `${label}, channels`,
      x: channel_nm,
      y: chip.transmission[rail]!.slice(0, ringsPerWaveguide),
      points: 'only',
      colour: colourOf(rail),
    },
  ]);
  return linePanel({
    title: `Waveguide 0: transmission (compensation ${chip.name})`,
    xLabel: 'wavelength - centre (nm)',
    yLabel: 'transmission',
    yDomain: [0, 1.02],
    xDomain: [spectrum.offset_nm[0]!, spectrum.offset_nm.at(-1)!],
    lines,
  });
}

function errorPanel({ cases, held, kind }: BankStudy): Panel {
  return linePanel({
    title: 'What the held values read as',
    xLabel: kind === 'conv' ? 'held weight' : 'held activation',
    yLabel: 'read - held (full scale 1)',
    lines: cases.map(({ name, read }, i) => ({
      label: name,
      x: held,
      y: read.map((value, j) => value - held[j]!),
      points: 'only',
      colour: colourOf(i),
    })),
    yRules: [{ at: 0, label: '' }],
  });
}

/** Bits shown of points that have next to no error. */
const MOST_BITS = 16;

function sweepHeat(
  { points, qualityFactors, channels }: BankSweep,
  title: string,
  bits: (p: SweepPoint) => number | null,
) {
  return heatPanel({
    title,
    xLabel: 'channels of a waveguide',
    yLabel: 'quality factor',
    columns: channels.map(String),
    rows: qualityFactors.map(qualityText),
    values: qualityFactors.map((_, q) => channels.map((_, c) => bits(points[q * channels.length + c]!))),
    domain: [0, 12],
    format: (value) => (value >= MOST_BITS ? `>${MOST_BITS}` : value.toFixed(1)),
  });
}

function sweepLines({ points, qualityFactors, channels }: BankSweep, title: string): Panel {
  return linePanel({
    title,
    xLabel: 'quality factor',
    yLabel: 'effective bits of a held value',
    xScale: 'log',
    lines: channels.map((count, c) => ({
      label: `${count} channels`,
      x: qualityFactors,
      y: qualityFactors.map((_, q) => points[q * channels.length + c]!.bits ?? Number.NaN),
      points: 'also',
      colour: colourOf(c),
    })),
  });
}

function compensationLines({ byCompensation, channels }: BankSweep, qualityFactor: number): Panel {
  return linePanel({
    title: `Effective bits: crosstalk alone at Q ${qualityText(qualityFactor)}`,
    xLabel: 'channels of a waveguide',
    yLabel: `effective bits of a held value (at most ${MOST_BITS} shown)`,
    xScale: 'log',
    lines: byCompensation.map(({ compensation, bits }) => ({
      label: `compensation ${compensation}`,
      x: channels,
      y: bits.map((b) => (b === null ? Number.NaN : Math.min(b, MOST_BITS))),
      points: 'also',
    })),
  });
}

/** Spectrum and errors of the shown bank, and effective bits over quality factor and channel count. */
export function bankFigure(study: BankStudy, sweep: BankSweep): string {
  const { kind, size, waveguides, ringsPerWaveguide, channelSpacing_nm, hardware, unit, chipSeed } = study;
  const total = `crosstalk (compensation ${sweep.compensation}) and static errors`;
  return renderFigure({
    title: `${kind === 'conv' ? 'CONV' : 'FC'} bank of '${hardware}'`,
    subtitle:
      `${size} values on ${waveguides} waveguide${waveguides === 1 ? '' : 's'} of ${ringsPerWaveguide} channels, ` +
      `${channelSpacing_nm.toPrecision(3)} nm apart; unit ${unit} of chip ${chipSeed}`,
    columns: 2,
    panels: [
      spectrumPanel(study),
      errorPanel(study),
      sweepHeat(sweep, `Effective bits: crosstalk alone (compensation ${sweep.compensation})`, (p) => p.crosstalkBits),
      sweepHeat(sweep, `Effective bits: ${total}`, (p) => p.bits),
      sweepLines(sweep, `Effective bits: ${total}`),
      compensationLines(sweep, study.qualityFactor),
    ],
  });
}
