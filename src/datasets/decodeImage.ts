/** Picture files -> bytes of the network's size, in bounded memory. */
import { stat } from 'node:fs/promises';
import { DatasetError } from '../base/errors.js';

/** Pixels of one file, before scaling: beyond is a bomb. */
const MAXIMUM_PIXELS = 2 ** 27;
/** Bytes of one file. */
const MAXIMUM_FILE_BYTES = 2 ** 28;
/** What the files' names promise; anything else is not decoded, whatever its name (an SVG names other files). */
const FORMATS = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif'];
/** Files decoded at a time, if all their pixels together are no more than one file may have. */
const AT_ONCE = 8;

type Shape = readonly [rows: number, columns: number, channels: number];

const refusal = (path: string, why: string, cause?: unknown) =>
  new DatasetError(`image '${path}': ${why}; replace or remove the file`, { cause });

/** What libvips has to say, in one line. */
const messageOf = (error: unknown) => (error as Error).message.trim().replace(/\s+/g, ' ');

/** Pixels of a file, by its header. @throws DatasetError for what may not be decoded */
async function pixelsOf(path: string): Promise<number> {
  const { default: sharp } = await import('sharp');
  const { size } = await stat(path);
  if (size > MAXIMUM_FILE_BYTES) throw refusal(path, `has ${size} bytes, at most ${MAXIMUM_FILE_BYTES} are read`);
  const { format, width, height } = await sharp(path, { limitInputPixels: false })
    .metadata()
    .catch((error) => {
      throw refusal(path, messageOf(error), error);
    });
  if (format === undefined || !FORMATS.includes(format))
    throw refusal(path, `its content is of format ${format}, not one of ${FORMATS.join(', ')}`);
  if (width * height > MAXIMUM_PIXELS)
    throw refusal(path, `has ${width} x ${height} pixels, beyond the pixel limit of ${MAXIMUM_PIXELS}`);
  return width * height;
}

/** [rows, columns, channels] bytes: turned as the EXIF tag says, scaled until they cover the shape, cut to its middle. */
async function decode(path: string, [rows, columns, channels]: Shape): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  try {
    const { data, info } = await sharp(path, { limitInputPixels: MAXIMUM_PIXELS, failOn: 'error' })
      .rotate()
      .flatten({ background: '#000000' })
      .resize({ width: columns, height: rows, fit: 'cover', position: 'centre', kernel: 'lanczos3' })
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    if (data.length === rows * columns * channels) return data;
    throw new Error(`decodes to ${info.channels} channels, expected ${channels}`);
  } catch (error) {
    throw refusal(path, messageOf(error), error);
  }
}

/**
 * The images of files, in their order: [count, rows, columns, channels].
 * @throws DatasetError naming the file that cannot be decoded, or is too large to be
 */
export async function decodeImages(paths: readonly string[], shape: Shape): Promise<Uint8Array> {
  const size = shape[0] * shape[1] * shape[2];
  const images = new Uint8Array(paths.length * size);
  for (let first = 0; first < paths.length; first += AT_ONCE) {
    const group = paths.slice(first, first + AT_ONCE);
    const pixels = await Promise.all(group.map(pixelsOf));
    const isLight = pixels.reduce((sum, count) => sum + count, 0) <= MAXIMUM_PIXELS;
    const put = async (path: string, i: number) => images.set(await decode(path, shape), (first + i) * size);
    if (isLight) await Promise.all(group.map(put));
    else for (const [i, path] of group.entries()) await put(path, i);
  }
  return images;
}
