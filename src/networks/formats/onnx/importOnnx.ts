/** ONNX models (https://onnx.ai) of image classifiers: operator sets 7 to 23, as PyTorch, Keras and others export them. */
import { fromBinary } from '@bufbuild/protobuf';
import { type GraphProto, type ModelProto, ModelProtoSchema, type NodeProto, type ValueInfoProto } from 'onnx-buf';
import { FormatError } from '../../../base/errors.js';
import { printable } from '../../../base/text/printable.js';
import { finishNetwork, type Imported } from '../import/finish.js';
import { FoldingBudget } from '../import/fold.js';
import { beginNetwork } from '../import/input.js';
import type { Preprocessing } from '../import/preprocessing.js';
import type { Grid } from '../import/quantise.js';
import { type Site, siteError, unsupported } from '../import/site.js';
import { type Operand, ofConstant, ofValue } from '../import/value.js';
import { followCodes, operandsOnCodes } from './followCodes.js';
import { inlineFunctions } from './localFunctions.js';
import { isStandard, OnnxNode } from './onnxNode.js';
import { operatorOf } from './onnxOperators.js';
import { constantOfTensor } from './tensor.js';
import { checkOnnxWire } from './wire.js';

/** Metadata key under which our own ONNX files say how bytes become inputs. */
export const PREPROCESSING_KEY = 'sonic.preprocessing';

/**
 * The model in an ONNX file's bytes, not yet looked into.
 * @throws FormatError naming file and offset
 */
export function parseOnnx(bytes: Uint8Array, place: string): ModelProto & { graph: GraphProto } {
  checkOnnxWire(bytes, place);
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch (error) {
    throw new FormatError(
      `${place}: offset 0: not an ONNX model (${printable((error as Error).message)}); the file is damaged`,
      { cause: error },
    );
  }
  if (!model.graph) throw new FormatError(`${place}: offset 0: the model holds no graph; the file is damaged`);
  return model as ModelProto & { graph: GraphProto };
}

/** Nodes that the output needs, in the order they stand in. */
function neededNodes(nodes: readonly NodeProto[], output: string): readonly NodeProto[] {
  const needed = new Set([output]);
  const kept: NodeProto[] = [];
  for (const node of [...nodes].reverse()) {
    if (!node.output.some((name) => name !== '' && needed.has(name))) continue;
    for (const name of node.input) needed.add(name);
    kept.push(node);
  }
  return kept.reverse();
}

/** Lengths of a graph input, null where open; the batch is the first. */
function declaredShape(info: ValueInfoProto, site: Site): (number | null)[] {
  const type = info.type?.value;
  if (type?.case !== 'tensorType' || !type.value.shape)
    throw siteError(site, 'it has no shape; export the model with one');
  const dims = type.value.shape.dim;
  if (dims.length < 2 || dims.length > 4)
    throw siteError(site, `it has ${dims.length} axes; only images and vectors, with a batch axis, are supported`);
  return dims.map(({ value }) => (value.case === 'dimValue' && value.value > 0n ? Number(value.value) : null));
}

/** Whether an input of three axes (batch excluded) has its channels first: the rule of ONNX, with exceptions. */
function channelsFirst(nodes: readonly NodeProto[], input: string, shape: readonly (number | null)[]): boolean {
  const consumers = nodes.filter((node) => node.input.includes(input));
  const turns = ({ opType, attribute }: NodeProto) =>
    opType === 'Transpose' && attribute.some(({ name, ints }) => name === 'perm' && ints.join() === '0,3,1,2');
  if (consumers.length > 0 && consumers.every(turns)) return false;
  const few = (length: number | null | undefined) => length === 1 || length === 3;
  const convolves = consumers.some(({ opType }) => opType === 'Conv' || opType.endsWith('Pool'));
  return convolves || few(shape[0]) || !few(shape[2]);
}

function operatorSet(model: ModelProto, place: string): number {
  const set = model.opsetImport.find(({ domain }) => isStandard(domain));
  const version = Number(set?.version ?? 0n);
  if (!(version >= 1 && version <= 100))
    throw new FormatError(`${place}: operator set ${version} is not one; the file is damaged`);
  return version;
}

/** Operator sets whose operators were compared with ONNX Runtime's. */
const [FIRST_CHECKED, LAST_CHECKED] = [7, 23];

