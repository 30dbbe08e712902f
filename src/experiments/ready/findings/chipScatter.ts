/** What `chips` shows. */
import { chipDistribution } from '../../result/chipDistribution.js';
import type { PointSummary } from '../../sweep/types.js';
import { type Evidence, lossOf } from '../method/evidence.js';
import { verdictOn } from '../method/threshold.js';
import { marginText } from '../method/words.js';
import { worstBits } from './curves.js';
import { listed, loses, percent, standingOfPoints } from './findingText.js';

const name = ({ values }: PointSummary) => String(values['hardware']);
const interval = ([low, high]: readonly [number, number]) => `${percent(low, 2)} to ${percent(high, 2)}`;

export function chipsHeadline({ points: all }: Evidence): string {
  const parts = all.map((point) => `${name(point)} ${percent(point.accuracy, 2)} (${interval(point.interval95)})`);
  return `${listed(parts)}${standingOfPoints(all)}`;
}

export function chipsFindings({ points: all, margin }: Evidence): string[] {
  return all.map((point) => {
    const { accuracies, accuracy, images, digital, chips } = point;
    const { standardDeviation, minimum, maximum } = chipDistribution(
      accuracies.map((emulated, chipSeed) => ({ emulated, chipSeed, changed: 0 })),
    );
    const sampling = Math.sqrt((accuracy * (1 - accuracy)) / images);
    const verdict = verdictOn(lossOf(point), margin);
    const said = { kept: 'is kept', lost: 'is lost', open: 'is open' }[verdict];
    const spread =
      accuracies.length > 1
        ? `from ${percent(minimum, 2)} to ${percent(maximum, 2)}; from one to the next they deviate by ` +
          `${(100 * standardDeviation).toFixed(2)} points`
        : 'a single one, which says nothing of how chips differ';
    return (
      `${name(point)}: ${percent(accuracy, 2)} (${interval(point.interval95)}) over ${chips} ${chips === 1 ? 'chip' : 'chips'}, ` +
      `digital ${percent(digital, 2)}: it ${loses(point)}, and ${said} by the margin of ${marginText(margin)}. Chips: ${spread}, where ` +
      `another draw of ${images} images alone would move an accuracy by ${(100 * sampling).toFixed(2)} points. Worst layer of ` +
      `the chips together: ${worstBits(point).toFixed(1)} effective bits${standingOfPoints([point])}.`
    );
  });
}
