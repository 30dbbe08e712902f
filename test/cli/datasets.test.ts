import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readResult } from '../../src/experiments/result/readResult.js';
import { bytes, gz, idx } from '../datasets/idxFiles.js';
import { temporaryFolder } from '../helpers/folder.js';
import { sonic } from './sonic.js';

describe('sonic datasets', () => {
  const folder = temporaryFolder();
  beforeAll(() => {
    vi.stubEnv('XDG_DATA_HOME', folder.path('data'));
  });
  afterAll(() => {
    vi.unstubAllEnvs();
  });

  it('lists what is bundled, and address, size and checksum of the rest', async () => {
    const { code, stdout, stderr } = await sonic('datasets');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^mnist .* 60,000 +10,000 +bundled: all images$/m);
    expect(stdout).toMatch(/^cifar10 .* bundled: 1,000 test images, 200 training images$/m);
    expect(stdout).toMatch(/^svhn .* 73,257 +26,032 +not here$/m);
    expect(stdout).toMatch(
      /^svhn +http:\/\/ufldl\.stanford\.edu\/housenumbers\/test_32x32\.mat +64,275,384 +eb5a983be6a315427106f1b164d9cef3$/m,
    );
    expect(stdout).not.toMatch(/^mnist +http/m);
    const json = await sonic('datasets', '--json');
    const list = JSON.parse(json.stdout) as { name: string; installed: object }[];
    expect(list.map(({ name }) => name)).toEqual(['mnist', 'fashion-mnist', 'cifar10', 'svhn', 'stl10']);
    expect(list[3]!.installed).toEqual({ train: false, test: false });
  });

  it('refuses a file that was not published, in one line', async () => {
    const file = await folder.file('mine.gz', gz(bytes(30)));
    const { code, stdout, stderr } = await sonic('datasets', '--from', file);
    expect(stderr).toMatch(
      /^sonic: [^\n]*mine\.gz: \d+ bytes, MD5 [0-9a-f]{32}, is none of the published files[^\n]*\n$/,
    );
    expect([code, stdout]).toEqual([1, '']);
  });
});

describe('sonic run', () => {
  const folder = temporaryFolder();
  it('takes a data set that is not here for what it is', async () => {
    vi.stubEnv('XDG_DATA_HOME', folder.path('data'));
    const { code, stderr } = await sonic('run', 'mnist', '--dataset', 'fashion-mnist');
    vi.unstubAllEnvs();
    expect(stderr).toMatch(/^sonic: fashion-mnist \(test\) is neither bundled nor installed\. Fetch [^\n]*\n$/);
    expect(code).toBe(1);
  });

  it('reads Fashion-MNIST from a folder of its files, and names the folder that holds something else', async () => {
    await folder.file('t10k-images-idx3-ubyte', idx([4, 28, 28], bytes(4 * 784)));
    await folder.file('t10k-labels-idx1-ubyte', idx([4], bytes(4)));
    const options = ['run', 'mnist', '--dataset', 'fashion-mnist', '--images', '4'];
    const { code, stdout } = await sonic(...options, '--data', folder.path());
    expect(stdout).toContain('data       custom test, 4 images');
    expect(code).toBe(0);
    const mnist = new URL('../../datasets/mnist/', import.meta.url).pathname;
    expect((await sonic(...options, '--data', mnist)).stderr).toMatch(/holds MNIST, not Fashion-MNIST; name another/);
  });

  it('reads a folder of images, brought to what the network takes', async () => {
    const picture = (level: number) =>
      sharp({ create: { width: 50, height: 30, channels: 3, background: { r: level, g: level, b: level } } })
        .png()
        .toBuffer();
    await folder.file('pictures/even/1.png', await picture(10));
    await folder.file('pictures/even/._1.png', 'debris');
    await folder.file('pictures/odd/1.png', await picture(200));
    await folder.file('pictures/odd/2.png', await picture(210));
    await folder.file('pictures/__MACOSX/1.png', 'debris');
    const options = ['run', 'mnist', '--dataset', 'image-folder'];
    const data = ['--data', folder.path('pictures')];
    const json = folder.path('pictures.json');
    const mapped = ['--classes', 'even=4,odd=7', '--images', '2', '--json', json];
    const { code, stdout, stderr } = await sonic(...options, ...data, ...mapped);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('data       image-folder test, 2 images');
    expect(stdout).toContain('classes    even: 1 used, 1 skipped (._1.png)\n           odd: 1 of 2 used\n');
    expect(stdout).toContain('           beside the classes 1 skipped (__MACOSX)\n');
    expect(stdout).toContain(
      'calibrated on the first 3 images of the test split, as the data have no training split\n',
    );
    const result = await readResult(json);
    const none = { count: 0, examples: [] };
    expect(result.dataset).toMatchObject({
      classes: [
        { name: 'even', output: 4, used: 1, unused: 0, skipped: { count: 1, examples: ['._1.png'] } },
        { name: 'odd', output: 7, used: 1, unused: 1, skipped: none },
      ],
      skipped: { count: 1, examples: ['__MACOSX'] },
    });
    expect(result.run.calibration).toEqual({
      ...{ dataset: 'image-folder', split: 'test', images: 3, hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      fallback: 'the data have no training split',
    });
    expect(result.warnings).toContain('calibrated on images of the test split: the data have no training split');
    const without = await sonic(...options);
    expect([without.code, without.stderr]).toEqual([
      1,
      'sonic: an image folder, or an archive of one, must be named with --data\n',
    ]);
  });

  it('says in a sweep, too, what of each class was used and skipped', async () => {
    const picture = await sharp({ create: { width: 5, height: 5, channels: 3, background: '#102030' } })
      .png()
      .toBuffer();
    for (const name of ['some/a/1.png', 'some/a/2.png', 'some/b/1.png', 'some/b/._1.png'])
      await folder.file(name, picture);
    const base = { network: 'mnist', dataset: 'image-folder', data: 'some', classes: 'a=3,b=8', images: 1 };
    const plan = await folder.file('plan.yaml', JSON.stringify({ name: 'some', base }));
    const { code, stdout } = await sonic('sweep', plan, '--store', folder.path('store'));
    expect(stdout).toContain('classes  a: 1 of 2 used\n         b: 0 of 1 used, 1 skipped (._1.png)\n');
    expect(stdout).toContain(
      'warning: the first 1 images hold no image of 1 of 2 classes (b), for they are fewer than classes',
    );
    expect(code).toBe(0);
  });

  it.each([
    ['run', []],
    ['attribute', []],
    ['explore', ['--accuracy']],
  ])('names both where classes and outputs differ: sonic %s', async (command, more) => {
    const picture = sharp({ create: { width: 5, height: 5, channels: 3, background: '#102030' } });
    for (const name of ['few/a/1.png', 'few/b/1.png', 'few/c/1.png'])
      await folder.file(name, await picture.clone().png().toBuffer());
    const data = ['--dataset', 'image-folder', '--data', folder.path('few')];
    const { code, stdout, stderr } = await sonic(command, 'mnist', ...data, ...more, '--images', '1');
    expect(stderr).toMatch(
      /^sonic: data set 'image-folder' has 3 classes \('a', 'b', 'c'\), but network '[^\n]*' has 10 outputs; [^\n]* with --classes\n$/,
    );
    expect([code, stdout]).toEqual([1, '']);
  });
});