function operatorSetNotes(version: number): string[] {
  if (version >= FIRST_CHECKED && version <= LAST_CHECKED) return [];
  const age = version < FIRST_CHECKED ? 'older' : 'newer';
  return [
    `its operator set ${version} is ${age} than those that were checked (${FIRST_CHECKED} to ${LAST_CHECKED}): where an operator meant something else, so does the result; compare a few outputs, or export with one of those`,
  ];
}

/** The last output in the order of computing is the classifier's. */
function chooseOutput(graph: GraphProto, nodes: readonly NodeProto[], place: string): string {
  const names = new Set(graph.output.map(({ name }) => name));
  const made = nodes.flatMap((node) => node.output).filter((name) => names.has(name));
  const output = made.at(-1);
  if (output === undefined) throw new FormatError(`${place}: no node gives the graph's output; the file is damaged`);
  return output;
}

/** Preprocessing that one of our own files brings along. */
export function storedPreprocessing(model: ModelProto): unknown {
  const stored = model.metadataProps.find(({ key }) => key === PREPROCESSING_KEY)?.value;
  if (stored === undefined) return undefined;
  try {
    return JSON.parse(stored);
  } catch {
    return stored;
  }
}

/**
 * The network in a parsed model.
 * @throws FormatError naming the node and what to do
 */
export function importOnnx(
  model: ModelProto & { graph: GraphProto },
  place: string,
  name: string,
  preprocessing: Preprocessing,
): Imported {
  const { graph } = model;
  const opset = operatorSet(model, place);
  const all = inlineFunctions(model, place);
  const output = chooseOutput(graph, all, place);
  const nodes = neededNodes(all, output);
  const used = new Set(nodes.flatMap((node) => node.input));
  const initializers = new Set(graph.initializer.map((tensor) => tensor.name));
  const inputs = graph.input.filter((info) => !initializers.has(info.name) && used.has(info.name));
  if (inputs.length !== 1) {
    const names = inputs.map((info) => `'${printable(info.name)}'`).join(', ');
    throw new FormatError(
      `${place}: the graph has ${inputs.length} inputs (${names}); networks of one image are supported`,
    );
  }
  const info = inputs[0]!;
  const site: Site = { place, node: info.name, operator: 'input' };
  const [declaredBatch, ...shape] = declaredShape(info, site);
  const layout = shape.length === 3 && !channelsFirst(all, info.name, shape) ? 'channelsLast' : 'channelsFirst';
  const input = beginNetwork({ place, shape, layout, preprocessing });
  const budget = new FoldingBudget();
  const known = new Map<string, Operand>([[info.name, ofValue(input.value)]]);
  for (const tensor of graph.initializer) {
    if (used.has(tensor.name))
      known.set(
        tensor.name,
        ofConstant(constantOfTensor(tensor, { place, node: tensor.name, operator: 'initializer' }, budget)),
      );
  }
  const types = new Map(graph.initializer.map((tensor) => [tensor.name, tensor.dataType]));
  for (const { opType, output: names, attribute } of nodes) {
    const held = opType === 'Constant' ? attribute.find(({ t }) => t)?.t : undefined;
    if (held && names[0]) types.set(names[0], held.dataType);
  }
  const codes = new Map<string, Grid>();
  for (const proto of nodes) runNode(proto);

  function runNode(proto: NodeProto): void {
    const at: Site = { place, node: proto.name || proto.output[0] || proto.opType, operator: proto.opType };
    const operator = operatorOf(proto.domain, proto.opType);
    if (!operator) throw unsupported(at);
    const given = proto.input.map((tensor) => {
      if (tensor === '') return null;
      const operand = known.get(tensor);
      if (!operand)
        throw siteError(
          at,
          `its input '${printable(tensor)}' is given by no node before it; the graph is damaged or goes in a circle`,
        );
      return operand;
    });
    const operands = operandsOnCodes(proto.opType, proto.input, given, codes);
    const context = { builder: input.builder, budget, site: at, batch: declaredBatch ?? 1 };
    const node = new OnnxNode(context, proto, operands, opset, proto.output.includes(output), types);
    followCodes(node, codes);
    const results = [operator(node)].flat();
    node.finish();
    for (const [i, result] of results.entries()) {
      const tensor = proto.output[i];
      if (tensor) known.set(tensor, result);
    }
  }

  const result = known.get(output);
  if (result?.kind !== 'value')
    throw new FormatError(`${place}: the output '${printable(output)}' does not depend on the input`);
  const notes =
    graph.output.length > 1
      ? [`of ${graph.output.length} outputs, the last computed is taken: '${printable(output)}'`]
      : [];
  return finishNetwork(input, name, result.value, [...operatorSetNotes(opset), ...notes]);
}
