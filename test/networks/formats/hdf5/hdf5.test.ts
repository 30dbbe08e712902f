/** Our reader against the HDF5 library: files of both generations. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../../src/base/errors.js';
import { openHdf5 } from '../../../../src/networks/formats/hdf5/hdf5File.js';
import { hdf5File } from '../keras/hdf5Writer.js';

const h5py = new Uint8Array(readFileSync(new URL('../keras/tiny.h5', import.meta.url)));
const open = (bytes: Uint8Array) => openHdf5(bytes, 'f.h5');

describe('files of the HDF5 library (new generation)', () => {
  it('any number of groups, attributes and datasets', async () => {
    // From a few links in the object header to a heap of several blocks and a tree of several levels.
    const many = fc.record({ groups: fc.constantFrom(0, 1, 8, 9, 60, 900), attributes: fc.constantFrom(0, 3, 9, 40) });
    await fc.assert(
      fc.asyncProperty(many, async ({ groups, attributes }) => {
        const bytes = await hdf5File((file) => {
          for (let i = 0; i < attributes; i++) file.create_attribute(`attribute ${i}`, `value ${i}`);
          for (let i = 0; i < groups; i++) {
            const group = file.create_group(`group with a rather long name ${i}`);
            if (i % 50 === 0)
              group.create_dataset({ name: 'numbers', data: Float32Array.of(i, i + 0.5), shape: [1, 2] });
          }
        });
        const root = open(bytes);
        expect([...root.names()].sort()).toEqual(
          Array.from({ length: groups }, (_, i) => `group with a rather long name ${i}`).sort(),
        );
        for (let i = 0; i < attributes; i++) expect(root.texts(`attribute ${i}`)).toEqual([`value ${i}`]);
        for (let i = 0; i < groups; i += 50) {
          const dataset = root.find(`group with a rather long name ${i}/numbers`)!;
          expect(dataset.numbers()).toEqual({ shape: [1, 2], data: Float32Array.of(i, i + 0.5) });
        }
      }),
      { numRuns: 15 },
    );
  });

  it('numbers of every type, lists of texts, scalars, empty ones', async () => {
    const root = open(
      await hdf5File((file) => {
        file.create_dataset({ name: 'f64', data: Float64Array.of(0.5, -2), shape: [2] });
        file.create_dataset({ name: 'i32', data: Int32Array.of(-7, 8, 9), shape: [3, 1] });
        file.create_dataset({ name: 'u8', data: Uint8Array.of(255), shape: [1] });
        file.create_dataset({ name: 'i64', data: BigInt64Array.of(-5n), shape: [1] });
        file.create_attribute('list', ['a', 'bcd', 'ü']);
        file.create_dataset({ name: 'text', data: 'no numbers' });
      }),
    );
    expect(root.find('f64')!.numbers()).toEqual({ shape: [2], data: Float32Array.of(0.5, -2) });
    expect(root.find('i32')!.numbers()).toEqual({ shape: [3, 1], data: Float64Array.of(-7, 8, 9) });
    expect(root.find('u8')!.numbers()).toEqual({ shape: [1], data: Float64Array.of(255) });
    expect(root.find('i64')!.numbers()).toEqual({ shape: [1], data: Float64Array.of(-5) });
    expect(root.texts('list')).toEqual(['a', 'bcd', 'ü']);
    expect(root.texts('nothing')).toBeNull();
    expect(root.find('nowhere/at/all')).toBeNull();
    expect(() => root.find('text')!.numbers()).toThrow(FormatError);
  });

  it('compressed datasets are refused with what to do', async () => {
    const bytes = await hdf5File((file) => {
      file.create_dataset({ name: 'c', data: new Float32Array(64), shape: [64], chunks: [16], compression: 5 });
    });
    expect(() => open(bytes).find('c')!.numbers()).toThrow(
      /'\/c' is stored in chunks or compressed; save the model again/,
    );
  });
});

describe('files of h5py (old generation)', () => {
  it('groups and texts', () => {
    const root = open(h5py);
    expect(root.names()).toContain('model_weights');
    expect(root.texts('keras_version')![0]).toMatch(/^3\./);
    expect(root.find('model_weights')!.texts('layer_names')).toContain('c1');
    expect(root.find('model_weights/c1/c1/kernel')!.numbers().shape).toEqual([3, 3, 3, 4]);
  });

  it('says by how much a file is cut', () => {
    expect(() => open(h5py.subarray(0, 5000))).toThrow(
      `f.h5: offset 40: the file should have ${h5py.length} bytes, it has 5000`,
    );
  });
});
