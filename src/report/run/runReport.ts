/** What `sonic run` prints: hardware, layers, totals. */

import { formatCount, formatDuration, formatRate, formatShare, formatSi } from '../../base/text/units.js';
import { quotient } from '../../cost/quotient.js';
import type { LayerResult, Result } from '../../experiments/result/types.js';
import { quotedValueText, valueAtPath } from '../../hardware/descriptionFiles.js';
import { hardwareFields } from '../../hardware/descriptionPaths.js';
import { hardwareLines } from '../hardware/hardwareLines.js';
import { calibrationLine, calibrationText, classBlock, staticText } from '../kit/dataText.js';
import { type Column, renderTable } from '../kit/table.js';

function shapeText({ kernel, inputShape, outputShape }: LayerResult): string {
  const shapes = `${inputShape.join('x')} -> ${outputShape.join('x')}`;
  return kernel ? `${shapes}, ${kernel.join('x')}` : shapes;
}

/** One line a layer: what it is, how sparse, what the hardware did, what that costs. */
export const LAYER_COLUMNS: readonly Column<LayerResult>[] = [
  { title: 'layer', value: (layer) => layer.name },
  { title: 'kind', value: (layer) => (layer.kind === 'conv2d' ? 'CONV' : 'FC') },
  { title: 'shape', value: shapeText },
  { title: 'MACs', align: 'right', value: (layer) => formatSi(layer.macs, '') },
  { title: 'zero weights', align: 'right', value: (layer) => formatShare(layer.weightSparsity, 1) },
  { title: 'zero activ.', align: 'right', value: (layer) => formatShare(layer.activationSparsity, 1) },
  { title: 'chunk rows', align: 'right', value: (layer) => formatCount(layer.chunkRows) },
  { title: 'partial sums', align: 'right', value: (layer) => formatCount(layer.partialSums) },
  { title: 'ADC clips', align: 'right', value: (layer) => formatCount(layer.clippedConversions) },
  {
    title: 'SNR',
    align: 'right',
    value: ({ snr_dB }) => (typeof snr_dB !== 'number' ? '-' : `${snr_dB.toFixed(1)} dB`),
  },
  { title: 'latency', align: 'right', value: (layer) => formatSi(layer.latency_s, 's') },
  { title: 'energy', align: 'right', value: (layer) => formatSi(layer.energy_J, 'J') },
];

const FIDELITY_COLUMN: Column<LayerResult> = { title: 'fidelity', value: (layer) => layer.fidelity };

/** A drive of a layer's light, of both rails in a dense layer: '0.137', '0.18 +, 0.21 -'. */
function pointText(point: LayerResult['lightPoint']): string {
  if (typeof point === 'number') return point.toPrecision(3);
  return point ? `${point[0].toPrecision(3)} +, ${point[1].toPrecision(3)} -` : '-';
}

/** What the compiler and the calibration chose for a layer. */
export const SCALE_COLUMNS: readonly Column<LayerResult>[] = [
  { title: 'layer', value: (layer) => layer.name },
  { title: 'weight levels', value: (layer) => layer.weightLevels },
  { title: 'fidelity', value: (layer) => layer.fidelity },
  { title: 'peak / range', align: 'right', value: ({ lumpedValidity: v }) => v.peakOverRange.toPrecision(3) },
  { title: 'step / dark noise', align: 'right', value: ({ lumpedValidity: v }) => v.stepOverDarkNoise.toPrecision(3) },
  { title: 'passes', align: 'right', value: (layer) => String(layer.passes) },
  {
    title: 'activation scale',
    align: 'right',
    value: ({ activationScale }) => activationScale?.toPrecision(5) ?? "each image's largest",
  },
  { title: 'ADC range', align: 'right', value: (layer) => layer.adcRange.toPrecision(5) },
  { title: 'operating point', align: 'right', value: ({ operatingPoint }) => pointText(operatingPoint) },
  { title: 'light point', align: 'right', value: ({ lightPoint }) => pointText(lightPoint) },
  { title: 'clipped activ.', align: 'right', value: (layer) => formatCount(layer.clippedActivations) },
];

