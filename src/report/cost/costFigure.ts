/** Figure of `sonic cost`: where the energy and the time of an image go. */

import { formatRate, formatSi } from '../../base/text/units.js';
import type { CostReport } from '../../cost/costReport.js';
import { DEVICES } from '../../cost/energy.js';
import type { CostStudy } from '../../cost/study.js';
import { type Panel, renderFigure } from '../kit/figures/frame.js';
import { type Segment, stackedBarPanel } from '../kit/figures/stackedBarChart.js';
import { DEVICE_TITLES } from './costTables.js';

/** Devices below this share of the energy cannot be seen in a bar: they are drawn together. */
const VISIBLE_SHARE = 2e-3;

/** Energy by device for every layer, and time by layer, as panels. */
export function costPanels(cost: CostReport): Panel[] {
  const visible = DEVICES.filter((device) => cost.devices[device] > VISIBLE_SHARE * cost.energy_J);
  const others = DEVICES.filter((device) => cost.devices[device] > 0 && !visible.includes(device));
  const energy = cost.layers.flatMap(({ name: category, devices }): Segment[] => [
    ...visible.map((device) => ({ category, series: DEVICE_TITLES[device], value: devices[device] * 1e6 })),
    ...(others.length > 0
      ? [{ category, series: 'others', value: others.reduce((sum, device) => sum + devices[device], 0) * 1e6 }]
      : []),
  ]);
  const time = cost.layers.map(
    (layer): Segment => ({ category: layer.name, series: 'time', value: layer.latency_s * 1e6 }),
  );
  return [
    stackedBarPanel({ title: 'Energy by layer and device', xLabel: 'energy (uJ)', segments: energy }),
    stackedBarPanel({ title: 'Time by layer', xLabel: 'time (us)', segments: time }),
  ];
}

/** Totals in one line. */
export function costLine(cost: CostReport): string {
  return (
    `accounting ${cost.accounting}: ${formatSi(cost.latency_s, 's')}, ` +
    `${formatSi(cost.energy_J, 'J')}, ${formatSi(cost.power_W, 'W')}, ${formatRate(cost.framesPerSecondPerWatt, 'FPS/W')}`
  );
}

/** Where energy and time of a network go. */
export function costFigure({ network, hardware, costs }: CostStudy): string {
  const cost = costs[hardware.cost.converterAccounting];
  return renderFigure({
    title: `Cost of one image: ${network}`,
    subtitle: `${hardware.name}, ${costLine(cost)}`,
    panels: costPanels(cost),
  });
}
