/** docs/replication.md: what the paper claims, what comes out here, and why they differ. Written by `sonic compare --report`. */

import { mean } from '../../base/statistics/moments.js';
import { formatCount, formatShare, formatSi } from '../../base/text/units.js';
import type { ComparedDesign, Comparison } from '../../cost/accelerators/comparison.js';
import { COMPARATORS, sonic } from '../../cost/accelerators/index.js';
import { CHOICE_NAMES } from '../../cost/accelerators/searchChoices.js';
import type { Sensitivity, SensitivityRow } from '../../cost/accelerators/sensitivity.js';
import { convertersPower_W } from '../../cost/accelerators/sonic/model.js';
import type { AcceleratorReport } from '../../cost/accelerators/types.js';
import { DEVICES } from '../../cost/energy.js';
import type { CostStudy } from '../../cost/study.js';
import {
  type CostMetric,
  type ExplorePoint,
  METRICS,
  paretoPoints,
  rankOf,
} from '../../experiments/exploration/search.js';
import { AXIS_NAMES } from '../../experiments/exploration/space.js';
import { bestSize } from '../../experiments/exploration/unitSizes.js';
import { isMacLayer, type Network } from '../../networks/types.js';
import { PUBLISHED_NETWORKS, RECONSTRUCTIONS } from '../../networks/zoo/publishedNetworks.js';
import { DEVICE_TITLES } from '../cost/costTables.js';
import { metricText } from '../explore/exploreReport.js';
import { omissionsSection, trustSection } from './budgetSection.js';
import { markdownTable, networkTable, number3, offBy, ratioTable, sensitivityTable } from './compareTables.js';
import type { Replication } from './replicationData.js';
import { searchSections } from './searchReport.js';
import { sizesSection } from './sizesSection.js';
import { verdictSection } from './verdictSection.js';

const published = (designs: readonly ComparedDesign[]) => designs.filter((design) => design.published !== null);

function networksSection({ studies, parameters }: Replication): string {
  const rows = Object.values(PUBLISHED_NETWORKS).map((entry, i) => ({
    entry,
    study: studies[i]!,
    count: parameters[i]!,
  }));
  return [
    '## The networks',
    'Layer widths are not published; they are reconstructed from the parameter counts. Which layers were pruned is not ' +
      'published either: the largest ones are taken, as many as table 3 says.',
    markdownTable(rows, [
      { title: 'network', value: ({ entry }) => entry.title },
      { title: 'parameters', align: 'right', value: ({ count }) => formatCount(count) },
      { title: 'published', align: 'right', value: ({ entry }) => formatCount(entry.parameters) },
      { title: 'MACs', align: 'right', value: ({ study }) => formatSi(macsOf(study), '') },
      { title: 'zeros in pruned layers', align: 'right', value: ({ entry }) => formatShare(entry.sparsity, 0) },
      { title: 'layers pruned', align: 'right', value: ({ entry }) => String(entry.layersPruned) },
    ]),
  ].join('\n\n');
}

const macsOf = ({ layers }: CostStudy) => layers.reduce((sum, { macs }) => sum + macs, 0);

