/** Preprocessing as a user gives it on the command line: YAML in one line, or a file. */
import { FormatError } from '../../../base/errors.js';
import { isFile } from '../../../base/files.js';
import { checkValue } from '../../../base/input/issues.js';
import { parseYaml, readYaml } from '../../../base/input/yaml.js';
import { type Preprocessing, preprocessingSchema } from './preprocessing.js';

const MAXIMUM_BYTES = 1 << 16;

/**
 * Checks a value that should be a preprocessing.
 * @throws FormatError naming the place, the field and what is wrong
 */
export function parsePreprocessing(value: unknown, place: string): Preprocessing {
  return checkValue(
    preprocessingSchema,
    value,
    { place, ErrorClass: FormatError },
    { remedy: 'give scale, mean, std, channels (rgb or bgr) or image' },
  );
}

/** Whatever is in braces, or holds a colon and is no file, is YAML itself: 'scale: 1/255'. */
export async function readPreprocessing(given: string): Promise<Preprocessing> {
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