function headerLines(result: Result): string[] {
  const { network, dataset, hardware, run } = result;
  const calibration = run.calibration ? [`calibrated on the ${calibrationText(run.calibration)}`] : [];
  return [
    `network    ${network.name}, ${formatCount(network.parameters)} parameters, hash ${network.hash.slice(0, 16)}`,
    `data       ${dataset.name} ${dataset.split}, ${formatCount(dataset.images)} images, hash ${dataset.hash.slice(0, 16)}`,
    ...classBlock(dataset, 11),
    ...(run.fidelity === 'digital'
      ? []
      : [
          ...hardwareLines(hardware),
          `           hash ${result.hardwareHash.slice(0, 16)}, chip seed ${run.chipSeed}, run seed ${run.runSeed}`,
          ...(run.static ? [`           static errors given, not drawn: ${staticText(run.static)}`] : []),
        ]),
    `run        ${[`fidelity ${run.fidelity}`, ...(run.fidelity === 'digital' ? [] : [`backend ${run.backend}`]), ...calibration].join(', ')}`,
    ...(run.adapter ? [`           on ${run.adapter}`] : []),
  ];
}

function totalLines({ accuracy, chips, cost, run }: Result): string[] {
  const lines = [`accuracy digital (float32)   ${formatShare(accuracy.digital)}`];
  if (accuracy.emulated !== null && accuracy.interval95 && accuracy.changed !== null) {
    const [low, high] = accuracy.interval95;
    lines.push(
      `accuracy emulated            ${formatShare(accuracy.emulated)}   95 % interval ${formatShare(low)} to ${formatShare(high)}`,
      `images that changed class    ${formatCount(accuracy.changed)} of ${formatCount(accuracy.images)}`,
    );
  }
  if (chips) {
    const { mean, standardDeviation, minimum, maximum, interval95, emulated } = chips;
    lines.push(
      `accuracy over ${`${emulated.length} chips`.padEnd(15)}${formatShare(mean)}   95 % interval ${interval95!.map((share) => formatShare(share)).join(' to ')}`,
      `chip to chip                 ${formatShare(standardDeviation)} standard deviation, ${formatShare(minimum)} to ${formatShare(maximum)}`,
    );
  }
  if (cost) {
    lines.push(
      `latency                      ${formatSi(cost.latency_s, 's')} an image, ${formatRate(cost.framesPerSecond, 'FPS', 4)}`,
      `power                        ${formatSi(cost.power_W, 'W')}, ${formatSi(cost.energy_J, 'J')} an image`,
      `efficiency                   ${formatRate(cost.framesPerSecondPerWatt, 'FPS/W', 4)}`,
    );
  }
  lines.push(
    `wall time                    ${formatDuration(run.wallTime_s)}, ${run.imagesPerSecond.toFixed(1)} images/s on ${run.threads} ${run.threads === 1 ? 'thread' : 'threads'}`,
  );
  return lines;
}

/** Everything else that `--verbose` prints: the hardware field by field, each layer's scales, energy by device. */
function verboseBlocks({ hardware, layers, cost, run }: Result): string[] {
  const fields = hardwareFields().map(({ path }) => ({ path, value: quotedValueText(valueAtPath(hardware, path)) }));
  const blocks = [
    renderTable(fields, {
      columns: [
        { title: 'hardware', value: (f) => f.path },
        { title: 'value', value: (f) => f.value },
      ],
    }),
  ];
  if (run.calibration) blocks.push(calibrationLine(run.calibration));
  if (layers.length > 0) blocks.push(renderTable(layers, { columns: SCALE_COLUMNS }));
  if (cost) {
    const devices = Object.entries(cost.devices);
    blocks.push(
      renderTable(devices, {
        columns: [
          { title: 'device', value: ([name]) => name },
          { title: 'energy an image', align: 'right', value: ([, energy_J]) => formatSi(energy_J, 'J') },
          {
            title: 'share',
            align: 'right',
            value: ([, energy_J]) => formatShare(quotient(energy_J, cost.energy_J), 1),
          },
        ],
      }),
    );
  }
  return blocks;
}

/** The report of one run, several lines without the last line break. */
export function renderRun(result: Result, { verbose = false } = {}): string {
  const blocks = [headerLines(result).join('\n')];
  if (verbose) blocks.push(...verboseBlocks(result));
  if (result.warnings.length > 0) blocks.push(result.warnings.map((warning) => `warning: ${warning}`).join('\n'));
  if (result.layers.length > 0) {
    const columns = result.run.fidelity === 'exact' ? LAYER_COLUMNS : [...LAYER_COLUMNS, FIDELITY_COLUMN];
    blocks.push(renderTable(result.layers, { columns }));
  }
  blocks.push(totalLines(result).join('\n'));
  return blocks.join('\n\n');
}
