#!/usr/bin/env node
/** The executable `sonic`. Exits 0, 1 for an error or a failed check, 2 for wrong usage. */
import { quietDeprecations } from '../deprecations.js';
import { describeFailure } from './failure.js';
import { sonicProgram } from './program.js';

const args = process.argv.slice(2);
quietDeprecations(args.includes('--debug'));

function fail(error: unknown): void {
  const { text, exitCode } = describeFailure(error, args.includes('--debug'));
  process.stderr.write(text);
  process.exitCode = exitCode;
}

// A reader that stops early (head, less) is no error; the command still ends with its own exit code.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
process.on('uncaughtException', (error) => {
  fail(error);
  process.exit();
});

try {
  const program = await sonicProgram(args);
  await program.parseAsync(args, { from: 'user' });
} catch (error) {
  fail(error);
}
