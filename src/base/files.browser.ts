/** What `files.ts` is in a web page, where the bundler takes this file in its place: there are no files to read. */
import type { SonicErrorClass } from './errors.js';
import { quoted } from './text/printable.js';

/** @throws ErrorClass always. */
export async function readFileChecked(path: string, ErrorClass: SonicErrorClass, what: string): Promise<Uint8Array> {
  throw new ErrorClass(`${what} ${quoted(path)}: a web page reads no files by their path; give the content itself`);
}
