/** What `sonic cost` prints: layers, devices, totals under both accountings, energies per action, area. */

import { formatCount, formatShare, formatSi } from '../../base/text/units.js';
import type { CostReport } from '../../cost/costReport.js';
import { ACCOUNTINGS, type Accounting, DEVICES, type DeviceName } from '../../cost/energy.js';
import { describedEntries, type EnergyEntry } from '../../cost/energyTable.js';
import { quotient } from '../../cost/quotient.js';
import type { CostStudy, StudiedLayer } from '../../cost/study.js';
import { hardwareLines } from '../hardware/hardwareLines.js';
import { staticText } from '../kit/dataText.js';
import { type Column, renderTable } from '../kit/table.js';

/** Devices as people call them. */
export const DEVICE_TITLES: Readonly<Record<DeviceName, string>> = {
  vcsel: 'VCSELs',
  activationDac: 'activation DACs',
  weightDac: 'weight DACs',
  batchNormDac: 'batch-norm DACs',
  adc: 'ADCs',
  photodetector: 'photodetectors',
  receiver: 'receivers',
  eoImprint: 'EO imprint',
  toImprint: 'TO imprint',
  trim: 'TO trim',
  broadbandRing: 'broadband rings',
  idle: 'idle units',
  control: 'control',
  memory: 'memory',
};

const OTHER: Readonly<Record<Accounting, Accounting>> = { static: 'perConversion', perConversion: 'static' };

function headerLines({
  network,
  parameters,
  sparsitySource,
  hardware,
  energyTable,
  static: given,
}: CostStudy): string[] {
  return [
    `network    ${network}, ${formatCount(parameters)} parameters`,
    `sparsity   ${sparsitySource}`,
    ...hardwareLines(hardware),
    ...(given ? [`           static errors given, not drawn: ${staticText(given)}`] : []),
    ...(energyTable
      ? [`energies   table '${energyTable.name}': ${Object.keys(energyTable.entries).join(', ') || 'no entries'}`]
      : []),
  ];
}

type LayerRow = StudiedLayer & {
  readonly latency_s: number;
  readonly energy_J: Readonly<Record<Accounting, number>>;
};

/** Layers x {time, energy}, the last row their sum. */
function layerTable({ layers, costs, hardware }: CostStudy): string {
  const accounting = hardware.cost.converterAccounting;
  const rows = layers.map((layer, l): LayerRow => {
    const of = (under: Accounting) => costs[under].layers[l]!;
    return {
      ...layer,
      latency_s: of(accounting).latency_s,
      energy_J: { static: of('static').energy_J, perConversion: of('perConversion').energy_J },
    };
  });
  const sum = (value: (row: LayerRow) => number) => rows.reduce((total, row) => total + value(row), 0);
  const total = {
    latency_s: sum((row) => row.latency_s),
    static: sum((row) => row.energy_J.static),
    perConversion: sum((row) => row.energy_J.perConversion),
  };
  const right = (title: string, value: (row: LayerRow | null) => string): Column<LayerRow | null> => ({
    title,
    align: 'right',
    value,
  });
  const share = (part: number, whole: number) => formatShare(quotient(part, whole), 1);
  return renderTable<LayerRow | null>([...rows, null], {
    columns: [
      { title: 'layer', value: (row) => row?.name ?? 'all' },
      { title: 'kind', value: (row) => (row === null ? '' : row.kind === 'conv2d' ? 'CONV' : 'FC') },
      right('MACs', (row) => formatSi(row ? row.macs : sum((r) => r.macs), '')),
      right('zero weights', (row) => (row ? formatShare(row.weightSparsity, 1) : '')),
      right('zero activ.', (row) => (row ? formatShare(row.activationSparsity, 1) : '')),
      right('chunk rows', (row) => formatCount(row ? row.rows : sum((r) => r.rows))),
      right('partial sums', (row) => formatSi(row ? row.partialSums : sum((r) => r.partialSums), '')),
      right('time', (row) => formatSi(row ? row.latency_s : total.latency_s, 's')),
      right('share', (row) => share(row ? row.latency_s : total.latency_s, total.latency_s)),
      ...ACCOUNTINGS.map((under) =>
        right(`energy, ${under}`, (row) => formatSi(row ? row.energy_J[under] : total[under], 'J')),
      ),
      right('share', (row) => share(row ? row.energy_J[accounting] : total[accounting], total[accounting])),
    ],
  });
}

