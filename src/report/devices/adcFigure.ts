/** Figure of `sonic device adc`. */
import type { AdcStudy, UnitAdc } from '../../experiments/devices/adcStudy.js';
import { colourOf } from '../kit/figures/figureStyle.js';
import { type Panel, renderFigure } from '../kit/figures/frame.js';
import { linePanel } from '../kit/figures/linePanel.js';
import { bitsDescribed } from './adcReport.js';

const nameOf = ({ kind }: UnitAdc) => (kind === 'conv' ? 'CONV' : 'FC');

function noisePanel(unit: UnitAdc, bits: number): Panel {
  const x = unit.sweep.map((point) => point.bits);
  return linePanel({
    title: `${nameOf(unit)}: rounding and read noise, range ${Number(unit.range.toPrecision(4))}`,
    xLabel: 'bits of the ADC',
    yLabel: 'standard deviation of u',
    yScale: 'log',
    lines: [
      { label: 'rounding', x, y: unit.sweep.map((p) => p.quantisation), points: 'also' },
      { label: 'converter noise', x, y: unit.sweep.map((p) => p.converter), points: 'also' },
      { label: 'read noise, full scale', x, y: x.map(() => unit.readNoise.full), dashed: true },
      { label: 'read noise, dark', x, y: x.map(() => unit.readNoise.dark), dashed: true },
    ].filter(({ y }) => y.some((value) => value > 0)) as Parameters<typeof linePanel>[0]['lines'],
    xRules: [{ at: bits, label: 'here' }],
  });
}

/** Transfer curve whole and around 0, and rounding against read noise over the number of bits. */
export function adcFigure(study: AdcStudy): string {
  const { hardware, bits, units, curveKind, transfer, zoom } = study;
  const shown = units.find(({ kind }) => kind === curveKind)!;
  return renderFigure({
    title: `ADC of '${hardware}'`,
    subtitle: `${bitsDescribed(study)}; a full-scale product is u = 1`,
    columns: 2,
    panels: [
      linePanel({
        title: `${nameOf(shown)}: transfer`,
        xLabel: 'u before the ADC',
        yLabel: 'u after the ADC',
        xRuleLabels: 'bottom',
        lines: [{ label: 'transfer', x: transfer.u, y: transfer.converted }],
        xRules: [
          { at: -shown.range, label: 'clips below' },
          { at: shown.range, label: 'clips above' },
        ],
      }),
      linePanel({
        title: `${nameOf(shown)}: the steps around 0 (step ${shown.described.step.toPrecision(3)})`,
        xLabel: 'u before the ADC, steps',
        yLabel: 'u after the ADC, steps',
        lines: [
          {
            label: 'ADC',
            x: zoom.u.map((u) => u / shown.described.step),
            y: zoom.converted.map((u) => u / shown.described.step),
          },
          { label: 'no rounding', x: [-4.5, 4.5], y: [-4.5, 4.5], dashed: true, colour: colourOf(7) },
        ],
      }),
      ...units.map((unit) => noisePanel(unit, bits)),
    ],
  });
}
