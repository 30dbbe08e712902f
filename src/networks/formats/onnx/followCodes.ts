/** Which tensors of a quantised ONNX model are codes, and of what grid. */
import { constantOf } from '../import/constant.js';
import type { Grid } from '../import/quantise.js';
import { type Operand, ofConstant } from '../import/value.js';
import type { OnnxNode } from './onnxNode.js';
import { gridOf } from './quantised.js';

/** Operators that do to codes what they do to the values they stand for. */
const KEEP_CODES = new Set([
  'Concat',
  'Flatten',
  'Gather',
  'Identity',
  'MaxPool',
  'Pad',
  'Reshape',
  'Slice',
  'Split',
  'Squeeze',
  'Tile',
  'Transpose',
  'Unsqueeze',
]);

interface OnCodes {
  /** Inputs that may be codes, each with the input where its scale stands; null where the node does not say it. */
  readonly takes: (inputs: number) => readonly (readonly [at: number, scaleAt: number | null])[];
  /** The input where the scale of its result stands; undefined where that is real. */
  readonly gives?: number;
}

const first = () => [[0, 1]] as const;
const unary: OnCodes = { takes: first, gives: 3 };
const binary: OnCodes = {
  takes: () => [
    [0, 1],
    [3, 4],
  ],
  gives: 6,
};

/** Operators that take codes, or give them. */
const ON_CODES: Readonly<Record<string, OnCodes>> = {
  ConvInteger: { takes: () => [[0, null]] },
  DequantizeLinear: { takes: first },
  MatMulInteger: { takes: () => [[0, null]] },
  QGemm: { ...binary, gives: 7 },
  QLinearAdd: binary,
  QLinearAveragePool: unary,
  QLinearConcat: {
    takes: (inputs) =>
      Array.from({ length: Math.floor((inputs - 2) / 3) }, (_, i): [number, number] => [2 + 3 * i, 3 + 3 * i]),
    gives: 0,
  },
  QLinearConv: { takes: first, gives: 6 },
  QLinearGlobalAveragePool: unary,
  QLinearLeakyRelu: unary,
  QLinearMatMul: binary,
  QLinearMul: binary,
  QLinearSigmoid: unary,
  QLinearSoftmax: unary,
  QuantizeLinear: { takes: () => [], gives: 1 },
};

const isSame = (a: Grid, b: Grid) => a.scale === b.scale && a.zeroPoint === b.zeroPoint;

/** What fills or is joined to codes stands for numbers, too. */
export function operandsOnCodes(
  opType: string,
  inputs: readonly string[],
  operands: readonly (Operand | null)[],
  codes: ReadonlyMap<string, Grid>,
): readonly (Operand | null)[] {
  const grid = inputs.map((name) => codes.get(name)).find((found) => found !== undefined);
  if (!grid || (opType !== 'Pad' && opType !== 'Concat')) return operands;
  const real = (operand: Operand): Operand => {
    if (operand.kind === 'value') return operand;
    const { shape, data } = operand.constant;
    const values = Float32Array.from(data, (code: number) => (code - grid.zeroPoint) * grid.scale);
    return ofConstant({ shape, data: values });
  };
  if (opType === 'Concat') return operands.map((operand) => operand && real(operand));
  const [x = null, pads = null, filler, ...rest] = operands;
  return [x, pads, real(filler ?? ofConstant(constantOf([0], []))), ...rest];
}

/**
 * Follows which tensors are codes, of what grid: what takes them must mean the same grid, and what is neither is refused.
 * @param codes by name of the tensor; those that the node gives are added.
 */
export function followCodes(node: OnnxNode, codes: Map<string, Grid>): void {
  const { opType, input, output } = node.proto;
  const given = input.map((name) => codes.get(name));
  const [some, ...others] = given.filter((grid) => grid !== undefined);
  const operator = Object.hasOwn(ON_CODES, opType) ? ON_CODES[opType] : undefined;
  const keeps = KEEP_CODES.has(opType) || (opType === 'Resize' && node.string('mode', 'nearest') === 'nearest');
  // A shape is that of the values, and no code.
  if (some && !operator && !keeps && opType !== 'Shape')
    node.fail('it works on quantised codes, which it is not known to do; put DequantizeLinear before it');
  for (const [at, scaleAt] of operator?.takes(input.length) ?? []) {
    const made = given[at];
    if (!made || scaleAt === null) continue;
    const meant = gridOf(node, scaleAt);
    if (!isSame(meant, made))
      node.fail(
        `it takes codes of scale ${meant.scale} and zero point ${meant.zeroPoint}, which were made with ${made.scale} and ${made.zeroPoint}`,
      );
  }
  if (some && keeps && others.some((other) => !isSame(other, some))) node.fail('it joins codes of different scales');
  const gives = operator?.gives;
  const isComputed = input.some((_, at) => node.has(at) && node.operand(at).kind === 'value');
  const own = gives !== undefined && node.has(gives) && isComputed ? gridOf(node, gives) : undefined;
  const result = own ?? (keeps ? some : undefined);
  if (result) for (const name of output) codes.set(name, result);
}
