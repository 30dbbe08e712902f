/**
 * TensorFlow Lite models against TensorFlow's own interpreter, whose outputs `make.py` wrote into cases.json.gz: real numbers to
 * rounding, codes within one of each output's.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../../src/base/errors.js';
import { loadTf } from '../../../../src/base/tensorflow/tf.js';
import { givenScales } from '../../../../src/emulation/calibration/givenScales.js';
import { FoldingBudget } from '../../../../src/networks/formats/import/fold.js';
import { NO_PREPROCESSING } from '../../../../src/networks/formats/import/preprocessing.js';
import { importTflite } from '../../../../src/networks/formats/tflite/importTflite.js';
import {
  TfliteFile,
  type TfliteOperator,
  type TfliteTensor,
} from '../../../../src/networks/formats/tflite/tfliteFile.js';
import { contentOf, TfliteNode } from '../../../../src/networks/formats/tflite/tfliteNode.js';
import { OPERATORS } from '../../../../src/networks/formats/tflite/tfliteOperators.js';
import { forward } from '../../../../src/networks/forward.js';
import { expectAgreement } from '../onnx/oracle.js';

interface Side {
  readonly type: 'float32' | 'int8' | 'uint8' | 'int16';
  readonly scale: number;
  readonly zeroPoint: number;
  /** All images, in hexadecimal. */
  readonly values: string;
  /** Of the interpreter's other kernels, where they give other codes. */
  readonly fast?: string;
}

interface Case {
  readonly name: string;
  readonly kind: string;
  readonly model: string;
  readonly input: Side;
  readonly output: Side;
}

const { cases, images, refused } = JSON.parse(
  gunzipSync(readFileSync(new URL('cases.json.gz', import.meta.url))).toString(),
) as { cases: Case[]; images: number; refused: { name: string; model: string }[] };

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));
const ARRAYS = { float32: Float32Array, int8: Int8Array, uint8: Uint8Array, int16: Int16Array };

/** The numbers that stand in the file: codes, or real ones. */
const stored = ({ type, values }: Pick<Side, 'type' | 'values'>): Float32Array =>
  Float32Array.from(new ARRAYS[type](bytesOf(values).buffer));

const isReal = ({ type, scale }: Side) => type === 'float32' || scale === 0;
const real = (side: Side): Float32Array =>
  isReal(side) ? stored(side) : stored(side).map((code) => (code - side.zeroPoint) * side.scale);

async function outputOf({ name, model, input }: Case): Promise<Float32Array> {
  const { network, notes } = importTflite(bytesOf(model), 'f', name, NO_PREPROCESSING);
  const tf = await loadTf('wasm');
  return tf.tidy(() => {
    const result = forward(tf, network, tf.tensor(real(input), [images, ...network.inputShape]));
    const softmax = notes.some((note) => note.includes('the softmax at the end is left out'));
    const logarithm = name.startsWith('log softmax');
    return (softmax ? (logarithm ? tf.logSoftmax(result) : tf.softmax(result)) : result).dataSync().slice();
  }) as Float32Array;
}

/**
 * Codes are those of the interpreter, or next to one of them: it rounds halves up and multiplies by scales of 31 bits, and its
 * plain kernels and XNNPACK's differ among themselves. Half of all codes at least are its own.
 */
function expectCodes(actual: Float32Array, side: Side): void {
  const [plain, fast] = [stored(side), stored({ type: side.type, values: side.fast ?? side.values })];
  const differences = plain.map((code, i) => {
    const own = Math.round(actual[i]! / side.scale + side.zeroPoint);
    return Math.max(Math.min(code, fast[i]!) - own, own - Math.max(code, fast[i]!), 0);
  });
  expect(Math.max(...differences)).toBeLessThanOrEqual(1);
  expect(differences.filter((difference) => difference === 0).length).toBeGreaterThan(0.6 * differences.length);
}

/** Within this share of the largest. */
function expectClose(actual: Float32Array, expected: Float32Array, share: number): void {
  expect(actual).toBeAllclose(expected, { rtol: 0, atol: share * Math.max(...expected.map(Math.abs)) });
}

