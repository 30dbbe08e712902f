/** What random graphs are made of. */
import fc from 'fast-check';
import { randomArray } from '../../../helpers/random.js';
import { type Attribute, floats, type ModelSpec, type NodeSpec } from './model.js';

/** A graph, and the operators it is there to test. */
export interface Case {
  readonly operators: readonly string[];
  readonly spec: fc.Arbitrary<ModelSpec>;
}

export const int = (min: number, max: number) => fc.integer({ min, max });
export const seed = int(0, 2 ** 30);
export const random = (key: number, count: number, low = -1, high = 1) => randomArray(key, count, low, high);
export const weights = (name: string, dims: readonly number[], key: number, low = -1, high = 1) =>
  floats(
    name,
    dims,
    random(
      key,
      dims.reduce((product, n) => product * n, 1),
      low,
      high,
    ),
  );
export const number = (name: string, value: number) => floats(name, [], [value]);

/** [channels, rows, columns]. */
export const image = fc.tuple(int(1, 4), int(5, 9), int(5, 9));
export const features = fc.tuple(int(2, 9));
export const node = (op: string, inputs: readonly string[], attributes: Record<string, Attribute> = {}): NodeSpec => ({
  op,
  inputs,
  attributes,
});

/** One operator on an image or a vector. */
export const unary = (op: string, attributes: Record<string, Attribute> = {}, opset = 17): Case => ({
  operators: [op],
  spec: fc.oneof(image, features).map((input) => ({ input, opset, nodes: [node(op, ['x'], attributes)] })),
});

export const padding = fc.tuple(int(0, 2), int(0, 2), int(0, 2), int(0, 2));
export const autoPad = fc.constantFrom('NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID');
