/** A Keras model's configuration and weights as a Network. */
import { FormatError } from '../../../base/errors.js';
import { printable } from '../../../base/text/printable.js';
import { finishNetwork, type Imported } from '../import/finish.js';
import { beginNetwork, type NetworkInput } from '../import/input.js';
import type { Preprocessing } from '../import/preprocessing.js';
import { type Site, siteError, unsupported } from '../import/site.js';
import type { Value } from '../import/value.js';
import { Config } from './config.js';
import type { KerasDialect } from './kerasActivations.js';
import {
  inputShapeOf,
  isModel,
  type KerasGraph,
  type KerasLayer,
  parseKerasModel,
  type TensorRef,
} from './kerasGraph.js';
import { KERAS_LAYERS } from './kerasLayers.js';
import { WeightReader, type WeightSource } from './kerasWeights.js';

export interface KerasSource {
  readonly place: string;
  readonly name: string;
  /** Configuration of the model: {class_name, config}. */
  readonly model: unknown;
  readonly weights: WeightSource;
  readonly dialect: KerasDialect;
  readonly preprocessing: Preprocessing;
}

interface Scope {
  readonly source: KerasSource;
  readonly input: NetworkInput;
  /** Names of the models around. */
  readonly path: readonly string[];
  /** Calls of layers so far: models within models could multiply without end. */
  readonly spent: { calls: number };
}

const MAXIMUM_CALLS = 100_000;

const MAXIMUM_DEPTH = 8;
const key = ({ layer, call }: TensorRef) => `${call}:${layer}`;

/** Calls of all layers in an order in which every input is there before it is needed. */
function orderedCalls(graph: KerasGraph, place: string): { layer: KerasLayer; call: number }[] {
  const waiting = new Map<string, { layer: KerasLayer; call: number; missing: number }>();
  const readers = new Map<string, string[]>();
  const given = new Set(graph.inputs.map(({ layer }) => layer));
  for (const layer of graph.layers) {
    if (given.has(layer.name)) continue;
    for (const [call, inputs] of layer.calls.entries()) {
      const own = key({ layer: layer.name, call });
      const needed = new Set(inputs.filter((input) => !given.has(input.layer)).map(key));
      waiting.set(own, { layer, call, missing: needed.size });
      for (const input of needed) {
        const others = readers.get(input);
        if (others) others.push(own);
        else readers.set(input, [own]);
      }
    }
  }
  const ready = [...waiting].filter(([, { missing }]) => missing === 0).map(([name]) => name);
  const ordered: { layer: KerasLayer; call: number }[] = [];
  for (let i = 0; i < ready.length; i++) {
    const next = waiting.get(ready[i]!)!;
    ordered.push(next);
    for (const reader of readers.get(ready[i]!) ?? []) {
      const entry = waiting.get(reader)!;
      if (--entry.missing === 0) ready.push(reader);
    }
  }
  if (ordered.length < waiting.size) {
    const stuck = [...waiting.values()].find(({ missing }) => missing > 0)!;
    throw new FormatError(
      `${place}: layer '${printable(stuck.layer.name)}' takes the output of a layer that is missing or depends on it; the file is damaged`,
    );
  }
  return ordered;
}

/** Calls that the output needs. */
function neededCalls(graph: KerasGraph, output: TensorRef, place: string): { layer: KerasLayer; call: number }[] {
  const needed = new Set([key(output)]);
  const calls = orderedCalls(graph, place).reverse();
  const kept = calls.filter(({ layer, call }) => {
    if (!needed.has(key({ layer: layer.name, call }))) return false;
    for (const input of layer.calls[call]!) needed.add(key(input));
    return true;
  });
  return kept.reverse();
}

/** Of several outputs the one that is computed last. */
function lastOutput(graph: KerasGraph, place: string): TensorRef {
  const names = new Set(graph.outputs.map(key));
  const last = orderedCalls(graph, place).findLast(({ layer, call }) => names.has(key({ layer: layer.name, call })));
  if (!last) throw new FormatError(`${place}: no layer gives the model's output; the file is damaged`);
  return { layer: last.layer.name, call: last.call };
}

