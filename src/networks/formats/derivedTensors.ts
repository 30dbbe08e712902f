/**
 * Weights that a checkpoint holds in parts, put together as PyTorch does in its forward pass: pruned ones
 * (torch.nn.utils.prune, torch.ao.pruning), weight and spectral norms in both their spellings (torch.nn.utils.weight_norm,
 * torch.nn.utils.parametrizations), and those of fake quantisers (torch.ao.quantization).
 */
import { FormatError } from '../../base/errors.js';
import { printable } from '../../base/text/printable.js';
import { applyFakeQuantisers } from './fakeQuantisers.js';
import type { Constant } from './import/constant.js';

export interface DerivedTensors {
  readonly tensors: ReadonlyMap<string, Constant>;
  /** What was put together or left out, one line a kind. */
  readonly notes: readonly string[];
}

type Parts = Readonly<Record<string, Constant>>;

const sameShape = (a: Constant, b: Constant) => a.shape.join() === b.shape.join();

/** weight * mask; a mask of one number a filter counts for all of the filter's weights. */
function masked(weight: Constant, mask: Constant): Constant | null {
  if (sameShape(weight, mask))
    return { shape: weight.shape, data: weight.data.map((value, i) => value * mask.data[i]!) };
  if (mask.shape.length !== 1 || mask.shape[0] !== weight.shape[0] || weight.data.length === 0) return null;
  const size = weight.data.length / mask.shape[0]!;
  return { shape: weight.shape, data: weight.data.map((value, i) => value * mask.data[Math.floor(i / size)]!) };
}

/** g v / |v|: the norm is over all axes along which g has one number. */
function weightNormed(g: Constant, v: Constant): Constant | null {
  const axes = v.shape.length;
  const gShape = g.shape.length === axes ? g.shape : g.data.length === 1 ? new Array<number>(axes).fill(1) : null;
  if (!gShape || gShape.some((length, axis) => length !== 1 && length !== v.shape[axis])) return null;
  // Where in g the number of element i of v stands.
  const at = new Uint32Array(v.data.length);
  let [step, gStep] = [1, 1];
  for (let axis = axes - 1; axis >= 0; axis--) {
    const length = v.shape[axis]!;
    if (gShape[axis] !== 1) for (let i = 0; i < at.length; i++) at[i]! += (Math.floor(i / step) % length) * gStep;
    step *= length;
    gStep *= gShape[axis]!;
  }
  const squares = new Float64Array(g.data.length);
  v.data.forEach((value, i) => {
    squares[at[i]!]! += value * value;
  });
  return { shape: v.shape, data: v.data.map((value, i) => (value * g.data[at[i]!]!) / Math.sqrt(squares[at[i]!]!)) };
}

/** W / (u' W v), W being [filters, the rest]; the vectors are those of the last training step, as in eval(). */
function spectralNormed(weight: Constant, u: Constant, v: Constant): Constant | null {
  const [rows, columns] = [u.data.length, v.data.length];
  if (weight.shape[0] !== rows || rows * columns !== weight.data.length) return null;
  let sigma = 0;
  weight.data.forEach((value, i) => {
    sigma += u.data[Math.floor(i / columns)]! * value * v.data[i % columns]!;
  });
  return { shape: weight.shape, data: weight.data.map((value) => value / sigma) };
}

/** A way in which a weight is kept in parts: their endings behind the weight's name, and what they make. */
interface Rule {
  readonly kind: string;
  readonly parts: readonly string[];
  readonly make: (parts: Parts) => Constant | null;
}

/** `NAME_orig` and the like, in the weight's own module. */
const SUFFIXED: readonly Rule[] = [
  { kind: 'pruned', parts: ['_orig', '_mask'], make: (p) => masked(p['_orig']!, p['_mask']!) },
  {
    kind: 'spectrally normalised',
    parts: ['_orig', '_u', '_v'],
    make: (p) => spectralNormed(p['_orig']!, p['_u']!, p['_v']!),
  },
  { kind: 'weight-normalised', parts: ['_g', '_v'], make: (p) => weightNormed(p['_g']!, p['_v']!) },
];

