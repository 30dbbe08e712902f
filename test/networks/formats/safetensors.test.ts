import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/base/errors.js';
import { DTYPE_BYTES, type Dtype, tensorValues } from '../../../src/networks/formats/dtypes.js';
import { parseSafetensors, serialiseSafetensors, type TensorData } from '../../../src/networks/formats/safetensors.js';
import { container, float32, split } from './container.js';

const tensor = (dtype: string, shape: unknown, offsets: unknown) =>
  JSON.stringify({ a: { dtype, shape, data_offsets: offsets } });

describe('reading', () => {
  it('reads a file written by hand', () => {
    const header =
      '{"__metadata__":{"by":"hand"},"b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}  ';
    const file = parseSafetensors(container(header, Buffer.concat([float32(1.5, -2), Buffer.from([7, 8, 9])])), 'f');
    expect([...file.metadata]).toEqual([['by', 'hand']]);
    const a = file.tensors.get('a')!;
    expect([a.shape, a.offset]).toEqual([[2, 1], 8 + header.length]);
    expect(tensorValues(a, 'f')).toEqual(Float32Array.of(1.5, -2));
    expect([...file.tensors.get('b')!.data]).toEqual([7, 8, 9]);
  });

  it('reads an empty file, a scalar and tensors without elements', () => {
    expect(parseSafetensors(container('{}'), 'f').tensors.size).toBe(0);
    expect(
      tensorValues(parseSafetensors(container(tensor('F32', [], [0, 4]), float32(3)), 'f').tensors.get('a')!, 'f'),
    ).toEqual(Float32Array.of(3));
    const empty = parseSafetensors(container(tensor('F64', [4, 0], [0, 0])), 'f').tensors.get('a')!;
    expect(tensorValues(empty, 'f')).toEqual(new Float64Array(0));
  });

  // Bit patterns and values of IEEE 754 and two's complement.
  it.each<[Dtype, string, unknown]>([
    ['BOOL', '0100', Uint8Array.of(1, 0)],
    ['U8', '00ff', Uint8Array.of(0, 255)],
    ['I8', '7f80', Int8Array.of(127, -128)],
    ['U16', '0100ffff', Uint16Array.of(1, 65535)],
    ['I16', '01000080', Int16Array.of(1, -32768)],
    ['U32', '01000000ffffffff', Uint32Array.of(1, 4294967295)],
    ['I32', '0100000000000080', Int32Array.of(1, -2147483648)],
    ['I64', '0100000000000000ffffffffffffffff', BigInt64Array.of(1n, -1n)],
    [
      'F16',
      '003c00c0ff7b0100008000fc5535',
      Float32Array.of(1, -2, 65504, 2 ** -24, -0, Number.NEGATIVE_INFINITY, 0.333251953125),
    ],
    ['BF16', '803f494080ff0080', Float32Array.of(1, 3.140625, Number.NEGATIVE_INFINITY, -0)],
    ['F32', '0000803f0000008001000000', Float32Array.of(1, -0, 2 ** -149)],
    ['F64', '182d4454fb210940', Float64Array.of(Math.PI)],
  ])('reads the values of %s', (dtype, hex, values) => {
    const data = Buffer.from(hex, 'hex');
    // One byte of another tensor in front puts the data at an odd address.
    const shape = [data.length / DTYPE_BYTES[dtype]];
    const header = JSON.stringify({
      z: { dtype: 'U8', shape: [1], data_offsets: [0, 1] },
      a: { dtype, shape, data_offsets: [1, 1 + data.length] },
    });
    const file = parseSafetensors(container(header, Buffer.concat([Buffer.from([0]), data])), 'f');
    const found = tensorValues(file.tensors.get('a')!, 'f');
    expect(found).toEqual(values);
    expect(Object.is((found as Float32Array).at(-1), (values as Float32Array).at(-1))).toBe(true);
  });

  it('reads NaN of both half formats, and refuses a BOOL of 2', () => {
    for (const [dtype, hex] of [
      ['F16', '017e'],
      ['BF16', 'c07f'],
    ] as const) {
      const file = parseSafetensors(container(tensor(dtype, [1], [0, 2]), Buffer.from(hex, 'hex')), 'f');
      expect(tensorValues(file.tensors.get('a')!, 'f')).toEqual(Float32Array.of(Number.NaN));
    }
    const header = tensor('BOOL', [2], [0, 2]);
    const file = parseSafetensors(container(header, Uint8Array.of(1, 2)), 'f');
    expect(() => tensorValues(file.tensors.get('a')!, 'f')).toThrow(
      new FormatError(`f: offset ${8 + header.length + 1} holds 2, a BOOL is 0 or 1`),
    );
  });
});