/** Both exact fits of MNIST's 1,498,730 parameters beside each other. */
function fitsSection({ studies, otherStudies, manifests, sizes, slices, setting }: Replication): string {
  const { size: n } = setting.hardware.vdu.conv;
  const { size: m } = setting.hardware.vdu.fc;
  const fits = ['mnist', ...Object.keys(otherStudies)].map((name) => ({
    name,
    entry: RECONSTRUCTIONS[name]!,
    study: name === 'mnist' ? studies[0]! : otherStudies[name]!,
    manifest: manifests[name],
    sizes: sizes.studies.find(({ network, chunking }) => network === name && chunking === 'slice')!,
    slice: slices.fits.find((fit) => fit.name === name)!,
  }));
  type Fit = (typeof fits)[number];
  const row = (title: string, value: (fit: Fit) => string) => ({ title, value });
  const share = (of: (manifest: NonNullable<Fit['manifest']>) => number) => (fit: Fit) =>
    fit.manifest ? formatShare(of(fit.manifest)) : '-';
  const rows = [
    row('layers', ({ entry }) => layersText(entry.structure())),
    row('parameters', ({ study }) => formatCount(study.parameters)),
    row('MACs', ({ study }) => formatSi(macsOf(study), '')),
    row(
      'accuracy, dense (table 1: 93.2 %)',
      share(({ accuracy }) => accuracy.dense),
    ),
    row(
      'accuracy, 50 % zeros and 64 clusters (table 3: 92.89 %)',
      share(({ accuracy }) => accuracy.clustered),
    ),
    row('remaining, counted (table 3: 749,365)', ({ manifest }) =>
      manifest ? formatCount(manifest.parameters.remaining) : '-',
    ),
    row('weights a kernel slice, mean', ({ slice }) => number3(slice.mean)),
    row(`slices of at most ${n} weights`, ({ slice }) => formatShare(slice.fitting, 0)),
    row('latency on SONIC', ({ study }) => formatSi(study.costs.static.latency_s, 's')),
    row('power', ({ study }) => formatSi(study.costs.static.power_W, 'W')),
    row('FPS/W', ({ study }) => number3(study.costs.static.framesPerSecondPerWatt)),
    row(`best n at m = ${m}, by FPS/W`, ({ sizes: of }) => String(bestSize(of, (point) => point.m === m).n)),
  ];
  return [
    '## MNIST: two exact fits',
    'The printed count has two natural reconstructions, both exact. The tables of designs take the fit with 5 x 5 kernels (`mnist`); the search takes both. Both are trained by the same recipe, ' +
      'pruned to 50 % and clustered to 64 weights a layer (`sonic train mnist`, `sonic train mnist-3x3`), and bundled.',
    markdownTable(rows, [
      { title: '', value: ({ title }) => title },
      ...fits.map((fit) => ({
        title: `\`${fit.name}\``,
        align: 'right' as const,
        value: ({ value }: (typeof rows)[number]) => value(fit),
      })),
    ]),
    fitsText(
      fits.map(({ sizes: of, slice }) => ({
        title: `${slice.kernel} kernels`,
        best: bestSize(of, (point) => point.m === m).n,
        mean: slice.mean,
      })),
      n,
    ),
  ].join('\n\n');
}

/** Which fit the paper's n speaks for. */
function fitsText(fits: readonly { title: string; best: number; mean: number }[], n: number): string {
  const [first, ...rest] = [...fits].sort((a, b) => Math.abs(a.best - n) - Math.abs(b.best - n));
  const [other] = rest;
  return (
    `The paper's n = ${n} speaks for ${first!.title}: their optimum is at n = ${first!.best}, with ${number3(first!.mean)} weights a slice; that of ${other!.title} is at n = ${other!.best}, with ${number3(other!.mean)}. ` +
    'The accuracies do not tell the fits apart.'
  );
}

const layersText = ({ layers }: Network) =>
  layers
    .filter(isMacLayer)
    .map(({ kind, weightShape }) =>
      kind === 'conv2d' ? `conv ${weightShape[3]} @ ${weightShape[0]} x ${weightShape[1]}` : `dense ${weightShape[1]}`,
    )
    .join(', ');

function claimsSection({ own }: Replication): string {
  return [
    '## What the paper claims',
    'Averages over its four networks; how they were averaged is not said. R is the energy-per-bit ratio over the FPS/W ' +
      'ratio: a factor in the power or the speed of a design cancels in it, so it depends only on how latencies differ from ' +
      'network to network and on what a bit is.',
    markdownTable(published(own.designs), [
      { title: 'SONIC against', value: ({ title }) => title },
      { title: 'FPS/W', align: 'right', value: ({ published: p }) => `${p!.fpsPerWatt} x` },
      { title: 'energy per bit', align: 'right', value: ({ published: p }) => `${p!.energyPerBit} x` },
      { title: 'R', align: 'right', value: ({ published: p }) => number3(p!.scaleFree) },
    ]),
    'Tesla P100 and Xeon 9282 are in its figures only. No absolute power, FPS/W or energy per bit is printed for any design.',
  ].join('\n\n');
}

