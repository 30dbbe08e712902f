/** Workloads of well-known networks, layer by layer and without weights: what published measurements were made on. */
import type { Operator, Workload, WorkloadLayer } from '../../../../src/cost/accelerators/workload.js';

/** [rows, columns, channels]. */
export type Map3 = readonly [number, number, number];
export interface ConvOptions {
  readonly stride?: number;
  /** Rows and columns; default half the kernel, which keeps the size at stride 1. */
  readonly padding?: number | readonly [number, number];
  /** Batch-norm and ReLU are operators of their own. */
  readonly batchNorm?: boolean;
  readonly relu?: boolean;
}

const elements = ([rows, columns, channels]: Map3) => rows * columns * channels;

/** Collects layers and operators in the order they are called; each method gives the shape of its result. */
export class WorkloadBuilder {
  readonly #layers: WorkloadLayer[] = [];
  readonly #operators: Operator[] = [];
  #parameters = 0;

  #operator(kind: string, inputs: number, outputs: number, parameters = 0, macs = 0): void {
    this.#operators.push({ kind, macs, activations: inputs + outputs, parameters });
    this.#parameters += parameters;
  }

  /** Convolution, with batch-norm and ReLU as asked for. */
  conv(input: Map3, filters: number, kernel: number | readonly [number, number], options: ConvOptions = {}): Map3 {
    const { stride = 1, batchNorm = false, relu = true } = options;
    const [kr, kc] = typeof kernel === 'number' ? [kernel, kernel] : kernel;
    const given = options.padding ?? [Math.floor(kr / 2), Math.floor(kc / 2)];
    const [pr, pc] = typeof given === 'number' ? [given, given] : given;
    const output: Map3 = [
      Math.floor((input[0] + 2 * pr - kr) / stride) + 1,
      Math.floor((input[1] + 2 * pc - kc) / stride) + 1,
      filters,
    ];
    const weights = kr * kc * input[2] * filters;
    const macs = output[0] * output[1] * weights;
    this.#mac('conv2d', input, output, [kr, kc], [stride, stride], weights, macs);
    this.#operator('conv2d', elements(input), elements(output), weights + filters, macs);
    if (batchNorm) this.#operator('batchNorm', elements(output), elements(output), 4 * filters);
    if (relu) this.#operator('relu', elements(output), elements(output));
    return output;
  }

  /** Fully connected on the flattened input. */
  dense(input: Map3, filters: number, relu = true): Map3 {
    const inputs = elements(input);
    const output: Map3 = [1, 1, filters];
    const weights = inputs * filters;
    this.#mac('dense', [1, 1, inputs], output, [1, 1], [1, 1], weights, weights);
    this.#operator('dense', inputs, filters, weights + filters, weights);
    if (relu) this.#operator('relu', filters, filters);
    return output;
  }

  /** Pooling; `ceil`: a window that hangs over the end counts. */
  pool([rows, columns, channels]: Map3, window: number, stride: number, padding = 0, ceil = false): Map3 {
    const along = (n: number) => (ceil ? Math.ceil : Math.floor)((n + 2 * padding - window) / stride) + 1;
    const output: Map3 = [along(rows), along(columns), channels];
    this.#operator('pool', rows * columns * channels, elements(output));
    const last = this.#layers.at(-1);
    if (last) this.#layers[this.#layers.length - 1] = { ...last, results: elements(output) };
    return output;
  }

  globalPool(input: Map3): Map3 {
    this.#operator('pool', elements(input), input[2]);
    return [1, 1, input[2]];
  }

  add(shape: Map3): Map3 {
    this.#operator('add', 2 * elements(shape), elements(shape));
    return shape;
  }

  /** Any operator without multiply-accumulates that keeps the shape: ReLU, normalisation, softmax. */
  elementwise(kind: string, shape: Map3): Map3 {
    this.#operator(kind, elements(shape), elements(shape));
    return shape;
  }

  concat(shapes: readonly Map3[]): Map3 {
    const [first] = shapes as [Map3, ...Map3[]];
    const output: Map3 = [first[0], first[1], shapes.reduce((sum, shape) => sum + shape[2], 0)];
    this.#operator('concat', elements(output), elements(output));
    return output;
  }

  #mac(
    kind: WorkloadLayer['kind'],
    input: Map3,
    output: Map3,
    kernel: readonly [number, number],
    strides: readonly [number, number],
    weights: number,
    macs: number,
  ): void {
    const name = `${kind === 'conv2d' ? 'conv' : 'dense'}${this.#layers.filter((l) => l.kind === kind).length + 1}`;
    const sparsities = { weightSparsity: 0, activationSparsity: 0, resultSparsity: 0 };
    const results = elements(output);
    this.#layers.push({ name, kind, input, output, kernel, strides, weights, macs, results, ...sparsities });
  }

  build(name: string): Workload {
    return {
      name,
      parameters: this.#parameters,
      macs: this.#layers.reduce((sum, layer) => sum + layer.macs, 0),
      layers: this.#layers,
      operators: this.#operators,
      network: null,
    };
  }
}

/** A workload with the same sparsities in all layers, or only its convolutions. */
export function withSparsity(
  workload: Workload,
  sparsity: { readonly weights?: number; readonly activations?: number },
  only: 'conv2d' | 'all' = 'all',
): Workload {
  const { weights = 0, activations = 0 } = sparsity;
  const layers = workload.layers
    .filter(({ kind }) => only === 'all' || kind === only)
    .map((layer) => ({
      ...layer,
      weightSparsity: weights,
      activationSparsity: activations,
      resultSparsity: activations,
    }));
  return { ...workload, layers, macs: layers.reduce((sum, layer) => sum + layer.macs, 0) };
}
