/** The data sets that can be read: where they are published, how to know the files, what is bundled. */
import { CIFAR10_BATCHES } from './cifar10.js';
import { STL10_FILES } from './stl10.js';
import { SVHN_FILES } from './svhn.js';
import type { Split } from './types.js';

export interface DataFile {
  readonly name: string;
  readonly bytes: number;
  readonly md5: string;
}

export interface CatalogueEntry {
  readonly name: string;
  readonly title: string;
  /** Images of a split in full. */
  readonly images: Readonly<Record<Split, number>>;
  /** What is bundled, in words; null for nothing. */
  readonly bundled: string | null;
  /** Whether what is bundled is all there is. */
  readonly complete: boolean;
  /** Address of the folder that the published files lie in. */
  readonly address: string;
  /** Files as published. */
  readonly downloads: readonly DataFile[];
  /** Files of each split as the loader reads them; for an archive its members. */
  readonly files: Readonly<Record<Split, readonly DataFile[]>>;
  /** Bytes that the archive may unpack to; null where the published files are no archive. */
  readonly archiveBytes: number | null;
}

const idx = (part: string, images: [number, string], labels: [number, string]): readonly DataFile[] => [
  { name: `${part}-images-idx3-ubyte.gz`, bytes: images[0], md5: images[1] },
  { name: `${part}-labels-idx1-ubyte.gz`, bytes: labels[0], md5: labels[1] },
];

const MNIST = {
  train: idx('train', [9_912_422, 'f68b3c2dcbeaaa9fbdd348bbdeb94873'], [28_881, 'd53e105ee54ea40749a09fcbcd1e9432']),
  test: idx('t10k', [1_648_877, '9fb629c4189551a2d022fa330f9573f3'], [4542, 'ec29112dd5afa0611ce80d1b7f02629c']),
};

const FASHION = {
  train: idx('train', [26_421_880, '8d4fb7e6c68d591d4c3dfef9ec88bf0d'], [29_515, '25c81989df183df01b3e8a0aad5dffbe']),
  test: idx('t10k', [4_422_102, 'bef4ecab320f06d8554ea6380940ec79'], [5148, 'bb300cfdad3c16e7a12a480ee83cd310']),
};

const cifarFiles = (split: Split) =>
  CIFAR10_BATCHES[split].map(({ name, records, md5 }) => ({ name, md5, bytes: records * 3073 }));

const both = (files: Readonly<Record<Split, readonly DataFile[]>>) => [...files.train, ...files.test];

const SVHN = { train: [SVHN_FILES.train], test: [SVHN_FILES.test] };
const STL10 = { train: Object.values(STL10_FILES.train), test: Object.values(STL10_FILES.test) };

/** In the order in which they are listed. */
export const CATALOGUE: readonly CatalogueEntry[] = [
  {
    name: 'mnist',
    title: 'MNIST, handwritten digits (LeCun, Cortes, Burges 1998)',
    images: { train: 60_000, test: 10_000 },
    bundled: 'all images',
    complete: true,
    address: 'http://yann.lecun.com/exdb/mnist/',
    downloads: both(MNIST),
    files: MNIST,
    archiveBytes: null,
  },
  {
    name: 'fashion-mnist',
    title: 'Fashion-MNIST, articles of clothing (Xiao, Rasul, Vollgraf 2017)',
    images: { train: 60_000, test: 10_000 },
    bundled: null,
    complete: false,
    address: 'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
    downloads: both(FASHION),
    files: FASHION,
    archiveBytes: null,
  },
  {
    name: 'cifar10',
    title: 'CIFAR-10, small photographs of ten classes (Krizhevsky 2009)',
    images: { train: 50_000, test: 10_000 },
    bundled: '1,000 test images, 200 training images',
    complete: false,
    address: 'https://www.cs.toronto.edu/~kriz/',
    downloads: [{ name: 'cifar-10-binary.tar.gz', bytes: 170_052_171, md5: 'c32a1d4ab5d03f1284b67883e8d87530' }],
    files: { train: cifarFiles('train'), test: cifarFiles('test') },
    archiveBytes: 2 ** 28,
  },
  {
    name: 'svhn',
    title: 'SVHN, house numbers, cropped digits (Netzer et al. 2011)',
    images: { train: 73_257, test: 26_032 },
    bundled: null,
    complete: false,
    address: 'http://ufldl.stanford.edu/housenumbers/',
    downloads: both(SVHN),
    files: SVHN,
    archiveBytes: null,
  },
  {
    name: 'stl10',
    title: 'STL-10, photographs of ten classes (Coates, Lee, Ng 2011)',
    images: { train: 5000, test: 8000 },
    bundled: null,
    complete: false,
    address: 'http://ai.stanford.edu/~acoates/stl10/',
    downloads: [{ name: 'stl10_binary.tar.gz', bytes: 2_640_397_119, md5: '91f7769df0f17e558f3565bffb0c7dfb' }],
    files: STL10,
    archiveBytes: 2 ** 32,
  },
];

/** What to do to have the whole of a data set, one sentence; '' for one that is not in the catalogue. */
export function howToGet(name: string): string {
  const entry = CATALOGUE.find((candidate) => candidate.name === name);
  if (!entry) return '';
  const files = entry.downloads.map((file) => `${entry.address}${file.name}`).join(', ');
  return `Fetch ${files} and run 'sonic datasets --from FILE' for each file, or name the folder with --data`;
}
