/** Figure of `sonic device ring`. */
import type { RingStudy } from '../../experiments/devices/ringStudy.js';
import { COLOURS } from '../kit/figures/figureStyle.js';
import { renderFigure } from '../kit/figures/frame.js';
import { type Line, linePanel } from '../kit/figures/linePanel.js';

/** T, or the measured T and the Airy curve fitted to it. */
function throughPort({ curve, measured }: RingStudy): Line[] {
  const { distance_nm: x, transmission: y } = curve;
  if (measured === null) return [{ label: 'T', x, y }];
  const { qualityFactor, extinction_dB } = measured.fit;
  const label = `Airy curve fitted: Q ${Math.round(qualityFactor)}, ${extinction_dB.toFixed(1)} dB`;
  return [
    { label: 'measured', x, y },
    { label, x, y: measured.fitted, dashed: true, colour: COLOURS[1] },
  ];
}

/** Through port, sensitivity by value, effects of residual errors, and the levels of a DAC linear in detuning. */
export function ringFigure(study: RingStudy): string {
  const { constants, curve, sensitivity, residuals, levels, steepest, hardware, measured } = study;
  const { fullScaleDetuning_nm, linewidth_nm, qualityFactor, Tmin, Tfs } = constants;
  const last = levels.value.length - 1;
  return renderFigure({
    title: `Microring of '${hardware}'`,
    subtitle:
      `${measured ? 'measured: ' : ''}Q ${Math.round(qualityFactor)}, linewidth ${(linewidth_nm * 1e3).toFixed(1)} pm, finesse ${constants.finesse.toFixed(1)}, ` +
      `Tmin ${Tmin.toPrecision(3)}, Tfs ${Tfs.toFixed(3)}`,
    columns: 2,
    panels: [
      linePanel({
        title: 'Through port',
        xLabel: 'wavelength - resonance (nm)',
        yLabel: 'transmission',
        yDomain: [0, 1.02],
        xRuleLabels: 'bottom',
        lines: throughPort(study),
        // Light at its own channel sees the short side of a measured response, which need not be like the other.
        xRules: [
          { at: fullScaleDetuning_nm, label: 'full scale' },
          { at: steepest.detuning_nm, label: 'steepest' },
        ]
          .filter(({ at }) => at <= curve.distance_nm.at(-1)!)
          .map(({ at, label }) => ({ at: measured ? -at : at, label })),
      }),
      linePanel({
        title: 'What one pm of resonance error does to a held value',
        xLabel: 'held value v (full scale 1)',
        yLabel: 'change of the value by 1 pm',
        lines: [{ label: 'dv', x: sensitivity.value, y: sensitivity.valueError_per_pm }],
        xRuleLabels: 'bottom',
        xRules: [{ at: (steepest.transmission - Tmin) / (Tfs - Tmin), label: 'steepest' }],
      }),
      linePanel({
        title: 'Effective bits left by random resonance errors',
        xLabel: 'standard deviation of the resonance error (pm)',
        yLabel: 'effective bits of a held value',
        xScale: 'log',
        lines: [
          {
            label: 'bits',
            x: residuals.map(({ residual_pm }) => residual_pm),
            y: residuals.map(({ effectiveBits }) => effectiveBits),
            points: 'also',
          },
        ],
      }),
      linePanel({
        title: `Values that a ${levels.bits}-bit DAC reaches`,
        xLabel: 'code',
        yLabel: 'held value v',
        yDomain: [0, 1.02],
        lines: [
          {
            label: `linear in detuning (${levels.effectiveBits.toFixed(1)} effective bits)`,
            x: levels.value.map((_, code) => code),
            y: levels.value,
            steps: true,
          },
          {
            label: `pre-distorted (${levels.uniformEffectiveBits.toFixed(1)})`,
            x: [0, last],
            y: [0, 1],
            dashed: true,
            colour: COLOURS[1],
          },
        ],
      }),
    ],
  });
}
