/** What `sonic compare --search` prints, and the section of docs/replication.md on it. */
import { formatCount, formatShare } from '../../base/text/units.js';
import type { SearchedRatio, SearchTable } from '../../cost/accelerators/search.js';
import type { BitReach, Interval, Reach, SearchAnalysis, Together } from '../../cost/accelerators/searchAnalysis.js';
import { CHOICE_NAMES, combinationAt, SEARCH_CHOICES } from '../../cost/accelerators/searchChoices.js';
import { number3, type TableRenderer, textTable } from './compareTables.js';

const QUANTITIES = { fpsPerWatt: 'FPS/W', energyPerBit: 'energy per bit' } as const;

const nameOf = ({ title, quantity }: SearchedRatio) => `${title}, ${QUANTITIES[quantity]}`;

const changesText = (changes: readonly string[]) => (changes.length === 0 ? 'nothing changed' : changes.join('; '));

/** Within this of the printed ratio counts as come to. */
const NEAR = 1.1;

const factorOf = ({ nearest, published }: Reach) => Math.max(nearest / published, published / nearest);

/** The names of printed ratios that no combination comes to, or that none of them is. */
function unreachedText(reaches: readonly Reach[]): string {
  const outside = reaches.filter((reach) => factorOf(reach) > NEAR);
  return outside.length === 0
    ? 'Each of the printed ratios by itself is come to within 10 % by some combination.'
    : `Come to within 10 % by no combination: ${outside.map((reach) => `${nameOf(reach)} (published ${reach.published}, nearest ${number3(reach.nearest)})`).join(', ')}.`;
}

/** What the table of ratios allows, and the plain warning. */
export function cautionText({ combinations }: Pick<SearchTable, 'combinations'>): string {
  return (
    `A fit with so many free choices is not evidence: with ${formatCount(combinations)} combinations of ${CHOICE_NAMES.length} choices to pick from, ` +
    'that one of them comes near a printed number says nothing about what the authors did, and none of them is taken here because it fits.'
  );
}

export function choicesTable(render: TableRenderer): string {
  return render(CHOICE_NAMES, [
    { title: 'choice', value: (name) => SEARCH_CHOICES[name].name },
    { title: 'taken elsewhere', value: (name) => SEARCH_CHOICES[name].values[0]!.label },
    {
      title: 'or',
      value: (name) =>
        SEARCH_CHOICES[name].values
          .slice(1)
          .map(({ label }) => label)
          .join(' / '),
    },
  ]);
}

/** @param withChanges whether what is changed for the nearest value is a column */
export function reachTable(reaches: readonly Reach[], render: TableRenderer, withChanges: boolean): string {
  return render(reaches, [
    { title: 'SONIC against', value: ({ title }) => title },
    { title: 'ratio', value: ({ quantity }) => QUANTITIES[quantity] },
    { title: 'published', align: 'right', value: ({ published }) => String(published) },
    { title: 'taken', align: 'right', value: ({ taken }) => number3(taken) },
    { title: 'lowest', align: 'right', value: ({ lowest }) => number3(lowest) },
    { title: 'highest', align: 'right', value: ({ highest }) => number3(highest) },
    { title: 'nearest', align: 'right', value: ({ nearest }) => number3(nearest) },
    { title: 'within 10 %', align: 'right', value: ({ near }) => formatShare(near, 1) },
    ...(withChanges ? [{ title: 'nearest with', value: ({ changes }: Reach) => changesText(changes) }] : []),
  ]);
}

const TOGETHER = {
  all: 'all ten',
  fpsPerWatt: 'the five of FPS/W',
  energyPerBit: 'the five of energy per bit',
} as const;
const GROUPS = ['all', 'fpsPerWatt', 'energyPerBit'] as const;