function summaryLine(design: ComparedDesign): string {
  const { ratios, published: p, title } = design;
  return (
    `- **${title}**: ${number3(ratios.fpsPerWatt)} x in FPS/W (published ${p!.fpsPerWatt}: ours is ${offBy(ratios.fpsPerWatt, p!.fpsPerWatt)}); ` +
    `${number3(ratios.energyPerBit.denseMac)} x in energy per dense MAC bit (published ${p!.energyPerBit})`
  );
}

/** The paper's one statement on power: SONIC draws more than the sparse electronic designs. */
function powerLine({ sonic: ours, designs }: Comparison): string {
  const power_W = (reports: readonly AcceleratorReport[]) => mean(reports.map(({ power_W }) => power_W));
  const electronic = designs.filter(({ id, variant }) => (id === 'nullhop' || id === 'rsnn') && variant === null);
  const holds = electronic.every(({ reports }) => power_W(ours.reports) > power_W(reports));
  return (
    `Mean power: SONIC ${number3(power_W(ours.reports))} W, ${electronic.map(({ title, reports }) => `${title} ${number3(power_W(reports))} W`).join(', ')}. ` +
    `That SONIC draws more than both, as the paper's text says, ${holds ? 'comes out here too' : 'does not come out here'}.`
  );
}

function resultsSection(title: string, comparison: Comparison): string {
  const within = published(comparison.designs).filter(({ ratios, published: p }) => {
    const factor = ratios.fpsPerWatt / p!.fpsPerWatt;
    return factor < 2 && factor > 0.5;
  });
  return [
    `## ${title}`,
    published(comparison.designs).map(summaryLine).join('\n'),
    within.length > 0
      ? `Within a factor of two of the published FPS/W ratio: ${within.map((design) => design.title).join(', ')}.`
      : 'None is within a factor of two of the published FPS/W ratio.',
    powerLine(comparison),
    ratioTable(comparison.designs, markdownTable),
    networkTable(comparison, markdownTable),
  ].join('\n\n');
}

function powerSection({ studies, own }: Replication): string {
  const at = own.networks.indexOf('CIFAR-10');
  const study = studies[at]!;
  const cost = study.costs.static;
  const per = study.costs.perConversion;
  const devices = DEVICES.filter((device) => cost.devices[device] > 0).sort(
    (a, b) => cost.devices[b] - cost.devices[a],
  );
  const allOn_W = convertersPower_W(study.hardware) + cost.trimPower_W;
  const factors = published(own.designs).map(({ ratios, published: p }) => ratios.fpsPerWatt / p!.fpsPerWatt);
  return [
    "## SONIC's own figures",
    `By table 2, CIFAR-10 takes ${formatSi(cost.latency_s, 's')} and ${formatSi(cost.energy_J, 'J')} an image: ` +
      `${number3(cost.power_W)} W, ${number3(cost.framesPerSecondPerWatt)} FPS/W with static converters; ` +
      `${number3(per.power_W)} W, ${number3(per.framesPerSecondPerWatt)} FPS/W if converters are charged per conversion. ` +
      `If no converter or detector of any unit were ever off, they and the trimming alone would draw ${number3(allOn_W)} W.`,
    markdownTable(devices, [
      { title: 'device, CIFAR-10', value: (device) => DEVICE_TITLES[device] },
      { title: 'static', align: 'right', value: (device) => formatSi(cost.devices[device], 'J') },
      { title: 'share', align: 'right', value: (device) => formatShare(cost.devices[device] / cost.energy_J, 1) },
      { title: 'per conversion', align: 'right', value: (device) => formatSi(per.devices[device], 'J') },
      { title: 'share', align: 'right', value: (device) => formatShare(per.devices[device] / per.energy_J, 1) },
    ]),
    `The time follows from one 14 ns conversion a partial sum: ${number3(study.layers.reduce((sum, layer) => sum + layer.partialSums, 0) * 14e-9 * 1e3)} ms of ADC time over ` +
      `${study.hardware.vdu.conv.units} + ${study.hardware.vdu.fc.units} units. The power follows from 40 mW DACs, one an activation slot. ` +
      `With each design's own devices our FPS/W ratios are ${number3(Math.min(...factors))} to ${number3(Math.max(...factors))} times the published ones; ` +
      'a single factor on SONIC cannot mend that, since it would move all of them together.',
  ].join('\n\n');
}