function runGraph(graph: KerasGraph, scope: Scope, inputs: readonly Value[]): Value {
  const { source, path, input } = scope;
  const { place } = source;
  scope.spent.calls += graph.layers.length;
  if (scope.spent.calls > MAXIMUM_CALLS)
    throw new FormatError(
      `${place}: the model calls more than ${MAXIMUM_CALLS} layers; the file is damaged or hostile`,
    );
  if (path.length > MAXIMUM_DEPTH)
    throw new FormatError(`${place}: models nest more than ${MAXIMUM_DEPTH} deep; the file is damaged`);
  const values = new Map<string, Value>();
  for (const [i, ref] of graph.inputs.entries()) values.set(key(ref), inputs[i]!);
  const output = lastOutput(graph, place);
  for (const { layer, call } of neededCalls(graph, output, place)) {
    const site: Site = { place, node: [...path, layer.name].join('/'), operator: layer.className };
    const tensors = layer.calls[call]!.map((ref) => {
      const value = values.get(key(ref));
      if (!value)
        throw siteError(
          site,
          `it takes an output of '${printable(ref.layer)}' that does not exist; the file is damaged`,
        );
      return value;
    });
    if (tensors.length === 0) throw siteError(site, 'it has no input; the file is damaged');
    values.set(key({ layer: layer.name, call }), runLayer(layer, site, scope, tensors));
  }
  const value = values.get(key(output));
  if (!value) throw new FormatError(`${place}: the model's output does not depend on its input`);
  return value;

  function runLayer(layer: KerasLayer, site: Site, outer: Scope, tensors: readonly Value[]): Value {
    const { className, config, name } = layer;
    if (isModel(className)) {
      const inner = parseKerasModel({ class_name: className, config }, place);
      if (inner.inputs.length !== tensors.length)
        throw siteError(site, `it takes ${inner.inputs.length} inputs, not ${tensors.length}`);
      return runGraph(inner, { ...outer, path: [...path, name] }, tensors);
    }
    if (className === 'InputLayer') return tensors[0]!;
    const apply = Object.hasOwn(KERAS_LAYERS, className) ? KERAS_LAYERS[className] : undefined;
    if (!apply) throw unsupported(site, `the layer class ${printable(className)}`);
    return apply({
      builder: input.builder,
      config: new Config(site, config),
      weights: new WeightReader(site, source.weights.find([...path, name], className)),
      inputs: tensors,
      dialect: source.dialect,
    });
  }
}

/** Whether any layer, also of models within, keeps channels first. */
function usesChannelsFirst(graph: KerasGraph): boolean {
  return graph.layers.some(({ config }) => JSON.stringify(config).includes('"data_format":"channels_first"'));
}

/** [rows, columns, channels] or [features] as the input layer has it, null where open. */
function declaredShape(graph: KerasGraph, place: string): (number | null)[] {
  const ref = graph.inputs[0]!;
  const layer = graph.layers.find(({ name }) => name === ref.layer);
  let shape = layer && inputShapeOf(layer);
  // A Sequential model may begin with a model that knows its input.
  if (!shape) shape = graph.layers.map((inner) => nestedShape(inner, place)).find((found) => found) ?? null;
  if (Array.isArray(shape) && Array.isArray(shape[0])) shape = shape[0];
  const fits = (length: unknown) => length === null || Number.isSafeInteger(length);
  if (!Array.isArray(shape) || shape.length < 2 || shape.length > 4 || !shape.every(fits))
    throw new FormatError(
      `${place}: the model's input shape ${printable(JSON.stringify(shape ?? null))} is none of an image or vector`,
    );
  return shape.slice(1) as (number | null)[];
}

function nestedShape(layer: KerasLayer, place: string): unknown {
  if (!isModel(layer.className)) return null;
  const inner = parseKerasModel({ class_name: layer.className, config: layer.config }, place);
  return inputShapeOf(inner.layers.find(({ name }) => name === inner.inputs[0]!.layer) ?? { config: {} });
}

/**
 * Imports a model.
 * @throws FormatError naming the layer and what to do
 */
export function importKerasModel(source: KerasSource): Imported {
  const { place, preprocessing } = source;
  const graph = parseKerasModel(source.model, place);
  if (graph.inputs.length !== 1)
    throw new FormatError(`${place}: the model has ${graph.inputs.length} inputs; networks of one image are supported`);
  const layout = usesChannelsFirst(graph) ? 'channelsFirst' : 'channelsLast';
  const input = beginNetwork({ place, shape: declaredShape(graph, place), layout, preprocessing });
  const value = runGraph(graph, { source, input, path: [], spent: { calls: 0 } }, [input.value]);
  const notes =
    graph.outputs.length > 1
      ? [
          `of ${graph.outputs.length} outputs, the last computed is taken: '${printable(lastOutput(graph, place).layer)}'`,
        ]
      : [];
  return finishNetwork(input, source.name, value, notes);
}