describe.each([...new Set(cases.map(({ kind }) => kind))])('%s', (kind) => {
  it.each(cases.filter((given) => given.kind === kind))('$name', async (given) => {
    const actual = await outputOf(given);
    expect(actual).toHaveLength(stored(given.output).length);
    const { type } = given.output;
    if (type !== 'float32') expectCodes(actual, given.output);
    else if (kind === 'float' || kind === 'float16') expectAgreement(actual, stored(given.output));
    // Real numbers put on grids of codes on the way: of 8 bits (dynamic) or 16.
    else expectClose(actual, stored(given.output), kind === 'int16' ? 2 ** -13 : 2 ** -6);
  });
});

it('every operator is in one of the models', () => {
  const found = cases.flatMap(({ model }) => new TfliteFile(bytesOf(model), 'f').operators.map(({ name }) => name));
  expect(Object.keys(OPERATORS).filter((name) => !found.includes(name))).toEqual([]);
});

const named = (name: string, kind: string) => cases.find((given) => given.name === name && given.kind === kind)!;

describe('grids of a quantised model', () => {
  const { model, input } = named('residual network', 'int8');
  const { network, notes } = importTflite(bytesOf(model), 'f', 'f', null);

  it('reach the converters of every layer: as wide as the codes of its input', () => {
    const scales = givenScales(network);
    expect(scales).toHaveLength(6);
    const tensors = new TfliteFile(bytesOf(model), 'f').tensors.filter(
      ({ type, content }) => type === 'int8' && !content,
    );
    const widths = tensors.map(({ grids }) => 255 * grids!.scales[0]!);
    for (const scale of scales) expect(widths).toContain(scale);
    expect(scales[0]).toBe(255 * input.scale);
  });

  it('say what bytes are, where nothing else does', () => {
    const { scale, mean } = network.preprocessing;
    expect(scale).toBeCloseTo(input.scale, 12);
    expect(mean[0]).toBeCloseTo((input.zeroPoint + 128) * input.scale, 12);
    expect(notes.join()).toMatch(/bytes are taken as codes of its input, x = byte.*--preprocessing changes it/);
  });
});

describe('what is not supported is one error', () => {
  it.each<[string, RegExp]>([
    ['arg max', /^f: node '[^']+' \(ARG_MAX, operator 0\): the operator ARG_MAX is not supported/],
    ['two images', /^f: the graph has 2 inputs; networks of one image/],
    ['bessel', /^f: node '[^']+' \(CUSTOM \w+, operator 0\): the operator CUSTOM \w+ is not supported/],
  ])('%s', (name, message) => {
    const { model } = refused.find((given) => given.name === name)!;
    const read = () => importTflite(bytesOf(model), 'f', 'f', null);
    expect(read).toThrow(FormatError);
    expect(read).toThrow(message);
  });
});

it('says names of tensors without what a terminal would obey', () => {
  const site = { place: 'f', node: 'n', operator: 'o' };
  const tensor = { name: '\u001b[31mred', shape: [1], type: 'int4', dtype: undefined, isSparse: false, offset: 8 };
  const read = (changed: object) => () =>
    contentOf(site, new FoldingBudget(), { ...tensor, ...changed } as unknown as TfliteTensor, new Uint8Array(3));
  for (const changed of [{}, { isSparse: true }, { dtype: 'F32' }]) expect(read(changed)).toThrow(/'\\u001b\[31mred'/);
});

it.each([
  ['CONCATENATION', 1],
  ['ADD', 0],
])('%s of constants has no activation left out in silence', (operator, field) => {
  const context = { site: { place: 'f', node: 'n', operator }, budget: new FoldingBudget(), batch: 1 };
  const constant = { kind: 'constant', constant: { shape: [2], data: Float32Array.of(-1, 2) } };
  const tensor = { type: 'float32', grids: null };
  const run = (code: number) => () =>
    OPERATORS[operator]!.run(
      new TfliteNode(
        context as unknown as ConstructorParameters<typeof TfliteNode>[0],
        { options: { int8: (at: number) => (at === field ? code : 0), int32: () => 0 } } as unknown as TfliteOperator,
        [constant, constant] as never,
        [tensor, tensor] as never,
        [tensor] as never,
        false,
      ),
    );
  expect(run(0)).not.toThrow();
  expect(run(1)).toThrow(/^f: node 'n' .*fused activation 1 is not supported/);
});