/** The paper's configuration among all of a grid, and among those that draw no more than it. */
function spaceSection({ space }: Replication): string {
  const { paper, points, objectives, axes } = space;
  if (!paper) return "## The configuration\n\nThe paper's (n, m, N, K) is no valid hardware here.";
  const metrics = objectives.filter((metric): metric is CostMetric => metric !== 'accuracy');
  const frugal = points.filter(({ worst }) => worst.power! <= paper.worst.power!);
  const best = (among: readonly ExplorePoint[], metric: CostMetric) => {
    const [point] = paretoPoints(among, [metric]) as [ExplorePoint];
    return `(${['n', 'm', 'N', 'K'].map((name) => point.values[axes.findIndex(({ path }) => path === AXIS_NAMES[name])]).join(', ')}): ${metricText(metric, point.metrics[metric])}`;
  };
  return [
    '## The configuration',
    `The paper found (n, m, N, K) = (5, 50, 50, 10) best, under a criterion and constraints that it does not print. Of ${formatCount(points.length)} ` +
      `configurations (\`sonic explore\`), ${formatCount(frugal.length)} draw no more power than it on their worst network; metrics are geometric means over the four networks.`,
    markdownTable(metrics, [
      { title: 'metric', value: (metric) => METRICS[metric].title },
      { title: "the paper's", align: 'right', value: (metric) => metricText(metric, paper.metrics[metric]) },
      { title: 'place', align: 'right', value: (metric) => `${rankOf(paper, points, metric)} of ${points.length}` },
      { title: 'best', value: (metric) => best(points, metric) },
      {
        title: 'place at its power',
        align: 'right',
        value: (metric) => `${rankOf(paper, frugal, metric)} of ${frugal.length}`,
      },
      { title: 'best at its power', value: (metric) => best(frugal, metric) },
    ]),
    'Metrics pull apart: FPS/W is nearly flat around the optimum of n, and more units buy speed for power at the same FPS/W. What limits ' +
      'wide units in practice is not in this search: crosstalk, noise and the dynamic range of the partial sums (`sonic explore --accuracy`).',
  ].join('\n\n');
}

/** The one choice that brings a ratio nearest to the published one. */
function nearestRow(sensitivity: Sensitivity, target: number): SensitivityRow {
  const distance = ({ ratios }: SensitivityRow) => Math.abs(Math.log(ratios.fpsPerWatt / target));
  return [...sensitivity.rows].sort((a, b) => distance(a) - distance(b))[0]!;
}

function sensitivitySection(replication: Replication): string {
  const { own, ownSensitivities, sonicSensitivities } = replication;
  const describe = ({ of, choice, label, ratios }: SensitivityRow) =>
    `${of === 'both' ? '' : `${of}'s `}${choice}: ${label} (${number3(ratios.fpsPerWatt)} x)`;
  const rangeOf = ({ id }: ComparedDesign): [number, number] => {
    const values = ownSensitivities
      .find((sensitivity) => sensitivity.id === id)!
      .rows.map((row) => row.ratios.fpsPerWatt);
    return [Math.min(...values), Math.max(...values)];
  };
  const spanned = published(own.designs).filter((design) => {
    const [low, high] = rangeOf(design);
    return low <= design.published!.fpsPerWatt && design.published!.fpsPerWatt <= high;
  });
  const lines = published(own.designs).map((design) => {
    const sensitivity = ownSensitivities.find(({ id }) => id === design.id)!;
    const [most] = sensitivity.rows as [SensitivityRow];
    const best = nearestRow(sensitivity, design.published!.fpsPerWatt);
    const [low, high] = rangeOf(design);
    return (
      `- **${design.title}**: ${number3(design.ratios.fpsPerWatt)} x, from ${number3(low)} to ${number3(high)} x ` +
      `with one change; published ${design.published!.fpsPerWatt}. ${low === high ? 'None of them moves it' : `Moved most by ${describe(most)}`}. ` +
      `Nearest to the published ratio with one change: ${describe(best)}.`
    );
  });
  return [
    '## What the undefined choices do',
    'Every choice that the papers leave open, changed one at a time, everything else as it is. The factor is that of the ' +
      'FPS/W ratio. None of these was used to fit anything.',
    lines.join('\n'),
    `The range spans the published ratio for ${spanned.length > 0 ? spanned.map(({ title }) => title).join(', ') : 'none'}. Ranges are wide: ` +
      'that a default agrees with a published ratio says little, and that it disagrees no more.',
    "### With each paper's own devices",
    sensitivityTable(ownSensitivities, 8, markdownTable),
    "### With SONIC's table 2 for all photonic designs",
    sensitivityTable(sonicSensitivities, 4, markdownTable),
  ].join('\n\n');
}