function deviceTable({ costs }: CostStudy): string {
  const used = DEVICES.filter((device) => ACCOUNTINGS.some((under) => costs[under].devices[device] > 0));
  const of = (device: DeviceName | null, under: Accounting) =>
    device === null ? costs[under].energy_J : costs[under].devices[device];
  return renderTable<DeviceName | null>([...used, null], {
    columns: [
      { title: 'device', value: (device) => (device === null ? 'all' : DEVICE_TITLES[device]) },
      ...ACCOUNTINGS.flatMap((under): Column<DeviceName | null>[] => [
        { title: `energy, ${under}`, align: 'right', value: (device) => formatSi(of(device, under), 'J') },
        {
          title: 'share',
          align: 'right',
          value: (device) => formatShare(quotient(of(device, under), costs[under].energy_J), 1),
        },
      ]),
    ],
  });
}

function totalTable({ costs, hardware }: CostStudy): string {
  const first = hardware.cost.converterAccounting;
  const lines: [string, (cost: CostReport) => string][] = [
    ['latency', (c) => formatSi(c.latency_s, 's')],
    ['FPS, one image at a time', (c) => formatSi(quotient(1, c.latency_s), '', 4)],
    ['FPS, CONV and FC units pipelined', (c) => formatSi(c.pipelined.framesPerSecond, '', 4)],
    ['energy an image', (c) => formatSi(c.energy_J, 'J', 4)],
    ['energy an image, pipelined', (c) => formatSi(c.pipelined.energy_J, 'J', 4)],
    ['power', (c) => formatSi(c.power_W, 'W', 4)],
    ['  of it trimming', (c) => formatSi(c.trimPower_W, 'W')],
    ['power, pipelined', (c) => formatSi(c.pipelined.power_W, 'W', 4)],
    ['FPS/W', (c) => formatSi(c.framesPerSecondPerWatt, '', 4)],
    ['FPS/W, pipelined', (c) => formatSi(c.pipelined.framesPerSecondPerWatt, '', 4)],
    ['energy per bit, denseMac', (c) => formatSi(c.energyPerBit_J.denseMac, 'J')],
    ['energy per bit, parameter', (c) => formatSi(c.energyPerBit_J.parameter, 'J')],
    ['energy per bit, processed', (c) => formatSi(c.energyPerBit_J.processed, 'J')],
    ['bits moved, DRAM', (c) => formatSi(c.bitsMoved.dram, 'bit')],
    ['bits moved, SRAM', (c) => formatSi(c.bitsMoved.sram, 'bit')],
  ];
  return renderTable(lines, {
    columns: [
      { title: 'accounting of converters', value: ([title]) => title },
      { title: first, align: 'right', value: ([, text]) => text(costs[first]) },
      { title: OTHER[first], align: 'right', value: ([, text]) => text(costs[OTHER[first]]) },
    ],
  });
}

function areaTable({ areas }: CostStudy): string {
  const total_mm2 = areas.reduce((sum, area) => sum + area.total_mm2, 0);
  const text = (area_mm2: number) =>
    area_mm2 < 1e-3 ? `${(area_mm2 * 1e6).toPrecision(3)} um2` : `${area_mm2.toPrecision(3)} mm2`;
  return renderTable([...areas, null], {
    columns: [
      { title: 'area (information only)', value: (area) => area?.device ?? 'all of these' },
      { title: 'count', align: 'right', value: (area) => (area ? formatCount(area.count) : '') },
      { title: 'each', align: 'right', value: (area) => (area ? text(area.each_mm2) : '') },
      { title: 'together', align: 'right', value: (area) => text(area ? area.total_mm2 : total_mm2) },
      { title: 'source', value: (area) => area?.source ?? '' },
    ],
  });
}

function entryTable({ hardware, energyTable }: CostStudy): string {
  const entries: [string, EnergyEntry][] = Object.entries({ ...describedEntries(hardware), ...energyTable?.entries });
  return renderTable(entries, {
    columns: [
      { title: 'action', value: ([action]) => action },
      { title: 'value', align: 'right', value: ([, entry]) => `${entry.value} ${entry.unit}` },
      { title: 'source', value: ([, entry]) => entry.source },
    ],
  });
}

/** The report of `sonic cost`, several lines without the last line break. */
export function renderCost(study: CostStudy, { verbose = false } = {}): string {
  return [
    headerLines(study).join('\n'),
    layerTable(study),
    deviceTable(study),
    totalTable(study),
    areaTable(study),
    ...(verbose ? [entryTable(study)] : []),
    ...(study.warnings.length > 0 ? [study.warnings.map((warning) => `warning: ${warning}`).join('\n')] : []),
  ].join('\n\n');
}
