/** The figure of the scaling measurements: points and fitted lines, one panel a series. */
import { renderFigure } from '../../dist/report/kit/figures/frame.js';
import { linePanel } from '../../dist/report/kit/figures/linePanel.js';

const SIZE = { width: 460, height: 260 };

function panelOf({ name, xLabel, x, y, fit }) {
  const ends = [0, Math.max(...x)];
  const { slope, intercept, r2, largestResidual } = fit;
  const label = `line: R² ${r2.toFixed(4)}, off by at most ${(100 * largestResidual).toFixed(1)} % of the largest`;
  return linePanel({
    title: `time against ${name}`,
    xLabel,
    yLabel: 'processor time, ms',
    xDomain: [0, Math.max(...x) * 1.04],
    yDomain: [0, Math.max(...y) * 1.08],
    ...SIZE,
    lines: [
      { label: 'measured', x, y, points: 'only' },
      { label, x: ends, y: ends.map((value) => slope * value + intercept) },
    ],
  });
}

export function scalingFigure(series) {
  return renderFigure({
    title: 'Cost of emulation',
    subtitle: 'Wasm kernels, one thread, all noise; least of the rounds',
    columns: 2,
    panels: series.map(panelOf),
  });
}
