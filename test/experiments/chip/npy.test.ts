import { readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/base/errors.js';
import { encodeNpy, parseNpy } from '../../../src/experiments/chip/npy.js';
import { temporaryFolder } from '../../helpers/folder.js';
import { hasNumpy, numpy } from '../../helpers/numpy.js';

const folder = temporaryFolder();
const arrays = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }).chain((shape) => {
  const length = shape.reduce((product, n) => product * n, 1);
  return fc.record({
    shape: fc.constant(shape),
    values: fc.array(fc.double(), { minLength: length, maxLength: length }).map((values) => Float64Array.from(values)),
  });
});

describe('arrays of NumPy', () => {
  it('are read back as they were written', () => {
    fc.assert(
      fc.property(arrays, (array) => {
        expect(parseNpy(encodeNpy(array), 'a.npy')).toEqual(array);
      }),
    );
  });

  it('of any byte are read or refused, with what to do', () => {
    const bytes = encodeNpy({ shape: [3, 2], values: Float64Array.from({ length: 6 }, (_, i) => i) });
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length), (at, byte, length) => {
        const damaged = bytes.slice(0, Math.max(length, 1));
        damaged[at % damaged.length] = byte;
        try {
          parseNpy(damaged, 'a.npy');
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
          expect((error as Error).message).toMatch(/^a\.npy: .*(damaged|numpy|astype)/);
        }
      }),
      { numRuns: 500 },
    );
  });

  describe.skipIf(!hasNumpy)('beside NumPy itself', () => {
    it('are what NumPy reads', () => {
      const values = Float64Array.from([
        0,
        -0,
        1 / 3,
        5e-324,
        -1.7976931348623157e308,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        7,
      ]);
      for (const shape of [[8], [2, 4], [2, 2, 2], [8, 1]]) {
        writeFileSync(folder.path('ours.npy'), encodeNpy({ shape, values }));
        const script =
          "a = np.load(sys.argv[1]); print(json.dumps([list(a.shape), str(a.dtype), a.tobytes().hex(), a.flags['C_CONTIGUOUS']]))";
        expect(numpy(script, folder.path('ours.npy'))).toEqual([
          shape,
          'float64',
          Buffer.from(values.buffer).toString('hex'),
          true,
        ]);
      }
    });

    it.each(['<f8', '>f8', '<f4', '>f4', '<i4', '>i2', '<i8', '|i1', '|u1', '<u2', '>u8'])(
      'of type %s are read, in either order',
      (type) => {
        for (const order of ['C', 'F']) {
          numpy(
            `a = np.arange(24).reshape(2, 3, 4).astype('${type}'); np.save(sys.argv[1], np.array(a, order='${order}'))`,
            folder.path('theirs.npy'),
          );
          const { shape, values } = parseNpy(readFileSync(folder.path('theirs.npy')), 'theirs.npy');
          expect([shape, Array.from(values)]).toEqual([[2, 3, 4], Array.from({ length: 24 }, (_, i) => i)]);
        }
      },
    );

    it.each(['complex128', 'bool', 'U3', 'float16', 'datetime64[s]', '[("x", "f8")]'])(
      'of type %s are refused',
      (type) => {
        const dtype = type.startsWith('[') ? type : `'${type}'`;
        numpy(`np.save(sys.argv[1], np.zeros(3, dtype=${dtype}))`, folder.path('odd.npy'));
        expect(() => parseNpy(readFileSync(folder.path('odd.npy')), 'odd.npy')).toThrow(/odd\.npy: .*astype\(float\)/);
      },
    );
  });
});
