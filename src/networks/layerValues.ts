/** Values by layer as users give them: one for all convolutions and dense layers, or one for each that is named. */
import { NetworkError } from '../base/errors.js';
import { nearest } from '../base/text/nearest.js';

/** null leaves the layer as it is. */
export type LayerValues = number | Readonly<Record<string, number | null>>;

/** More names than this are not listed in a message. */
const LISTED_NAMES = 12;

const byName = (names: readonly string[], values: LayerValues): ReadonlyMap<string, number | null> =>
  new Map(typeof values === 'number' ? names.map((name) => [name, values]) : Object.entries(values));

function unknown(name: string, names: readonly string[], what: string): NetworkError {
  const near = nearest(name, names);
  const listed = names.length > LISTED_NAMES ? [...names.slice(0, LISTED_NAMES), '...'] : names;
  const hint = near ? `did you mean '${near}'?` : `they are ${listed.join(', ')}`;
  return new NetworkError(`${what} for '${name}': no convolution or dense layer has that name; ${hint}`);
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
  const [own, others] = [byName(names, given ?? {}), byName(names, defaults)];
  for (const name of [...own.keys(), ...others.keys()]) if (!names.includes(name)) throw unknown(name, names, what);
  const values = new Map<string, number>();
  for (const name of names) {
    const value = own.has(name) ? own.get(name) : others.get(name);
    if (value !== undefined && value !== null) values.set(name, value);
  }
  return values;
}
