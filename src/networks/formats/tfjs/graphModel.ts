/** TensorFlow.js graph models: a frozen TensorFlow graph in JSON, as the converter writes it. */
import { latin1OfBase64 } from '../../../base/bytes.js';
import { FormatError } from '../../../base/errors.js';
import { printable, printableValue } from '../../../base/text/printable.js';
import type { Constant } from '../import/constant.js';
import { finishNetwork, type Imported } from '../import/finish.js';
import { FoldingBudget } from '../import/fold.js';
import { beginNetwork } from '../import/input.js';
import type { Preprocessing } from '../import/preprocessing.js';
import { type Site, siteError, unsupported } from '../import/site.js';
import { type Operand, ofConstant, ofValue } from '../import/value.js';
import { isObject } from '../keras/config.js';
import { type NodeDef, TfNode } from './tfjsNode.js';
import { TF_OPERATORS } from './tfjsOperators.js';

const MAXIMUM_NODES = 100_000;
const INPUTS = ['Placeholder', 'PlaceholderWithDefault'];

function parseNodes(topology: unknown, place: string): ReadonlyMap<string, NodeDef> {
  const list = isObject(topology) ? topology['node'] : null;
  if (!Array.isArray(list) || list.length > MAXIMUM_NODES)
    throw new FormatError(
      `${place}: modelTopology holds no list of at most ${MAXIMUM_NODES} nodes; the file is damaged`,
    );
  const nodes = new Map<string, NodeDef>();
  for (const value of list as unknown[]) {
    const { name, op, input = [], attr = {} } = isObject(value) ? value : ({} as Record<string, unknown>);
    const isInput = Array.isArray(input) && input.length <= 4096 && input.every((item) => typeof item === 'string');
    if (typeof name !== 'string' || typeof op !== 'string' || !isInput || !isObject(attr))
      throw new FormatError(`${place}: modelTopology: ${printableValue(value)} is no node; the file is damaged`);
    if (nodes.has(name))
      throw new FormatError(`${place}: two nodes are named '${printable(name)}'; the file is damaged`);
    // Inputs that begin with ^ only order execution.
    nodes.set(name, { name, op, input: (input as string[]).filter((item) => !item.startsWith('^')), attr });
  }
  return nodes;
}

/** A tensor's node and which of its outputs. */
function splitName(tensor: string): [string, number] {
  const match = /^(.*):(\d{1,4})$/s.exec(tensor);
  return match ? [match[1]!, Number(match[2])] : [tensor, 0];
}

