/** What `sonic sensitivity` prints. */
import { formatChange, formatCount, formatPoints, formatShare, formatSi } from '../../base/text/units.js';
import type { CurvePoint } from '../../experiments/sensitivity/curves.js';
import type { Compared, LayerSensitivity, Measured, Sensitivity } from '../../experiments/sensitivity/sensitivity.js';
import type { TargetFlags } from '../../experiments/sensitivity/targetFlags.js';
import { classBlock } from '../kit/dataText.js';
import { type Column, renderTable } from '../kit/table.js';
import { shellWord } from '../run/runCommand.js';

const percent = (share: number, decimals = 2) => (100 * share).toFixed(decimals);

const measuredText = ({ accuracy, interval95: [low, high] }: Measured) =>
  `${formatShare(accuracy)}   95 % interval ${formatShare(low)} to ${formatShare(high)}`;

/** Accuracy in per cent: with a star where the paired change is more than chance, '=' where nothing changed. */
function cell(point: CurvePoint | undefined): string {
  if (!point) return '';
  if (point.same) return '=';
  const [low, high] = point.change.interval95;
  return `${percent(point.accuracy)}${low > 0 || high < 0 ? '*' : ' '}`;
}

type Curve = 'sparsityCurve' | 'clusterCurve';

function curveTable(
  layers: readonly LayerSensitivity[],
  curve: Curve,
  own: Column<LayerSensitivity>,
  title: (value: number) => string,
  alone: Column<LayerSensitivity>,
): string {
  const columns: Column<LayerSensitivity>[] = [
    { title: 'layer', value: ({ name }) => name },
    { title: 'shape', value: ({ weightShape }) => weightShape.join(' x ') },
    { title: 'weights', align: 'right', value: ({ weights }) => formatCount(weights) },
    { title: 'of MACs', align: 'right', value: ({ macShare }) => formatShare(macShare, 1) },
    { title: 'of energy', align: 'right', value: ({ energyShare }) => formatShare(energyShare, 1) },
    own,
    ...layers[0]![curve].map(({ value }, at) => ({
      title: title(value),
      align: 'right' as const,
      value: (layer: LayerSensitivity) => cell(layer[curve][at]),
    })),
    alone,
  ];
  return renderTable(layers, { columns });
}

const wholePercent = (share: number) => `${Number((100 * share).toPrecision(4))} %`;

function sampleText({ dataset, emulated, chipSeeds }: Sensitivity): string {
  const [first, last] = [chipSeeds[0], chipSeeds.at(-1)];
  const on = !emulated
    ? 'digital (float32)'
    : first === last
      ? `emulated, chip ${first}`
      : `emulated, chips ${first} to ${last}`;
  return `${formatCount(dataset.images)} images of the ${dataset.split} split of ${dataset.name}, ${on}`;
}

/** What both curves' tables say. */
function tables({ layers, proposal }: Sensitivity): string[] {
  const within = `within ${percent(proposal.loss)}`;
  const lines: string[] = [];
  if (layers[0]!.sparsityCurve.length > 0) {
    lines.push(
      '',
      "Accuracy in per cent with this share of the layer's weights set to zero",
      curveTable(
        layers,
        'sparsityCurve',
        { title: 'zeros now', align: 'right', value: ({ sparsity }) => formatShare(sparsity, 1) },
        wholePercent,
        {
          title: within,
          align: 'right',
          value: ({ alone: { sparsity } }) => (sparsity === null ? 'none' : wholePercent(sparsity)),
        },
      ),
    );
  }
  if (layers[0]!.clusterCurve.length > 0) {
    lines.push(
      '',
      'Accuracy in per cent with this many distinct non-zero weights in the layer',
      curveTable(
        layers,
        'clusterCurve',
        {
          title: 'values now',
          align: 'right',
          value: ({ distinctWeights }) => (distinctWeights === null ? '> 255' : String(distinctWeights)),
        },
        String,
        {
          title: within,
          align: 'right',
          value: ({ alone: { clusters } }) => (clusters === null ? 'none' : String(clusters)),
        },
      ),
    );
  }
  return lines;
}

