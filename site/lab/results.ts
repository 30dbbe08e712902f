/** What came out of a run: the figures and tables of `sonic run`, confusion, and images that changed class. */
import { formatCount, formatRate, formatShare, formatSi } from '#sonic/base/text/units.js';
import { type CostReport, costOfActivity } from '#sonic/cost/costReport.js';
import { activityOf } from '#sonic/emulation/emulator/countActivity.js';
import type { LayerRun } from '#sonic/emulation/kernels/batchLayer.js';
import { type Accuracy, accuracyOf, predictedClasses } from '#sonic/experiments/result/accuracy.js';
import type { LayerResult } from '#sonic/experiments/result/types.js';
import { layerResults } from '#sonic/experiments/run/layerResults.js';
import { countParameters } from '#sonic/networks/parameters.js';
import { DEVICE_COLUMNS, deviceShares, LAYER_COLUMNS } from '#sonic/report/run/runTables.js';
import { type Images, imageOf } from './data.js';
import { element, made, reportTable, setText, tableOf } from './dom.js';
import type { PageBackend } from './messages.js';
import { type Work, wholeOf } from './work.js';

export interface Report {
  readonly accuracy: Accuracy;
  readonly backend: PageBackend;
  /** [images, classes]. */
  readonly digital: Float32Array;
  readonly emulated: Float32Array;
  readonly cost: CostReport;
  readonly layers: readonly LayerResult[];
}

/** Of all images up to the first batch that is missing; null before there is one. */
export function reportOf(work: Work): Report | null {
  const { network, program, data, backend } = work;
  const replies = wholeOf(work);
  if (replies.length === 0) return null;
  const joined = (part: 'digital' | 'emulated') => Float32Array.from(replies.flatMap((reply) => [...reply[part]]));
  const runs: LayerRun[][] = replies.flatMap((reply) => reply.runs);
  const [digital, emulated] = [joined('digital'), joined('emulated')];
  const accuracy = accuracyOf(digital, emulated, data.labels.subarray(0, runs.length));
  const activity = activityOf(program, runs);
  const cost = costOfActivity(activity, program, { parameters: countParameters(network), network });
  const fidelities = program.layers.map(() => 'exact' as const);
  const layers = layerResults({ program, fidelities }, activity, cost, false);
  return { accuracy, backend, digital, emulated, cost, layers };
}

const FIGURES = ['computed-on', 'digital', 'emulated', 'changed', 'latency', 'energy', 'efficiency', 'warnings'];
const TABLES = ['layers', 'devices', 'confusion', 'changes'];

/** Makes the place of the tables of a run that has been asked for. */
export const awaitTables = (): void => element('tables').classList.add('awaited');

export function clearResults(): void {
  // The place stays: somebody may be at a control below it.
  const tables = element('tables');
  if (tables.classList.contains('awaited')) tables.style.minHeight = `${tables.offsetHeight}px`;
  for (const id of FIGURES) setText(id, '');
  for (const id of TABLES) element(id).replaceChildren();
}

export function showFigures({ accuracy, cost }: Report): void {
  setText('digital', formatShare(accuracy.digital));
  const interval = accuracy.interval95!.map((share) => formatShare(share)).join(' to ');
  setText('emulated', `${formatShare(accuracy.emulated!)}, 95 % interval ${interval}`);
  setText('changed', `${accuracy.changed} of ${accuracy.images}`);
  setText('latency', `${formatSi(cost.latency_s, 's')} an image, ${formatRate(cost.framesPerSecond, 'FPS', 4)}`);
  setText('energy', `${formatSi(cost.energy_J, 'J')} an image, ${formatSi(cost.power_W, 'W')}`);
  setText('efficiency', formatRate(cost.framesPerSecondPerWatt, 'FPS/W', 4));
}

const MOST_CLASSES = 20;

function confusionOf({ emulated, accuracy }: Report, { labels, classes, classNames }: Images): Node {
  const outputs = emulated.length / accuracy.images;
  if (Math.max(classes, outputs) > MOST_CLASSES)
    return made('p', `No confusion matrix of more than ${MOST_CLASSES} classes.`);
  const name = (c: number) => classNames?.[c] ?? String(c);
  const predicted = predictedClasses(emulated, accuracy.images);
  const counts = Array.from({ length: classes }, () => new Array<number>(outputs).fill(0));
  for (let i = 0; i < accuracy.images; i++) counts[labels[i]!]![predicted[i]!]!++;
  const box = tableOf(
    'Confusion: label by row, emulated class by column',
    ['', ...Array.from({ length: outputs }, (_, c) => name(c))],
    counts.map((row, c) => [name(c), ...row.map((count) => (count === 0 ? '' : formatCount(count)))]),
  );
  for (const [c, row] of [...box.querySelectorAll('tbody tr')].entries()) {
    for (const [p, cell] of [...row.querySelectorAll('td')].entries())
      if (counts[c]![p]! > 0) cell.className = c === p ? 'right' : 'wrong';
  }
  return box;
}

/** A data set's image, twice its size. */
function thumbnail(data: Images, i: number): HTMLCanvasElement {
  const [rows, columns, channels] = data.shape;
  const canvas = made('canvas');
  [canvas.width, canvas.height] = [columns, rows];
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', `image ${i}`);
  canvas.className = 'thumbnail';
  const bytes = imageOf(data, i);
  const pixels = new ImageData(columns, rows);
  for (let p = 0; p < rows * columns; p++) {
    for (let c = 0; c < 3; c++) pixels.data[4 * p + c] = bytes[p * channels + Math.min(c, channels - 1)]!;
    pixels.data[4 * p + 3] = 255;
  }
  canvas.getContext('2d')!.putImageData(pixels, 0, 0);
  return canvas;
}

const MOST_CHANGES = 30;
const numbers = (logits: Float32Array) => [...logits].map((value) => value.toPrecision(3)).join('  ');

function changesOf({ digital, emulated, accuracy }: Report, data: Images): Node {
  const { images } = accuracy;
  const [before, after] = [predictedClasses(digital, images), predictedClasses(emulated, images)];
  const name = (c: number) => data.classNames?.[c] ?? String(c);
  const changed = [...before.keys()].filter((i) => before[i] !== after[i]);
  if (changed.length === 0) return made('p', 'No image changed its class.');
  const classes = emulated.length / images;
  const of = (logits: Float32Array, i: number) => logits.subarray(i * classes, (i + 1) * classes);
  const rows = changed.slice(0, MOST_CHANGES).map((i) => {
    const logits = made('span', numbers(of(digital, i)), made('br'), numbers(of(emulated, i)));
    logits.className = 'numbers';
    return [String(i), thumbnail(data, i), name(data.labels[i]!), name(before[i]!), name(after[i]!), logits];
  });
  const more = changed.length > MOST_CHANGES ? `, the first ${MOST_CHANGES} of ${changed.length}` : '';
  const titles = ['image', '', 'label', 'digital', 'emulated', 'logits: digital above emulated'];
  return tableOf(`Images that changed class${more}`, titles, rows);
}

/** All tables, once a run ends or is stopped. */
export function showTables(report: Report, { program, data }: Work): void {
  element('tables').style.minHeight = '';
  setText('warnings', program.warnings.join('\n'));
  element('layers').replaceChildren(reportTable('By layer, means an image', LAYER_COLUMNS, report.layers));
  element('devices').replaceChildren(reportTable('Energy by device', DEVICE_COLUMNS, deviceShares(report.cost)));
  element('confusion').replaceChildren(confusionOf(report, data));
  element('changes').replaceChildren(changesOf(report, data));
}
