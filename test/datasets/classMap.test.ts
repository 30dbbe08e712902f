import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DatasetError } from '../../src/base/errors.js';
import { mapClasses, readClassMap } from '../../src/datasets/classMap.js';
import type { Dataset } from '../../src/datasets/types.js';
import { temporaryFolder } from '../helpers/folder.js';

const dataset = (labels: readonly number[], classes: number, classNames?: readonly string[]): Dataset => ({
  name: 'pictures',
  split: 'test',
  shape: [1, 1, 1],
  classes,
  ...(classNames ? { classNames } : {}),
  count: labels.length,
  images: Uint8Array.from(labels),
  labels: Uint8Array.from(labels),
  sha256: 'before',
  source: '',
});

describe('classes given outputs', () => {
  const folder = temporaryFolder();

  it('are read from one line, and from a file that names with commas need', async () => {
    expect([...(await readClassMap('cat=281, a=b=3'))]).toEqual([
      ['cat', 281],
      ['a=b', 3],
    ]);
    const file = await folder.file('classes.txt', 'tench, fish=0\r\n\n golf ball=574\n');
    expect([...(await readClassMap(file))]).toEqual([
      ['tench, fish', 0],
      ['golf ball', 574],
    ]);
  });

  it.each([
    ['cat=1,cat=2', /class 'cat' is given twice/],
    ['cat=x', /'cat=x' is not CLASS=OUTPUT/],
    ['cat=1,', /'' is not CLASS=OUTPUT/],
    ['=1', /'=1' is not/],
    ['cat=-1', /'cat=-1' is not/],
    ['cat=1.5', /'cat=1\.5' is not/],
    ['nowhere.txt', /file of classes 'nowhere\.txt': no such file/],
  ])('are refused as %j', async (text, message) => {
    await expect(readClassMap(text)).rejects.toThrow(DatasetError);
    await expect(readClassMap(text)).rejects.toThrow(message);
  });

  it('replace every label, whatever the classes and outputs, in as many bytes as they need', () => {
    const some = fc.integer({ min: 1, max: 40 }).chain((classes) =>
      fc.record({
        labels: fc.array(fc.nat(classes - 1), { minLength: 1, maxLength: 50 }),
        outputOf: fc.array(fc.nat(999), { minLength: classes, maxLength: classes }),
      }),
    );
    fc.assert(
      fc.property(some, ({ labels, outputOf }) => {
        const map = new Map(outputOf.map((output, label) => [String(label), output]));
        const mapped = mapClasses(dataset(labels, outputOf.length), map, 1000);
        expect([...mapped.labels]).toEqual(labels.map((label) => outputOf[label]));
        expect(mapped).toMatchObject({ classes: 1000, count: labels.length });
        expect(mapped.sha256).not.toBe('before');
      }),
    );
  });

  it.each([
    [{ cta: 1, dog: 2 }, /'cta' is none of its 2; did you mean 'cat'\?/],
    [{ cat: 1 }, /nothing says which output 'dog' is/],
    [{ cat: 1, dog: 10 }, /'dog' is to be output 10, but the network has outputs 0 to 9/],
  ])('are refused where they do not fit data and network: %j', (map, message) => {
    const pictures = dataset([0, 1], 2, ['cat', 'dog']);
    expect(() => mapClasses(pictures, new Map(Object.entries(map)), 10)).toThrow(message);
  });
});
