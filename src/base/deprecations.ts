/**
 * Deprecation warnings of dependencies are not the user's to mend: the program, its threads and its processes keep them
 * quiet, unless `--debug` asks for them. Threads and processes have no command line of their own; the environment, which
 * they share, tells them.
 */

const DEBUG = 'SONIC_DEBUG';

/** To be called before anything of a dependency loads, in every thread and process of the program's own. */
export function quietDeprecations(debug = process.env[DEBUG] === '1'): void {
  if (debug) process.env[DEBUG] = '1';
  else process.noDeprecation = true;
}
