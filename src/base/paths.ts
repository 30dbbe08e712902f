/** Names of files; `paths.browser.ts` stands for this file in a web page. */
import path from 'node:path';

/** The last part of a path. */
export const basename = path.basename;

/** A path without its last part; '.' where there is one part only. */
export const dirname = path.dirname;

/** Parts put together to one path. */
export const join = path.join;
