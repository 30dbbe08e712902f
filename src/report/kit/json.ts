/** Results as JSON, to a file or standard output. */
import { writeFileAtomic } from '../../base/files.js';
import { withNotFinite } from '../../base/text/notFinite.js';

/** Writes `value`, what is not finite in it named in its field `notFinite`; `file` may be '-' for standard output. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  const text = `${JSON.stringify(withNotFinite(value), null, 2)}\n`;
  if (file === '-') process.stdout.write(text);
  else await writeFileAtomic(file, text);
}
