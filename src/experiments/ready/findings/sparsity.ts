/** What `sparsity` shows. Networks differ, so losses are counted against another emulated network, not the digital one. */
import type { AxisValue } from '../../sweep/types.js';
import { type Curve, pointAt, thresholdAlong, valuesOf } from '../method/curve.js';
import type { Evidence } from '../method/evidence.js';
import { marginText, standingOf, wherePhrase } from '../method/words.js';
import { listed, percent, standingOfPoints, three } from './findingText.js';

const SPARSITY = 'sparsity';
const CLUSTERS = 'compression.clusters';
const DENSE = '0 %';

type Sweep = Pick<Evidence, 'manifest'>;
const most = (sweep: Sweep) => Math.max(...(valuesOf(sweep, CLUSTERS) as number[]));
/** '70 %' -> 0.7. */
const shareOf = (label: string) => Number.parseFloat(label) / 100;
const sparsitiesOf = (sweep: Sweep) =>
  (valuesOf(sweep, SPARSITY) as string[]).toSorted((a, b) => shareOf(a) - shareOf(b));

/** The sparser, against the dense network. */
const bySparsity = (sweep: Sweep): Curve => ({
  along: SPARSITY,
  fixed: { [CLUSTERS]: most(sweep) },
  worse: 'up',
  against: { [SPARSITY]: DENSE, [CLUSTERS]: most(sweep) },
});

/** The fewer clusters, against the most of the same network. */
const byClusters = (sweep: Sweep, sparsity: string): Curve => ({
  along: CLUSTERS,
  fixed: { [SPARSITY]: sparsity },
  worse: 'down',
  against: { [SPARSITY]: sparsity, [CLUSTERS]: most(sweep) },
});

export const sparsityCurves = (sweep: Sweep): Curve[] => [
  bySparsity(sweep),
  ...sparsitiesOf(sweep).map((sparsity) => byClusters(sweep, sparsity)),
];

const zeros = (value: AxisValue) => `${value} zero weights`;
const clusters = (value: AxisValue) => `${value} clusters`;

export function sparsityHeadline(evidence: Evidence): string {
  const threshold = thresholdAlong(evidence, bySparsity(evidence));
  const lost = `against ${DENSE} more than ${marginText(evidence.margin)} is lost ${wherePhrase(threshold, { show: zeros })}`;
  const kept = 'kept' in threshold && threshold.kind !== 'not-monotone' ? threshold.kept : null;
  const [dense, sparse] = [DENSE, kept?.value ?? DENSE].map((sparsity) =>
    pointAt(evidence, { [SPARSITY]: sparsity, [CLUSTERS]: most(evidence) }),
  );
  const saves =
    kept && kept.value !== DENSE && dense?.cost && sparse?.cost
      ? `; ${kept.value} take ${three(dense.cost.energy_J / sparse.cost.energy_J)} times less energy than none`
      : '';
  return `${lost}${saves}${standingOf([threshold])}`;
}

/** Energy beside the weights that are left. */
function energies(evidence: Evidence): string[] {
  const all = sparsitiesOf(evidence).flatMap((sparsity) => {
    const point = pointAt(evidence, { [SPARSITY]: sparsity, [CLUSTERS]: most(evidence) });
    return point?.cost ? [{ sparsity, point, energy_J: point.cost.energy_J }] : [];
  });
  const dense = all.find(({ sparsity }) => sparsity === DENSE);
  if (!dense) return [];
  const relative = all.map(({ sparsity, point, energy_J }) => ({
    text: `${sparsity}: ${percent(point.accuracy)}, ${percent(energy_J / dense.energy_J, 0)} (${percent(1 - shareOf(sparsity), 0)})`,
    isAbove: energy_J / dense.energy_J > 1 - shareOf(sparsity),
  }));
  const above = relative.every(({ isAbove }, i) => isAbove || all[i]!.sparsity === DENSE);
  return [
    `Accuracy, energy over that of the dense network, and in brackets the weights that are left: ` +
      `${relative.map(({ text }) => text).join('; ')}${standingOfPoints(all.map(({ point }) => point))}.${
        above
          ? ' What is above the weights left is short chunks: each filter ends with one, and the fewer weights the more of it is empty.'
          : ''
      }`,
  ];
}

export function sparsityFindings(evidence: Evidence): string[] {
  const threshold = thresholdAlong(evidence, bySparsity(evidence));
  const byNetwork = sparsitiesOf(evidence).map((sparsity) => ({
    sparsity,
    threshold: thresholdAlong(evidence, byClusters(evidence, sparsity)),
  }));
  const margin = marginText(evidence.margin);
  const parts = byNetwork.map(
    (found) => `${wherePhrase(found.threshold, { show: clusters })} with ${found.sparsity} zero weights`,
  );
  return [
    `With ${most(evidence)} clusters, against the network of ${DENSE} zero weights, more than ${margin} is lost ` +
      `${wherePhrase(threshold, { show: zeros, detail: true })}${standingOf([threshold])}.`,
    ...energies(evidence),
    `Without training again, against ${most(evidence)} clusters of the same network, more than ${margin} is lost ` +
      `${listed(parts)}${standingOf(byNetwork.map((found) => found.threshold))}.`,
  ];
}
