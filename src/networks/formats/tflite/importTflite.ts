/**
 * TensorFlow Lite models (.tflite) of image classifiers, in float32 and quantised. Tensors of codes become the numbers that they
 * stand for, as in quantised ONNX models: weights are their codes less the zero point times the scale, and each activation is
 * put on the grid that the file gives it.
 */
import { FormatError } from '../../../base/errors.js';
import { printable } from '../../../base/text/printable.js';
import type { Pair } from '../../types.js';
import type { Constant } from '../import/constant.js';
import { finishNetwork, type Imported } from '../import/finish.js';
import { FoldingBudget } from '../import/fold.js';
import { beginNetwork } from '../import/input.js';
import { ASSUMED, describePreprocessing, NO_PREPROCESSING, type Preprocessing } from '../import/preprocessing.js';
import { type Grid, quantise, toEven, withGrids } from '../import/quantise.js';
import { type Site, siteError, unsupported } from '../import/site.js';
import { type Operand, ofConstant, ofValue } from '../import/value.js';
import { TfliteFile, type TfliteOperator, type TfliteTensor } from './tfliteFile.js';
import { contentOf, TfliteNode } from './tfliteNode.js';
import { OPERATORS } from './tfliteOperators.js';

/** First and last code of a type of activations. */
const CODES: Readonly<Record<string, Pair>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  int16: [-32_768, 32_767],
};

interface ActivationGrid extends Grid {
  readonly codes: Pair;
}

/** The grid of a computed tensor; null where its numbers are real. */
function gridOf(site: Site, tensor: TfliteTensor): ActivationGrid | null {
  const codes = CODES[tensor.type];
  const grids = codes ? tensor.grids : null;
  if (!codes || !grids) return null;
  if (grids.scales.length !== 1 || grids.zeroPoints.length > 1)
    throw siteError(
      site,
      `its tensor '${printable(tensor.name)}' has ${grids.scales.length} scales and ${grids.zeroPoints.length} zero points; activations have one`,
    );
  return { scale: grids.scales[0]!, zeroPoint: grids.zeroPoints[0] ?? 0, codes };
}

/** Whether two grids have the same numbers. */
function isSameGrid(a: ActivationGrid | null, b: ActivationGrid): boolean {
  return a?.scale === b.scale && a.codes.every((code, end) => code - a.zeroPoint === b.codes[end]! - b.zeroPoint);
}

/** A computed constant as its tensor has it, as codes where it has a grid: constants of the file are kept so, too. */
function codesOf(site: Site, budget: FoldingBudget, tensor: TfliteTensor, constant: Constant): Constant {
  const [low, high] = CODES[tensor.type] ?? [];
  const grids = tensor.grids;
  if (low === undefined || high === undefined || !grids) return constant;
  const data = withGrids(site, budget, constant, grids, (x, scale, zero) =>
    Math.min(Math.max(toEven(Math.fround(x / scale)) + zero, low), high),
  );
  return { shape: constant.shape, data };
}

/** Operators that the outputs need. */
function needed({ operators, outputs }: TfliteFile): readonly TfliteOperator[] {
  const wanted = new Set(outputs);
  const kept: TfliteOperator[] = [];
  for (const operator of [...operators].reverse()) {
    if (!operator.outputs.some((index) => wanted.has(index))) continue;
    for (const index of operator.inputs) wanted.add(index);
    kept.push(operator);
  }
  return kept.reverse();
}

/** What a converter appends to the name of a layer: its operators. */
const OPERATOR_ENDING =
  /\/(Conv2D|convolution|depthwise|conv2d_transpose|conv_transpose|MatMul|BiasAdd|kernel|weights|ReadVariableOp)\d*$/i;

/** Of the names that a fused tensor has, the first. */
const firstName = (tensor: TfliteTensor | undefined) => (tensor?.name ?? '').split(';')[0]!;

/** Layers with weights are known by these, all others by what they give. */
function nameOf({ index, inputs, outputs, name }: TfliteOperator, { tensors }: TfliteFile): string {
  const weights = /CONV|FULLY_CONNECTED/.test(name) ? firstName(tensors[inputs[1] ?? -1]) : '';
  if (OPERATOR_ENDING.test(weights)) return weights.replace(OPERATOR_ENDING, '');
  return firstName(tensors[outputs[0] ?? -1]) || `operator ${index}`;
}

/** What bytes become where only the input's grid tells: each is a code. */
function preprocessingOf({ scale, zeroPoint, codes: [low, high] }: ActivationGrid): Preprocessing | null {
  if (high - low !== 255) return null;
  return { ...NO_PREPROCESSING, scale, mean: [(zeroPoint - low) * scale] };
}

/** The output, and the tensors that become it by nothing but a change of codes. */
function lastTensors(operators: readonly TfliteOperator[], output: number): ReadonlySet<number> {
  const last = new Set([output]);
  for (const { name, inputs, outputs } of [...operators].reverse())
    if (/^(DE)?QUANTIZE$/.test(name) && outputs.some((index) => last.has(index))) last.add(inputs[0] ?? output);
  return last;
}

/** The last of the graph's outputs in the order of computing is the classifier's. */
function chooseOutput(file: TfliteFile, operators: readonly TfliteOperator[], place: string): number {
  const output = operators.flatMap(({ outputs }) => outputs).findLast((index) => file.outputs.includes(index));
  if (output === undefined)
    throw new FormatError(`${place}: no operator gives the graph's output; the file is damaged`);
  return output;
}

