/** Tensors of a checkpoint by the layer they belong to, in the order in which the network runs them as far as names tell. */
import type { NamedShape } from '../../tensorList.js';

/** What PyTorch calls the tensors of convolutions, dense layers and batch normalisations. */
export const PARTS = ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked'];

export interface Group {
  /** What stands before the last dot of its tensors. */
  readonly prefix: string;
  readonly tensors: ReadonlyMap<string, readonly number[]>;
}

const TAIL = /^(fc|linear|dense|classifier|head|heads|output|out|logits|last_linear)$/;
const STEM = /^(stem|patch_embed|input|first)$/;
const SHORTCUT = /^(downsample|shortcut|skip|proj|projection|identity)$/;
const CONVOLUTION = /^conv$/;
const NORMALISATION = /^(bn|norm|batchnorm|batch_norm)$/;

/** Whether a part of a name says that its layers stand beside the others of their block. */
export const isShortcut = (part: string) => SHORTCUT.test(part);

/** Where a part of a name stands among its siblings: by kind, by number, convolution before normalisation. */
function rankOf(part: string): readonly [number, number, number] {
  const [, letters, digits] = /^(.*?)[_-]?(\d*)$/.exec(part)!;
  const word = letters!.toLowerCase();
  const role = CONVOLUTION.test(word) ? 0 : NORMALISATION.test(word) ? 1 : 2;
  const number = digits === '' ? -1 : Number(digits);
  if (STEM.test(word)) return [0, number, role];
  if (TAIL.test(word)) return [3, number, role];
  if (SHORTCUT.test(word)) return [2, number, role];
  return [1, number, role];
}

function compare(a: string, b: string): number {
  const [left, right] = [a.split('.'), b.split('.')];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    if (left[i] === right[i]) continue;
    const [x, y] = [rankOf(left[i]!), rankOf(right[i]!)];
    for (let k = 0; k < 3; k++) if (x[k] !== y[k]) return x[k]! - y[k]!;
    return 0;
  }
  return left.length - right.length;
}

const isSorted = (names: readonly string[]) => names.every((name, i) => i === 0 || names[i - 1]! <= name);

/**
 * Whether the file's order is that of the definition, as PyTorch writes it: neither alphabetical, as others do, nor against
 * the numbers of siblings, nor with the classifier before anything else.
 */
function isDefinitionOrder(prefixes: readonly string[]): boolean {
  if (prefixes.length > 2 && isSorted(prefixes)) return false;
  return prefixes.every((prefix, i) => {
    if (i === 0) return true;
    const [left, right] = [prefixes[i - 1]!.split('.'), prefix.split('.')];
    const at = left.findIndex((part, k) => part !== right[k]);
    if (at < 0 || right[at] === undefined) return true;
    const [x, y] = [rankOf(left[at]!), rankOf(right[at]!)];
    const stems = [left[at]!, right[at]!].map((part) => part.replace(/\d+$/, ''));
    return !(x[0] === 3 && x[1] < 0 && y[0] < 3) && !(stems[0] === stems[1] && x[1] > y[1]);
  });
}

/** Tensors with PyTorch's names, by layer. */
export function groupsOf(tensors: readonly NamedShape[]): readonly Group[] {
  const groups = new Map<string, Map<string, readonly number[]>>();
  for (const { name, shape } of tensors) {
    const dot = name.lastIndexOf('.');
    const part = name.slice(dot + 1);
    if (dot <= 0 || !PARTS.includes(part)) continue;
    const group = groups.get(name.slice(0, dot)) ?? new Map<string, readonly number[]>();
    groups.set(name.slice(0, dot), group.set(part, shape));
  }
  const prefixes = [...groups.keys()];
  const ordered = isDefinitionOrder(prefixes) ? prefixes : [...prefixes].sort(compare);
  return normalisedFirst(ordered.map((prefix) => ({ prefix, tensors: groups.get(prefix)! })));
}

const parentOf = (prefix: string) => prefix.slice(0, prefix.lastIndexOf('.') + 1);

/** Normalisations that fit only what the convolution before them takes come before it, as in DenseNet. */
function normalisedFirst(groups: readonly Group[]): readonly Group[] {
  const result = [...groups];
  for (let i = 0; i + 1 < result.length; i++) {
    const [layer, next] = [result[i]!, result[i + 1]!];
    const weight = layer.tensors.get('weight');
    const channels = next.tensors.get('running_mean')?.[0];
    if (weight?.length !== 4 || channels === undefined || parentOf(layer.prefix) !== parentOf(next.prefix)) continue;
    if (channels === weight[1] && channels !== weight[0]) result.splice(i, 2, next, layer);
  }
  return result;
}

/** What all prefixes begin with, up to a dot; the numbers of layers and a whole prefix are no part of it. */
export function commonPrefix(prefixes: readonly string[]): string {
  let common = '';
  if (prefixes.length < 2) return common;
  for (const part of prefixes[0]!.split('.').slice(0, -1)) {
    const longer = `${common}${part}.`;
    if (!prefixes.every((prefix) => prefix.startsWith(longer))) break;
    common = longer;
  }
  return common;
}
