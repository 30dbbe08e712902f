/** Preprocessing as a user gives it on the command line: YAML in one line, or a file. */
import { existsSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import { FormatError } from '../../errors.js';
import { readFileChecked } from '../../files.js';
import { printable } from '../printable.js';
import { type Preprocessing, preprocessingSchema } from './preprocessing.js';

const MAXIMUM_BYTES = 1 << 16;

/**
 * Checks a value that should be a preprocessing.
 * @throws FormatError naming the place, the field and what is wrong
 */
export function parsePreprocessing(value: unknown, place: string): Preprocessing {
  const parsed = preprocessingSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  const at = path.length > 0 ? `${path.join('.')}: ` : '';
  throw new FormatError(`${place}: ${at}${printable(message)}; give scale, mean, std, channels (rgb or bgr) or image`);
}

/** Whatever is in braces, or holds a colon and is no file, is YAML itself: 'scale: 1/255'. */
export async function readPreprocessing(given: string): Promise<Preprocessing> {
  const isText = given.trim().startsWith('{') || (given.includes(':') && !existsSync(given));
  const place = isText ? 'preprocessing' : given;
  const text = isText
    ? given
    : new TextDecoder().decode(await readFileChecked(given, FormatError, 'preprocessing file', MAXIMUM_BYTES));
  let value: unknown;
  try {
    // One line with commas is what people type: 'scale: 1/255, mean: [..]'.
    const braced = isText && !given.includes('\n') && !given.trim().startsWith('{') ? `{ ${text} }` : text;
    value = parseYaml(braced, { maxAliasCount: 0, logLevel: 'error', stringKeys: true });
  } catch (error) {
    throw new FormatError(`${place}: not YAML: ${printable((error as Error).message.split('\n')[0]!)}`, {
      cause: error,
    });
  }
  return parsePreprocessing(value, place);
}
