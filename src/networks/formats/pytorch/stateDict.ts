/** Which of the dicts in a checkpoint is the state_dict. */
import { FormatError } from '../../../base/errors.js';
import { nearest } from '../../../base/text/nearest.js';
import { printable } from '../../../base/text/printable.js';
import { LazyTensor } from './tensors.js';
import { PyDict } from './unpickler.js';

/** Names of dicts that state_dicts hide in, the first found being taken: {state_dict: ...} and the like. */
const WRAPPERS = ['state_dict', 'model_state_dict', 'model_state', 'model', 'net', 'module'];
const MAXIMUM_DEPTH = 4;
/** Names that a message lists. */
const LISTED = 8;

type Tensors = readonly (readonly [string, LazyTensor])[];

export interface StateDict {
  readonly tensors: Tensors;
  readonly notes: readonly string[];
}

const tensorsIn = (dict: PyDict): Tensors =>
  [...dict.entries].flatMap(([key, value]) =>
    value instanceof LazyTensor ? [[String(key), value] as [string, LazyTensor]] : [],
  );

/** Weights have at least two axes somewhere; what optimisers, schedulers and random generators keep is under numbers or has one. */
const isStateDict = (tensors: Tensors) => tensors.some(([name, { shape }]) => shape.length >= 2 && name !== '');

/** Every dict with weights, each once, by its path with dots; the outermost wins where one holds another. */
function candidates(
  dict: PyDict,
  path: string,
  depth: number,
  found: Map<string, Tensors>,
  seen = new Set<PyDict>(),
): Map<string, Tensors> {
  if (seen.has(dict)) return found;
  seen.add(dict);
  const tensors = tensorsIn(dict);
  if (isStateDict(tensors)) return found.set(path, tensors);
  if (depth >= MAXIMUM_DEPTH) return found;
  for (const [key, value] of dict.entries)
    if (typeof key === 'string' && value instanceof PyDict)
      candidates(value, path === '' ? key : `${path}.${key}`, depth + 1, found, seen);
  return found;
}

const listed = (names: Iterable<string>) => {
  const all = [...names];
  const shown = all.slice(0, LISTED).map((name) => `'${printable(name)}'`);
  return `${shown.join(', ')}${all.length > LISTED ? ', ...' : ''}`;
};

/** A dict of small vectors alone is a state_dict too, if nothing else is. */
function onlyVectors(value: PyDict): Tensors {
  let dict = value;
  for (let depth = 0; depth < MAXIMUM_DEPTH; depth++) {
    const tensors = tensorsIn(dict);
    if (tensors.length > 0) return tensors;
    const inner: PyDict = dict;
    const key = WRAPPERS.find((name) => inner.entries.get(name) instanceof PyDict);
    if (key === undefined) break;
    dict = inner.entries.get(key) as PyDict;
  }
  return [];
}

/** The place of a path among WRAPPERS; those that are not there come last. */
const rankOf = (path: string) => {
  const rank = WRAPPERS.indexOf(path.split('.')[0]!);
  return rank < 0 ? WRAPPERS.length : rank;
};

/**
 * The state_dict in what was saved.
 * @param wanted path of the dict where there are several, with dots; undefined: the one there is, or the model's own
 * @throws FormatError where there is none, or none of that name, or several of which none has a model's usual name
 */
export function findStateDict(value: unknown, wanted: string | undefined, place: string): StateDict {
  if (!(value instanceof PyDict))
    throw new FormatError(`${place}: the pickle holds no state_dict; save model.state_dict()`);
  const found = candidates(value, '', 0, new Map());
  if (found.size === 0) {
    const vectors = onlyVectors(value);
    if (vectors.length > 0) found.set('', vectors);
  }
  if (found.size === 0) {
    const keys = [...value.entries.keys()].map(String);
    throw new FormatError(
      `${place}: no tensors are found under ${WRAPPERS.join(', ')} or any other name; the file holds ${keys.length === 0 ? 'nothing' : listed(keys)}. Save model.state_dict()`,
    );
  }
  if (wanted !== undefined) {
    const tensors = found.get(wanted);
    if (tensors) return { tensors, notes: [] };
    const near = nearest(wanted, [...found.keys()]);
    const there = found.has('')
      ? 'its only state_dict stands by itself, leave --key out'
      : `there are ${listed(found.keys())}`;
    throw new FormatError(
      `${place}: no state_dict '${printable(wanted)}' (--key)${near ? `, did you mean '${printable(near)}'?` : ''}; ${there}`,
    );
  }
  const ranked = [...found.keys()].sort((a, b) => rankOf(a) - rankOf(b));
  const first = ranked[0]!;
  if (found.size === 1) return { tensors: found.get(first)!, notes: [] };
  if (rankOf(first) === WRAPPERS.length || rankOf(first) === rankOf(ranked[1]!))
    throw new FormatError(
      `${place}: the file holds ${found.size} state_dicts: ${listed(ranked)}; choose one with --key`,
    );
  const others = listed(ranked.slice(1));
  return {
    tensors: found.get(first)!,
    notes: [`the file holds ${found.size} state_dicts: '${printable(first)}' is taken, not ${others} (--key chooses)`],
  };
}
