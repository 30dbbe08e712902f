/** Results as JSON, to a file or standard output. */
import { writeFileAtomic } from '../files.js';

/** Writes `value`; `file` may be '-' for standard output. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (file === '-') process.stdout.write(text);
  else await writeFileAtomic(file, text);
}
