/** Pictures scaled along their shorter side and cut: torchvision's Resize(256), CenterCrop(224), BILINEAR with antialiasing. */

import { spawnSync } from 'node:child_process';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readBytes } from '../../src/base/storedBytes.js';
import { framed } from '../../src/datasets/decodeImage.js';
import { loadImageFolder } from '../../src/datasets/imageFolder.js';
import { readPreprocessing } from '../../src/networks/formats/import/preprocessingText.js';
import { temporaryFolder } from '../helpers/folder.js';
import { writeFolder } from './pictures.js';

const FRAME = { resize: 256, crop: 224 };
const SHAPE = [224, 224, 3] as const;
const folder = temporaryFolder();

/** Gradients, edges and fine stripes, which show whether scaling antialiases. */
const pixelsOf = (width: number, height: number) =>
  Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y, c] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
    if (c === 0) return (255 * x) / (width - 1);
    if (c === 1) return x % 2 === 0 ? 230 : 20;
    return (x - width / 2) ** 2 + (y - height / 2) ** 2 < (height / 3) ** 2 ? 250 : (y * 7) % 256;
  });

const png = (pixels: Uint8Array, width: number, height: number) =>
  sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();

/** One axis by the definition: a triangle as wide as two pixels of the larger of both grids, over pixel centres, normalised. */
function weights(from: number, to: number): [first: number, taps: number[]][] {
  const scale = from / to;
  const support = Math.max(scale, 1);
  return Array.from({ length: to }, (_, out) => {
    const centre = (out + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - support));
    const last = Math.min(from, Math.ceil(centre + support));
    const taps = Array.from({ length: last - first }, (_, i) =>
      Math.max(0, 1 - Math.abs((first + i + 0.5 - centre) / support)),
    );
    const sum = taps.reduce((a, b) => a + b, 0);
    return [first, taps.map((tap) => tap / sum)];
  });
}

/** The cut picture in float64. */
function byDefinition(pixels: Uint8Array, width: number, height: number): Float64Array {
  const shorter = Math.min(width, height);
  const [wide, high] = [width, height].map((side) => Math.floor((256 * side) / shorter)) as [number, number];
  const [across, down] = [weights(width, wide), weights(height, high)];
  // Of a half Python takes the even number.
  const offset = (side: number) => {
    const half = (side - 224) / 2;
    return Number.isInteger(half) ? half : 2 * Math.round(half / 2);
  };
  const cut = new Float64Array(224 * 224 * 3);
  const rows = new Map<string, number>();
  const rowAt = (y: number, x: number, c: number) => {
    const key = `${y} ${x} ${c}`;
    const known = rows.get(key);
    if (known !== undefined) return known;
    const [first, taps] = across[x]!;
    const value = taps.reduce((sum, tap, i) => sum + tap * pixels[(y * width + first + i) * 3 + c]!, 0);
    rows.set(key, value);
    return value;
  };
  for (let y = 0; y < 224; y += 16) {
    for (let x = 0; x < 224; x++) {
      for (let c = 0; c < 3; c++) {
        const [first, taps] = down[y + offset(high)]!;
        cut[(y * 224 + x) * 3 + c] = taps.reduce((sum, tap, i) => sum + tap * rowAt(first + i, x + offset(wide), c), 0);
      }
    }
  }
  return cut;
}

async function decoded(file: Uint8Array, name: string): Promise<Uint8Array> {
  const directory = await writeFolder(folder.path(name), { 'a/1.png': file, 'b/1.png': file });
  const { images } = await loadImageFolder({ directory, split: 'test', shape: SHAPE, frame: FRAME, first: 1 });
  expect(images).toHaveLength(224 * 224 * 3);
  return readBytes(images);
}

const SIZES = [
  [256, 256],
  [320, 257],
  [375, 500],
  [100, 131],
  [1024, 300],
] as const;

