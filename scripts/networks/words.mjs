/** What the tables of docs/networks.md show, in words: numbers are of the runs, and a sentence that no longer holds is not written. */
import { ATTRIBUTIONS, NETWORKS, RESNET8_STUDY } from './cases.mjs';

const points = (share) => (100 * share).toFixed(1);

export function networksInWords(results) {
  const off = NETWORKS.filter(
    ({ id, known }) => (100 * results.get(`${id}-digital`).accuracy.digital).toFixed(2) !== known.toFixed(2),
  );
  const losses = NETWORKS.map(({ id, title }) => {
    const { accuracy, chips } = results.get(`${id}-sonic`);
    return { title: title.split(',')[0], loss: accuracy.digital - chips.mean };
  }).sort((a, b) => b.loss - a.loss);
  const [worst, ...others] = losses;
  return [
    off.length === 0
      ? 'Digitally all six have what is known of them, to the hundredth of a point.'
      : `Digitally all but ${off.map(({ title }) => title).join(', ')} have what is known of them, to the hundredth of a point.`,
    `On \`sonic\`, ${worst.title} loses ${points(worst.loss)} points, the others at most ${points(others[0].loss)}.`,
  ].join(' ');
}

/** Effects whose whole interval lies below zero, the worst first. */
export function causesInWords(results) {
  const effects = ATTRIBUTIONS.flatMap((id) => results.get(id).effects);
  const sure = effects
    .filter(({ alone }) => alone && alone.change.interval95[1] < 0)
    .sort((a, b) => a.alone.change.difference - b.alone.change.difference);
  const named = sure.map(({ effect, alone }) => `${effect} (${points(-alone.change.difference)})`).join(', ');
  const plain = results.get('resnet8-sonic');
  const loss = plain.accuracy.digital - plain.chips.mean;
  const layers = results.get(ATTRIBUTIONS[0]).all.layers;
  const weakest = [...layers].sort((a, b) => a.effectiveBits - b.effectiveBits)[0];
  return [
    `${-(sure[0]?.alone.change.difference ?? 0) < loss / 2 ? 'No single effect explains the loss. ' : ''}Surely something, alone and in points, cost:`,
    `${named || 'none'}.`,
    'Thermal crosstalk, sources and process variation are of one kind: rings and light that stand off their channels.',
    `The layer with the fewest effective bits when all are on is \`${weakest.name}\`, ${weakest.effectiveBits.toFixed(1)} of them.`,
  ].join('\n');
}

export function remediesInWords(results) {
  const plain = results.get('resnet8-sonic');
  const by = (id) => results.get(`resnet8-${id}`).chips.mean - plain.chips.mean;
  const bits = RESNET8_STUDY.flatMap(({ id }) => (id.startsWith('bits-') ? [by(id)] : []));
  const isScatter = Math.max(...bits) < plain.chips.maximum - plain.chips.minimum;
  const best = RESNET8_STUDY.map(({ id, what }) => ({ what, won: by(id) })).sort((a, b) => b.won - a.won)[0];
  const lost = plain.accuracy.digital - results.get('resnet8-clusters').accuracy.digital;
  return [
    `- **Bits** of the weight DACs win ${points(Math.min(...bits))} to ${points(Math.max(...bits))} points${isScatter ? ', within the scatter of chips' : ''}.`,
    `- **Clusters** alone ${lost > 0 ? `cost ${points(lost)} points digitally` : 'cost nothing digitally'}: the network was not trained for them.`,
    `- **Training on** for the hardware, other chips and noise at every step, wins ${points(by('trained'))} points; after clustering, ${points(by('clusters-trained'))}.`,
    `- **Devices** of \`sonic-optimistic\` win ${points(by('optimistic'))} points.`,
    '',
    `Most is won by: ${best.what}. These chips and images are others than those that it was trained with.`,
  ].join('\n');
}