const four = float32(1);
describe('a hostile header is refused with place and value', () => {
  const nested = (depth: number) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  it.each<[string, Uint8Array, RegExp]>([
    ['empty file', new Uint8Array(), /ends at offset 0/],
    ['length cut off', new Uint8Array(7), /ends at offset 7/],
    ['length beyond the file', container('{}', new Uint8Array(), 3n), /offset 0 .* 3 bytes, but only 2 follow/],
    ['length of 2^64 - 1', container('{}', new Uint8Array(), 2n ** 64n - 1n), /offset 0 .*18446744073709551615/],
    ['length of 2^53', container('{}', new Uint8Array(), 2n ** 53n), /offset 0 .*9007199254740992/],
    ['no header', container(''), /offset 8: the JSON that begins at offset 8 ends here, unfinished/],
    [
      'JSON that ends',
      container('{"a":'),
      /offset 13: the JSON that begins at offset 8 ends here, unfinished; the file is truncated/,
    ],
    ['JSON that breaks', container('{"ä":1,]}'), /offset 16: not JSON \(/],
    ['NaN', container('{"a":NaN}'), /offset 13: not JSON/],
    ['not UTF-8', container(Uint8Array.of(0x7b, 0xff, 0x7d)), /not UTF-8/],
    ['byte order mark', container('\ufeff{}'), /offset 8: not JSON/],
    ['an array', container('[]'), /offset 8 holds \[\], expected a JSON object/],
    ['null', container('null'), /offset 8 holds null/],
    ['a number', container('1'), /offset 8 holds 1/],
    ['deep', container(nested(1000)), /offset 15 nests more than 3 deep/],
    ['very deep', container('['.repeat(2_000_000)), /nests more than 3 deep/],
    [
      'a key twice',
      container(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}, "a":{}}`, four),
      /offset 63 gives the key 'a' a second time/,
    ],
    ['a key twice, spelled apart', container(String.raw`{"a":1,"\u0061":2}`), /the key 'a' a second time/],
    ['an inner key twice', container('{"a":{"dtype":"F32","dtype":"F32"}}'), /the key 'dtype' a second time/],
    ['tensor is a number', container('{ "a": 5}'), /offset 10: tensor 'a': is 5/],
    ['tensor is a list', container('{"a":[]}'), /tensor 'a': is \[\]/],
    ['unknown key', container('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}', four), /unknown key 'x'/],
    [
      'no dtype',
      container('{"a":{"shape":[1],"data_offsets":[0,4]}}', four),
      /dtype is missing, expected one of BOOL, U8/,
    ],
    ['unknown dtype', container(tensor('F31', [1], [0, 4]), four), /dtype is "F31"/],
    ['dtype from the prototype', container(tensor('constructor', [1], [0, 4]), four), /dtype is "constructor"/],
    ['shape is a number', container(tensor('F32', 1, [0, 4]), four), /shape is 1/],
    ['negative size', container(tensor('F32', [-1], [0, 4]), four), /shape is \[-1\]/],
    ['half a size', container(tensor('F32', [0.5], [0, 4]), four), /shape is \[0.5\]/],
    ['size is text', container(tensor('F32', ['1'], [0, 4]), four), /shape is \["1"\]/],
    [
      'size beyond 2^53',
      container('{"a":{"dtype":"F32","shape":[1e30],"data_offsets":[0,4]}}', four),
      /shape is \[1e\+30\]/,
    ],
    ['product overflows', container(tensor('U8', [2 ** 32, 2 ** 32], [0, 4]), four), /too many elements/],
    ['product overflows to 0', container(tensor('U8', [2 ** 52, 4096, 0], [0, 0])), /too many elements/],
    ['product differs', container(tensor('F32', [2], [0, 4]), four), /takes 8 bytes, data_offsets \[0, 4\] give 4/],
    ['offsets missing', container('{"a":{"dtype":"F32","shape":[1]}}', four), /data_offsets is missing/],
    ['three offsets', container(tensor('F32', [1], [0, 4, 4]), four), /data_offsets is \[0,4,4\]/],
    ['negative offset', container(tensor('F32', [1], [-4, 0]), four), /data_offsets is \[-4,0\]/],
    ['offsets reversed', container(tensor('F32', [1], [4, 0]), four), /data_offsets \[4, 0\] do not lie/],
    [
      'offsets beyond the file',
      container(tensor('F32', [1], [4, 8]), four),
      /data_offsets \[4, 8\] do not lie in the file's 4 data bytes/,
    ],
    [
      'gap in front',
      container(tensor('F32', [1], [4, 8]), float32(1, 2)),
      /begins at data offset 4, expected 0: it leaves a gap/,
    ],
    [
      'bytes behind',
      container(tensor('F32', [1], [0, 4]), float32(1, 2)),
      /4 bytes belong to no tensor from data offset 4 on/,
    ],
    [
      'overlap',
      container(
        '{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}',
        new Uint8Array(6),
      ),
      /offset 61: tensor 'b': begins at data offset 2, expected 4: it overlaps/,
    ],
    [
      'the same bytes twice',
      container(
        '{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}',
        four,
      ),
      /overlaps/,
    ],
    [
      'a name of control characters',
      container(String.raw`{"a\n\u001b[2J\u009b":5}`),
      /tensor 'a\\u000a\\u001b\[2J\\u009b': is 5/,
    ],
    ['a long name', container(`{"${'a'.repeat(1e6)}":5}`), /tensor 'a{77}\.\.\.': is 5/],
    ['metadata is text', container('{"__metadata__":"x"}'), /offset 9: __metadata__ is "x"/],
    ['metadata holds a number', container('{"__metadata__":{"x":1}}'), /__metadata__: 'x' is 1, expected a string/],
    ['metadata is null', container('{"__metadata__":null}'), /__metadata__ is null/],
  ])('%s', (_, file, message) => {
    expect(() => parseSafetensors(file, 'bad.safetensors')).toThrow(FormatError);
    expect(() => parseSafetensors(file, 'bad.safetensors')).toThrow(message);
    expect(() => parseSafetensors(file, 'bad.safetensors')).toThrow(/^bad\.safetensors: [^\n]*$/);
  });
});

const arbitraryTensor: fc.Arbitrary<TensorData> = fc
  .record({
    dtype: fc.constantFrom<Dtype>('F32', 'U8', 'I64', 'F16'),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
  })
  .chain(({ dtype, shape }) => {
    const length = shape.reduce((product, size) => product * size, DTYPE_BYTES[dtype]);
    return fc.uint8Array({ minLength: length, maxLength: length }).map((data) => ({ dtype, shape, data }));
  });
const arbitraryTensors = fc
  .uniqueArray(fc.tuple(fc.string({ unit: 'binary' }), arbitraryTensor), { selector: ([name]) => name, maxLength: 6 })
  .map((entries) => new Map(entries.filter(([name]) => name !== '__metadata__')));

describe('writing', () => {
  it('what is written is read back, whatever the names', () => {
    fc.assert(
      fc.property(
        arbitraryTensors,
        fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })),
        (tensors, metadata) => {
          const file = parseSafetensors(serialiseSafetensors(tensors, metadata), 'f');
          expect(
            new Map(
              [...file.tensors].map(([name, { offset: _, ...rest }]) => [
                name,
                { ...rest, data: new Uint8Array(rest.data) },
              ]),
            ),
          ).toEqual(tensors);
          expect(Object.fromEntries(file.metadata)).toEqual({ ...metadata });
        },
      ),
    );
  });

  it('follows the public description: length, JSON, data aligned to their type, order of the map without effect', () => {
    fc.assert(
      fc.property(arbitraryTensors, (tensors) => {
        const bytes = serialiseSafetensors(tensors);
        expect(serialiseSafetensors(new Map([...tensors].reverse()))).toEqual(bytes);
        const { header, headerBytes, data } = split(bytes);
        expect(headerBytes % 8).toBe(0);
        for (const [name, { dtype, data: content }] of tensors) {
          const [begin, end] = (header[name] as { data_offsets: [number, number] }).data_offsets;
          expect(data.subarray(begin, end)).toEqual(content);
          expect((8 + headerBytes + begin) % DTYPE_BYTES[dtype]).toBe(0);
        }
      }),
    );
  });

  it('refuses data that do not fit their shape', () => {
    const tensors = new Map([['a', { dtype: 'F32' as const, shape: [2], data: four }]]);
    expect(() => serialiseSafetensors(tensors)).toThrow(/tensor 'a': shape \[2\] of F32 takes 8 bytes, its data has 4/);
  });
});
