/** Figure of `sonic device link`. */
import type { LinkStudy, UnitLink } from '../../experiments/devices/linkStudy.js';
import { colourOf } from '../kit/figures/figureStyle.js';
import { PANEL_WIDTH, type Panel, renderFigure } from '../kit/figures/frame.js';
import { linePanel } from '../kit/figures/linePanel.js';
import { stackedBarPanel } from '../kit/figures/stackedBarChart.js';

const nameOf = ({ kind }: UnitLink) => (kind === 'conv' ? 'CONV' : 'FC');

function powerPanel(
  { units, opticalPower_mW }: LinkStudy,
  title: string,
  yLabel: string,
  value: (point: UnitLink['sweep'][number]['full']) => number,
): Panel {
  return linePanel({
    title,
    xLabel: 'optical power of a VCSEL at full scale (mW)',
    yLabel,
    xScale: 'log',
    lines: units.flatMap((unit, i) => [
      {
        label: `${nameOf(unit)}, all at full scale`,
        x: unit.sweep.map((p) => p.opticalPower_mW),
        y: unit.sweep.map((p) => value(p.full)),
        colour: colourOf(i),
      },
      {
        label: `${nameOf(unit)}, one product`,
        x: unit.sweep.map((p) => p.opticalPower_mW),
        y: unit.sweep.map((p) => value(p.product)),
        colour: colourOf(i),
        dashed: true,
      },
    ]),
    xRuleLabels: 'bottom',
    xRules: [{ at: opticalPower_mW, label: 'here' }],
  });
}

function noisePanel(unit: UnitLink, opticalPower_mW: number): Panel {
  const terms = ['shot', 'intensity', 'dark', 'thermal', 'total'] as const;
  const names = { shot: 'shot', intensity: 'intensity', dark: 'dark current', thermal: 'receiver', total: 'total' };
  return linePanel({
    title: `${nameOf(unit)}: noise of a sum with all channels at full scale`,
    xLabel: 'optical power of a VCSEL at full scale (mW)',
    yLabel: 'standard deviation of u',
    xScale: 'log',
    yScale: 'log',
    lines: terms.map((term, i) => ({
      label: names[term],
      x: unit.sweep.map((p) => p.opticalPower_mW),
      y: unit.sweep.map((p) => p.full[term]),
      colour: term === 'total' ? colourOf(7) : colourOf(i),
      dashed: term === 'total',
    })),
    xRules: [{ at: opticalPower_mW, label: 'here' }],
  });
}

/** Losses, signal-to-noise ratio and effective bits over optical power, and what the noise is made of. */
export function linkFigure(study: LinkStudy): string {
  const { units, hardware, opticalPower_mW } = study;
  const losses = stackedBarPanel({
    title: 'Loss from VCSEL to photodetector',
    xLabel: 'loss (dB)',
    segments: units.flatMap((unit) =>
      unit.losses.map(({ element, loss_dB }) => ({ category: nameOf(unit), series: element, value: loss_dB })),
    ),
    format: (total) => `${total.toFixed(2)} dB`,
    width: PANEL_WIDTH,
  });
  return renderFigure({
    title: `Optical link of '${hardware}'`,
    subtitle: `VCSEL ${opticalPower_mW} mW; a full-scale product is u = 1; where the lines go flat the photodetector limits the current`,
    columns: 2,
    panels: [
      powerPanel(study, 'Signal-to-noise ratio', 'signal-to-noise ratio (dB, electrical)', (p) => p.signalToNoise_dB),
      powerPanel(
        study,
        'Effective bits of a sum, full scale one product',
        'effective bits, full scale u = 1',
        (p) => p.effectiveBits,
      ),
      ...units.map((unit) => noisePanel(unit, opticalPower_mW)),
      losses,
    ],
  });
}
