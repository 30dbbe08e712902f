/** Arguments of scripts, as `parseArgs` of node:util takes them; what is wrong with them is one line and status 2. */
import { basename } from 'node:path';
import { parseArgs } from 'node:util';

/** Ends the process. */
export function refuseArguments(message) {
  process.stderr.write(`${basename(process.argv[1], '.mjs')}: ${message}\n`);
  process.exit(2);
}

/** @param most positional arguments that there may be */
export function readArguments({ most = 0, ...config } = {}) {
  let read;
  try {
    read = parseArgs({ ...config, allowPositionals: true });
  } catch (error) {
    if (!String(error.code).startsWith('ERR_PARSE_ARGS')) throw error;
    // The rest says how to write positional arguments that begin with a -.
    refuseArguments(error.message.split('. To specify')[0]);
  }
  const beyond = read.positionals[most];
  if (beyond !== undefined) refuseArguments(`'${beyond}' is one argument too many`);
  return read;
}

/** A whole number from `least` on; undefined where the option is not given. */
export function wholeArgument(flag, text, least = 1) {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text) && Number(text) >= least) return Number(text);
  return refuseArguments(`--${flag} ${text}: a whole number from ${least} on is needed`);
}
