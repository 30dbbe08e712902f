/** Steps of the installation that can fail, each with what failed and what to do. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TFJS_NODE } from './variants.mjs';

export class StepError extends Error {}

/** Runs a program; throws with what failed, the end of its output and what to do. */
export function run(purpose, program, args, { cwd, remedy }) {
  const result = spawnSync(program, args, { cwd, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (result.status === 0) return result.stdout;
  const output = result.error
    ? result.error.message
    : `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-8).join('\n  ');
  throw new StepError(`${purpose} failed (${program} ${args.slice(0, 3).join(' ')} ...):\n  ${output}\n${remedy}`);
}

export function checkMachine() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new StepError(
      `this script knows Linux on x86-64 only, not ${process.platform} on ${process.arch}; ` +
        `'npm install --no-save @tensorflow/tfjs-node@${TFJS_NODE}' may work there, and '--backend wasm' always does`,
    );
  }
  if (!/\bavx\b/.test(readFileSync('/proc/cpuinfo', 'utf8'))) {
    throw new StepError(
      "this processor has no AVX, without which the TensorFlow library ends the process; use '--backend wasm'",
    );
  }
}

/** @throws StepError where the file system of `folder` has less room than the installation needs. */
export function checkDisk(folder, { disk_GB }) {
  mkdirSync(folder, { recursive: true });
  const { bavail, bsize } = statfsSync(folder);
  const free_GB = (bavail * bsize) / 1e9;
  if (free_GB >= disk_GB) return;
  throw new StepError(
    `${folder} has ${free_GB.toFixed(1)} GB free, and the installation takes ${disk_GB} GB: make room, or name a folder on ` +
      'another disk in XDG_CACHE_HOME',
  );
}

export function findPython() {
  for (const python of ['python3', 'python']) {
    if (spawnSync(python, ['-m', 'pip', '--version'], { stdio: 'ignore' }).status === 0) return python;
  }
  throw new StepError(
    "Python 3 with pip is needed to fetch the TensorFlow library: install it (Debian: 'apt install python3-pip')",
  );
}

export function checkCompiler() {
  for (const program of ['g++', 'make']) {
    if (spawnSync(program, ['--version'], { stdio: 'ignore' }).status !== 0) {
      throw new StepError(
        `${program} is needed to compile the addon: install it (Debian: 'apt install build-essential')`,
      );
    }
  }
}

/** npm's own folder, whose scripts are run by this Node: `npm` itself need not be on the path. */
export function npmFolder() {
  const candidates = [
    process.env.npm_execpath ? dirname(dirname(process.env.npm_execpath)) : '',
    join(dirname(dirname(process.execPath)), 'lib', 'node_modules', 'npm'),
    '/usr/share/nodejs/npm',
  ];
  const found = candidates.find((folder) => folder && existsSync(join(folder, 'bin', 'npm-cli.js')));
  if (!found) throw new StepError("npm's own folder was not found: start this script as 'npm run install-tensorflow'");
  return found;
}
