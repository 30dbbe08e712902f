/** What `vector-size` shows: where the paper's choice lies. */
import type { PointSummary, SweepSummary } from '../../sweep/types.js';
import { isBroken, pointAt } from './curves.js';
import { loses, three } from './text.js';

const N = 'vdu.conv.size';
const M = 'vdu.fc.size';

const efficiency = (point: PointSummary) => point.cost?.framesPerSecondPerWatt ?? 0;
const sizes = ({ values }: PointSummary) => `(n, m) = (${values[N]}, ${values[M]})`;

function ranked(summary: SweepSummary): PointSummary[] {
  return summary.points.filter((point) => !isBroken(point)).sort((a, b) => efficiency(b) - efficiency(a));
}

/** Best of those that draw at most the power of the paper's choice, give or take a hundredth. */
function bestAtPower(points: readonly PointSummary[], power_W: number): PointSummary | undefined {
  return points.find(({ cost }) => cost !== null && cost.power_W <= 1.01 * power_W);
}

const paper = (summary: SweepSummary) => pointAt(summary, { [N]: 5, [M]: 50 });

export function vectorSizeHeadline(summary: SweepSummary): string {
  const [best] = ranked(summary);
  const chosen = paper(summary);
  if (!best || !chosen) return 'no size keeps the accuracy';
  return `${sizes(best)} has ${three(efficiency(best))} FPS/W, the paper's (5, 50) ${three(efficiency(chosen))}`;
}

export function vectorSizeFindings(summary: SweepSummary): string[] {
  const intact = ranked(summary);
  const [best] = intact;
  const chosen = paper(summary);
  if (!best?.cost || !chosen?.cost) return ['No size keeps the accuracy.'];
  const equal = bestAtPower(intact, chosen.cost.power_W);
  const broken = summary.points.length - intact.length;
  return [
    `Most frames per second and watt, less than a point lost: ${sizes(best)} with ${three(efficiency(best))} FPS/W at ` +
      `${three(best.cost.power_W)} W. The paper's (5, 50) has ${three(efficiency(chosen))} at ${three(chosen.cost.power_W)} W and ` +
      `${loses(chosen)}; it is number ${intact.indexOf(chosen) + 1} of ${intact.length} that keep the accuracy ` +
      `(${broken} of ${summary.points.length} do not).`,
    ...(equal
      ? [
          `With at most the power of the paper's choice the best is ${sizes(equal)} with ${three(efficiency(equal))} FPS/W.`,
        ]
      : []),
    ...(Number(best.values[N]) > 5 && broken === 0
      ? [
          'Accuracy decides nothing here, and frames per second and watt alone ask for larger units than the paper took: its ' +
            'choice does not follow from its table 2 without a limit on power or area that it does not print.',
        ]
      : []),
  ];
}
