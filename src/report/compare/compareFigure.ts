/** Figure of `sonic compare`: SONIC's FPS/W ratios, ours beside the published ones. */
import type { Comparison } from '../../cost/accelerators/comparison.js';
import { type Bar, barChart } from '../kit/figures/barChart.js';
import { nameOf, number3 } from './compareTables.js';

/** Bars are log10 of the ratios, so that a ratio and its inverse are equally long. */
export function comparisonFigure({ designs, averaging, setting, networks }: Comparison): string {
  const bars = designs.flatMap((design): Bar[] => {
    const label = nameOf(design);
    const ours: Bar = { label, value: Math.log10(design.ratios.fpsPerWatt), group: 'this model' };
    return design.published
      ? [ours, { label, value: Math.log10(design.published.fpsPerWatt), group: 'published' }]
      : [ours];
  });
  return barChart({
    title: "SONIC's FPS/W over that of other designs",
    subtitle: `${averaging} over ${networks.join(', ')}, ${setting.devices === 'own' ? "each design's own devices" : "SONIC's table 2 for all"}`,
    xLabel: 'log10 of the ratio (above 0: SONIC is better)',
    bars,
    format: (value) => `${number3(10 ** value)} x`,
  });
}
