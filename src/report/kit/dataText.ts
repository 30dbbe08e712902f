/** What reports say of the data: images of each class, what was passed over, where the calibration comes from. */

import { printable } from '../../base/text/printable.js';
import { formatCount } from '../../base/text/units.js';
import type { SkippedFiles } from '../../datasets/types.js';
import type { ClassUse, DatasetFacts, Result, StaticFacts } from '../../experiments/result/types.js';
import { CHIP_MAP_NAMES } from '../../hardware/optics/measuredChip.js';

/** More classes are put together in one line; the JSON has them all. */
const LISTED = 20;

/** ', 3 skipped (._a.png, notes.txt, ...)'. */
function skippedText({ count, examples }: SkippedFiles): string {
  if (count === 0) return '';
  return `, ${formatCount(count)} skipped (${examples.map((name) => printable(name)).join(', ')}${count > examples.length ? ', ...' : ''})`;
}

function classLine({ name, used, unused, skipped }: ClassUse): string {
  const beyond = unused > 0 ? ` of ${formatCount(used + unused)}` : '';
  return `${printable(name)}: ${formatCount(used)}${beyond} used${skippedText(skipped)}`;
}

function range(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? formatCount(least) : `${formatCount(least)} to ${formatCount(most)}`;
}

/** Images used and entries skipped of each class of an image folder; nothing of other data. */
export function classLines({ classes, skipped }: DatasetFacts): string[] {
  if (!classes) return [];
  const total = classes.reduce((sum, use) => sum + use.skipped.count, 0);
  const lines =
    classes.length <= LISTED
      ? classes.map(classLine)
      : [
          `${formatCount(classes.length)}: ${range(classes.map(({ used }) => used))} images of each used, ${formatCount(total)} entries skipped`,
          ...classes
            .filter((use) => use.skipped.count > 0)
            .slice(0, LISTED)
            .map(classLine),
        ];
  return [...lines, ...(skipped && skipped.count > 0 ? [`beside the classes${skippedText(skipped).slice(1)}`] : [])];
}

/** 'first 20 images of the train split'. */
export function calibrationText({ split, images, fallback }: NonNullable<Result['run']['calibration']>): string {
  return `first ${formatCount(images)} images of the ${split} split${fallback ? `, as ${fallback}` : ''}`;
}

/** Data set, images and their hash: what scales, stream means and ranges were measured on. */
export function calibrationLine(calibration: NonNullable<Result['run']['calibration']>): string {
  const { dataset, hash } = calibration;
  const place = [...(dataset ? [printable(dataset)] : []), ...(hash ? [`SHA-256 ${hash}`] : [])].join(', ');
  return `calibrated on the ${calibrationText(calibration)}${place ? ` (${place})` : ''}`;
}

/** `classLines` under a word, in a column of its own. */
export function classBlock(dataset: DatasetFacts, width: number): string[] {
  return classLines(dataset).map((line, i) => `${i === 0 ? 'classes' : ''}`.padEnd(width) + line);
}

/** 'conv_trim_nm, fc_trim_nm (SHA-256 0123456789abcdef)': static errors of a chip that were given. */
export function staticText({ sha256, maps }: StaticFacts): string {
  const names = maps.length === 2 * CHIP_MAP_NAMES.length ? `all ${maps.length} maps` : maps.join(', ');
  return `${names} (SHA-256 ${sha256.slice(0, 16)})`;
}