/** The best combination for all ratios, and for those of a kind. */
export function togetherTable({ ratios }: SearchTable, { together }: SearchAnalysis, render: TableRenderer): string {
  const rows = ratios.map((ratio, r) => ({ ratio, r }));
  const column = (group: (typeof GROUPS)[number]) => ({
    title: `best for ${TOGETHER[group]}`,
    align: 'right' as const,
    value: ({ r }: { readonly r: number }) => number3(together[group].values[r]!),
  });
  return render(rows, [
    { title: 'SONIC against', value: ({ ratio }) => ratio.title },
    { title: 'ratio', value: ({ ratio }) => QUANTITIES[ratio.quantity] },
    { title: 'published', align: 'right', value: ({ ratio }) => String(ratio.published) },
    ...GROUPS.map(column),
  ]);
}

export function togetherLines({ together }: SearchAnalysis): string[] {
  const line = (group: (typeof GROUPS)[number], { factor, changes }: Together) =>
    `Best for ${TOGETHER[group]}: the farthest is ${number3(factor)} times off, with ${changesText(changes)}.`;
  return GROUPS.map((group) => line(group, together[group]));
}

/** Pairs that exclude each other, the worst first. */
export function conflictText({ conflicts }: SearchAnalysis, count = 3): string {
  const pairs = conflicts
    .slice(0, count)
    .map(
      ({ pair: [a, b], factor }) => `${nameOf(a)} with ${nameOf(b)} (one of them ${number3(factor)} times off at best)`,
    );
  return `Farthest from each other, two by two: ${pairs.join('; ')}.`;
}

/** How the best factor grows as choices are held, in the order that costs least. */
export function frozenTable({ frozen, together }: SearchAnalysis, combinations: number, render: TableRenderer): string {
  const rows = [{ choice: null, combinations, factor: together.all.factor }, ...frozen];
  return render(rows, [
    {
      title: 'held as taken elsewhere, one after the other',
      value: ({ choice }) =>
        choice === null ? '(none)' : `${SEARCH_CHOICES[choice].name}: ${SEARCH_CHOICES[choice].values[0]!.label}`,
    },
    { title: 'combinations left', align: 'right', value: ({ combinations: left }) => formatCount(left) },
    { title: 'farthest of the ten, times off', align: 'right', value: ({ factor }) => number3(factor) },
  ]);
}

/** The best factor with one choice held at each of its values, all others free. */
export function heldTable({ held }: SearchAnalysis, render: TableRenderer): string {
  return render(CHOICE_NAMES, [
    { title: 'choice held by itself', value: (name) => SEARCH_CHOICES[name].name },
    {
      title: 'farthest of the ten, times off',
      value: (name) =>
        held
          .filter(({ choice }) => choice === name)
          .map(({ label, factor }) => `${label}: ${number3(factor)}`)
          .join(' / '),
    },
  ]);
}

const within = (value: number, [lowest, highest]: Interval) => value >= lowest && value <= highest;
const intervalText = ([lowest, highest]: Interval) => `${number3(lowest)} to ${number3(highest)}`;

/** R by definition of a bit: what combinations give, beside the printed one. */
export function bitsTable({ bits }: SearchAnalysis, render: TableRenderer): string {
  const of = ({ scaleFree }: BitReach, title: string) => scaleFree.find((one) => one.title === title)!;
  return render(bits[0]!.scaleFree, [
    { title: 'SONIC against', value: ({ title }) => title },
    { title: 'R published', align: 'right', value: ({ published }) => number3(published) },
    ...(['same', 'mixed'] as const).flatMap((kind) =>
      bits.map((reach) => ({
        title: `${reach.rule}${kind === 'mixed' ? ', averaged apart' : ''}`,
        align: 'right' as const,
        value: ({ title }: { readonly title: string }) => intervalText(of(reach, title)[kind]),
      })),
    ),
  ]);
}

