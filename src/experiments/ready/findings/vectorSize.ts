/** What `vector-size` shows: where the paper's choice lies. */
import type { PointSummary } from '../../sweep/types.js';
import { pointAt } from '../method/curve.js';
import { type Evidence, type EvidencePoint, lossOf } from '../method/evidence.js';
import { verdictOn } from '../method/threshold.js';
import { marginText } from '../method/words.js';
import { loses, standingOfPoints, three } from './findingText.js';

const N = 'vdu.conv.size';
const M = 'vdu.fc.size';

const efficiency = (point: PointSummary) => point.cost?.framesPerSecondPerWatt ?? 0;
const sizes = ({ values }: PointSummary) => `(n, m) = (${values[N]}, ${values[M]})`;

/** Points that keep the accuracy, the most efficient first, and how many do not or are open. */
function judged({ points, margin }: Evidence) {
  const verdicts = points.map((point) => verdictOn(lossOf(point), margin));
  const kept = points.filter((_, i) => verdicts[i] === 'kept').sort((a, b) => efficiency(b) - efficiency(a));
  const count = (verdict: string) => verdicts.filter((one) => one === verdict).length;
  return { kept, lost: count('lost'), open: count('open') };
}

/** Best of those that draw at most the power of the paper's choice, give or take a hundredth. */
function bestAtPower(points: readonly EvidencePoint[], power_W: number): EvidencePoint | undefined {
  return points.find(({ cost }) => cost !== null && cost.power_W <= 1.01 * power_W);
}

const paper = (evidence: Evidence) => pointAt(evidence, { [N]: 5, [M]: 50 });
const none = (margin: number) => `no size is shown to keep all but ${marginText(margin)}`;

export function vectorSizeHeadline(evidence: Evidence): string {
  const [best] = judged(evidence).kept;
  const chosen = paper(evidence);
  if (!best || !chosen) return `${none(evidence.margin)}${standingOfPoints(evidence.points)}`;
  return (
    `of sizes that keep all but ${marginText(evidence.margin)} ${sizes(best)} has the most, ${three(efficiency(best))} FPS/W; the ` +
    `paper's (5, 50) ${three(efficiency(chosen))}${standingOfPoints(evidence.points)}`
  );
}

export function vectorSizeFindings(evidence: Evidence): string[] {
  const { kept, lost, open } = judged(evidence);
  const [best] = kept;
  const chosen = paper(evidence);
  const standing = standingOfPoints(evidence.points);
  const counts = `of ${evidence.points.length} sizes ${kept.length} keep all but ${marginText(evidence.margin)}, ${lost} lose more, and ${open} are open`;
  if (!best?.cost || !chosen?.cost) return [`${counts[0]!.toUpperCase()}${counts.slice(1)}${standing}.`];
  const equal = bestAtPower(kept, chosen.cost.power_W);
  const place = kept.indexOf(chosen);
  return [
    `Most frames per second and watt, of those that keep the accuracy: ${sizes(best)} with ${three(efficiency(best))} FPS/W at ` +
      `${three(best.cost.power_W)} W; ${counts}${standing}.`,
    `The paper's (5, 50) has ${three(efficiency(chosen))} FPS/W at ${three(chosen.cost.power_W)} W and ${loses(chosen)}; it is ` +
      `${place < 0 ? 'not among those that are shown to keep the accuracy' : `number ${place + 1} of those that keep the accuracy`}${standing}.`,
    ...(equal
      ? [
          `With at most the power of the paper's choice the best is ${sizes(equal)} with ${three(efficiency(equal))} FPS/W${standing}.`,
        ]
      : []),
    ...(Number(best.values[N]) > 5 && lost === 0 && open === 0
      ? [
          'Accuracy decides nothing here, and frames per second and watt alone ask for larger units than the paper took: its ' +
            `choice does not follow from its table 2 without a limit on power or area that it does not print${standing}.`,
        ]
      : []),
  ];
}