function searchSection({ search: { table, analysis } }: Replication): string {
  return [
    '## All choices together',
    `One choice at a time is not all that is open. \`sonic compare --search\` computes all ${formatCount(table.combinations)} combinations of ${CHOICE_NAMES.length} choices; the first value of each is what the other tables have.`,
    ...searchSections(table, analysis, markdownTable),
  ].join('\n\n');
}

function whySection(): string {
  return [
    '## Why they differ',
    [
      "- **Absolute figures cannot be checked**: SONIC's paper prints none, so only ratios of two modelled quantities can be compared, and each comparator is itself modelled from partly unpublished constants.",
      "- **SONIC's own table 2** gives tens of watts and, with one 14 ns ADC a unit, about a millisecond for CIFAR-10. Its converters are not what they are called (the 16-bit DAC is cited from a delta-sigma modulator, the 6-bit DAC from an ADC).",
      "- **CrossLight's absolute FPS** does not follow from its own latencies (a gap of about 50 times), so neither do ratios to it; its power does (trimming is more than 90 % of it), and our ratio of opt_TED to base_TED agrees with the printed one.",
      '- **NullHop** could be the 28 nm core or the FPGA build; the two are two orders of magnitude apart in FPS/W.',
      '- **HolyLight and LightBulb** are reconstructions: number of units, power and the treatment of layers that are not binary are assumptions.',
      '- **The two papers of the same authors disagree** about the same comparators: CrossLight over HolyLight is 15.9 times in FPS/W in one, 4.7 times (13.8 / 2.94) in the other.',
    ].join('\n'),
  ].join('\n\n');
}

function assumptionsSection(): string {
  const blocks = [sonic, ...COMPARATORS].map(
    ({ title, citation, assumptions }) =>
      `### ${title}\n\n${citation}.\n\n${assumptions.map((text: string) => `- ${text}`).join('\n')}`,
  );
  return ['## Assumptions, design by design', ...blocks].join('\n\n');
}

/** The report as Markdown. */
export function renderReplication(replication: Replication): string {
  const { command, version, own, sonic: table2 } = replication;
  return `${[
    '# Replication of the comparisons of SONIC',
    `<!-- output of: ${command} -->`,
    `Written by \`${command}\`, version ${version}; change the models, not this file. Published numbers are data with a citation ` +
      '(`src/cost/accelerators/*/published.json`); no printed result enters a model, and nothing is tuned to fit. (Variants `byPower` ' +
      'size a chip by a power that later tables are remembered to print, and are labelled so.)',
    verdictSection(replication),
    claimsSection(replication),
    networksSection(replication),
    fitsSection(replication),
    sizesSection(replication),
    resultsSection("What comes out, each design with its own paper's devices", own),
    resultsSection("What comes out, SONIC's table 2 for all photonic designs", table2),
    powerSection(replication),
    omissionsSection(replication),
    spaceSection(replication),
    sensitivitySection(replication),
    searchSection(replication),
    trustSection(),
    whySection(),
    assumptionsSection(),
  ].join('\n\n')}\n`;
}