/**
 * The network in a file's bytes.
 * @param given how bytes become inputs; null leaves it to the grid of the input, or takes them as they are
 * @throws FormatError naming offset, or operator and tensor, and what to do
 */
export function importTflite(bytes: Uint8Array, place: string, name: string, given: Preprocessing | null): Imported {
  const file = new TfliteFile(bytes, place);
  const { tensors } = file;
  const operators = needed(file);
  const output = chooseOutput(file, operators, place);
  const last = lastTensors(operators, output);
  const used = new Set(operators.flatMap(({ inputs }) => inputs));
  const inputs = file.inputs.filter((index) => used.has(index));
  if (inputs.length !== 1)
    throw new FormatError(`${place}: the graph has ${inputs.length} inputs; networks of one image are supported`);
  const source = tensors[inputs[0]!]!;
  const at: Site = { place, node: firstName(source) || 'input', operator: 'input' };
  if (source.type !== 'float32' && !(source.type in CODES))
    throw siteError(at, `it is of type ${source.type}; float32, int8, uint8 and int16 are supported`);
  const grid = gridOf(at, source);
  // Bytes without a grid are numbers, which the graph casts.
  if (source.type !== 'float32' && source.type !== 'uint8' && !grid)
    throw siteError(at, `it is of type ${source.type} and has no scale; the file is damaged`);
  const [batch, ...lengths] = source.shape;
  if (batch === undefined || lengths.length === 0)
    throw siteError(at, `it is [${source.shape}]; an image or a vector, with a batch axis, is needed`);
  const shape = lengths.map((length, axis) => (source.signature?.[axis + 1] === -1 ? null : length));
  const own = given ? null : grid && preprocessingOf(grid);
  const preprocessing = given ?? own ?? NO_PREPROCESSING;
  const input = beginNetwork({ place, shape, layout: 'channelsLast', preprocessing });
  const { builder } = input;
  const budget = new FoldingBudget();
  const known = new Map<number, Operand>();
  const first = grid
    ? quantise(builder, { ...at, node: `${at.node}/quantise` }, input.value, grid, grid.codes)
    : input.value;
  known.set(inputs[0]!, ofValue(first));

  /** A tensor as an operator takes it; constants as the file has them. */
  const operandOf = (site: Site, index: number): Operand => {
    const found = known.get(index);
    if (found) return found;
    const tensor = tensors[index]!;
    const content = tensor.content;
    if (!content)
      throw siteError(
        site,
        `its input '${printable(firstName(tensor))}' is given by no operator before it; the graph is damaged or goes in a circle`,
      );
    const constant = ofConstant(contentOf(site, budget, tensor, content));
    known.set(index, constant);
    return constant;
  };

  /** The result on its tensor's grid. */
  const settledOn = (site: Site, node: TfliteNode, result: Operand, tensor: TfliteTensor, keeps: boolean): Operand => {
    if (result.kind === 'constant') return ofConstant(codesOf(site, budget, tensor, result.constant));
    const own = gridOf(site, tensor);
    if (!own) return result;
    const isThere =
      keeps && node.inputs.every((from) => !from || !(from.type in CODES) || isSameGrid(gridOf(site, from), own));
    if (isThere) return result;
    return ofValue(quantise(builder, { ...site, node: `${site.node}/quantise` }, result.value, own, own.codes));
  };

  for (const operator of operators) {
    const site: Site = {
      place,
      node: nameOf(operator, file),
      operator: `${operator.name}, operator ${operator.index}`,
    };
    const implementation = Object.hasOwn(OPERATORS, operator.name) ? OPERATORS[operator.name] : undefined;
    if (!implementation) throw unsupported(site, `the operator ${printable(operator.name)}`);
    const context = { builder, budget, site, batch: batch < 1 || source.signature?.[0] === -1 ? 1 : batch };
    const node = new TfliteNode(
      context,
      operator,
      operator.inputs.map((index) => (index < 0 ? null : operandOf(site, index))),
      operator.inputs.map((index) => (index < 0 ? null : tensors[index]!)),
      operator.outputs.map((index) => tensors[index]!),
      operator.outputs.some((index) => last.has(index)),
    );
    const results = [implementation.run(node)].flat();
    for (const [i, result] of results.entries()) {
      const index = operator.outputs[i] ?? -1;
      if (index >= 0)
        known.set(index, settledOn(site, node, result, tensors[index]!, implementation.keepsGrid?.(node) ?? false));
    }
  }
  const result = known.get(output);
  if (result?.kind !== 'value')
    throw new FormatError(
      `${place}: the output '${printable(firstName(tensors[output]))}' does not depend on the input`,
    );
  const notes = [
    ...(file.subgraphs > 1 ? [`of ${file.subgraphs} graphs, the first is taken`] : []),
    ...(file.outputs.length > 1
      ? [`of ${file.outputs.length} outputs, the last computed is taken: '${printable(firstName(tensors[output]))}'`]
      : []),
  ];
  const imported = finishNetwork(input, name, result.value, notes);
  if (given) return imported;
  const assumed = own
    ? `the file does not say how images become inputs: bytes are taken as codes of its input, ${describePreprocessing(input.preprocessing)} (--preprocessing changes it)`
    : ASSUMED;
  return { ...imported, notes: [...imported.notes, assumed] };
}
