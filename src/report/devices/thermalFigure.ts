/** Figure of `sonic device thermal`. */
import type { ThermalStudy } from '../../experiments/devices/thermalStudy.js';
import { colourOf } from '../kit/figures/figureStyle.js';
import { PANEL_HEIGHT, renderFigure } from '../kit/figures/frame.js';
import { heatPanel } from '../kit/figures/heatPanel.js';
import { linePanel } from '../kit/figures/linePanel.js';

/** Coupling over distance, K, the drives of a waveguide, and its errors without TED. */
export function thermalFigure(study: ThermalStudy): string {
  const { curve, neighbours, matrix, drives, kind, hardware, chipSeed, ringsPerWaveguide } = study;
  const names = matrix.map((_, ring) => String(ring));
  const shown = neighbours.filter(({ gap_um }) => gap_um <= curve.gap_um.at(-1)!);
  const rings = drives.map(({ ring }) => ring);
  const dotted = { points: 'also', dashed: true } as const;
  return renderFigure({
    title: `Heat between the rings of '${hardware}'`,
    subtitle: `${kind === 'conv' ? 'CONV' : 'FC'} units: ${ringsPerWaveguide} rings a waveguide; drives of unit 0, + rail, waveguide 0 of chip ${chipSeed}`,
    columns: 2,
    panels: [
      linePanel({
        title: 'Thermal coupling over distance',
        xLabel: 'edge-to-edge gap (um)',
        yLabel: "share of a heater's shift",
        yScale: 'log',
        lines: [
          { label: 'model', x: curve.gap_um, y: curve.coupling },
          {
            label: 'neighbours here',
            x: shown.map(({ gap_um }) => gap_um),
            y: shown.map(({ coupling }) => coupling),
            points: 'only',
          },
        ],
      }),
      heatPanel({
        title: 'K: shift of a ring (row) by the heater of another (column), log10',
        xLabel: 'heater of ring',
        yLabel: 'ring',
        columns: names,
        rows: names,
        values: matrix.map((row) => row.map((value) => Math.log10(value))),
        domain: [-5, 0],
        format: (value) => value.toFixed(1),
        height: PANEL_HEIGHT,
      }),
      linePanel({
        title: 'Drives of the heaters',
        xLabel: 'ring',
        yLabel: 'shift (nm)',
        lines: [
          { label: 'needed (driven without TED)', x: rings, y: drives.map((d) => d.target_nm), ...dotted },
          { label: 'driven with TED', x: rings, y: drives.map((d) => d.drive_nm), ...dotted },
        ],
        yRules: [{ at: 0, label: '' }],
      }),
      linePanel({
        title: 'Resonance error without TED',
        xLabel: 'ring',
        yLabel: 'error (pm)',
        lines: [
          {
            label: 'error',
            x: rings,
            y: drives.map((d) => d.parasitic_nm * 1e3),
            points: 'also',
            dashed: true,
            colour: colourOf(1),
          },
        ],
      }),
    ],
  });
}
