/** What a report says of a sweep in words and tables, for pages and Markdown alike. */

import { formatCount, formatShare, formatSi } from '../../base/text/units.js';
import type { PointSummary, SweepSummary, TrialIdentity } from '../../experiments/sweep/types.js';
import type { Column } from '../kit/table.js';
import { comparablePoints } from './comparable.js';
import { pointText, valueText, varyingAxes } from './sweepAxes.js';

const range = (numbers: readonly number[], text: (value: number) => string) => {
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  return low === high ? text(low) : `${text(low)} to ${text(high)}`;
};

/** Sums in another order may differ by so much, as a share, and mean the same. */
const SAME = 1e-9;

/** `title` says which end is looked for, 'highest ...' or 'lowest ...'; where all points are equal none has it. */
function extremeFact(
  points: readonly PointSummary[],
  title: `${'highest' | 'lowest'} ${string}`,
  read: (point: PointSummary) => number,
  text: (value: number) => string,
  place: (point: PointSummary) => string,
): [string, string][] {
  if (points.length === 0) return [];
  const values = points.map(read);
  const extreme = title.startsWith('highest') ? Math.max(...values) : Math.min(...values);
  const having = points.filter((_, i) => Math.abs(values[i]! - extreme) <= SAME * Math.abs(extreme));
  const shown = text(extreme);
  if (points.length === 1) return [[title.replace(/^\w+ /, ''), shown]];
  if (having.length === points.length) return [[title.replace(/^\w+ /, ''), `${shown} at every point`]];
  const others = having.length - 1;
  const rest = others === 0 ? '' : ` and ${formatCount(others)} other ${others === 1 ? 'point' : 'points'}`;
  return [[title, `${shown}${place(having[0]!)}${rest}`]];
}

/** Counts, images, best points. */
export function sweepFacts(summary: SweepSummary): [string, string][] {
  const { manifest, points, settings } = summary;
  const axes = varyingAxes(summary);
  const costed = points.filter(({ cost }) => cost !== null);
  const place = (point: PointSummary) => (axes.length === 0 ? '' : ` at ${pointText(axes, point)}`);
  const accuracy = (point: PointSummary) => point.accuracy;
  const energy_J = (point: PointSummary) => point.cost!.energy_J;
  return [
    ['points', `${formatCount(points.length)} of ${formatCount(manifest.points.length)} finished`],
    ...(settings
      ? ([
          ['network', summaryName(summary, 'network') ?? settings.network.name],
          ['data', `${settings.dataset.name}, ${settings.dataset.split}`],
        ] as [string, string][])
      : []),
    ...(points.length > 0
      ? ([
          [
            'images a trial',
            range(
              points.map(({ images }) => images),
              formatCount,
            ),
          ],
          [
            'chips a point',
            range(
              points.map(({ chips }) => chips),
              formatCount,
            ),
          ],
          [
            'trials a point',
            range(
              points.map(({ trials }) => trials),
              formatCount,
            ),
          ],
          [
            'accuracy, digital',
            range(
              points.map(({ digital }) => digital),
              formatShare,
            ),
          ],
          [
            'accuracy',
            range(
              points.map(({ accuracy }) => accuracy),
              formatShare,
            ),
          ],
        ] as [string, string][])
      : []),
    // Where it is the same everywhere, the range above has said so.
    ...extremeFact(comparablePoints(points), 'highest accuracy', accuracy, formatShare, place).filter(
      ([title]) => title !== 'accuracy',
    ),
    ...extremeFact(costed, 'lowest energy', energy_J, (value) => `${formatSi(value, 'J')} an image`, place),
  ];
}

/** 'a, b, c' where an axis moves the path. */
function summaryName({ manifest }: SweepSummary, path: string): string | undefined {
  const axis = manifest.axes.find(({ paths }) => paths.includes(path));
  return axis?.values.map(valueText).join(', ');
}

/** What a warning is about: its text but for numbers and which layer. */
const subjectOf = (warning: string) =>
  warning.replace(/^layer '[^']*'/, 'layer').replace(/\d+(?:[.,]\d+)*(?:e[+-]?\d+)?/g, '#');

/** What runs warned of, each subject once: the first of its warnings, how many there are, and at how many points. */
export function foldedWarnings(points: readonly Pick<PointSummary, 'warnings'>[]): string[] {
  const subjects = new Map<string, { readonly first: string; readonly texts: Set<string>; points: number }>();
  for (const { warnings } of points) {
    const seen = new Set<string>();
    for (const warning of warnings) {
      const subject = subjectOf(warning);
      const known = subjects.get(subject) ?? { first: warning, texts: new Set(), points: 0 };
      known.texts.add(warning);
      if (!seen.has(subject)) known.points++;
      seen.add(subject);
      subjects.set(subject, known);
    }
  }
  return [...subjects.values()].map(({ first, texts, points: count }) => {
    const others = texts.size > 1 ? `${formatCount(texts.size - 1)} more like it with other numbers` : '';
    const where = count > 1 ? `at ${formatCount(count)} points` : '';
    return others || where ? `${first} (${[others, where].filter((part) => part !== '').join(', ')})` : first;
  });
}

