/** A first draft of an architecture file from the names and shapes of a checkpoint's tensors. */
import type { NamedShape } from '../tensorList.js';

interface Group {
  readonly prefix: string;
  readonly tensors: Map<string, readonly number[]>;
}

const PYTORCH_PARTS = ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked'];

/** Tensors by what stands before their last dot, in the order of the file. */
function groupsOf(tensors: readonly NamedShape[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const { name, shape } of tensors) {
    const dot = name.lastIndexOf('.');
    const prefix = name.slice(0, Math.max(0, dot));
    const group = groups.get(prefix) ?? { prefix, tensors: new Map() };
    group.tensors.set(name.slice(dot + 1), shape);
    groups.set(prefix, group);
  }
  return [...groups.values()];
}

/** What all names begin with, up to a dot. */
function commonPrefix(names: readonly string[]): string {
  const first = names[0] ?? '';
  const parts = first.split('.').slice(0, -1);
  let prefix = '';
  for (const part of parts) {
    const longer = `${prefix}${part}.`;
    // 'layers.0.' must not swallow the numbers of the layers.
    if (names.length < 2 || !names.every((name) => name.startsWith(longer))) break;
    prefix = longer;
  }
  return prefix;
}

/** Text that YAML reads back as itself. */
const quoted = (text: string) => (/^[A-Za-z_][\w.-]*$/.test(text) ? text : JSON.stringify(text));

interface Line {
  readonly text: string;
  readonly remark: string;
}

function layerLines(
  { prefix, tensors }: Group,
  before: string,
  next: Group | undefined,
  state: { wasImage: boolean },
): Line[] {
  const name = quoted(prefix.slice(before.length));
  const weight = tensors.get('weight');
  if (tensors.has('running_mean')) {
    return [
      { text: `{ batchNorm: ${name} }`, remark: `${tensors.get('running_mean')![0]} channels` },
      { text: 'relu', remark: 'a guess' },
    ];
  }
  if (weight?.length === 4) {
    const [filters, channels, rows, columns] = weight as [number, number, number, number];
    state.wasImage = true;
    const padding = rows > 1 ? `, padding: ${Math.floor(rows / 2)}` : '';
    return [
      {
        text: `{ conv2d: ${name}${padding} }`,
        remark: `${rows} x ${columns}, ${channels} -> ${filters}${padding ? '; padding and stride are a guess' : ''}`,
      },
      ...(next?.tensors.has('running_mean') ? [] : [{ text: 'relu', remark: 'a guess' }]),
    ];
  }
  if (weight?.length === 2) {
    const flatten = state.wasImage
      ? [{ text: 'flatten', remark: 'or globalAveragePool' }]
      : [{ text: 'relu', remark: 'a guess' }];
    state.wasImage = false;
    return [...flatten, { text: `{ dense: ${name} }`, remark: `${weight[1]} -> ${weight[0]}` }];
  }
  const shapes = [...tensors].map(([part, shape]) => `${part} [${shape.join(', ')}]`).join(', ');
  return [{ text: `# ${prefix}: ${shapes}`, remark: 'of no kind that is known; leave it out under ignore' }];
}

/**
 * YAML to start from. It says itself what is a guess.
 * @param title name of the checkpoint
 */
export function architectureSkeleton(tensors: readonly NamedShape[], title: string): string {
  const before = commonPrefix(tensors.map(({ name }) => name));
  const state = { wasImage: false };
  const known = tensors.filter(({ name }) => PYTORCH_PARTS.includes(name.slice(name.lastIndexOf('.') + 1)));
  const lines = groupsOf(known).flatMap((group, i, all) => layerLines(group, before, all[i + 1], state));
  const firstConv = known.find(({ shape, name }) => shape.length === 4 && name.endsWith('weight'));
  const channels = firstConv?.shape[1] ?? 1;
  const firstDense = known.find(({ shape, name }) => shape.length === 2 && name.endsWith('weight'));
  const side = channels === 1 ? 28 : 32;
  const input = firstConv ? `[${side}, ${side}, ${channels}]` : `[${firstDense?.shape[1] ?? 784}]`;
  const width = Math.max(0, ...lines.map(({ text }) => text.length)) + 4;
  const strange = tensors.length - known.length;
  return [
    '# A draft, made from names and shapes of the tensors alone. They say nothing of activations, pools, strides,',
    '# padding and shortcuts: fill those in (docs/importing.md), then pass this file with --architecture.',
    `name: ${quoted(title)}`,
    `input: ${input}${' '.repeat(Math.max(1, 34 - input.length))}# rows, columns, channels: a guess`,
    'preprocessing: { scale: 1/255 }          # a guess; also mean, std, channels',
    ...(before ? [`prefix: ${quoted(before)}`] : []),
    ...(strange > 0 ? [`# ${strange} tensor(s) with names of another kind are left out`] : []),
    'layers:',
    ...lines.map(({ text, remark }) => (text.startsWith('#') ? `  ${text}` : `  - ${text.padEnd(width)}# ${remark}`)),
    '',
  ].join('\n');
}
