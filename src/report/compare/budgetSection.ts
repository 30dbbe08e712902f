/** Sections of docs/replication.md on what the paper leaves out, and on how far the processors' models can be trusted. */
import { formatCount, formatSi } from '../../base/text/units.js';
import { published as nullHopPublished } from '../../cost/accelerators/nullhop/model.js';
import { published as p100Published } from '../../cost/accelerators/p100/model.js';
import { publishedValue } from '../../cost/accelerators/publishedNumbers.js';
import { published as xeonPublished } from '../../cost/accelerators/xeon9282/model.js';
import { markdownTable, number3 } from './compareTables.js';
import type { Replication } from './replicationData.js';

/** CrossLight's window for the area of every photonic design it compares, mm2. */
const WINDOW_mm2 = [16, 25] as const;

export function omissionsSection({ omissions, own, studies }: Replication): string {
  const { before_W, effects } = omissions;
  const areas = studies[0]!.areas;
  const total = areas.reduce((sum, { total_mm2 }) => sum + total_mm2, 0);
  const dac = areas.find(({ device }) => device === 'dac')!;
  return [
    '## What the paper leaves out, and what it would do to FPS/W',
    `Table 2 has no receiver, no laser beyond a VCSEL's power, no memory, no drift and no area. Each row puts in one of them at a value of the literature, everything else as it is (${number3(before_W)} W on average before). ` +
      'Factors are of FPS/W; a common factor would not change a ratio between two designs of which both leave it out.',
    markdownTable(effects, [
      { title: 'left out', value: ({ what }) => what },
      { title: 'put in', value: ({ value }) => `\`${value}\`` },
      { title: 'source', value: ({ source }) => source },
      ...own.networks.map((network, i) => ({
        title: network,
        align: 'right' as const,
        value: ({ factors }: (typeof effects)[number]) => `${number3(factors[i]!)} x`,
      })),
      { title: 'power, mean', align: 'right', value: ({ power_W }) => formatSi(power_W, 'W') },
    ]),
    'Area, at what other simulators take for each device (`sonic cost`; VCSELs, waveguides, multiplexers, buffers and control are not in it):',
    markdownTable(areas, [
      { title: 'device', value: ({ device }) => device },
      { title: 'devices', align: 'right', value: ({ count }) => formatCount(count) },
      { title: 'each', align: 'right', value: ({ each_mm2 }) => `${number3(each_mm2)} mm2` },
      { title: 'together', align: 'right', value: ({ total_mm2 }) => `${number3(total_mm2)} mm2` },
      { title: 'source', value: ({ source }) => source },
    ]),
    `The DACs alone take ${number3(dac.total_mm2)} of ${number3(total)} mm2. CrossLight holds every photonic design that it compares to ${WINDOW_mm2[0]} to ${WINDOW_mm2[1]} mm2: ` +
      `by this table SONIC is ${number3(total / WINDOW_mm2[1])} to ${number3(total / WINDOW_mm2[0])} times as large, unless its DACs are ${number3(dac.total_mm2 / WINDOW_mm2[1])} times smaller, or shared among slots.`,
  ].join('\n\n');
}

interface Trust {
  readonly machine: string;
  readonly network: string;
  readonly ratio: number;
}

export function trustSection(): string {
  const rows: Trust[] = [
    ['Tesla P100', p100Published, 'AlexNet', 'alexNet'] as const,
    ['Tesla P100', p100Published, 'VGG-11', 'vgg11'] as const,
    ['36-core AVX-512 Xeon', xeonPublished, 'AlexNet', 'alexNet'] as const,
    ['36-core AVX-512 Xeon', xeonPublished, 'VGG-16', 'vgg16'] as const,
  ].map(([machine, published, network, id]) => ({
    machine,
    network,
    ratio: publishedValue(published, `${id}ModelOverMeasured`),
  }));
  const worst = Math.max(...rows.map(({ ratio }) => Math.max(ratio, 1 / ratio)));
  return [
    '## How far the models of the processors can be trusted',
    'Launch overhead and efficiency are fitted to ResNet-50, ResNet-152, Inception-BN and Inception-v3; these networks were left out of the fit (images a second at batch 1, ours over measured):',
    markdownTable(rows, [
      { title: 'measured on', value: ({ machine }) => machine },
      { title: 'network', value: ({ network }) => network },
      { title: 'ours over measured', align: 'right', value: ({ ratio }) => ratio.toFixed(2) },
    ]),
    `So to a factor of about ${number3(worst)} in speed for networks of hundreds of megaMACs (the tests' tolerances are 45 % and 35 %), and less far here: three of the four networks are tens of times smaller, and their time is almost all launches, ` +
      `of which each operator of the network is counted as one. Nothing was measured at that size, and nothing at all on a 9282. Power is the thermal design power, an upper bound: ` +
      "SONIC's text prints no number for either machine, so none of the verdicts rests on them; read their rows as orders of magnitude. The variants `specSheet` are what CrossLight's table suggests that its authors did, " +
      'not a prediction.',
    `Of the electronic sparse designs only NullHop's core has a source here (${publishedValue(nullHopPublished, 'clock_MHz')} MHz, at most 0.157 W by its abstract). Power and clock of its Zynq build, RSNN's power and the powers that LightBulb and HolyLight are sized by in \`byPower\` were not found in any text at hand; ` +
      'the tables mark them `unsourced`. FPS/W of these rows is inversely proportional to them.',
  ].join('\n\n');
}
