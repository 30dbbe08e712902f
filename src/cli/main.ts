#!/usr/bin/env node
/** The executable `sonic`. Exits 0, 1 for an error or a failed check, 2 for wrong usage. */
import { quietDeprecations } from '../base/deprecations.js';
import { describeFailure, outputError } from './failure.js';
import { sonicProgram } from './program.js';
import { adoptStderr, mayLoadDrivers, runQuietly } from './quiet.js';

const args = process.argv.slice(2);
// First of all: what follows writes to it.
const isQuiet = adoptStderr();
quietDeprecations(args.includes('--debug'));

function fail(error: unknown): void {
  const { text, exitCode } = describeFailure(error, args.includes('--debug'));
  process.stderr.write(text);
  process.exitCode = exitCode;
}

// A reader that stops early (head, less) is no error; the command still ends with its own exit code. What else goes wrong
// with the output (a full disk) ends the command as a file that cannot be written does, at the first line that is lost.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  fail(outputError(error));
  process.exit();
});
// There is nowhere to say that nothing can be said; the exit code still tells.
process.stderr.on('error', () => {});
process.on('uncaughtException', (error) => {
  fail(error);
  process.exit();
});

try {
  if (args.includes('--debug')) (await import('../base/tensorflow/nativeLibraries.js')).hearNativeLibraries();
  else if (!isQuiet && mayLoadDrivers(args)) {
    await runQuietly();
    process.exit();
  }
  const program = await sonicProgram(args);
  await program.parseAsync(args, { from: 'user' });
} catch (error) {
  fail(error);
}