/** What stands behind `parametrizations.NAME.`. */
const PARAMETRISED: readonly Rule[] = [
  { kind: 'pruned', parts: ['original', '0.mask'], make: (p) => masked(p['original']!, p['0.mask']!) },
  {
    kind: 'spectrally normalised',
    parts: ['original', '0._u', '0._v'],
    make: (p) => spectralNormed(p['original']!, p['0._u']!, p['0._v']!),
  },
  {
    kind: 'weight-normalised',
    parts: ['original0', 'original1'],
    make: (p) => weightNormed(p['original0']!, p['original1']!),
  },
];

const PARAMETRIZATION = /^((?:.*\.)?)parametrizations\.([^.]+)\.(.+)$/;
const SUFFIX = /^(.+?)(_orig|_mask|_g|_u|_v)$/;

interface Group {
  /** Name of the whole weight. */
  readonly name: string;
  readonly parts: Record<string, Constant>;
  readonly isParametrisation: boolean;
}

/** Parts by the weight that they make, in the order of the file. */
function groupsOf(tensors: ReadonlyMap<string, Constant>): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  for (const [full, tensor] of tensors) {
    const parametrised = PARAMETRIZATION.exec(full);
    const suffixed = parametrised ? null : SUFFIX.exec(full);
    const [name, part] = parametrised
      ? [parametrised[1]! + parametrised[2]!, parametrised[3]!]
      : [suffixed?.[1], suffixed?.[2]];
    if (name === undefined) continue;
    const group = groups.get(name) ?? { name, parts: {}, isParametrisation: parametrised !== null };
    group.parts[part!] = tensor;
    groups.set(name, group);
  }
  return groups;
}

/** The rule whose parts are exactly those of a group. */
function ruleOf({ parts, isParametrisation }: Group): Rule | undefined {
  const given = Object.keys(parts).sort().join();
  return (isParametrisation ? PARAMETRISED : SUFFIXED).find(({ parts: wanted }) => [...wanted].sort().join() === given);
}

/**
 * The tensors with every weight whole.
 * @throws FormatError naming the weight whose parts do not fit each other, or whose parametrisation is not known
 */
export function wholeTensors(given: ReadonlyMap<string, Constant>, place: string): DerivedTensors {
  const counts = new Map<string, number>();
  const made = new Map<string, Constant>();
  const used = new Set<string>();
  const groups = groupsOf(given);
  const fullName = ({ name, isParametrisation }: Group, part: string) =>
    isParametrisation ? name.replace(/([^.]+)$/, `parametrizations.$1.${part}`) : name + part;
  for (const group of groups.values()) {
    const rule = ruleOf(group);
    const first = fullName(group, Object.keys(group.parts)[0]!);
    if (!rule) {
      // Names that only end so are tensors like any other.
      if (!group.isParametrisation) continue;
      throw new FormatError(
        `${place}: tensor '${printable(first)}': the parametrisation of '${printable(group.name)}' is none of pruning, weight norm and spectral norm; call torch.nn.utils.parametrize.remove_parametrizations(module, name) before saving`,
      );
    }
    if (given.has(group.name))
      throw new FormatError(`${place}: tensor '${printable(group.name)}' is there whole and in parts; leave one out`);
    const whole = rule.make(group.parts);
    if (!whole) {
      const shapes = Object.entries(group.parts).map(([part, { shape }]) => `${part} [${shape}]`);
      throw new FormatError(
        `${place}: the parts of '${printable(group.name)}' do not fit each other: ${shapes.join(', ')}`,
      );
    }
    for (const part of Object.keys(group.parts)) used.add(fullName(group, part));
    made.set(first, whole);
    counts.set(rule.kind, (counts.get(rule.kind) ?? 0) + 1);
  }
  const names = new Map(
    [...groups.values()].map((group) => [fullName(group, Object.keys(group.parts)[0]!), group.name]),
  );
  const tensors = new Map<string, Constant>();
  for (const [name, tensor] of given) {
    const whole = made.get(name);
    if (whole) tensors.set(names.get(name)!, whole);
    else if (!used.has(name)) tensors.set(name, tensor);
  }
  const notes = [...counts].map(
    ([kind, count]) => `${count} ${kind} tensor${count === 1 ? ' is' : 's are'} put together from parts`,
  );
  const quantised = applyFakeQuantisers(tensors, place);
  return { tensors: quantised.tensors, notes: [...notes, ...quantised.notes] };
}
