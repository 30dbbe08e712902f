/** A number for each layer that is to be compressed. */
import { NetworkError } from '../errors.js';
import { nearest } from '../nearest.js';
import { isMacLayer, type Network } from '../network/types.js';

/** One value for all convolutions and dense layers, or one for each that is named. */
export type LayerTargets = number | Readonly<Record<string, number>>;

/**
 * The value of each layer that has one.
 * @param what what the value is, for the message
 * @throws NetworkError naming the nearest layer if there is none of a name
 */
export function targetsOf(network: Network, targets: LayerTargets, what: string): Map<string, number> {
  const names = network.layers.filter(isMacLayer).map((layer) => layer.name);
  if (typeof targets === 'number') return new Map(names.map((name) => [name, targets]));
  for (const name of Object.keys(targets)) {
    if (names.includes(name)) continue;
    const near = nearest(name, names);
    const hint = near ? `did you mean '${near}'?` : `they are ${names.join(', ')}`;
    throw new NetworkError(
      `${what} for '${name}': no convolution or dense layer of network '${network.name}' has that name; ${hint}`,
    );
  }
  return new Map(Object.entries(targets));
}
