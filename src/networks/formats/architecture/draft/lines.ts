/** The layers of a draft, each with the shape it gives, so that what is written fits together. */
import type { Pair } from '../../../types.js';

/** [rows, columns, channels] or [features]. */
export type Shape = readonly number[];

/** One line; what a later one refers to gets a name. */
export interface Line {
  readonly kind: string;
  /** Behind the kind, as YAML. */
  readonly value: string;
  readonly settings: readonly string[];
  readonly remark: string;
  readonly shape: Shape;
  name?: string;
}

/** Text that YAML reads back as itself. */
export const quoted = (text: string) => (/^[A-Za-z_][\w.-]*$/.test(text) ? text : JSON.stringify(text));

export function lineText({ kind, value, settings, name }: Line): string {
  const rest = [...settings, ...(name === undefined ? [] : [`name: ${name}`])];
  if (value === '' && rest.length === 0) return kind;
  return `{ ${[`${kind}: ${value}`, ...rest].join(', ')} }`;
}

/** Layers in a row, and how to refer to each. */
export class Sheet {
  readonly lines: Line[] = [];
  private names = 0;

  constructor(readonly input: Shape) {}

  get shape(): Shape {
    return this.lines.at(-1)?.shape ?? this.input;
  }

  /** Where the next layer takes its input from, if it names nothing: -1 is the network's input. */
  get last(): number {
    return this.lines.length - 1;
  }

  add(kind: string, shape: Shape, remark: string, value = '', settings: readonly string[] = []): void {
    this.lines.push({ kind, value, settings, remark, shape });
  }

  shapeOf(index: number): Shape {
    return index < 0 ? this.input : this.lines[index]!.shape;
  }

  /** The name of a layer's output, given now if it has none. */
  reference(index: number): string {
    if (index < 0) return 'input';
    const line = this.lines[index]!;
    line.name ??= `kept${++this.names}`;
    return line.name;
  }
}

/** Which convolutions keep rows and columns by padding, if they stand in a row; the others lose the border. */
export type Padded = 'all' | 'none' | 'first';

/** On each side, of the i-th convolution. */
export const paddingOf = (padded: Padded, i: number, size: number) =>
  padded === 'all' || (padded === 'first' && i === 0) ? Math.floor(size / 2) : 0;

/** Length of an axis behind a window. */
export const windowed = (length: number, size: number, stride: number, padding: number) =>
  Math.floor((length + 2 * padding - size) / stride) + 1;

/** Window and stride of an average pool that leaves exactly `target` of `length`. */
export function poolTo(length: number, target: number): Pair {
  const stride = Math.floor(length / target);
  return [length - (target - 1) * stride, stride];
}
