/** A node of a TensorFlow graph in JSON: attributes and inputs, each checked as it is read. */

import { latin1OfBase64 } from '../../../base/bytes.js';
import { printableValue } from '../../../base/text/printable.js';
import type { Pair } from '../../types.js';
import type { Constant } from '../import/constant.js';
import { wholeNumbers } from '../import/fold.js';
import { asConstant, asValue, type Context } from '../import/graphTensor.js';
import { siteError } from '../import/site.js';
import type { Operand, Value } from '../import/value.js';
import { isObject, type Json } from '../keras/config.js';

/** A node as the file has it, its shape checked. */
export interface NodeDef {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr: Json;
}

export class TfNode {
  constructor(
    readonly context: Context,
    readonly def: NodeDef,
    private readonly operands: readonly Operand[],
  ) {}

  fail(problem: string): never {
    throw siteError(this.context.site, problem);
  }

  get inputCount(): number {
    return this.operands.length;
  }

  operand(index: number): Operand {
    return this.operands[index] ?? this.fail(`its input ${index} is missing; the file is damaged`);
  }

  all(): readonly Operand[] {
    return this.operands;
  }

  value(index: number): Value {
    return asValue(this.context, this.operand(index), `its input ${index}`);
  }

  constant(index: number): Constant {
    return asConstant(this.context, this.operand(index), `its input ${index}`);
  }

  /** Whole numbers of a constant input. */
  numbers(index: number): number[] {
    return wholeNumbers(this.context.site, `its input ${index}`, this.constant(index));
  }

  private attribute(key: string): Json | null {
    const value = Object.hasOwn(this.def.attr, key) ? this.def.attr[key] : null;
    return isObject(value) ? value : null;
  }

  private wrong(key: string): never {
    this.fail(`attribute ${key} is ${printableValue(this.def.attr[key])}; the file is damaged`);
  }

  flag(key: string): boolean {
    const value = this.attribute(key)?.['b'] ?? false;
    return typeof value === 'boolean' ? value : this.wrong(key);
  }

  float(key: string, otherwise: number): number {
    const value = this.attribute(key)?.['f'] ?? otherwise;
    return typeof value === 'number' ? value : this.wrong(key);
  }

  /** Protobuf writes 64-bit integers as texts. */
  private integer(key: string, value: unknown): number {
    const number = typeof value === 'string' ? Number(value) : value;
    return Number.isSafeInteger(number) ? (number as number) : this.wrong(key);
  }

  int(key: string, otherwise: number): number {
    return this.integer(key, this.attribute(key)?.['i'] ?? otherwise);
  }

  /** A list of whole numbers; empty if absent. */
  ints(key: string): number[] {
    const list = this.attribute(key)?.['list'];
    const values = isObject(list) ? (list['i'] ?? []) : [];
    if (!Array.isArray(values) || values.length > 64) this.wrong(key);
    return values.map((value) => this.integer(key, value));
  }

  private text(key: string, value: unknown): string {
    if (typeof value !== 'string') this.wrong(key);
    return latin1OfBase64(value);
  }

  /** Texts are in base64. */
  string(key: string, otherwise: string): string {
    const value = this.attribute(key)?.['s'];
    return value === undefined ? otherwise : this.text(key, value);
  }

  strings(key: string): string[] {
    const list = this.attribute(key)?.['list'];
    const values = isObject(list) ? (list['s'] ?? []) : [];
    if (!Array.isArray(values) || values.length > 64) this.wrong(key);
    return values.map((value) => this.text(key, value));
  }

  /** Axis of the channels, batch excluded. */
  channelAxis(): 0 | 2 {
    const format = this.string('data_format', 'NHWC');
    if (format !== 'NHWC' && format !== 'NCHW') this.fail(`data_format '${format}' is not supported`);
    return format === 'NCHW' ? 0 : 2;
  }

  /** Rows and columns of a list with one number for each of four axes. */
  spatial(key: string): Pair {
    const list = this.ints(key);
    if (list.length === 0) return [1, 1];
    const [batch, ...rest] = list;
    const channel = this.channelAxis();
    if (list.length !== 4 || batch !== 1 || rest[channel] !== 1)
      this.fail(`attribute ${key} is [${list}]; only rows and columns may differ from 1`);
    return (channel === 0 ? [rest[1], rest[2]] : [rest[0], rest[1]]) as unknown as Pair;
  }
}
