/** Preprocessing as a user gives it on the command line: YAML in one line, or a file. */
import { FormatError } from '../../../base/errors.js';
import { isFile } from '../../../base/files.js';
import { checkValue } from '../../../base/input/issues.js';
import { parseYaml, readYaml } from '../../../base/input/yaml.js';
import { type Preprocessing, preprocessingSchema } from './preprocessing.js';

const MAXIMUM_BYTES = 1 << 16;

/** Mean and deviation of each channel of bytes / 255 over the training images, and how pictures are cut, as networks are usually trained. */
const PRESETS: Readonly<Record<string, Preprocessing>> = {
  // torchvision's documentation of its classification weights.
  imagenet: {
    ...{ scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], channels: 'rgb' },
    ...{ resize: 256, crop: 224 },
  },
  // Deviation over all pixels; recipes that print 0.2023, 0.1994, 0.2010 averaged those of single images.
  cifar10: { scale: 1 / 255, mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616], channels: 'rgb' },
  mnist: { scale: 1 / 255, mean: [0.1307], std: [0.3081], channels: 'rgb' },
};

/**
 * Checks a value that should be a preprocessing.
 * @throws FormatError naming the place, the field and what is wrong
 */
export function parsePreprocessing(value: unknown, place: string): Preprocessing {
  return checkValue(
    preprocessingSchema,
    value,
    { place, ErrorClass: FormatError },
    { remedy: 'give scale, mean, std, channels (rgb or bgr), image, or resize and crop' },
  );
}

/**
 * A preset by its name; whatever is in braces, or holds a colon and is no file, is YAML itself ('scale: 1/255'); else a file.
 * @throws FormatError naming the place and what is wrong, or the presets where there is no file either
 */
export async function readPreprocessing(given: string): Promise<Preprocessing> {
  if (Object.hasOwn(PRESETS, given)) return PRESETS[given]!;
  if (/^[\w-]+$/.test(given) && !(await isFile(given))) {
    throw new FormatError(
      `preprocessing '${given}': neither a preset (${Object.keys(PRESETS).join(', ')}) nor a file; name one, or give YAML such as 'scale: 1/255'`,
    );
  }
  const isText = given.trim().startsWith('{') || (given.includes(':') && !(await isFile(given)));
  const place = isText ? 'preprocessing' : given;
  const origin = { place, ErrorClass: FormatError };
  if (!isText) {
    const { value } = await readYaml(given, 'preprocessing file', origin, MAXIMUM_BYTES);
    return parsePreprocessing(value, place);
  }
  // One line with commas is what people type: 'scale: 1/255, mean: [..]'.
  const braced = !given.includes('\n') && !given.trim().startsWith('{') ? `{ ${given} }` : given;
  return parsePreprocessing(parseYaml(braced, origin), place);
}
