/** docs/networks.md from the results of its runs. */
import { ATTRIBUTIONS, CHIPS, IMAGES, MADE, NETWORKS, RESNET8_STUDY, RUNS } from './cases.mjs';
import { causesInWords, networksInWords, remediesInWords } from './words.mjs';

const percent = (share) => `${(100 * share).toFixed(2)} %`;
const points = (share) => `${share < 0 ? '-' : '+'}${Math.abs(100 * share).toFixed(2)}`;
const between = ([low, high], format) => `${format(low)} to ${format(high)}`;
const argsOf = (id) => RUNS.find((run) => run.id === id).args;

function joules(value) {
  const [unit, scale] = value < 1e-3 ? ['uJ', 1e6] : ['mJ', 1e3];
  return `${(value * scale).toPrecision(3)} ${unit}`;
}

const seconds = (value) => (value < 1e-3 ? `${(value * 1e6).toPrecision(3)} us` : `${(value * 1e3).toPrecision(3)} ms`);

function table(head, rows, alignment = head.map((_, i) => (i === 0 ? '---' : '---:'))) {
  return [head, alignment, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Accuracy of a run over chips: mean, and its 95 % interval. */
const overChips = ({ chips }) => `${percent(chips.mean)} (${between(chips.interval95, percent)})`;

function networkRow({ id, title, known }, results) {
  const [digital, ideal, sonic] = ['digital', 'ideal', 'sonic'].map((kind) => results.get(`${id}-${kind}`));
  const { cost } = sonic;
  return [
    title,
    sonic.network.parameters.toLocaleString('en-US'),
    `${known.toFixed(2)} %`,
    percent(digital.accuracy.digital),
    percent(sonic.accuracy.digital),
    percent(ideal.accuracy.emulated),
    overChips(sonic),
    points(sonic.chips.mean - sonic.accuracy.digital),
    joules(cost.energy_J),
    seconds(cost.latency_s),
    cost.framesPerSecondPerWatt.toPrecision(4),
  ];
}

const HEAD = [
  ...['network', 'parameters', 'known', 'digital, 10,000 images', 'digital, 2,000', '`sonic-ideal`'],
  ...['`sonic`, mean of 4 chips', 'change, points', 'energy an image', 'latency', 'FPS/W'],
];

/** Effects by what each costs alone, the worst first. */
function attributionRows(attributions) {
  const effects = attributions.flatMap(({ effects }) => effects).filter(({ alone, without }) => alone && without);
  const change = ({ difference, interval95 }) => `${points(difference)} (${between(interval95, points)})`;
  return effects
    .sort((a, b) => a.alone.change.difference - b.alone.change.difference)
    .map(({ effect, alone, without }) => [effect, change(alone.change), change(without.change)]);
}

/** Effective bits of each layer's output, by what is on. */
function layerRows(attributions) {
  const [first] = attributions;
  const bitsOf = ({ layers }) => layers.map(({ effectiveBits }) => effectiveBits.toFixed(1));
  const alone = attributions.flatMap(({ effects }) => effects).map(({ effect, alone }) => [effect, bitsOf(alone)]);
  const columns = [...alone, ['all effects', bitsOf(first.all)]];
  return {
    head: ['layer', ...columns.map(([name]) => name)],
    rows: first.all.layers.map(({ name }, i) => [name, ...columns.map(([, bits]) => bits[i])]),
  };
}

function studyRows(results) {
  const row = (what, result) => [
    what,
    percent(result.accuracy.digital),
    overChips(result),
    between([result.chips.minimum, result.chips.maximum], percent),
    joules(result.cost.energy_J),
  ];
  return [
    row('as it is', results.get('resnet8-sonic')),
    ...RESNET8_STUDY.map(({ id, what }) => row(what, results.get(`resnet8-${id}`))),
  ];
}

const commands = (shown, list) => list.map((args) => `    ${shown(args)}`).join('\n');

/** What the emulation ran on, by the backends that the results name. */
function machineOf(results) {
  const runs = RUNS.filter(({ emulated }) => emulated).map(({ id }) => ({ id, run: results.get(id).run }));
  const others = runs
    .filter(({ run }) => run && run.backend !== 'webgpu')
    .map(({ id, run }) => `${id} (${run.backend})`);
  const gpu = runs.find(({ run }) => run?.backend === 'webgpu')?.run;
  if (!gpu) return `Emulated with backend \`${runs[0].run.backend}\`.`;
  return `Emulated with backend \`webgpu\` (${gpu.adapter})${others.length > 0 ? `, but for ${others.join(', ')}` : ''}.`;
}

/**
 * @param results JSON of each run, by its id.
 * @param shown the command of a run's arguments, as a reader would give it.
 */
export function networksPage(results, shown) {
  const attributions = ATTRIBUTIONS.map((id) => results.get(id));
  const layers = layerRows(attributions);
  return `# Networks trained elsewhere

<!-- output of: node scripts/networks.mjs --checkpoints checkpoints --cifar10 cifar-10-binary.tar.gz --backend webgpu --out docs/networks.md | not rerun: the checkpoints are not ours to bundle -->

Six checkpoints as others published them, run as they are, without training or clustering here. *Known* is the accuracy over all
10,000 test images that their authors publish or that the framework they come from computes; *digital* is this program's float32;
\`sonic-ideal\` has quantisation alone, \`sonic\` every effect: mean of ${CHIPS} chips on the first ${IMAGES.toLocaleString('en-US')} test images, with the 95 % interval over
chips. Energy, latency and frames per second and watt are of one image on preset \`sonic\`. ${machineOf(results)}

${table(
  HEAD,
  NETWORKS.map((network) => networkRow(network, results)),
)}

The commands, \`--hardware sonic-ideal\` and \`--fidelity digital\` aside:

${commands(
  shown,
  NETWORKS.map(({ id }) => argsOf(`${id}-sonic`)),
)}

${networksInWords(results)}

## Where ResNet-8 loses

What each effect costs alone, against the machine without any, and what leaving it out of all gives back: points of accuracy on
the same ${IMAGES.toLocaleString('en-US')} images and ${CHIPS} chips, with 95 % intervals.

${table(['effect', 'alone', 'left out of all'], attributionRows(attributions))}

Effective bits of each layer's output: its RMS error on the digital network's inputs, with the largest output as full scale.

${table(layers.head, layers.rows)}

    ${shown(argsOf(ATTRIBUTIONS[0]).filter((arg, i, all) => arg !== '--effects' && all[i - 1] !== '--effects'))}

${causesInWords(results)}

## What wins it back

${table(['', 'digital', '`sonic`, mean of 4 chips', 'lowest to highest', 'energy an image'], studyRows(results))}

${commands(shown, [...MADE.map(({ args }) => args), ...RESNET8_STUDY.map(({ id }) => argsOf(`resnet8-${id}`))])}

${remediesInWords(results)}
`;
}
