/** A number for each layer that is to be compressed. */
import { type LayerValues, layerValues } from '../layerValues.js';
import { isMacLayer, type Network } from '../types.js';

/** One value for all convolutions and dense layers, or one for each that is named; null leaves a layer as it is. */
export type LayerTargets = LayerValues;

const macNames = (network: Network) => network.layers.filter(isMacLayer).map(({ name }) => name);

/**
 * The value of each layer that has one.
 * @param what what the value is, for the message
 * @throws NetworkError naming the nearest layer if there is none of a name
 */
export function targetsOf(network: Network, targets: LayerTargets, what: string): Map<string, number> {
  return layerValues(macNames(network), targets, what);
}

/**
 * Targets that name some layers, with the default for those that they do not name.
 * @param what what the value is, for the message
 * @throws NetworkError naming the nearest layer if there is none of a name
 */
export function targetsOver(
  network: Network,
  given: LayerTargets | undefined,
  defaults: LayerTargets,
  what: string,
): LayerTargets {
  if (given === undefined || typeof given === 'number') return given ?? defaults;
  return Object.fromEntries(layerValues(macNames(network), given, what, defaults));
}
