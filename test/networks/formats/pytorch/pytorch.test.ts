/** State dicts of PyTorch, old and new; pickles that would do anything else are refused by name. */
import { readFile } from 'node:fs/promises';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../../src/base/errors.js';
import { readTorchFile } from '../../../../src/networks/formats/pytorch/pytorchFile.js';
import * as p from './pickle.js';

const read = (bytes: Uint8Array) => readTorchFile(bytes, 'f.pt').tensors;
const archive = (pickle: Uint8Array, storages: Record<string, Uint8Array> = {}) =>
  zipSync(
    {
      'a/data.pkl': p.bytes(p.PROTO, pickle, '.'),
      ...Object.fromEntries(Object.entries(storages).map(([key, data]) => [`a/data/${key}`, data])),
    },
    { level: 0 },
  );

describe('files', () => {
  it('a zip archive with shared storages, views, parameters and half precision (make.py)', async () => {
    const tensors = read(new Uint8Array(await readFile(new URL('tiny.pt', import.meta.url))));
    expect([...tensors.keys()]).toEqual(['fc.weight', 'fc.bias', 'bn.num_batches_tracked', 'half']);
    // Column-major: element [i][j] is number i + 2 j of the storage.
    expect(tensors.get('fc.weight')).toEqual({ shape: [2, 3], data: Float32Array.of(0, 2, 4, 1, 3, 5) });
    expect(tensors.get('fc.bias')).toEqual({ shape: [2], data: Float32Array.of(6, 7) });
    expect(tensors.get('bn.num_batches_tracked')).toEqual({ shape: [], data: Float64Array.of(77) });
    expect(tensors.get('half')).toEqual({ shape: [3], data: Float32Array.of(0.5, -1, 65504) });
  });

  it('the row of pickles of older versions', () => {
    const value = p.ordered(
      [p.text('a'), p.tensor(p.storage('s1', 4), 1, [3], [1])],
      [p.text('b'), p.tensor(p.storage('s0', 2), 0, [2, 1], [1, 1])],
    );
    const tensors = read(p.legacyFile(value, { s0: Float32Array.of(8, 9), s1: Float32Array.of(1, 2, 3, 4) }));
    expect(tensors.get('a')!.data).toEqual(Float32Array.of(2, 3, 4));
    expect(tensors.get('b')).toEqual({ shape: [2, 1], data: Float32Array.of(8, 9) });
  });
});