/** Nodes that `output` needs, each after those it takes from. */
function orderedNodes(nodes: ReadonlyMap<string, NodeDef>, output: string, place: string): readonly NodeDef[] {
  const ordered: NodeDef[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const path: { node: NodeDef; next: number }[] = [];
  const enter = (name: string) => {
    const node = nodes.get(name);
    if (!node) throw new FormatError(`${place}: node '${printable(name)}' is missing; the file is damaged`);
    if (state.get(name) === 'open')
      throw new FormatError(`${place}: node '${printable(name)}' depends on itself; the graph goes in a circle`);
    state.set(name, 'open');
    path.push({ node, next: 0 });
  };
  enter(output);
  while (path.length > 0) {
    const step = path.at(-1)!;
    const input = step.node.input[step.next++];
    if (input === undefined) {
      state.set(step.node.name, 'done');
      ordered.push(step.node);
      path.pop();
      continue;
    }
    const [source] = splitName(input);
    if (state.get(source) !== 'done') enter(source);
  }
  return ordered;
}

/** Names of the nodes that the signature calls outputs, or those whose output nobody takes. */
function outputNodes(nodes: ReadonlyMap<string, NodeDef>, signature: unknown): string[] {
  const outputs = isObject(signature) && isObject(signature['outputs']) ? Object.values(signature['outputs']) : [];
  const named = outputs.flatMap((info) =>
    isObject(info) && typeof info['name'] === 'string' ? [splitName(info['name'])[0]] : [],
  );
  if (named.length > 0) return named;
  const taken = new Set([...nodes.values()].flatMap(({ input }) => input.map((name) => splitName(name)[0])));
  return [...nodes.values()]
    .filter(({ name, op }) => !taken.has(name) && op !== 'NoOp' && op !== 'Const')
    .map(({ name }) => name);
}

/** Lengths of a placeholder, batch first, null where open. */
function declaredShape(node: NodeDef, site: Site): (number | null)[] {
  const attribute = node.attr['shape'];
  const shape = isObject(attribute) && isObject(attribute['shape']) ? attribute['shape']['dim'] : null;
  if (!Array.isArray(shape) || shape.length < 2 || shape.length > 4)
    throw siteError(site, 'its shape is none of an image or vector; convert the model with a fixed input shape');
  return shape.map((dim) => {
    const size = isObject(dim) ? Number(dim['size']) : Number.NaN;
    return Number.isSafeInteger(size) && size > 0 ? size : null;
  });
}

/** Whether an input of three axes (batch excluded) is turned to channels first, or works so from the start. */
function channelsFirst(nodes: readonly NodeDef[], input: string): boolean {
  const consumers = nodes.filter((node) => node.input.some((name) => splitName(name)[0] === input));
  const format = ({ attr }: NodeDef) => {
    const value = attr['data_format'];
    return isObject(value) && typeof value['s'] === 'string' ? latin1OfBase64(value['s']) : null;
  };
  return consumers.some((node) => format(node) === 'NCHW');
}

/**
 * Imports a graph model.
 * @param topology `modelTopology` of model.json
 * @param signature `signature` of model.json, if there is one
 * @throws FormatError naming the node and what to do
 */
export function importGraphModel(
  topology: unknown,
  signature: unknown,
  weights: ReadonlyMap<string, Constant>,
  place: string,
  name: string,
  preprocessing: Preprocessing,
): Imported {
  const nodes = parseNodes(topology, place);
  const outputs = outputNodes(nodes, signature);
  const output = outputs.at(-1);
  if (output === undefined) throw new FormatError(`${place}: the graph has no output; the file is damaged`);
  const ordered = orderedNodes(nodes, output, place);
  const placeholders = ordered.filter(({ op }) => INPUTS.includes(op));
  if (placeholders.length !== 1)
    throw new FormatError(`${place}: the graph has ${placeholders.length} inputs; networks of one image are supported`);
  const placeholder = placeholders[0]!;
  const at = ({ name: node, op }: NodeDef): Site => ({ place, node, operator: op });
  const [batch, ...shape] = declaredShape(placeholder, at(placeholder));
  const layout = shape.length === 3 && channelsFirst(ordered, placeholder.name) ? 'channelsFirst' : 'channelsLast';
  const input = beginNetwork({ place, shape, layout, preprocessing });
  const budget = new FoldingBudget();
  const known = new Map<string, Operand[]>([[placeholder.name, [ofValue(input.value)]]]);
  for (const def of ordered) {
    if (def === placeholder) continue;
    const site = at(def);
    if (def.op === 'Const') {
      const constant = weights.get(def.name);
      if (!constant) throw siteError(site, 'the weights file does not hold its value; the model is incomplete');
      budget.spend(site, constant.data.length);
      known.set(def.name, [ofConstant(constant)]);
      continue;
    }
    const operator = Object.hasOwn(TF_OPERATORS, def.op) ? TF_OPERATORS[def.op] : undefined;
    if (!operator) throw unsupported(site);
    const operands = def.input.map((tensor) => {
      const [node, index] = splitName(tensor);
      const operand = known.get(node)?.[index];
      if (!operand) throw siteError(site, `its input '${printable(tensor)}' is not supported or does not exist`);
      return operand;
    });
    const context = { builder: input.builder, budget, site, batch: batch ?? 1 };
    known.set(def.name, [operator(new TfNode(context, def, operands))].flat());
  }
  const result = known.get(output)?.[0];
  if (result?.kind !== 'value')
    throw new FormatError(`${place}: the output '${printable(output)}' does not depend on the input`);
  const notes = outputs.length > 1 ? [`of ${outputs.length} outputs, the last is taken: '${printable(output)}'`] : [];
  return finishNetwork(input, name, result.value, notes);
}
