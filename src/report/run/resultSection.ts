/** Results of `sonic run` as sections of a report. */

import { formatCount, formatDuration, formatShare, formatSi } from '../../base/text/units.js';
import { quotient } from '../../cost/quotient.js';
import type { Result } from '../../experiments/result/types.js';
import { hardwareHash } from '../../hardware/descriptionFiles.js';
import { DEVICE_TITLES } from '../cost/costTables.js';
import { calibrationText, classLines, staticText } from '../kit/dataText.js';
import { figureHtml } from '../kit/html/figureHtml.js';
import { code, details, facts, htmlTable, warningBox } from '../kit/html/html.js';
import { hardwareHtml, settingsTable } from '../kit/html/settings.js';
import type { ReportFigure } from '../kit/reportFigure.js';
import type { DrawnSection } from '../sweep/sweepSection.js';
import { runCommandOf } from './runCommand.js';
import { comparisonFigures, type NamedResult, runFigures } from './runFigures.js';
import { LAYER_COLUMNS, SCALE_COLUMNS } from './runTables.js';

const span = ([low, high]: readonly [number, number]) => `${formatShare(low)} to ${formatShare(high)}`;

function factsOf({ accuracy, chips, cost }: Result): [string, string][] {
  const { emulated, interval95, changed, images, digital } = accuracy;
  return [
    ['accuracy, digital', formatShare(digital)],
    ...((emulated === null ? [] : [['accuracy, emulated', formatShare(emulated)]]) as [string, string][]),
    ...((interval95 === null ? [] : [['95 % interval', span(interval95)]]) as [string, string][]),
    ...((changed === null
      ? [['images', formatCount(images)]]
      : [['images that changed class', `${formatCount(changed)} of ${formatCount(images)}`]]) as [string, string][]),
    ...((chips === null
      ? []
      : [
          [`mean of ${chips.emulated.length} chips`, formatShare(chips.mean)],
          ['standard deviation, chip to chip', formatShare(chips.standardDeviation)],
          ...(chips.interval95 ? [['95 % interval of the mean', span(chips.interval95)]] : []),
        ]) as [string, string][]),
    ...((cost === null
      ? []
      : [
          ['latency', formatSi(cost.latency_s, 's')],
          ['frames per second', formatSi(cost.framesPerSecond, 'FPS', 4)],
          ['energy an image', formatSi(cost.energy_J, 'J')],
          ['power', formatSi(cost.power_W, 'W')],
          ['efficiency', formatSi(cost.framesPerSecondPerWatt, 'FPS/W', 4)],
        ]) as [string, string][]),
  ];
}

function settingsOf({ network, dataset, hardware, hardwareHash: hash, run }: Result): [string, string][] {
  return [
    ['network', `${network.name}, ${formatCount(network.parameters)} parameters, SHA-256 ${network.hash}`],
    ['data', `${dataset.name} ${dataset.split}, ${formatCount(dataset.images)} images, SHA-256 ${dataset.hash}`],
    ...classLines(dataset).map((line, i): [string, string] => [i === 0 ? 'classes' : '', line]),
    ['calibration', run.calibration ? calibrationText(run.calibration) : 'none'],
    ['hardware', `${hardware.name}, SHA-256 ${hash}`],
    ['fidelity', run.fidelity],
    ['backend', run.adapter ? `${run.backend} on ${run.adapter}` : run.backend],
    ['run seed', String(run.runSeed)],
    ['chip seed', String(run.chipSeed)],
    ...(run.static ? [['static errors given', staticText(run.static)] as [string, string]] : []),
    ['threads, batch', `${run.threads}, ${run.batch}`],
    ['wall time', formatDuration(run.wallTime_s)],
    ...Object.entries(run.versions).map(([what, version]): [string, string] => [`version of ${what}`, version]),
  ];
}

