/** What `sonic run` prints: hardware, layers, totals. */

import { formatCount, formatDuration, formatRate, formatShare, formatSi } from '../../base/text/units.js';
import type { Result } from '../../experiments/result/types.js';
import { quotedValueText, valueAtPath } from '../../hardware/descriptionFiles.js';
import { hardwareFields } from '../../hardware/descriptionPaths.js';
import { hardwareLines } from '../hardware/hardwareLines.js';
import { calibrationLine, calibrationText, classBlock, staticText } from '../kit/dataText.js';
import { renderTable } from '../kit/table.js';
import { DEVICE_COLUMNS, deviceShares, FIDELITY_COLUMN, LAYER_COLUMNS, SCALE_COLUMNS } from './runTables.js';

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
    blocks.push(renderTable(deviceShares(cost), { columns: DEVICE_COLUMNS }));
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
