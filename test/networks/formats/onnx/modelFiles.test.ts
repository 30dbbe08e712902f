/** Models as exporters write them now: values in a file beside the model, functions of the model's own, any operator set. */

import { readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProtoSchema,
  TensorProto_DataLocation as Location,
  ModelProtoSchema,
  NodeProtoSchema,
} from 'onnx-buf';
import * as ort from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { NO_PREPROCESSING } from '../../../../src/networks/formats/import/preprocessing.js';
import { loadNetworkFile } from '../../../../src/networks/formats/index.js';
import { importOnnx, parseOnnx } from '../../../../src/networks/formats/onnx/importOnnx.js';
import { countMacs } from '../../../../src/networks/macCounts.js';
import { sonic } from '../../../cli/sonic.js';
import { temporaryFolder } from '../../../helpers/folder.js';
import { randomArray } from '../../../helpers/random.js';
import { floats, type ModelSpec, onnxModel } from './model.js';
import { expectAgreement, networkOutput, runtimeOutput } from './oracle.js';

const folder = temporaryFolder();
const WEIGHTS = randomArray(1, 27 * 4, -1, 1);
const SPEC: ModelSpec = {
  input: [3, 5, 5],
  tensors: [floats('w', [4, 3, 3, 3], WEIGHTS), floats('b', [4], [0.5, -0.5, 0.25, 1])],
  nodes: [{ op: 'Conv', inputs: ['x', 'w', 'b'] }],
};
type Model = ReturnType<typeof parseOnnx>;
const parsed = () => parseOnnx(onnxModel(SPEC), 'm');
const bytesOf = (model: Model) => toBinary(ModelProtoSchema, model);
const x = randomArray(2, 75, -1, 1);
const DIMS = [1, 3, 5, 5];

/** The model with the values of `w` at an offset of a file; `entries` replace what it says of them. */
function external(entries: Readonly<Record<string, string | undefined>> = {}): Uint8Array {
  const model = parsed();
  const [w] = model.graph.initializer;
  const all = { location: 'model.onnx.data', offset: '8', length: String(4 * WEIGHTS.length), ...entries };
  w!.rawData = new Uint8Array(0);
  w!.dataLocation = Location.EXTERNAL;
  w!.externalData = Object.entries(all).flatMap(([key, value]) =>
    value === undefined ? [] : [{ $typeName: 'onnx.StringStringEntryProto' as const, key, value }],
  );
  return bytesOf(model);
}
const DATA = Buffer.concat([Buffer.alloc(8, 7), Buffer.from(Float32Array.from(WEIGHTS).buffer)]);

async function write(name: string, model: Uint8Array, data: Uint8Array | null): Promise<string> {
  await mkdir(folder.path(name), { recursive: true });
  if (data) await writeFile(folder.path(`${name}/model.onnx.data`), data);
  await writeFile(folder.path(`${name}/model.onnx`), model);
  return folder.path(`${name}/model.onnx`);
}

