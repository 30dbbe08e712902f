/** Takes out of an imported network what computes nothing: exactly, but for constants merged in float64. */
import type { AffineLayer, Layer, Network } from '../../types.js';

type Draft = Pick<Network, 'inputShape' | 'layers' | 'output'>;

function readers(layers: readonly Layer[], output: string): Map<string, number> {
  const counts = new Map([[output, 1]]);
  for (const name of layers.flatMap((layer) => layer.inputs)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** Layers whose output nobody reads, and what only they read. */
function withoutDeadLayers({ layers, output, ...rest }: Draft): Draft {
  const live = new Set([output]);
  for (const layer of [...layers].reverse()) {
    if (live.has(layer.name)) for (const name of layer.inputs) live.add(name);
  }
  return { ...rest, output, layers: layers.filter((layer) => live.has(layer.name)) };
}

/** x s1 + b1, then x s2 + b2. */
function merged(first: AffineLayer, second: AffineLayer): AffineLayer {
  const length = Math.max(first.scale.length, second.scale.length);
  const at = (values: Float32Array, i: number) => values[values.length === 1 ? 0 : i]!;
  const scale = Float32Array.from({ length }, (_, i) => at(first.scale, i) * at(second.scale, i));
  const shift = Float32Array.from({ length }, (_, i) => at(first.shift, i) * at(second.scale, i) + at(second.shift, i));
  return { ...second, inputs: first.inputs, scale, shift };
}

const reshapes = (layer: Layer | undefined): boolean => layer?.kind === 'reshape' || layer?.kind === 'flatten';

/** What `layer` becomes where `source`, the only layer it reads and the only reader of it, is taken in; null if it cannot. */
function absorbed(source: Layer, layer: Layer): Layer | null {
  if (layer.kind !== 'affine') return null;
  if (source.kind === 'affine') return merged(source, layer);
  const isBias = layer.scale.every((value) => value === 1);
  if ((source.kind !== 'conv2d' && source.kind !== 'dense') || source.bias !== null || !isBias) return null;
  const filters = source.weightShape.at(-1)!;
  const bias = layer.shift.length === 1 ? new Float32Array(filters).fill(layer.shift[0]!) : layer.shift;
  return { ...source, bias };
}

/** Merges scalings into each other and shifts into biases; reshapes of reshapes become one. */
function mergePass(draft: Draft): Draft {
  const counts = readers(draft.layers, draft.output);
  const kept = new Map<string, Layer>();
  const renamed = new Map<string, string>();
  for (const given of draft.layers) {
    const layer = { ...given, inputs: given.inputs.map((name) => renamed.get(name) ?? name) };
    const source = kept.get(layer.inputs[0]!);
    if (source && reshapes(source) && reshapes(layer)) {
      kept.set(layer.name, { ...layer, inputs: source.inputs });
      continue;
    }
    const whole = source && counts.get(source.name) === 1 && layer.inputs.length === 1 ? absorbed(source, layer) : null;
    if (source && whole) {
      // A layer with weights keeps its own name, by which people know it; it stands where it stood.
      kept.set(source.name, { ...whole, name: source.name });
      renamed.set(layer.name, source.name);
      counts.set(source.name, counts.get(layer.name) ?? 0);
    } else {
      kept.set(layer.name, layer);
    }
  }
  return { ...draft, layers: [...kept.values()], output: renamed.get(draft.output) ?? draft.output };
}

/** The network's output without a softmax behind the logits, and the grid it may be on: they change no decision but a tie. */
function withoutFinalSoftmax(draft: Draft): { draft: Draft; dropped: boolean } {
  const named = (name: string | undefined) => draft.layers.find((layer) => layer.name === name);
  const output = named(draft.output);
  const last = output?.kind === 'quantise' ? named(output.inputs[0]) : output;
  if (last?.kind !== 'softmax' || last.inputs[0] === 'input') return { draft, dropped: false };
  return { draft: { ...draft, output: last.inputs[0]! }, dropped: true };
}

/** A simpler network with the same decisions; `droppedSoftmax` says whether one at the end was left out. */
export function simplify(given: Draft): { draft: Draft; droppedSoftmax: boolean } {
  const { draft, dropped } = withoutFinalSoftmax(given);
  return { draft: withoutDeadLayers(mergePass(withoutDeadLayers(draft))), droppedSoftmax: dropped };
}
