/** An operator of a TensorFlow Lite graph: options and inputs, each checked as it is read. */
import { sizeOf } from '../../../base/batch.js';
import { printable } from '../../../base/text/printable.js';
import { DTYPE_BYTES, tensorNumbers } from '../dtypes.js';
import type { Constant } from '../import/constant.js';
import { type FoldingBudget, wholeNumbers } from '../import/fold.js';
import { asConstant, asValue, type Context } from '../import/graphTensor.js';
import { dequantised } from '../import/quantise.js';
import { type Site, siteError } from '../import/site.js';
import type { Operand, Value } from '../import/value.js';
import type { TfliteOperator, TfliteTensor } from './tfliteFile.js';

/** Codes, and other whole numbers, of a constant as the file has them; real numbers too. */
export function contentOf(site: Site, budget: FoldingBudget, tensor: TfliteTensor, content: Uint8Array): Constant {
  const { shape, dtype, type, offset } = tensor;
  if (tensor.isSparse)
    throw siteError(site, `its tensor '${printable(tensor.name)}' is sparse; convert the model without sparsity`);
  if (dtype === undefined)
    throw siteError(
      site,
      `its tensor '${printable(tensor.name)}' is of type ${type}; real numbers and integers from 8 bits on are supported`,
    );
  const count = sizeOf(shape);
  if (content.length !== count * DTYPE_BYTES[dtype])
    throw siteError(
      site,
      `its tensor '${printable(tensor.name)}' at offset ${offset} is [${shape}] of ${type}, which does not fit its ${content.length} bytes; the file is damaged`,
    );
  budget.spend(site, count);
  return { shape, data: tensorNumbers({ dtype, shape, data: content, offset: 0 }, site.place) };
}

/** The numbers that a constant stands for. */
export function realConstant(site: Site, budget: FoldingBudget, tensor: TfliteTensor, codes: Constant): Constant {
  const grids = tensor.grids;
  if (!grids || tensor.type.startsWith('float')) return codes;
  budget.spend(site, grids.scales.length);
  return dequantised(site, budget, codes, grids);
}

export class TfliteNode {
  constructor(
    readonly context: Context,
    readonly operator: TfliteOperator,
    private readonly operands: readonly (Operand | null)[],
    /** One an input; null where it is left out. */
    readonly inputs: readonly (TfliteTensor | null)[],
    readonly outputs: readonly TfliteTensor[],
    /** Whether nothing but its output's codes comes behind it. */
    readonly isOutput: boolean,
  ) {}

  fail(problem: string): never {
    throw siteError(this.context.site, problem);
  }

  get inputCount(): number {
    return this.operands.length;
  }

  has(index: number): boolean {
    return this.operands[index] != null;
  }

  operand(index: number): Operand {
    const operand = this.operands[index];
    if (!operand) this.fail(`its input ${index} is missing; the file is damaged`);
    if (operand.kind === 'value') return operand;
    const tensor = this.inputs[index]!;
    return {
      kind: 'constant',
      constant: realConstant(this.context.site, this.context.budget, tensor, operand.constant),
    };
  }

  all(): readonly Operand[] {
    return this.operands.map((_, index) => this.operand(index));
  }

  value(index: number): Value {
    const value = asValue(this.context, this.operand(index), `its input ${index}`);
    if (value.whole)
      this.fail(
        `its input ${index} is [${value.shape}], whose batch axis was moved from the front; turn it back before`,
      );
    return value;
  }

  /** What a constant stands for: its numbers, or those of its codes. */
  constant(index: number): Constant {
    return asConstant(this.context, this.operand(index), `its input ${index}`);
  }

  optionalConstant(index: number): Constant | null {
    return this.has(index) ? this.constant(index) : null;
  }

  /** Whole numbers of a constant input as the file has them: shapes, axes, paddings. */
  numbers(index: number): number[] {
    const operand = this.operands[index] ?? this.fail(`its input ${index} is missing; the file is damaged`);
    const what = `its input ${index}`;
    return wholeNumbers(this.context.site, what, asConstant(this.context, operand, what));
  }

  byte(field: number, otherwise = 0): number {
    return this.operator.options?.int8(field, otherwise) ?? otherwise;
  }

  int(field: number, otherwise = 0): number {
    return this.operator.options?.int32(field, otherwise) ?? otherwise;
  }

  ints(field: number): number[] | null {
    return this.operator.options?.ints(field, 64) ?? null;
  }

  float(field: number, otherwise = 0): number {
    return this.operator.options?.float32(field, otherwise) ?? otherwise;
  }

  flag(field: number): boolean {
    return this.operator.options?.flag(field) ?? false;
  }
}
