/** Checkpoints of training: metadata is passed over, parts are put together, one state_dict is chosen (makeTraining.py). */
import { readFile } from 'node:fs/promises';
import { zipSync } from 'fflate';
import { beforeAll, describe, expect, it } from 'vitest';
import { FormatError } from '../../../../src/base/errors.js';
import { wholeTensors } from '../../../../src/networks/formats/derivedTensors.js';
import type { Constant } from '../../../../src/networks/formats/import/constant.js';
import { listTensors, loadNetworkFile } from '../../../../src/networks/formats/index.js';
import { readTorchFile } from '../../../../src/networks/formats/pytorch/pytorchFile.js';
import { temporaryFolder } from '../../../helpers/folder.js';
import * as p from './pickle.js';

const at = (name: string) => new URL(name, import.meta.url);
const folder = temporaryFolder();
let expected: Record<string, { shape: number[]; data: number[] }>;
beforeAll(async () => {
  expected = JSON.parse(await readFile(at('training.json'), 'utf8'));
});

describe.each(['training.pt', 'training4.pt'])('%s', (name) => {
  const read = async (key?: string) => readTorchFile(new Uint8Array(await readFile(at(name))), name, key);

  it('weights in parts are those that numpy puts together', async () => {
    const { tensors, notes } = wholeTensors((await read()).tensors, name);
    const left = [...tensors.keys()].filter((tensor) => !(tensor in expected));
    expect(left).toEqual([
      'prune.bias',
      ...['weight', 'bias', 'running_mean', 'running_var'].map((part) => `fused.bn.${part}`),
    ]);
    for (const [tensor, { shape, data }] of Object.entries(expected)) {
      expect(tensors.get(tensor)?.shape, tensor).toEqual(shape);
      expect(Float32Array.from(tensors.get(tensor)!.data)).toBeAllclose(Float32Array.from(data), {
        rtol: 1e-6,
        atol: 1e-7,
      });
    }
    expect(notes).toEqual([
      '2 pruned tensors are put together from parts',
      '3 weight-normalised tensors are put together from parts',
      '2 spectrally normalised tensors are put together from parts',
      '3 weights are rounded to the grid of their fake quantisers',
      "2 quantisers or observers of activations are left out: calibration finds the converters' ranges",
    ]);
    // The mask's zeros are zeros.
    expect(tensors.get('prune.weight')!.data.filter((value) => value === 0).length).toBeGreaterThan(5);
  });

  it('says which of several state_dicts is taken, and takes the one that is asked for', async () => {
    expect((await read()).notes).toEqual([
      "the file holds 2 state_dicts: 'net' is taken, not 'ema.shadow' (--key chooses)",
    ]);
    expect([...(await read('ema.shadow')).tensors.keys()]).toEqual(['weight']);
    await expect(read('ema.shadw')).rejects.toThrow(/no state_dict 'ema\.shadw' \(--key\), did you mean 'ema\.shadow'/);
  });
});

const weight = (key: string) => p.tensor(p.storage(key, 4), 0, [2, 2], [2, 1]);
const archive = (pickle: Uint8Array) =>
  zipSync({ 'a/data.pkl': p.bytes(p.PROTO, pickle, '.'), 'a/data/0': new Uint8Array(16) }, { level: 0 });

describe('several state_dicts', () => {
  const state = p.ordered([p.text('w'), weight('0')]);
  it.each([
    [['ema', 'student'], /2 state_dicts: 'ema', 'student'; choose one with --key/],
    [['optimizer_g', 'generator', 'discriminator'], /3 state_dicts: .*choose one with --key/],
  ])('%s: none has the usual name of a model', (names, message) => {
    const file = archive(p.dict(...names.map((name): [Uint8Array, Uint8Array] => [p.text(name), state])));
    expect(() => readTorchFile(file, 'f.pt')).toThrow(message);
    expect([...readTorchFile(file, 'f.pt', names[1]).tensors.keys()]).toEqual(['w']);
  });

  it('--key where there is one, and where the file is of another format', async () => {
    const plain = await folder.file('plain.pt', archive(state));
    await expect(listTensors(plain, { key: 'ema' })).rejects.toThrow(/only state_dict.*leave --key out/);
    const other = await folder.file('f.safetensors', await readFile(at('../tiny.safetensors')));
    await expect(loadNetworkFile(other, { key: 'ema' })).rejects.toThrow(/--key chooses among the state_dicts/);
  });

  it('a dict of a thousand names of one dict, four levels deep, takes no time', () => {
    const bomb = (inner: Uint8Array, memo: number) =>
      p.bytes(
        inner,
        'q',
        memo,
        '0',
        '}',
        '(',
        ...Array.from({ length: 1000 }, (_, i) => p.bytes(p.text(`k${i}`), 'h', memo)),
        'u',
      );
    const file = archive([1, 2, 3, 4].reduce(bomb, p.dict()));
    expect(() => readTorchFile(file, 'f.pt')).toThrow(/no tensors are found/);
  });
});

describe('refused', () => {
  const constant = (...shape: number[]): Constant => ({
    shape,
    data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5),
  });
  it.each<[string, Record<string, Constant>, RegExp]>([
    [
      'an unknown parametrisation',
      { 'a.parametrizations.weight.original': constant(2, 2), 'a.parametrizations.weight.0.base': constant(2, 2) },
      /f: tensor 'a\.parametrizations\.weight\.original'.*'a\.weight'.*remove_parametrizations/,
    ],
    [
      'a mask of another shape',
      { w_orig: constant(2, 2), w_mask: constant(3) },
      /parts of 'w' do not fit.*_mask \[3\]/,
    ],
    ['a norm of another shape', { w_g: constant(3, 1), w_v: constant(2, 2) }, /parts of 'w' do not fit/],
    ['a weight whole and in parts', { w: constant(2), w_orig: constant(2), w_mask: constant(2) }, /'w' is there whole/],
    [
      'scales that do not fit',
      { weight: constant(2, 2), 'weight_fake_quant.scale': constant(3) },
      /3 scales for the 2 filters/,
    ],
    [
      'a scale of zero',
      { weight: constant(2, 2), 'weight_fake_quant.scale': { shape: [1], data: Float32Array.of(0) } },
      /not above 0/,
    ],
  ])('%s', (_, tensors, message) => {
    const whole = () => wholeTensors(new Map(Object.entries(tensors)), 'f');
    expect(whole).toThrow(FormatError);
    expect(whole).toThrow(message);
  });

  it('leaves names alone that only end so', () => {
    const tensors = new Map([
      ['layer_g', constant(2, 2)],
      ['attn_v.weight', constant(2, 2)],
      ['c_mask', constant(2)],
    ]);
    expect([...wholeTensors(tensors, 'f').tensors.keys()]).toEqual([...tensors.keys()]);
  });
});