/** What is not there, and what runs warned of. */
export function sweepWarnings({ manifest, points, missing }: SweepSummary): string[] {
  return [
    ...(missing.length > 0
      ? [
          `${formatCount(missing.length)} of ${formatCount(manifest.points.length)} points are not finished and not shown; run again: ${manifest.command}`,
        ]
      : []),
    ...foldedWarnings(points),
  ];
}

/** How sure the numbers are, in one sentence or two. */
export function intervalStatement({ points }: SweepSummary): string {
  if (points.length === 0) return 'No point is finished yet.';
  const images = range(
    points.map((point) => point.images),
    formatCount,
  );
  const chips = range(
    points.map((point) => point.chips),
    formatCount,
  );
  const several = points.some(({ trials }) => trials > 1);
  return (
    `Every point was run on ${images} images with ${chips} ${chips === '1' ? 'chip' : 'chips'}. Intervals are 95 %: ` +
    `over images${several ? ' and chips for the mean accuracy' : ' (with a single chip, how chips differ is not in them)'}, ` +
    'and paired on the same images for the change against the digital network.'
  );
}

/** One line a point. */
export function pointColumns(summary: SweepSummary): Column<PointSummary>[] {
  const { manifest, points } = summary;
  const right = (title: string, value: (point: PointSummary) => string): Column<PointSummary> => ({
    title,
    align: 'right',
    value,
  });
  const costs: [string, (cost: NonNullable<PointSummary['cost']>) => string][] = [
    ['energy', (cost) => formatSi(cost.energy_J, 'J')],
    ['latency', (cost) => formatSi(cost.latency_s, 's')],
    ['power', (cost) => formatSi(cost.power_W, 'W')],
    ['FPS/W', (cost) => formatSi(cost.framesPerSecondPerWatt, '', 4)],
  ];
  const span = ([low, high]: readonly [number, number], scale: (share: number) => string = formatShare) =>
    `${scale(low)} to ${scale(high)}`;
  const signed = (share: number) => `${share > 0 ? '+' : ''}${(share * 100).toFixed(2)}`;
  return [
    ...manifest.axes.map(({ name, label }) => right(label, ({ values }) => valueText(values[name]))),
    ...(points.some(({ trials }) => trials > 1) ? [right('trials', ({ trials }) => formatCount(trials))] : []),
    right('accuracy', ({ accuracy }) => formatShare(accuracy)),
    right('95 % interval', ({ interval95 }) => span(interval95)),
    right('change, points', ({ change }) => signed(change.difference)),
    right('95 % interval', ({ change }) => span(change.interval95, signed)),
    ...(points.some(({ cost }) => cost !== null)
      ? costs.map(([title, text]) => right(title, ({ cost }) => (cost ? text(cost) : '–')))
      : []),
  ];
}

/** Fields of the hardware that vary, with their values. */
export function variedFields({ manifest }: Pick<SweepSummary, 'manifest'>): Map<string, string> {
  return new Map(
    manifest.axes.flatMap(({ label, paths, values }) =>
      paths.map((path, first): [string, string] => [
        path,
        // Of a derived axis the values of its other paths are in the plan only.
        first === 0 ? listText(values.map(valueText)) : `with ${label}`,
      ]),
    ),
  );
}

const MOST_LISTED = 12;

function listText(texts: readonly string[]): string {
  if (texts.length <= MOST_LISTED) return texts.join(', ');
  return `${texts.length} values from ${texts[0]} to ${texts.at(-1)}`;
}

/** What the trials were run with, the hardware aside; 'varies' where an axis moves it. */
export function identityPairs(summary: SweepSummary, identity: TrialIdentity): [string, string][] {
  const varied = variedFields(summary);
  const { network, dataset, calibration, compression } = identity;
  const or = (path: string, text: string) => (varied.has(path) ? `varies: ${varied.get(path)}` : text);
  const compressionText = (value: number | null | undefined) =>
    value === null || value === undefined ? 'none' : String(value);
  return [
    ['network', or('network', `${network.name}, SHA-256 ${network.hash}`)],
    ['pruning, share of zeros', or('compression.sparsity', compressionText(compression?.sparsity))],
    ['clusters a layer', or('compression.clusters', compressionText(compression?.clusters))],
    [
      'data',
      or(
        'dataset',
        `${dataset.name} ${dataset.split}, ${or('images', formatCount(dataset.images))} images, SHA-256 ${dataset.hash}`,
      ),
    ],
    ['calibration', `${calibration.split} split, SHA-256 ${calibration.hash}`],
    ['hardware', or('hardware', `${identity.hardware.name}, SHA-256 ${identity.hardwareHash}`)],
    ['fidelity', or('fidelity', identity.fidelity)],
    ['backend', identity.backend],
    ['first run seed', String(identity.runSeed)],
    ['first chip seed', String(identity.chipSeed)],
    ...(identity.static === undefined
      ? []
      : [['static errors given', or('static', `SHA-256 ${identity.static}`)] as [string, string]]),
    ['code', `SHA-256 ${identity.code}`],
    ['manifest written', summary.manifest.createdAt],
  ];
}
