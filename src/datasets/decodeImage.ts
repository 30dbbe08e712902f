/** Picture files -> bytes of the network's size, in bounded memory. */
import { stat } from 'node:fs/promises';
import { DatasetError } from '../base/errors.js';
import { scaledCut } from './bilinear.js';
import type { Picture } from './pictureTree.js';
import type { Frame } from './types.js';

/** Pixels of one file, before scaling: beyond is a bomb. */
const MAXIMUM_PIXELS = 2 ** 27;
/** Bytes of one file. */
const MAXIMUM_FILE_BYTES = 2 ** 28;
/** What the files' names promise; anything else is not decoded, whatever its name (an SVG names other files). */
const FORMATS = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif'];
/** Files decoded at a time, if all their pixels together are no more than one file may have. */
const AT_ONCE = 8;

type Shape = readonly [rows: number, columns: number, channels: number];

/** Files that are held at a time, in bytes, beyond one. */
const HELD_BYTES = 2 ** 26;

const refusal = (place: string, why: string, cause?: unknown) =>
  new DatasetError(`image '${place}': ${why}; replace or remove the file`, { cause });

/** What libvips has to say, in one line. */
const messageOf = (error: unknown) => (error as Error).message.trim().replace(/\s+/g, ' ');

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Bytes of a file. */
const bytesOf = async ({ content }: Picture): Promise<number> =>
  typeof content === 'string' ? (await stat(content)).size : content.length;

/** Size of a picture by its header. @throws DatasetError for what may not be decoded */
async function sizeOfPicture(picture: Picture): Promise<Size> {
  const { default: sharp } = await import('sharp');
  const { place, content } = picture;
  const bytes = await bytesOf(picture);
  if (bytes > MAXIMUM_FILE_BYTES) throw refusal(place, `has ${bytes} bytes, at most ${MAXIMUM_FILE_BYTES} are read`);
  const { format, width, height } = await sharp(content, { limitInputPixels: false })
    .metadata()
    .catch((error) => {
      throw refusal(place, messageOf(error), error);
    });
  if (format === undefined || !FORMATS.includes(format))
    throw refusal(place, `its content is of format ${format}, not one of ${FORMATS.join(', ')}`);
  if (width * height > MAXIMUM_PIXELS)
    throw refusal(place, `has ${width} x ${height} pixels, beyond the pixel limit of ${MAXIMUM_PIXELS}`);
  return { width, height };
}

/** Half-way cases to the even number, as Python rounds. */
const roundedHalf = (whole: number) => {
  const below = Math.floor(whole / 2);
  return whole % 2 === 0 ? whole / 2 : below % 2 === 0 ? below : below + 1;
};

/** Size and place of torchvision's Resize and CenterCrop: the longer side is cut to a whole number. */
export function framed({ width, height }: Size, { resize, crop }: Frame) {
  const side = (own: number, shorter: number) => Math.max(1, Math.floor((resize * own) / shorter));
  const [wide, high] = width <= height ? [resize, side(height, width)] : [side(width, height), resize];
  return { width: wide, height: high, left: roundedHalf(wide - crop), top: roundedHalf(high - crop) };
}

/** [rows, columns, channels] bytes, turned as the EXIF tag says. */
async function decode(
  { place, content }: Picture,
  [rows, columns, channels]: Shape,
  frame: Frame | null,
): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  try {
    const upright = sharp(content, { limitInputPixels: MAXIMUM_PIXELS, failOn: 'error' })
      .rotate()
      .flatten({ background: '#000000' });
    if (!frame) upright.resize({ width: columns, height: rows, fit: 'cover', position: 'centre', kernel: 'lanczos3' });
    const { data, info } = await upright
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    if (frame && info.channels === channels) {
      const { width, height } = info;
      return scaledCut({ data, width, height, channels }, { ...framed(info, frame), rows, columns });
    }
    if (data.length === rows * columns * channels) return data;
    throw new Error(`decodes to ${info.channels} channels, expected ${channels}`);
  } catch (error) {
    throw refusal(place, messageOf(error), error);
  }
}

export interface DecodeOptions {
  readonly shape: Shape;
  /** Null: scaled until they cover the shape, and cut to its middle. */
  readonly frame: Frame | null;
  /** Takes the bytes of a picture [rows, columns, channels]. */
  readonly put: (at: number, image: Uint8Array) => void;
  /** Hears how many bytes of decoded pictures are held. */
  readonly onHeld?: ((bytes: number) => void) | undefined;
}

/** Decodes pictures that are held, all at once or, where they are large, one after the other. */
async function decodeGroup(group: readonly Picture[], options: DecodeOptions): Promise<void> {
  const { shape, frame, put, onHeld } = options;
  let held = 0;
  const hold = (bytes: number) => {
    held += bytes;
    onHeld?.(held);
  };
  const sizes = await Promise.all(group.map(sizeOfPicture));
  const isLight = sizes.reduce((sum, { width, height }) => sum + width * height, 0) <= MAXIMUM_PIXELS;
  const one = async (picture: Picture) => {
    const image = await decode(picture, shape, frame);
    hold(image.length);
    put(picture.at, image);
    hold(-image.length);
  };
  if (isLight) await Promise.all(group.map(one));
  else for (const picture of group) await one(picture);
}

/**
 * Decodes pictures as they come, a few at a time.
 * @throws DatasetError naming the file that cannot be decoded, or is too large to be
 */
export async function decodePictures(pictures: AsyncIterable<Picture>, options: DecodeOptions): Promise<void> {
  let [group, held]: [Picture[], number] = [[], 0];
  for await (const picture of pictures) {
    group.push(picture);
    held += typeof picture.content === 'string' ? 0 : picture.content.length;
    if (group.length < AT_ONCE && held < HELD_BYTES) continue;
    await decodeGroup(group, options);
    [group, held] = [[], 0];
  }
  await decodeGroup(group, options);
}
