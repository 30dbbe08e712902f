/** Functions that a model defines itself, written out where they are called: the nodes of their bodies under names of their own. */
import { clone, create } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProtoSchema,
  type FunctionProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  NodeProtoSchema,
} from 'onnx-buf';
import { printable } from '../../../base/text/printable.js';
import { siteError } from '../import/site.js';
import { isStandard } from './onnxNode.js';

/** Functions that call functions that call ...: a circle never ends. */
const MAXIMUM_DEPTH = 16;
const MAXIMUM_NODES = 100_000;

type Attributes = ReadonlyMap<string, AttributeProto>;

const keyOf = (domain: string, name: string, overload: string) => JSON.stringify([domain, name, overload]);

/** The attributes of a node of a body: those that refer to the call's are replaced by them, or left out. */
function bound(attributes: readonly AttributeProto[], call: Attributes): AttributeProto[] {
  return attributes.flatMap((attribute) => {
    if (attribute.refAttrName === '') return [attribute];
    const given = call.get(attribute.refAttrName);
    return given ? [Object.assign(clone(AttributeProtoSchema, given), { name: attribute.name })] : [];
  });
}

/** What a call gives a function: its own attributes, and defaults for the rest. */
function attributesOf(node: NodeProto, { attributeProto }: FunctionProto): Attributes {
  return new Map([...attributeProto, ...node.attribute].map((attribute) => [attribute.name, attribute]));
}

/**
 * The nodes of the graph with every call of a function of the model written out.
 * @throws FormatError where functions call each other in a circle, or come to more than 100,000 nodes
 */
export function inlineFunctions(model: ModelProto & { graph: GraphProto }, place: string): readonly NodeProto[] {
  const functions = new Map(
    (model.functions as readonly FunctionProto[]).map((f) => [keyOf(f.domain, f.name, f.overload), f]),
  );
  if (functions.size === 0) return model.graph.node;
  const nodes: NodeProto[] = [];
  let calls = 0;

  function expand(node: NodeProto, depth: number): void {
    const site = { place, node: node.name || node.output[0] || node.opType, operator: node.opType };
    const called = functions.get(keyOf(node.domain, node.opType, node.overload));
    if (!called || isStandard(node.domain)) {
      if (nodes.push(node) > MAXIMUM_NODES)
        throw siteError(
          site,
          `the model's functions come to more than ${MAXIMUM_NODES} nodes; it is damaged or hostile`,
        );
      return;
    }
    if (depth > MAXIMUM_DEPTH)
      throw siteError(site, `functions call functions more than ${MAXIMUM_DEPTH} deep; they go in a circle`);
    if (node.input.length > called.input.length || node.output.length > called.output.length)
      throw siteError(site, `it is called with more inputs or outputs than function '${printable(called.name)}' has`);
    const prefix = `${site.node}#${++calls}/`;
    const outer = new Map<string, string>([['', '']]);
    for (const [i, name] of called.input.entries()) outer.set(name, node.input[i] ?? '');
    for (const [i, name] of called.output.entries()) if (node.output[i]) outer.set(name, node.output[i]);
    const renamed = (name: string) => outer.get(name) ?? `${prefix}${name}`;
    const attributes = attributesOf(node, called);
    for (const inner of called.node) {
      // Fields that are not set live in the message's prototype: copies are the library's to make.
      const own = Object.assign(clone(NodeProtoSchema, inner), {
        name: `${prefix}${inner.name || inner.opType}`,
        input: inner.input.map(renamed),
        output: inner.output.map(renamed),
        attribute: bound(inner.attribute, attributes),
      });
      expand(own, depth + 1);
    }
    // A function may hand an input on as its output.
    for (const [i, name] of called.output.entries()) {
      const [from, to] = [called.input.indexOf(name), node.output[i]];
      if (from >= 0 && to && node.input[from] !== to)
        nodes.push(
          create(NodeProtoSchema, {
            name: `${prefix}${name}`,
            opType: 'Identity',
            input: [node.input[from] ?? ''],
            output: [to],
          }),
        );
    }
  }
  for (const node of model.graph.node) expand(node, 0);
  return nodes;
}
