/** Activation scales that a quantised network brings along: the width of the grid that a layer's input is on. */
import type { Layer, Network } from '../../networks/types.js';
import { macSpecs } from '../compiler/network.js';

/** Whether every value of a layer's output is one of its inputs, or zero: what keeps a grid. */
function keepsGrid(layer: Layer): boolean {
  switch (layer.kind) {
    case 'flatten':
    case 'reshape':
    case 'transpose':
    case 'slice':
    case 'tile':
    case 'concat':
    case 'maximum':
    case 'minimum':
      return true;
    case 'activation':
      return layer.function === 'relu' || layer.function === 'abs';
    case 'pool2d':
    case 'globalPool2d':
      return layer.mode === 'max';
    case 'pad':
      return layer.value === 0;
    case 'reduce':
      return layer.mode === 'max';
    default:
      return false;
  }
}

/**
 * S_x of every MAC layer, in their order: (high - low) scale of the grid of its input, so that a DAC of as many bits has the
 * network's own codes and one of more bits has them among its own; the widest of several; null where the input is on none.
 */
export function givenScales(network: Network): (number | null)[] {
  const layers = new Map(network.layers.map((layer) => [layer.name, layer]));
  const known = new Map<string, number | null>();
  // Layers come after their inputs.
  for (const layer of network.layers) {
    if (layer.kind === 'quantise') known.set(layer.name, (layer.high - layer.low) * layer.scale);
    else if (keepsGrid(layer)) {
      const widths = layer.inputs.map((name) => known.get(name) ?? null);
      known.set(layer.name, widths.some((width) => width === null) ? null : Math.max(...(widths as number[])));
    }
  }
  return macSpecs(network).map(({ name }) => known.get(layers.get(name)!.inputs[0]!) ?? null);
}
