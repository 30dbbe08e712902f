/** The frame of the command line: what every command shares. */
import { Command } from 'commander';
import { packageVersion } from '../base/versions.js';
import { COMMANDS } from './commands.js';
import { oneLine } from './failure.js';

/** One line `sonic: ...` for what commander finds wrong, its suggestion included. */
function usageLine(text: string): string {
  return `sonic: ${oneLine(text.replace(/^error: /, ''))}\n`;
}

/** Makes commander throw instead of exiting and report as `sonic` does, in a command and all below it. */
function frame(command: Command): Command {
  command
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(usageLine(text)) });
  if (command.commands.length > 0) command.helpCommand('help [COMMAND]', 'Print the help of a command');
  for (const subcommand of command.commands) frame(subcommand);
  return command;
}

/**
 * The program with its commands: only the one that `args` call, or all of them where help or a suggestion needs all.
 * @param args arguments without node and script.
 */
export async function sonicProgram(args: readonly string[]): Promise<Command> {
  const program = new Command('sonic')
    .description(
      'Emulates SONIC, a sparse photonic neural-network accelerator: accuracy, time and energy of real networks.',
    )
    .version(packageVersion(), '-V, --version', 'print the version')
    .option('--debug', 'print the stack of errors, and what drivers and native libraries say');
  const called = args.find((argument) => !argument.startsWith('-'));
  const isVersion = called === undefined && args.some((argument) => argument === '-V' || argument === '--version');
  const isKnown = called !== undefined && Object.hasOwn(COMMANDS, called);
  const all = isVersion ? [] : Object.values(COMMANDS);
  const loaders = isKnown ? [COMMANDS[called]!] : all;
  for (const load of loaders) program.addCommand(await load());
  return frame(program);
}