function comparedLines(title: string, compared: Compared): string[] {
  return [
    `${title}`,
    `  as it is    ${measuredText(compared.reference)}`,
    `  compressed  ${measuredText(compared)}`,
    `  change      ${formatChange(compared.change)} points`,
  ];
}

/** Commands that give the proposed network; pruned weights are no longer of the file's format. */
function targetCommands({ sparsity, clusters }: TargetFlags, named: readonly string[]): string[] {
  const command = (...words: string[]) => ['sonic', ...words].map(shellWord).join(' ');
  const pruned = 'pruned.safetensors';
  return [
    ...(sparsity === null ? [] : [command('prune', ...named, '--out', pruned, '--sparsity', sparsity)]),
    ...(clusters === null
      ? []
      : [
          command(
            ...['cluster', ...(sparsity === null ? named : [pruned])],
            ...['--out', 'compressed.safetensors', '--clusters', clusters],
          ),
        ]),
  ];
}

function proposalLines({ proposal, dataset, confirmation }: Sensitivity, named: readonly string[]): string[] {
  const { loss, steps, found } = proposal;
  const budgets = steps.flatMap(({ budget, change }) =>
    budget === null ? [] : [`${percent(budget)} each: ${formatPoints(change.difference)}`],
  );
  const single = steps.filter(({ layer }) => layer !== null);
  const kept = single.filter(({ isWithin }) => isWithin).length;
  const head = [
    '',
    `Proposal for a loss of at most ${percent(loss)} points of all layers together`,
    'Measured with all targets at once: first every layer at the hardest values that may lose at most a common budget by its own',
    `curves (upper end of the 95 % interval), the largest budget found by bisection: ${budgets.join('; ')}.`,
    `Then layer after layer takes its next harder value, largest share of energy first: ${kept} of ${single.length} kept.`,
  ];
  if (!found) return [...head, 'None keeps within the loss: raise --loss, or scan milder values.'];
  const [before, after] = found.cost;
  const lines = [
    ...head,
    '',
    ...comparedLines(`on the ${formatCount(dataset.images)} images that chose it`, found.chosen),
    ...(found.confirmed
      ? comparedLines(
          `on ${formatCount(confirmation!.images)} images of the ${confirmation!.split} split that had no part in choosing`,
          found.confirmed,
        )
      : ['not confirmed: no images are left that had no part in choosing']),
    `zeros       ${formatShare(found.sparsity[0], 1)} to ${formatShare(found.sparsity[1], 1)} of all weights`,
    `energy      ${formatSi(before.energy_J, 'J')} to ${formatSi(after.energy_J, 'J')} an image, latency ${formatSi(before.latency_s, 's')} to ${formatSi(after.latency_s, 's')} (expected counts, as sonic cost)`,
    '',
  ];
  const commands = targetCommands(found.flags, named).map((command) => `  ${command}`);
  return [
    ...lines,
    'made by',
    ...commands,
    'training on wins accuracy back (sonic train, which takes the same targets)',
  ];
}

/** @param named the network, as arguments of `sonic prune` */
export function renderSensitivity(
  sensitivity: Sensitivity,
  { named, notes }: { readonly named: readonly string[]; readonly notes: readonly string[] },
): string {
  return [
    `Each layer alone, without training on; ${sampleText(sensitivity)}`,
    ...classBlock(sensitivity.dataset, 11),
    `reference  ${measuredText(sensitivity.reference)}`,
    '*: differs from the reference, the 95 % interval of the paired change on the same images leaves out 0; =: the weights are so already',
    ...notes.map((note) => `note: ${note}`),
    ...tables(sensitivity),
    ...proposalLines(sensitivity, named),
  ].join('\n');
}
