/** Small pictures for tests, and trees of them as folders and archives. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { tar } from './tarFiles.js';

/** Content by path. */
export type Files = Readonly<Record<string, Uint8Array>>;

/** A PNG whose pixels are all different from those of other seeds. */
export function picture(seed: number, width = 9, height = 7): Promise<Buffer> {
  const pixels = Uint8Array.from(
    { length: width * height * 3 },
    (_, i) => (i * 37 + seed * 101 + (i % 7) * seed) % 256,
  );
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

/** Two splits of three classes of different sizes, debris and strangers among them. */
export async function pictureFiles(): Promise<Files> {
  const files: Record<string, Uint8Array> = {
    'test/cat/notes.txt': Buffer.from('no picture'),
    'test/.DS_Store': Buffer.from('debris'),
    'test/README': Buffer.from('read me'),
  };
  let seed = 1;
  for (const [name, count] of [
    ['cat', 4],
    ['Übung', 1],
    ['dog', 3],
  ] as const) {
    for (let i = 0; i < count; i++) files[`test/${name}/${10 - i}.png`] = await picture(seed++, 9 + i, 7);
    files[`train/${name}/0.png`] = await picture(seed++);
  }
  return files;
}

export async function writeFolder(root: string, files: Files): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
  return root;
}

/** In reverse order, so that an archive's order is not that of the names. */
export const tarOf = (files: Files, prefix = ''): Buffer =>
  tar(
    ...Object.entries(files)
      .reverse()
      .map(([name, content]) => ({ name: prefix + name, content })),
  );
