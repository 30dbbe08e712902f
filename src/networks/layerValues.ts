/**
 * Values by layer as users give them: one for all convolutions and dense layers, or one for each that is named, by its name or
 * by a pattern in which * stands for anything.
 */
import { NetworkError } from '../base/errors.js';
import { nearest } from '../base/text/nearest.js';
import { matchesPattern } from '../base/text/wildcard.js';

/** null leaves the layer as it is. */
export type LayerValues = number | Readonly<Record<string, number | null>>;

/** More names than this are not listed in a message. */
const LISTED_NAMES = 12;

/**
 * Values by the layers' own names: a name goes before patterns, a later pattern before an earlier one.
 * @throws NetworkError for a name or pattern that no layer has.
 */
function byName(names: readonly string[], values: LayerValues, what: string): ReadonlyMap<string, number | null> {
  if (typeof values === 'number') return new Map(names.map((name) => [name, values]));
  const found = new Map<string, number | null>();
  const entries = Object.entries(values);
  const isPattern = ([key]: [string, unknown]) => key.includes('*') && !names.includes(key);
  for (const [key, value] of [...entries.filter(isPattern), ...entries.filter((entry) => !isPattern(entry))]) {
    const meant = names.includes(key) ? [key] : names.filter((name) => matchesPattern(key, name));
    if (meant.length === 0) throw unknown(key, names, what);
    for (const name of meant) found.set(name, value);
  }
  return found;
}

function unknown(name: string, names: readonly string[], what: string): NetworkError {
  const near = nearest(name, names);
  const listed = names.length > LISTED_NAMES ? [...names.slice(0, LISTED_NAMES), '...'] : names;
  const hint = near ? `did you mean '${near}'?` : `they are ${listed.join(', ')}`;
  return new NetworkError(
    `${what} for '${name}': no convolution or dense layer ${name.includes('*') ? 'fits that pattern' : 'has that name'}; ${hint}`,
  );
}

/**
 * The value of each layer that has one: the given one, else the default; layers with neither are absent.
 * @param names of all convolutions and dense layers.
 * @param what what the value is, for the message.
 * @throws NetworkError naming the nearest layer if there is none of a name.
 */
export function layerValues(
  names: readonly string[],
  given: LayerValues | undefined,
  what: string,
  defaults: LayerValues = {},
): Map<string, number> {
  const [own, others] = [byName(names, given ?? {}, what), byName(names, defaults, what)];
  const values = new Map<string, number>();
  for (const name of names) {
    const value = own.has(name) ? own.get(name) : others.get(name);
    if (value !== undefined && value !== null) values.set(name, value);
  }
  return values;
}
