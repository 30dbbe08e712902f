import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DatasetError } from '../../src/base/errors.js';
import { CATALOGUE, type CatalogueEntry, howToGet } from '../../src/datasets/catalogue.js';
import { bundledDirectory, readManifest } from '../../src/datasets/datasetManifest.js';
import { datasetNames, loadDataset } from '../../src/datasets/index.js';
import { installFile } from '../../src/datasets/install.js';
import { isInstalled, userDataFolder } from '../../src/datasets/userData.js';
import { bytes, gz, idx } from './idxFiles.js';
import { tar } from './tarFiles.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sonic-install-'));
  vi.stubEnv('XDG_DATA_HOME', join(folder, 'data'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const entryOf = (name: string) => CATALOGUE.find((entry) => entry.name === name)!;
const describeFile = (name: string, content: Uint8Array) => ({
  name,
  bytes: content.length,
  md5: createHash('md5').update(content).digest('hex'),
});

/** Changes an entry for one test, as if other files had been published. */
async function published(name: string, change: Partial<CatalogueEntry>, test: () => Promise<void>): Promise<void> {
  const entry = entryOf(name);
  const before = { ...entry };
  Object.assign(entry, change);
  try {
    await test();
  } finally {
    Object.assign(entry, before);
  }
}

describe('the catalogue', () => {
  it('lists data sets that can be read, MNIST with the checksums of its manifest', async () => {
    for (const { name } of CATALOGUE) expect(datasetNames).toContain(name);
    const { files } = await readManifest(bundledDirectory('mnist'));
    const mnist = entryOf('mnist').downloads.map(({ name, bytes: size, md5 }) => [name, { bytes: size, md5 }]);
    expect(files).toMatchObject(Object.fromEntries(mnist));
  });

  it('has as many bytes as the images take, for those that are not packed', () => {
    const sizes = (name: string, split: 'train' | 'test') => entryOf(name).files[split].map((file) => file.bytes);
    const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0);
    for (const split of ['train', 'test'] as const) {
      expect(total(sizes('cifar10', split))).toBe(entryOf('cifar10').images[split] * (1 + 32 * 32 * 3));
      expect(total(sizes('stl10', split))).toBe(entryOf('stl10').images[split] * (1 + 96 * 96 * 3));
    }
  });

  it('says where to get each set', () => {
    expect(howToGet('svhn')).toContain('http://ufldl.stanford.edu/housenumbers/train_32x32.mat');
    expect(howToGet('image-folder')).toBe('');
  });
});

describe('installing', () => {
  it('takes place in the folder that the XDG specification names', () => {
    expect(userDataFolder('svhn', { XDG_DATA_HOME: '/data' })).toBe('/data/sonic-photonics/datasets/svhn');
    const fallback = join(homedir(), '.local/share/sonic-photonics/datasets/svhn');
    expect(userDataFolder('svhn', {})).toBe(fallback);
    expect(userDataFolder('svhn', { XDG_DATA_HOME: 'relative' })).toBe(fallback);
  });

  it('copies published files, known by content whatever their names, which are then loaded without --data', async () => {
    const images = gz(idx([2, 28, 28], bytes(2 * 784)));
    const labels = gz(idx([2], Uint8Array.of(7, 1)));
    const [X, y] = [
      describeFile('t10k-images-idx3-ubyte.gz', images),
      describeFile('t10k-labels-idx1-ubyte.gz', labels),
    ];
    const files = { train: entryOf('fashion-mnist').files.train, test: [X, y] };
    await published('fashion-mnist', { files }, async () => {
      await expect(loadDataset('fashion-mnist', { split: 'test' })).rejects.toThrow(
        /fashion-mnist \(test\) is neither bundled nor installed\. Fetch http.*sonic datasets --from FILE/,
      );
      await writeFile(join(folder, 'download(1).gz'), images);
      await writeFile(join(folder, 'labels.gz'), labels);
      const installed = await installFile(join(folder, 'download(1).gz'));
      expect(installed).toMatchObject({ dataset: 'fashion-mnist', files: ['t10k-images-idx3-ubyte.gz'] });
      expect(isInstalled(entryOf('fashion-mnist'), 'test')).toBe(false);
      await installFile(join(folder, 'labels.gz'));
      expect(isInstalled(entryOf('fashion-mnist'), 'test')).toBe(true);
      expect(readdirSync(installed.folder).sort()).toEqual([X.name, y.name]);
      const set = await loadDataset('fashion-mnist', { split: 'test' });
      expect([...set.labels]).toEqual([7, 1]);
    });
  });

  it("unpacks an archive's members, however it is packed, and prefers them to what is bundled", async () => {
    const record = (label: number) => Uint8Array.of(label, ...bytes(3072));
    const parts = {
      train: [1, 2, 3, 4, 5].map((i) => ({ name: `data_batch_${i}.bin`, content: record(i) })),
      test: [{ name: 'test_batch.bin', content: record(8) }],
    };
    const files = {
      train: parts.train.map(({ name, content }) => describeFile(name, content)),
      test: parts.test.map(({ name, content }) => describeFile(name, content)),
    };
    const all = [...parts.train, ...parts.test].map(({ name, content }) => ({ name: `x/${name}`, content }));
    await published('cifar10', { files }, async () => {
      const path = join(folder, 'mine.tgz');
      await writeFile(path, gz(tar(...all)));
      const { folder: place, files: names } = await installFile(path);
      expect([...names].sort()).toEqual([
        'data_batch_1.bin',
        'data_batch_2.bin',
        'data_batch_3.bin',
        'data_batch_4.bin',
        'data_batch_5.bin',
        'test_batch.bin',
      ]);
      expect(readFileSync(join(place, 'test_batch.bin'))).toEqual(Buffer.from(record(8)));
      // Installed, so read from there: these bytes are not the official batch.
      await expect(loadDataset('cifar10', { split: 'test' })).rejects.toThrow(/test_batch\.bin: has 3073 bytes/);

      const damaged = join(folder, 'damaged.tar');
      await writeFile(damaged, tar(...all.slice(0, 5), { name: 'x/test_batch.bin', content: record(7) }));
      await expect(installFile(damaged)).rejects.toThrow(/MD5 of x\/test_batch\.bin is [0-9a-f]{32}/);
      await writeFile(damaged, tar(...all.slice(1)));
      await expect(installFile(damaged)).rejects.toThrow(/the archive holds no data_batch_1\.bin/);
      expect(readdirSync(place).filter((name) => name.endsWith('.tmp'))).toEqual([]);
      await rm(place, { recursive: true });
    });
    expect((await loadDataset('cifar10', { split: 'test' })).source).toMatch(/^bundled: 1000 of 10000/);
  });

  it('refuses what was not published, and leaves nothing behind', async () => {
    const path = async (name: string, content: Uint8Array) => {
      await writeFile(join(folder, name), content);
      return join(folder, name);
    };
    await expect(installFile(join(folder, 'none'))).rejects.toThrow(/file '.*none': there is no such file/);
    await expect(installFile(folder)).rejects.toThrow(/is not a regular file/);
    await expect(installFile(await path('some.bin', bytes(100)))).rejects.toThrow(
      /100 bytes, MD5 [0-9a-f]{32}, is none of the published files; 'sonic datasets' lists them/,
    );
    await expect(installFile(await path('test_32x32.mat', bytes(100)))).rejects.toThrow(
      /has 100 bytes and MD5 [0-9a-f]{32}, the official file of svhn 64275384 and eb5a983be6a3/,
    );
    await expect(installFile(await path('other.tar', tar({ name: 'a', content: bytes(9) })))).rejects.toThrow(
      DatasetError,
    );
    await expect(installFile(await path('other.tar.gz', gz(bytes(2000))))).rejects.toThrow(
      /no header of a tar archive/,
    );
    const mnist = join(bundledDirectory('mnist'), 't10k-labels-idx1-ubyte.gz');
    await expect(installFile(mnist)).rejects.toThrow(/is a file of mnist, which is bundled/);
    for (const name of ['svhn', 'stl10', 'mnist']) expect(existsSync(userDataFolder(name))).toBe(false);
  });
});
