/** A first draft of an architecture file from the names and shapes of a checkpoint's tensors; it runs as it is written. */
import type { NamedShape } from '../../tensorList.js';
import { Drafter, type Guesses } from './drafter.js';
import { commonPrefix, type Group, groupsOf, PARTS } from './groups.js';
import { lineText, quoted } from './lines.js';
import { fittingGuesses, sidesFor } from './plainStack.js';

/** Images of data sets that are known, by their numbers: what flat inputs may be. */
const IMAGES: Readonly<Record<number, string>> = {
  784: '[28, 28, 1]',
  3072: '[32, 32, 3]',
  27648: '[96, 96, 3]',
  150528: '[224, 224, 3]',
};
/** Lines of `ignore` before it becomes a star. */
const MOST_IGNORED = 200;

/** What the network takes, from its first layer with weights. */
function guessesFor(groups: readonly Group[]): Guesses {
  const first = groups.find(({ tensors }) => [2, 4].includes(tensors.get('weight')?.length ?? 0));
  const weight = first?.tensors.get('weight');
  const plain = { padded: 'all' as const, pools: new Set<number>() };
  if (weight?.length === 2) return { input: [weight[1]!], ...plain };
  const channels = weight?.[1] ?? 1;
  const side = sidesFor(channels)[0]!;
  return fittingGuesses(groups, channels) ?? { input: [side, side, channels], ...plain };
}

/** Names that no layer takes: whole modules with a star. */
function ignored(tensors: readonly NamedShape[], leftOut: readonly Group[]): readonly string[] {
  const isKnown = (name: string) => name.lastIndexOf('.') > 0 && PARTS.includes(name.slice(name.lastIndexOf('.') + 1));
  const strange = tensors.filter(({ name }) => !isKnown(name)).map(({ name }) => name);
  const all = [
    ...leftOut.flatMap(({ prefix, tensors: parts }) => [...parts.keys()].map((part) => `${prefix}.${part}`)),
    ...strange,
  ].filter((name) => !name.endsWith('.num_batches_tracked'));
  return all.length > MOST_IGNORED || all.some((name) => name.length > MOST_IGNORED) ? ['*'] : all;
}

/**
 * YAML to start from. It says itself what is a guess.
 * @param title name of the checkpoint
 */
export function architectureSkeleton(tensors: readonly NamedShape[], title: string): string {
  const groups = groupsOf(tensors);
  const before = commonPrefix(groups.map(({ prefix }) => prefix));
  const { input, ...guesses } = guessesFor(groups);
  const { lines, leftOut } = new Drafter(groups, before, { input, ...guesses }).draft();
  const image = input.length === 1 ? IMAGES[input[0]!] : undefined;
  const width = Math.max(0, ...lines.map((line) => lineText(line).length)) + 4;
  const head = (text: string, remark: string) => `${text.padEnd(40)} # ${remark}`;
  const ignore = ignored(tensors, leftOut);
  return [
    '# A draft, made from names and shapes of the tensors alone. It runs as it is, but they say nothing of activations,',
    '# pools, strides, padding and most shortcuts: correct those (docs/importing.md), then pass this file with --architecture.',
    `name: ${quoted(title)}`,
    head(`input: [${input.join(', ')}]`, input.length === 3 ? 'rows, columns, channels: a guess' : 'features'),
    image
      ? head(`preprocessing: { scale: 1/255, image: ${image} }`, 'a guess; also mean, std, channels')
      : head('preprocessing: { scale: 1/255 }', 'a guess; also mean, std, channels'),
    ...(before ? [`prefix: ${quoted(before)}`] : []),
    ...(ignore.length > 0
      ? [
          '# Tensors that this draft has no layer for:',
          'ignore:',
          ...ignore.map((name) => `  - ${JSON.stringify(name)}`),
        ]
      : []),
    'layers:',
    ...lines.map((line) => `  - ${line.remark ? `${lineText(line).padEnd(width)}# ${line.remark}` : lineText(line)}`),
    '',
  ].join('\n');
}
