/** Whatever the bytes: a FormatError in one line or a checkpoint with finite arrays; nothing else, and at once. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/base/errors.js';
import { parseSafetensors } from '../../../src/networks/formats/safetensors.js';
import { container, float32 } from './container.js';
import { file, flipped, headerBytes, headerFlipsThatLoad, loads } from './fuzzFile.js';

describe('fuzz', () => {
  it('the file itself loads', () => {
    expect(loads(file)).toBe(true);
  });

  it('is refused, truncated at any byte', () => {
    for (let length = 0; length < file.length; length++)
      expect(loads(file.subarray(0, length)), `${length} bytes`).toBe(false);
  });

  it('is refused with a byte more, anywhere', () => {
    expect(loads(Uint8Array.of(...file, 0))).toBe(false);
  });

  // fuzz.slow.test.ts has every bit; a step of 11 has each bit of a byte in turn.
  it('survives single bit flips of the header', () => {
    const loaded = headerFlipsThatLoad(11);
    expect(loaded).toBeGreaterThan(0);
    expect(loaded).toBeLessThan((4 * headerBytes) / 11);
  });

  it('survives every single bit flip of the data', () => {
    for (let bit = 8 * (8 + headerBytes); bit < 8 * file.length; bit++) loads(flipped(bit));
  });

  it('survives any byte in the place of any other in the header', () => {
    fc.assert(
      fc.property(fc.nat(7 + headerBytes), fc.nat(255), (place, byte) => {
        const bytes = new Uint8Array(file);
        bytes[place] = byte;
        loads(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it('survives pieces cut out, doubled and moved', () => {
    const cut = fc.tuple(fc.nat(file.length), fc.nat(file.length), fc.nat(file.length));
    fc.assert(
      fc.property(cut, ([a, b, c]) => {
        const piece = file.subarray(Math.min(a, b), Math.max(a, b));
        loads(new Uint8Array(Buffer.concat([file.subarray(0, c), piece, file.subarray(c)])));
        loads(new Uint8Array(Buffer.concat([file.subarray(0, Math.min(a, b)), file.subarray(Math.max(a, b))])));
      }),
      { numRuns: 1000 },
    );
  });

  it('survives random bytes, alone and behind a fitting length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        loads(bytes);
        loads(container(bytes));
        loads(container(Buffer.concat([Buffer.from('{"a":'), bytes, Buffer.from('}')])));
      }),
      { numRuns: 2000 },
    );
  });

  it('survives any JSON as header and any JSON as graph', () => {
    const json = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(json, (text) => {
        loads(container(text));
        loads(container(JSON.stringify({ __metadata__: { 'sonic.network': text } })));
      }),
      { numRuns: 1000 },
    );
  });

  it('survives any number in the place of any number of the header', () => {
    const text = Buffer.from(file.subarray(8, 8 + headerBytes)).toString('utf8');
    const numbers = [...text.matchAll(/-?\d+(\.\d+)?/g)];
    const hostile = fc.oneof(
      fc.constantFrom(
        '-1',
        '1e308',
        '1e400',
        '9007199254740993',
        '4294967296',
        '0.5',
        'null',
        '""',
        '[]',
        '{}',
        '[[[[[[[[[]]]]]]]]]',
      ),
      fc.integer().map(String),
    );
    fc.assert(
      fc.property(fc.constantFrom(...numbers), hostile, (match, number) => {
        const changed = text.slice(0, match.index) + number + text.slice(match.index + match[0].length);
        loads(container(changed, file.subarray(8 + headerBytes)));
      }),
      { numRuns: 3000 },
    );
  });

  it('allocates nothing that the file does not hold', () => {
    // Each size below could not be allocated at all: anything but a check of it ends in a RangeError.
    const huge = [2 ** 32, 2 ** 40, 2 ** 52, Number.MAX_SAFE_INTEGER];
    for (const size of huge) {
      const header = JSON.stringify({ a: { dtype: 'F32', shape: [size], data_offsets: [0, 4 * size] } });
      expect(loads(container(header, float32(1)))).toBe(false);
      expect(() => parseSafetensors(container('{}', new Uint8Array(), BigInt(size)), 'f')).toThrow(FormatError);
      const weightShape = [size, 1];
      for (const weight of ['a', { mask: 'a', index: 'i', centroids: 'c' }]) {
        const layers = [{ kind: 'dense', name: 'fc', inputs: ['input'], weight, weightShape, bias: null }];
        const graph = {
          format: 'sonic-checkpoint/1',
          name: 'n',
          inputShape: [1],
          inputRange: null,
          layers,
          output: 'fc',
        };
        const text = JSON.stringify({ ...graph, preprocessing: { scale: 1, mean: [0], std: [1] } });
        expect(loads(container(JSON.stringify({ __metadata__: { 'sonic.network': text } })))).toBe(false);
      }
    }
  });
});
