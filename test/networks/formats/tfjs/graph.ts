/** Small TensorFlow graphs in TensorFlow.js' JSON form. */
import { randomArray } from '../../../helpers/random.js';

export type Attr = Readonly<Record<string, unknown>>;
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, Attr>>;
}

const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64');
export const text = (value: string): Attr => ({ s: base64(value) });
export const texts = (...values: string[]): Attr => ({ list: { s: values.map(base64) } });
export const ints = (...values: number[]): Attr => ({ list: { i: values.map(String) } });
export const float = (f: number): Attr => ({ f });
export const int = (i: number): Attr => ({ i: String(i) });
export const bool = (b: boolean): Attr => ({ b });
const type = (name: string): Attr => ({ type: name });

interface Stored {
  readonly dims: readonly number[];
  readonly values: readonly number[];
  readonly dtype: 'float32' | 'int32';
}

/** Collects nodes and constants; the last node is the output. */
export class Graph {
  readonly nodes: GraphNode[] = [];
  private readonly stored = new Map<string, Stored>();

  constructor(readonly shape: readonly number[]) {
    const dim = [-1, ...shape].map((size) => ({ size: String(size) }));
    this.nodes.push({ name: 'x', op: 'Placeholder', attr: { dtype: type('DT_FLOAT'), shape: { shape: { dim } } } });
  }

  private constant(name: string, constant: Stored): string {
    this.stored.set(name, constant);
    const isInt = constant.dtype === 'int32';
    this.nodes.push({
      name,
      op: 'Const',
      attr: {
        dtype: type(isInt ? 'DT_INT32' : 'DT_FLOAT'),
        value: {
          tensor: {
            dtype: isInt ? 'DT_INT32' : 'DT_FLOAT',
            tensorShape: { dim: constant.dims.map((n) => ({ size: String(n) })) },
          },
        },
      },
    });
    return name;
  }

  floats(name: string, dims: readonly number[], seed: number, low = -1, high = 1): string {
    const count = dims.reduce((product, n) => product * n, 1);
    return this.constant(name, { dims, values: [...randomArray(seed, count, low, high)], dtype: 'float32' });
  }

  number(name: string, value: number): string {
    return this.constant(name, { dims: [], values: [value], dtype: 'float32' });
  }

  ints(name: string, values: readonly number[], dims: readonly number[] = [values.length]): string {
    return this.constant(name, { dims, values, dtype: 'int32' });
  }

  node(op: string, input: readonly string[], attr: Readonly<Record<string, Attr>> = {}): string {
    const name = `${op}_${this.nodes.length}`;
    this.nodes.push({ name, op, input, attr: { T: type('DT_FLOAT'), ...attr } });
    return name;
  }

  /** model.json's content and the weights' bytes. */
  artifacts() {
    const entries = [...this.stored];
    const weights = entries.map(([name, { dims, dtype }]) => ({ name, shape: [...dims], dtype }));
    const parts = entries.map(
      ([, { values, dtype }]) =>
        new Uint8Array((dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values)).buffer),
    );
    const data = new Uint8Array(Buffer.concat(parts));
    return {
      json: {
        format: 'graph-model',
        modelTopology: { node: this.nodes, library: {}, versions: { producer: 1 } },
        weightsManifest: [{ paths: ['weights.bin'], weights }],
      },
      data,
    };
  }
}
