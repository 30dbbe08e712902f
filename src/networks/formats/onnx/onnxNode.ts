/** A node's attributes and inputs, each checked as it is read. */
import { type AttributeProto, AttributeProto_AttributeType as Kind, type NodeProto } from 'onnx-buf';
import { nearest } from '../../../base/text/nearest.js';
import { printable } from '../../../base/text/printable.js';
import type { Constant } from '../import/constant.js';
import { wholeNumbers } from '../import/fold.js';
import { asConstant, asValue, type Context } from '../import/graphTensor.js';
import { siteError } from '../import/site.js';
import type { Operand, Value } from '../import/value.js';
import { constantOfTensor } from './tensor.js';

/** Whether a node's domain is that of ONNX itself. */
export const isStandard = (domain: string): boolean => domain === '' || domain === 'ai.onnx';

export class OnnxNode {
  private readonly attributes = new Map<string, AttributeProto>();
  private readonly unread = new Set<string>();

  constructor(
    readonly context: Context,
    readonly proto: NodeProto,
    /** One per input of the node; null where it is left out. */
    private readonly operands: readonly (Operand | null)[],
    readonly opset: number,
    /** Whether one of its outputs is the graph's. */
    readonly isOutput: boolean,
    /** Type of each tensor that the file holds, by name: a number of ONNX's DataType. */
    private readonly types: ReadonlyMap<string, number> = new Map(),
  ) {
    for (const attribute of proto.attribute) {
      this.attributes.set(attribute.name, attribute);
      this.unread.add(attribute.name);
    }
  }

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
    return operand;
  }

  /** Type of a constant input as the file has it; undefined where it is not there, or computed. */
  typeOf(index: number): number | undefined {
    return this.types.get(this.proto.input[index] ?? '');
  }

  all(): readonly Operand[] {
    return this.operands.map((_, index) => this.operand(index));
  }

  /** A tensor with its batch axis in front. */
  value(index: number): Value {
    const value = this.anyValue(index);
    if (value.whole)
      this.fail(
        `its input ${index} is [${value.shape}], whose batch axis was moved from the front; turn it back before`,
      );
    return value;
  }

  /** A tensor whose batch axis may be anywhere, for what works element by element or names its axes. */
  anyValue(index: number): Value {
    return asValue(this.context, this.operand(index), `its input ${index}`);
  }

  constant(index: number): Constant {
    return asConstant(this.context, this.operand(index), `its input ${index}`);
  }

  optionalConstant(index: number): Constant | null {
    return this.has(index) ? this.constant(index) : null;
  }

  private attribute(name: string, kind: Kind): AttributeProto | undefined {
    this.unread.delete(name);
    const attribute = this.attributes.get(name);
    if (attribute && attribute.type !== kind && attribute.type !== Kind.UNDEFINED)
      this.fail(`attribute ${name} is ${Kind[attribute.type]}, expected ${Kind[kind]}`);
    return attribute;
  }

  int(name: string, otherwise: number): number {
    const attribute = this.attribute(name, Kind.INT);
    return attribute ? Number(attribute.i) : otherwise;
  }

  float(name: string, otherwise: number): number {
    return this.attribute(name, Kind.FLOAT)?.f ?? otherwise;
  }

  string(name: string, otherwise: string): string {
    const attribute = this.attribute(name, Kind.STRING);
    return attribute ? new TextDecoder().decode(attribute.s) : otherwise;
  }

  ints(name: string): number[] | null {
    const ints = this.attribute(name, Kind.INTS)?.ints.map(Number);
    if (ints && (ints.length > 1024 || !ints.every(Number.isInteger)))
      this.fail(`attribute ${name} is not a short list`);
    return ints ?? null;
  }

  floats(name: string): number[] | null {
    return this.attribute(name, Kind.FLOATS)?.floats ?? null;
  }

  tensor(name: string): Constant | null {
    const tensor = this.attribute(name, Kind.TENSOR)?.t;
    return tensor ? constantOfTensor(tensor, this.context.site, this.context.budget) : null;
  }

  /** Reads attributes that change nothing here. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.unread.delete(name);
  }

  /** Whole numbers that an attribute (old operator sets) or an input (new ones) gives; null if neither. */
  numbers(attribute: string, index: number): number[] | null {
    const ints = this.ints(attribute);
    if (ints || !this.has(index)) return ints;
    return wholeNumbers(this.context.site, `its input ${index} (${attribute})`, this.constant(index));
  }

  /** A pair of an attribute, such as the strides; a node of other than two axes is refused. */
  pair(name: string, otherwise: readonly [number, number] | null): readonly [number, number] {
    const ints = this.ints(name) ?? otherwise;
    if (!ints) this.fail(`its attribute ${name} is missing; the file is damaged`);
    if (ints.length !== 2)
      this.fail(`attribute ${name} is [${ints}]; only operations on rows and columns are supported`);
    return ints as readonly [number, number];
  }

  /** @throws FormatError if an attribute was not read: it would change the result */
  finish(): void {
    for (const name of this.unread) {
      const near = nearest(name, [
        'auto_pad',
        'kernel_shape',
        'strides',
        'pads',
        'dilations',
        'axis',
        'axes',
        'epsilon',
      ]);
      this.fail(
        `attribute '${printable(name)}' is not supported${near ? ` (is it ${near}?)` : ''}; export the network without it`,
      );
    }
  }
}