function deviceTable({ cost }: Result): string {
  if (!cost) return '';
  const used = Object.entries(DEVICE_TITLES).filter(
    ([device]) => cost.devices[device as keyof typeof DEVICE_TITLES] > 0,
  );
  const energyOf = (device: string) => cost.devices[device as keyof typeof DEVICE_TITLES];
  return `<h3>Energy by device</h3>${htmlTable(used, [
    { title: 'device', value: ([, title]) => title },
    { title: 'energy an image', align: 'right', value: ([device]) => formatSi(energyOf(device), 'J') },
    { title: 'share', align: 'right', value: ([device]) => formatShare(quotient(energyOf(device), cost.energy_J), 1) },
  ])}`;
}

/** Whether the description in the file is the one that its hash was taken of. */
function hashWarning({ hardware, hardwareHash: hash }: Result): string[] {
  return hardwareHash(hardware) === hash
    ? []
    : [
        'the hash of the hardware in the file is not that of its description here: it was written by another version, or edited',
      ];
}

/** @param drawCommand command that draws a figure from the result's file. */
export async function resultSection(
  { label, result }: NamedResult,
  id: string,
  drawCommand: (figure: ReportFigure) => string,
): Promise<DrawnSection> {
  const runCommand = await runCommandOf(result);
  const drawn = runFigures(result, id);
  const figures: string[] = [];
  for (const figure of drawn) figures.push(await figureHtml(figure, `${runCommand}\n${drawCommand(figure)}`));
  const layers = result.layers;
  const body = [
    warningBox([...result.warnings, ...hashWarning(result)]),
    facts(factsOf(result)),
    ...(figures.length > 0 ? ['<h3>Figures</h3>', ...figures] : []),
    ...(layers.length > 0
      ? [
          '<h3>Layers</h3>',
          htmlTable(layers, LAYER_COLUMNS, { caption: 'Counts, latency and energy are means per image' }),
          details('Scales and ranges of the layers', htmlTable(layers, SCALE_COLUMNS)),
        ]
      : []),
    deviceTable(result),
    '<h3>Settings</h3>',
    settingsTable(settingsOf(result)),
    result.run.fidelity === 'digital' ? '' : hardwareHtml(result.hardware),
    '<h3>How to compute it again</h3>',
    '<p>As far as the result tells: where checkpoint and data of your own lie is not in it.</p>',
    code(runCommand),
  ];
  return { section: { id, title: label, body: body.join('\n') }, figures: drawn };
}

/** Several results side by side. */
export async function comparisonSection(
  results: readonly NamedResult[],
  drawCommand: (figure: ReportFigure) => string,
): Promise<DrawnSection> {
  const drawn = comparisonFigures(results);
  const figures: string[] = [];
  for (const figure of drawn) figures.push(await figureHtml(figure, drawCommand(figure)));
  const table = htmlTable(results, [
    { title: 'result', value: ({ label }) => label },
    { title: 'network', value: ({ result }) => result.network.name },
    { title: 'data', value: ({ result }) => `${result.dataset.name} ${result.dataset.split}` },
    { title: 'hardware', value: ({ result }) => result.hardware.name },
    { title: 'images', align: 'right', value: ({ result }) => formatCount(result.accuracy.images) },
    { title: 'digital', align: 'right', value: ({ result }) => formatShare(result.accuracy.digital) },
    {
      title: 'emulated',
      align: 'right',
      value: ({ result: { accuracy } }) => (accuracy.emulated === null ? '–' : formatShare(accuracy.emulated)),
    },
    {
      title: '95 % interval',
      align: 'right',
      value: ({ result: { accuracy } }) => (accuracy.interval95 ? span(accuracy.interval95) : '–'),
    },
    {
      title: 'energy',
      align: 'right',
      value: ({ result: { cost } }) => (cost ? formatSi(cost.energy_J, 'J') : '–'),
    },
    {
      title: 'latency',
      align: 'right',
      value: ({ result: { cost } }) => (cost ? formatSi(cost.latency_s, 's') : '–'),
    },
  ]);
  return {
    section: { id: 'results', title: 'Results side by side', body: `${table}\n${figures.join('\n')}` },
    figures: drawn,
  };
}