describe('refused', () => {
  const one = Float32Array.of(1);
  const state = (value: Uint8Array) => p.ordered([p.text('a'), value]);
  const cases: [string, Uint8Array, RegExp][] = [
    [
      'os.system',
      archive(p.call(p.global('os', 'system'), p.tuple(p.text('touch /tmp/owned')))),
      /offset \d+: the pickle asks for 'os\.system'.*nothing was run/,
    ],
    ['posix.system', archive(p.call(p.global('posix', 'system'), p.tuple(p.text('id')))), /'posix\.system'/],
    ['builtins.eval', archive(p.call(p.global('builtins', 'eval'), p.tuple(p.text('1')))), /'builtins\.eval'/],
    ['builtins.getattr', archive(p.call(p.global('builtins', 'getattr'), p.tuple(p.text('1')))), /'builtins\.getattr'/],
    ['torch.load itself', archive(p.global('torch', 'load')), /'torch\.load'/],
    ['a name of Object.prototype', archive(p.global('__proto__', 'constructor')), /'__proto__\.constructor'/],
    ['a name with a path in it', archive(p.global('torch._utils', '_rebuild_tensor.__globals__')), /__globals__/],
    ['a global by STACK_GLOBAL', archive(p.bytes(p.text('os'), p.text('system'), 0x93)), /'os\.system'/],
    ['INST', archive(p.bytes('(', p.text('id'), 'i', 'os\nsystem\n')), /operation 0x69 is not admitted/],
    ['OBJ', archive(p.bytes('(', p.global('torch', 'FloatStorage'), 'o')), /operation 0x6f/],
    ['NEWOBJ of no class', archive(p.bytes(p.global('torch._utils', '_rebuild_tensor'), ')', 0x81)), /admitted class/],
    ['NEWOBJ of a storage', archive(p.bytes(p.global('torch', 'FloatStorage'), ')', 0x81)), /admitted class/],
    ['a name beside the inert ones', archive(p.global('builtins', 'exec')), /'builtins\.exec'.*nothing was run/],
    ['a class beside the inert ones', archive(p.global('argparse', 'FileType')), /'argparse\.FileType'/],
    [
      'state put into a tensor',
      archive(p.bytes(p.tensor(p.storage('0', 1), 0, [1], [1]), '}', 'b')),
      /object of a class is built/,
    ],
    [
      'a tensor made by what makes none',
      archive(
        p.call(
          p.global('torch._tensor', '_rebuild_from_type_v2'),
          p.tuple(p.global('argparse', 'Namespace'), p.global('torch', 'Tensor'), p.tuple(), p.dict()),
        ),
      ),
      /something other than what makes tensors/,
    ],
    ['quantised tensors', archive(p.global('torch._utils', '_rebuild_qtensor')), /qint8.*before.*convert.*dequantize/],
    ['storages of quantised tensors', archive(p.global('torch', 'QInt8Storage')), /qint8.*dequantize/],
    ['sparse tensors', archive(p.global('torch._utils', '_rebuild_sparse_tensor')), /\.to_dense\(\)/],
    ['TorchScript', archive(p.global('__torch__.net', 'Net')), /TorchScript.*torch\.jit\.load\(file\)\.state_dict/],
    ['EXT1', archive(p.bytes(0x82, 1)), /operation 0x82/],
    ['a persistent id as text', archive(p.bytes('Pabc\n')), /operation 0x50/],
    ['a call of what is no function', archive(p.call(p.text('x'), p.bytes(')'))), /other than a function/],
    [
      'a persistent id that is no storage',
      archive(p.persistent(p.tuple(p.text('module'), p.text('x')))),
      /none to a storage/,
    ],
    [
      'a tensor beyond its storage',
      archive(state(p.tensor(p.storage('0', 1), 0, [2], [1]))),
      /reaches beyond its storage of 1/,
    ],
    [
      'a tensor before its storage',
      archive(state(p.tensor(p.storage('0', 1), 2 ** 32 - 1, [1], [1]))),
      /beyond its storage/,
    ],
    [
      'a tensor of much out of little',
      archive(state(p.tensor(p.storage('0', 1), 0, [2 ** 20, 2 ** 9], [0, 0]))),
      /beyond|repeats/,
    ],
    ['a storage without data', archive(state(p.tensor(p.storage('0', 1), 0, [1], [1]))), /no 'a\/data\/0'/],
    [
      'a storage of the wrong length',
      archive(state(p.tensor(p.storage('0', 1), 0, [1], [1])), { 0: new Uint8Array(5) }),
      /has 5 bytes/,
    ],
    ['a huge storage', archive(state(p.tensor(p.storage('0', 2 ** 31 - 1), 0, [2 ** 30], [1]))), /f\.pt: /],
    [
      'a dict that holds itself',
      archive(p.bytes('}', 'q', 0, p.text('state_dict'), 'h', 0, 's')),
      /no state_dict|no tensors/,
    ],
    ['a list that holds itself', archive(p.bytes(']', 'q', 0, 'h', 0, 'a')), /no state_dict/],
    [
      'a whole model instead of its state',
      archive(p.call(p.global('torch.nn.modules.linear', 'Linear'), p.bytes(')'))),
      /Linear'.*state_dict/,
    ],
    ['a value that was never kept', archive(p.bytes('h', 9)), /never kept/],
    ['values left over', archive(p.bytes('N', 'N')), /left over/],
    ['an empty stack', archive(p.bytes('0')), /stack is empty/],
    ['a mark for a value', archive(p.bytes('(', '0')), /mark/],
    ['a long integer', archive(p.bytes(0x8b, 0xff, 0xff, 0xff, 0x7f)), /integer of/],
    ['a text longer than the file', archive(p.bytes('X', 0xff, 0xff, 0xff, 0xff)), /truncated/],
    ['a pickle of something else', p.bytes(p.PROTO, p.dict(), '.'), /none of torch\.save/],
    [
      'bytes behind the last storage',
      p.bytes(p.legacyFile(state(p.tensor(p.storage('s', 1), 0, [1], [1])), { s: one }), 0),
      /1 bytes too many/,
    ],
    ['a storage nobody uses', p.legacyFile(p.ordered(), { s: one }), /no tensor uses/],
  ];
  for (const [what, file, message] of cases) {
    it(what, () => {
      expect(() => read(file)).toThrow(FormatError);
      expect(() => read(file)).toThrow(message);
    });
  }

  it('memo bombs: doubling a tuple again and again costs nothing', () => {
    // Thirty times (x, x): 2^30 leaves if anything walked it.
    const doubled = p.bytes('N', ...Array.from({ length: 30 }, () => p.bytes('q', 1, 'h', 1, 0x86)));
    expect(() => read(archive(doubled))).toThrow(/no state_dict/);
  });
});
