/** Folders of thousands of pictures: what is held of them stays under a bound, whatever runs them, and the numbers are the same. */
import { writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBytes } from '../../src/base/storedBytes.js';
import { imageBytes } from '../../src/datasets/content.js';
import { loadImageFolder } from '../../src/datasets/imageFolder.js';
import { sliceDataset } from '../../src/datasets/slice.js';
import { conv2d, dense, flatten, maxPool, relu } from '../../src/networks/build.js';
import { encodeCheckpoint } from '../../src/networks/formats/checkpoint.js';
import { initialise } from '../../src/networks/initialise.js';
import { buildIfStale, sonic } from '../cli/sonic.js';
import { temporaryFolder } from '../helpers/folder.js';

const SHAPE = [16, 16, 3] as const;
const SIZE = 16 * 16 * 3;
const CLASSES = 4;
const EACH = 750;
const folder = temporaryFolder();
const { SONIC_IMAGE_MEMORY_MiB: before } = process.env;
let network: string;

beforeAll(async () => {
  buildIfStale();
  for (const split of ['train', 'test']) {
    const count = split === 'test' ? EACH : 100;
    for (let label = 0; label < CLASSES; label++) {
      for (let i = 0; i < count; i++) {
        const pixels = Uint8Array.from({ length: SIZE }, (_, at) => (at * (label + 2) + 31 * i + label * 60) % 256);
        const png = await sharp(pixels, { raw: { width: 16, height: 16, channels: 3 } })
          .png({ compressionLevel: 1 })
          .toBuffer();
        await folder.file(`pictures/${split}/class${label}/${i}.png`, png);
      }
    }
  }
  const structure = {
    name: 'small',
    inputShape: [16, 16, 3],
    inputRange: [0, 1] as const,
    preprocessing: { scale: 1 / 255, mean: [0], std: [1] },
    layers: [
      conv2d('conv', 'input', [3, 3, 4]),
      relu('relu', 'conv'),
      maxPool('pool', 'relu', 7),
      flatten('flat', 'pool'),
      dense('dense', 'flat', 16, CLASSES),
    ],
    output: 'dense',
  };
  const bytes = encodeCheckpoint(initialise(structure, 1), { metadata: { dataset: 'image-folder' } });
  network = await folder.file('small.safetensors', bytes);
}, 180_000);
afterAll(() => {
  if (before === undefined) delete process.env['SONIC_IMAGE_MEMORY_MiB'];
  else process.env['SONIC_IMAGE_MEMORY_MiB'] = before;
});

const load = (memory_bytes: number, onHeld?: (bytes: number) => void) =>
  loadImageFolder({ directory: folder.path('pictures'), split: 'test', shape: SHAPE, memory_bytes, onHeld });

describe('thousands of pictures', () => {
  it('beyond the bound lie in a file: what is decoded at a time is all that is held', async () => {
    let most = 0;
    const stored = await load(2 ** 20, (bytes) => {
      most = Math.max(most, bytes);
    });
    expect(stored.count).toBe(CLASSES * EACH);
    expect(stored.images).not.toBeInstanceOf(Uint8Array);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(8 * SIZE);
    // The same data set as in memory, image by image, and so are its parts.
    const whole = await load(2 ** 30);
    expect(whole.images).toBeInstanceOf(Uint8Array);
    expect(stored.sha256).toBe(whole.sha256);
    expect(readBytes(stored.images)).toEqual(whole.images);
    for (const at of [0, 1, 1234, 2999]) expect(imageBytes(stored, at)).toEqual(imageBytes(whole, at));
    const [part, wholePart] = [stored, whole].map((data) => sliceDataset(data, 100, 2000));
    expect(part!.sha256).toBe(wholePart!.sha256);
    expect(imageBytes(part!, 7, 3)).toEqual(imageBytes(whole, 2007, 3));
    // Half-written or named files stay behind nowhere.
    expect(() => readBytes(stored.images, 0, stored.images.length + 1)).toThrow('cannot be read back');
  });

  const json = (text: string) => {
    const { run, ...rest } = JSON.parse(text);
    return { ...rest, run: { ...run, wallTime_s: 0, imagesPerSecond: 0 } };
  };

  it.each<[string, () => Promise<string[]>, (stdout: string) => unknown]>([
    ['run', async () => ['run', network, '--data', folder.path('pictures'), '--threads', '2', '--json', '-'], json],
    [
      'sensitivity',
      async () => ['sensitivity', network, '--data', folder.path('pictures'), '--clusters', 'none', '--json', '-'],
      (text) => JSON.parse(text),
    ],
    [
      'sweep',
      async () => {
        const plan = `name: folder\nbase: { network: ${network}, data: ${folder.path('pictures')}, images: 200 }\naxes: [{ path: adc.bits, values: [6, 8] }]\n`;
        await writeFile(folder.path('plan.yaml'), plan);
        const store = folder.path(`store-${process.env['SONIC_IMAGE_MEMORY_MiB']}`);
        return ['sweep', folder.path('plan.yaml'), '--store', store, '--json', '-'];
      },
      (text) => (JSON.parse(text) as { points: unknown[] }).points,
    ],
    [
      'train',
      async () => [
        ...['train', network, '--hardware', 'sonic', '--data', folder.path('pictures'), '--steps', '3', '--chips', '1'],
        ...['--images', '50', '--out', folder.path(`out-${process.env['SONIC_IMAGE_MEMORY_MiB']}.safetensors`)],
      ],
      (text) => text.replace(/written .*/, ''),
    ],
  ])('sonic %s gives the same numbers from a file as from memory', async (_, args, numbers) => {
    const found: unknown[] = [];
    for (const memory of ['0', '512']) {
      process.env['SONIC_IMAGE_MEMORY_MiB'] = memory;
      const { code, stdout, stderr } = await sonic(...(await args()));
      expect([code, stderr.match(/^sonic: (?!\d).*/m)]).toEqual([0, null]);
      found.push(numbers(stdout));
    }
    expect(found[0]).toEqual(found[1]);
  });
});