describe('a picture of any size', () => {
  it.each(SIZES)(
    '%i x %i is scaled and cut as the definition has it, to 1.1 codes and half a code in the mean',
    async (width, height) => {
      const pixels = pixelsOf(width, height);
      const actual = await decoded(await png(pixels, width, height), `d${width}`);
      const wanted = byDefinition(pixels, width, height);
      let [most, sum, count] = [0, 0, 0];
      for (let y = 0; y < 224; y += 16) {
        for (let i = y * 224 * 3; i < (y + 1) * 224 * 3; i++, count++) {
          const error = Math.abs(actual[i]! - wanted[i]!);
          most = Math.max(most, error);
          sum += error;
        }
      }
      expect(sum / count).toBeLessThan(0.5);
      expect(most).toBeLessThanOrEqual(1.1);
    },
  );

  it('has the size and place that torchvision computes', () => {
    // Resize: int(256 * long / short); CenterCrop: round half to even.
    expect(framed({ width: 500, height: 375 }, FRAME)).toEqual({ width: 341, height: 256, left: 58, top: 16 });
    expect(framed({ width: 375, height: 500 }, FRAME)).toEqual({ width: 256, height: 341, left: 16, top: 58 });
    expect(framed({ width: 256, height: 259 }, FRAME)).toEqual({ width: 256, height: 259, left: 16, top: 18 });
  });

  it('turned by its EXIF tag is scaled as it is seen', async () => {
    const [width, height] = [300, 260];
    const turned = await sharp(pixelsOf(width, height), { raw: { width, height, channels: 3 } })
      .rotate(270)
      .png()
      .withMetadata({ orientation: 6 })
      .toBuffer();
    const upright = await png(pixelsOf(width, height), width, height);
    expect(await decoded(turned, 'turned')).toEqual(await decoded(upright, 'upright'));
  });
});

/** Python with Pillow, where this machine has it. */
const hasPillow = spawnSync('python3', ['-c', 'import PIL'], { encoding: 'utf8' }).status === 0;

it.skipIf(!hasPillow).each(SIZES)('%i x %i is what Pillow makes of it, byte for byte', async (width, height) => {
  const file = await png(pixelsOf(width, height), width, height);
  const path = await folder.file(`pillow-${width}.png`, file);
  // As torchvision.transforms.functional has resize and center_crop for PIL images.
  const script = `
import sys
from PIL import Image
picture = Image.open(sys.argv[1]).convert('RGB')
w, h = picture.size
short, long = (w, h) if w <= h else (h, w)
new = int(256 * long / short)
picture = picture.resize((256, new) if w <= h else (new, 256), Image.BILINEAR)
w, h = picture.size
top, left = int(round((h - 224) / 2.0)), int(round((w - 224) / 2.0))
sys.stdout.buffer.write(picture.crop((left, top, left + 224, top + 224)).tobytes())
`;
  const { stdout, status } = spawnSync('python3', ['-c', script, path], { maxBuffer: 2 ** 24 });
  expect(status).toBe(0);
  const actual = await decoded(file, `p${width}`);
  expect(Buffer.compare(stdout, actual)).toBe(0);
});

describe('resize and crop', () => {
  it('are part of the preset imagenet, and of YAML', async () => {
    expect(await readPreprocessing('imagenet')).toMatchObject(FRAME);
    expect(await readPreprocessing('scale: 1/255, resize: 232, crop: 224')).toMatchObject({ resize: 232, crop: 224 });
    expect(await readPreprocessing('cifar10')).not.toHaveProperty('crop');
  });

  it.each([
    ['resize: 256', /crop.*belong together/],
    ['crop: 224', /resize.*belong together/],
    ['resize: 200, crop: 224', /crop.*224 is more than resize 200/],
    ['resize: 0, crop: 0', /at least 1/],
    ['resize: 25.5, crop: 20', /whole number/],
    ['resize: 1000000, crop: 224', /at most 16384/],
    ['resize: big, crop: 224', /resize/],
  ])('%s is refused', async (text, message) => {
    await expect(readPreprocessing(text)).rejects.toThrow(message);
  });

  it('must fit the network', async () => {
    const directory = await writeFolder(folder.path('small'), { 'a/1.png': await png(pixelsOf(9, 9), 9, 9) });
    await expect(loadImageFolder({ directory, split: 'test', shape: [32, 32, 3], frame: FRAME })).rejects.toThrow(
      'preprocessing cuts pictures to 224 x 224 (crop), but the network takes 32 x 32',
    );
  });
});