describe('external data', () => {
  it('is read from beside the model, as the runtime reads it, and is part of the hash', async () => {
    const model = external();
    const { network, sha256 } = await loadNetworkFile(await write('good', model, DATA));
    const session = await ort.InferenceSession.create(model, {
      externalData: [{ path: 'model.onnx.data', data: new Uint8Array(DATA) }],
    } as ort.InferenceSession.SessionOptions);
    const theirs = (await session.run({ x: new ort.Tensor('float32', x, DIMS) }))['y']!.data as Float32Array;
    expectAgreement(await networkOutput(network, x, DIMS), theirs);
    await session.release();
    const other = await loadNetworkFile(await write('other', model, Buffer.concat([DATA, Buffer.alloc(1)])));
    expect(other.sha256).not.toBe(sha256);
  });

  it('without offset and length is the whole file', async () => {
    const file = await write('whole', external({ offset: undefined, length: undefined }), DATA.subarray(8));
    const { network } = await loadNetworkFile(file);
    expectAgreement(await networkOutput(network, x, DIMS), await runtimeOutput(onnxModel(SPEC), x, DIMS));
  });

  it.each<[string, Record<string, string>, Uint8Array | null, RegExp]>([
    ['missing', {}, null, /data of '.*model\.onnx': '.*model\.onnx\.data'.* no such file/],
    [
      'short',
      {},
      DATA.subarray(0, 100),
      /tensor 'w': its values are bytes 8 to 440 of '.*', which has 100; the file is truncated/,
    ],
    [
      'above',
      { location: '../model.onnx.data' },
      DATA,
      /tensor 'w': .*'\.\.\/model\.onnx\.data', which is not in the model's folder/,
    ],
    ['absolute', { location: '/etc/passwd' }, DATA, /'\/etc\/passwd', which is not in the model's folder/],
    ['nowhere', { location: '' }, DATA, /which is not in the model's folder/],
    ['odd offset', { offset: '-8' }, DATA, /its offset '-8' is not a whole number/],
    ['other length', { length: '428' }, DATA, /\[4,3,3,3\] of FLOAT does not fit its 428 bytes/],
  ])('%s: one line that says so', async (name, entries, data, message) => {
    const file = await write(name.replace(' ', '-'), external(entries), data);
    await expect(loadNetworkFile(file)).rejects.toThrow(message);
    await expect(loadNetworkFile(file)).rejects.not.toThrow(/\n/);
  });

  it('behind a link out of the folder is not read', async () => {
    const file = await write('linked', external(), null);
    await writeFile(folder.path('secret'), DATA);
    await symlink(folder.path('secret'), folder.path('linked/model.onnx.data'));
    await expect(loadNetworkFile(file)).rejects.toThrow(/is not in the model's folder/);
  });
});

/** A node for the body of a function. */
const node = (opType: string, input: string[], output: string[], more: object = {}) =>
  create(NodeProtoSchema, { opType, input, output, ...more });
const slope = (fields: object) => create(AttributeProtoSchema, { name: 'alpha', type: 1, ...fields });

/** conv, then a function of the model that calls another; `mine` has an attribute that the call may give. */
function withFunctions(call: object[] = [], circle = false): Uint8Array {
  const model = parsed();
  model.graph.node[0]!.output = ['c'];
  model.graph.node.push(node('Outer', ['c'], ['y'], { domain: 'mine', name: 'outer', attribute: call }));
  model.opsetImport.push({ $typeName: 'onnx.OperatorSetIdProto', domain: 'mine', version: 1n });
  const opsetImport = [
    { domain: '', version: 17n },
    { domain: 'mine', version: 1n },
  ];
  const all = create(ModelProtoSchema, {
    functions: [
      {
        name: 'Outer',
        domain: 'mine',
        input: ['a'],
        output: ['b'],
        attributeProto: [slope({ f: 0.25 })],
        opsetImport,
        node: [
          node('Inner', ['a'], ['t'], { domain: 'mine', attribute: [slope({ refAttrName: 'alpha' })] }),
          node('Add', ['t', 'a'], ['b']),
        ],
      },
      {
        name: 'Inner',
        domain: 'mine',
        input: ['a'],
        output: ['b'],
        attribute: ['alpha'],
        opsetImport,
        node: [
          circle
            ? node('Outer', ['a'], ['t'], { domain: 'mine' })
            : node('LeakyRelu', ['a'], ['t'], { attribute: [slope({ refAttrName: 'alpha' })] }),
          node('Tanh', ['t'], ['b']),
        ],
      },
    ],
  });
  model.functions = all.functions;
  return bytesOf(model);
}

describe('functions of the model', () => {
  it.each([
    ['with the default of its attribute', []],
    ['with an attribute of the call', [slope({ f: -0.5 })]],
  ])('are written out, %s', async (_, call) => {
    const model = withFunctions(call);
    const { network } = importOnnx(parseOnnx(model, 'm'), 'm', 'm', NO_PREPROCESSING);
    expectAgreement(await networkOutput(network, x, DIMS), await runtimeOutput(model, x, DIMS));
  });

  it('that call each other in a circle are refused', () => {
    expect(() => importOnnx(parseOnnx(withFunctions([], true), 'm'), 'm', 'm', NO_PREPROCESSING)).toThrow(
      /^m: node .* \((Outer|Inner)\): functions call functions more than 16 deep; they go in a circle$/,
    );
  });
});

describe('operator sets', () => {
  const notes = (opset: number) =>
    importOnnx(parseOnnx(onnxModel({ ...SPEC, opset }), 'm'), 'm', 'm', NO_PREPROCESSING).notes;

  it('from 7 to 23 are read without a word, others with a note', () => {
    for (const opset of [7, 13, 23]) expect(notes(opset)).toEqual([]);
    expect(notes(6)).toEqual([
      expect.stringMatching(/^its operator set 6 is older than those that were checked \(7 to 23\)/),
    ]);
    expect(notes(24)).toEqual([expect.stringMatching(/^its operator set 24 is newer than/)]);
  });
});

it('products of two activations are counted apart from those with weights', () => {
  // Per image: 4 rows of 5 by weights [5][3], then [4][5] with [5][4].
  const model = onnxModel({
    input: [4, 5],
    tensors: [floats('w', [5, 3], randomArray(3, 15, -1, 1))],
    nodes: [
      { op: 'Transpose', inputs: ['x'], attributes: { perm: [0, 2, 1] } },
      { op: 'MatMul', inputs: ['x', 't0'] },
      { op: 'MatMul', inputs: ['t1', 'x'] },
      { op: 'MatMul', inputs: ['t2', 'w'] },
    ],
  });
  const { network } = importOnnx(parseOnnx(model, 'm'), 'm', 'm', NO_PREPROCESSING);
  expect(countMacs(network)).toEqual({ photonic: 4 * 5 * 3, electronic: 4 * 5 * 4 + 4 * 4 * 5, products: 2 });
});

describe('a vision transformer as PyTorch exports it (vit/make.py)', () => {
  const file = (name: string) => fileURLToPath(new URL(`vit/${name}`, import.meta.url));

  it('computes what the runtime computes, and has its linear layers on the photonic units', async () => {
    const { network } = await loadNetworkFile(file('model.onnx'));
    const image = randomArray(5, 2 * 32 * 32 * 3, 0, 1);
    const session = await ort.InferenceSession.create(readFileSync(file('model.onnx')), {
      externalData: [{ path: 'model.onnx.data', data: new Uint8Array(readFileSync(file('model.onnx.data'))) }],
    } as ort.InferenceSession.SessionOptions);
    const dims = [2, 3, 32, 32];
    const input = new ort.Tensor('float32', image, dims);
    const theirs = Object.values(await session.run({ [session.inputNames[0]!]: input }))[0]!.data as Float32Array;
    expectAgreement(await networkOutput(network, image, dims), theirs);
    // 17 tokens of 16 numbers, 2 heads of 8: q k' and (q k') v; patches, qkv, projection, two of the MLP, head.
    expect(countMacs(network)).toEqual({
      photonic: 16 * 192 * 16 + 17 * 16 * (48 + 16 + 64 + 64) + 160,
      electronic: 2 * 2 * 17 * 17 * 8,
      products: 2,
    });
  });

  it('runs on emulated hardware, which says what it leaves to electronics', async () => {
    const { stdout, code, stderr } = await sonic(
      ...['run', file('model.onnx'), '--dataset', 'cifar10', '--images', '4', '--preprocessing', 'scale: 1/255'],
    );
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('2 matrix products of two activations (attention) run electronically, 9,248 multiply-');
    expect(stdout.match(/^node_MatMul\S* +CONV/gm)).toHaveLength(4);
  });

  it('has a cost that says so among its warnings, as a run does', async () => {
    const { stdout, stderr } = await sonic('cost', file('model.onnx'), '--preprocessing', 'scale: 1/255');
    expect(stdout).toMatch(/^warning: 2 matrix products of two activations \(attention\) run electronically/m);
    expect(stderr).not.toContain('electronically');
    const json = await sonic('cost', file('model.onnx'), '--preprocessing', 'scale: 1/255', '--json', '-');
    expect(JSON.parse(json.stdout).warnings.join()).toContain('2 matrix products');
  });
});