/** What the intervals of R say of one definition: no more than they do. */
function bitLine({ rule, factor, scaleFree }: BitReach): string {
  const outside = (kind: 'same' | 'mixed') => scaleFree.filter((one) => !within(one.published, one[kind]));
  const [same, mixed] = [outside('same'), outside('mixed')];
  const titles = (some: BitReach['scaleFree']) =>
    some.length === scaleFree.length ? `all ${some.length}` : some.map(({ title }) => title).join(', ');
  const verdict =
    mixed.length > 0
      ? `excluded, however each ratio is averaged: the printed R of ${titles(mixed)} lies outside`
      : same.length > 0
        ? `possible only where the two ratios are averaged differently: averaged alike, the printed R of ${titles(same)} lies outside`
        : 'not excluded: every printed R lies inside';
  const alike = mixed.length > 0 && same.length > mixed.length ? ` (averaged alike, that of ${titles(same)})` : '';
  return `- \`${rule}\`: ${verdict}${alike}. Of the five energies per bit together the farthest is ${number3(factor)} times off at best.`;
}

export function bitsText({ bits }: SearchAnalysis): string {
  const excluded = bits.every(({ scaleFree }) => scaleFree.some((one) => !within(one.published, one.mixed)));
  const nearest = [...bits].sort((a, b) => a.factor - b.factor)[0]!;
  return [
    'R is the energy-per-bit ratio over the FPS/W ratio: common factors of power and speed cancel in it, so it tells definitions of a bit apart.',
    bits.map(bitLine).join('\n'),
    excluded
      ? `So under these models none of the three definitions is the paper's; that \`${nearest.rule}\` comes nearest does not make it so.`
      : "A definition that is not excluded is not thereby the paper's.",
  ].join('\n\n');
}

/** The report, several lines without the last line break. */
export function renderSearch(table: SearchTable, analysis: SearchAnalysis): string {
  const { combinations, elapsed_s } = table;
  const { reaches } = analysis;
  return [
    `${formatCount(combinations)} combinations of ${CHOICE_NAMES.length} choices that the papers leave open, in ${elapsed_s.toFixed(1)} s`,
    choicesTable(textTable),
    reachTable(reaches, textTable, false),
    reaches.map((reach) => `nearest for ${nameOf(reach)}: ${changesText(reach.changes)}`).join('\n'),
    unreachedText(reaches),
    togetherTable(table, analysis, textTable),
    togetherLines(analysis).join('\n'),
    conflictText(analysis),
    heldTable(analysis, textTable),
    frozenTable(analysis, combinations, textTable),
    bitsTable(analysis, textTable),
    bitsText(analysis),
    cautionText(table),
  ].join('\n\n');
}

/** The same in Markdown, without headings. */
export function searchSections(table: SearchTable, analysis: SearchAnalysis, render: TableRenderer): string[] {
  const { reaches } = analysis;
  return [
    choicesTable(render),
    reachTable(reaches, render, true),
    unreachedText(reaches),
    togetherTable(table, analysis, render),
    togetherLines(analysis).join(' '),
    conflictText(analysis),
    frozenTable(analysis, table.combinations, render),
    heldTable(analysis, render),
    bitsTable(analysis, render),
    bitsText(analysis),
    cautionText(table),
  ];
}

/** What JSON has: labels in place of numbers of values. */
export function searchJson({ combinations, elapsed_s, ratios }: SearchTable, analysis: SearchAnalysis): object {
  const labels = (combination: number) => {
    const at = combinationAt(combination);
    return Object.fromEntries(CHOICE_NAMES.map((name) => [name, SEARCH_CHOICES[name].values[at[name]]!.label]));
  };
  const named = <T extends { readonly combination: number }>(found: T) => ({
    ...found,
    choices: labels(found.combination),
  });
  const { reaches, together, ...rest } = analysis;
  return {
    choices: Object.fromEntries(
      CHOICE_NAMES.map((name) => [
        name,
        { name: SEARCH_CHOICES[name].name, values: SEARCH_CHOICES[name].values.map(({ label }) => label) },
      ]),
    ),
    combinations,
    elapsed_s,
    ratios,
    reaches: reaches.map(named),
    unreached: reaches.filter((reach) => factorOf(reach) > NEAR).map(nameOf),
    together: Object.fromEntries(GROUPS.map((group) => [group, named(together[group])])),
    ...rest,
    caution: cautionText({ combinations }),
  };
}
