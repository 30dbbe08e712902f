/** What `sparsity` shows. */
import type { SweepSummary } from '../../sweep/types.js';
import { BROKEN, pointAt, valuesOf } from './curves.js';
import { listed, percent, three } from './text.js';

const SPARSITY = 'sparsity';
const CLUSTERS = 'compression.clusters';

const most = (summary: SweepSummary) => Math.max(...(valuesOf(summary, CLUSTERS) as number[]));
/** '70 %' -> 0.7. */
const shareOf = (label: string) => Number.parseFloat(label) / 100;

/** Sparsities whose emulated accuracy is less than a point below the best of all. */
function kept(summary: SweepSummary): string[] {
  const best = Math.max(...summary.points.map(({ accuracy }) => accuracy));
  return (valuesOf(summary, SPARSITY) as string[]).filter((sparsity) => {
    const point = pointAt(summary, { [SPARSITY]: sparsity, [CLUSTERS]: most(summary) });
    return point !== undefined && best - point.accuracy < BROKEN;
  });
}

export function sparsityHeadline(summary: SweepSummary): string {
  const last = kept(summary).at(-1);
  if (last === undefined) return 'no sparsity keeps the accuracy';
  const [dense, sparse] = ['0 %', last].map((sparsity) =>
    pointAt(summary, { [SPARSITY]: sparsity, [CLUSTERS]: most(summary) }),
  );
  if (!dense?.cost || !sparse?.cost) return `${last} zero weights lose less than a point`;
  return `${last} zero weights lose less than a point for ${three(dense.cost.energy_J / sparse.cost.energy_J)} times less energy than none`;
}

export function sparsityFindings(summary: SweepSummary): string[] {
  const sparsities = valuesOf(summary, SPARSITY) as string[];
  const at = (sparsity: string, clusters: number) => pointAt(summary, { [SPARSITY]: sparsity, [CLUSTERS]: clusters });
  const dense = at('0 %', most(summary));
  const energies = sparsities.flatMap((sparsity) => {
    const point = at(sparsity, most(summary));
    if (!point?.cost || !dense?.cost) return [];
    return [
      `${sparsity}: ${percent(point.accuracy)}, ${percent(point.cost.energy_J / dense.cost.energy_J, 0)} (${percent(1 - shareOf(sparsity), 0)})`,
    ];
  });
  const clusters = sparsities.map((sparsity) => {
    const best = at(sparsity, most(summary));
    const enough = (valuesOf(summary, CLUSTERS) as number[]).find((count) => {
      const point = at(sparsity, count);
      return point && best && best.accuracy - point.accuracy < BROKEN;
    });
    return `${enough ?? 'more'} (${sparsity})`;
  });
  return [
    `Accuracy, energy over that of the dense network, and in brackets the weights that are left: ${energies.join('; ')}. ` +
      'What is above the weights left is short chunks: each filter ends with one, and the fewer weights the more of it is empty.',
    `Clusters that lose less than a point against ${most(summary)}, without training again: ${listed(clusters)}.`,
  ];
}
