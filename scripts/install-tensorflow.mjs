#!/usr/bin/env node
/**
 * Installs the optional backend `tensorflow` (@tensorflow/tfjs-node) into this checkout: `npm run install-tensorflow`.
 *
 * The package's own install script downloads its library from a host that many networks do not reach. This one takes
 * the TensorFlow library out of the Python wheel `tensorflow-cpu`, compiles the addon against it, and keeps both in a
 * per-user cache keyed by version, so that a second run (after `npm ci` has wiped node_modules) is a copy of a few
 * files. package.json and package-lock.json are left alone, and the package shares this checkout's @tensorflow/tfjs:
 * two copies would mean two engines that do not know each other's tensors.
 *
 * Needs, the first time only: Linux on x86-64 with AVX, Python 3 with pip, g++ and make, 2 GB of disk.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const TFJS_NODE = '4.22.0';
const TENSORFLOW = '2.12.0';
const WHEEL_SHA256 = 'e8c7047552a2d759f3e65ac13e36dd24bb5fec2e6576e848287811ec44b3d62f';
/** node-pre-gyp picks the highest of the package's N-API versions that Node has; all of Node 20 and later have 8. */
const NAPI = 8;
const BYTES_NEEDED = 'about 2 GB of free disk for the first installation';

class StepError extends Error {}

const require = createRequire(import.meta.url);

/** Runs a program; throws with what failed, the end of its output and what to do. */
function run(purpose, program, args, { cwd, remedy }) {
  const result = spawnSync(program, args, { cwd, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (result.status === 0) return result.stdout;
  const output = result.error
    ? result.error.message
    : `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-8).join('\n  ');
  throw new StepError(`${purpose} failed (${program} ${args.slice(0, 3).join(' ')} ...):\n  ${output}\n${remedy}`);
}

function checkMachine() {
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

/** The folder that holds the @tensorflow/tfjs which our code imports: its sibling will find the same one. */
function scopeFolder() {
  let manifest;
  try {
    manifest = require.resolve('@tensorflow/tfjs/package.json');
  } catch {
    throw new StepError("@tensorflow/tfjs is not installed: run 'npm ci' first");
  }
  const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
  if (version !== TFJS_NODE) {
    throw new StepError(
      `@tensorflow/tfjs is ${version}, but @tensorflow/tfjs-node ${TFJS_NODE} needs exactly ${TFJS_NODE}`,
    );
  }
  return dirname(dirname(manifest));
}

/** Whether the backend loads and shares our engine, tried in a process of its own; the reason if not. */
function tryBackend(scope) {
  const code = `
    const node = require(${JSON.stringify(join(scope, 'tfjs-node'))});
    const tf = require(${JSON.stringify(join(scope, 'tfjs'))});
    if (tf.engine() !== node.engine()) throw new Error('it has a TensorFlow.js of its own');
    if (tf.getBackend() !== 'tensorflow') throw new Error('its backend did not register');
    const x = tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync()[0];
    if (x !== 11) throw new Error('1*3 + 2*4 came out as ' + x);`;
  const shim = `const u = require('util'); u.isNullOrUndefined ??= (x) => x == null; u.isArray ??= Array.isArray;`;
  const result = spawnSync(process.execPath, ['-e', shim + code], {
    encoding: 'utf8',
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
  });
  if (result.status === 0) return null;
  return (/Error: .*/.exec(result.stderr)?.[0] ?? result.stderr.trim().split('\n').at(-1)) || `signal ${result.signal}`;
}

function findPython() {
  for (const python of ['python3', 'python']) {
    if (spawnSync(python, ['-m', 'pip', '--version'], { stdio: 'ignore' }).status === 0) return python;
  }
  throw new StepError(
    "Python 3 with pip is needed to fetch the TensorFlow library: install it (Debian: 'apt install python3-pip')",
  );
}

function checkCompiler() {
  for (const program of ['g++', 'make']) {
    if (spawnSync(program, ['--version'], { stdio: 'ignore' }).status !== 0) {
      throw new StepError(
        `${program} is needed to compile the addon: install it (Debian: 'apt install build-essential')`,
      );
    }
  }
}

/** npm's command-line script, run by this Node: `npm` itself need not be on the path. */
function npmFolder() {
  const candidates = [
    process.env.npm_execpath ? dirname(dirname(process.env.npm_execpath)) : '',
    join(dirname(dirname(process.execPath)), 'lib', 'node_modules', 'npm'),
    '/usr/share/nodejs/npm',
  ];
  const found = candidates.find((folder) => folder && existsSync(join(folder, 'bin', 'npm-cli.js')));
  if (!found) throw new StepError("npm's own folder was not found: start this script as 'npm run install-tensorflow'");
  return found;
}

/** The package from the npm registry with what it needs beside TensorFlow.js itself, nothing of it run. */
function fetchPackage(work, npm) {
  const npmCli = join(npm, 'bin', 'npm-cli.js');
  const remedy = 'Check that the npm registry is reachable.';
  run('Fetching @tensorflow/tfjs-node', process.execPath, [npmCli, 'pack', `@tensorflow/tfjs-node@${TFJS_NODE}`], {
    cwd: work,
    remedy,
  });
  run('Unpacking @tensorflow/tfjs-node', 'tar', ['-xzf', `tensorflow-tfjs-node-${TFJS_NODE}.tgz`], {
    cwd: work,
    remedy: 'Is tar installed?',
  });
  const manifest = JSON.parse(readFileSync(join(work, 'package', 'package.json'), 'utf8'));
  const { '@tensorflow/tfjs': _shared, ...dependencies } = manifest.dependencies;
  const nested = join(work, 'nested');
  mkdirSync(nested);
  writeFileSync(join(nested, 'package.json'), JSON.stringify({ private: true, dependencies }));
  run(
    "Fetching the package's dependencies",
    process.execPath,
    [npmCli, 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'],
    { cwd: nested, remedy },
  );
  renameSync(join(nested, 'node_modules'), join(work, 'package', 'node_modules'));
}

function fetchWheel(work, python) {
  run(
    `Fetching the wheel tensorflow-cpu ${TENSORFLOW} (230 MB)`,
    python,
    [
      '-m',
      'pip',
      'download',
      '--quiet',
      '--disable-pip-version-check',
      '--no-deps',
      '--only-binary=:all:',
      '--python-version',
      '3.11',
      '--platform',
      'manylinux2014_x86_64',
      `tensorflow-cpu==${TENSORFLOW}`,
    ],
    { cwd: work, remedy: `Check that PyPI (or the index pip is configured with) is reachable, and ${BYTES_NEEDED}.` },
  );
  const wheel = readdirSync(work).find((name) => name.endsWith('.whl'));
  if (!wheel) throw new StepError('pip reported success but left no wheel behind: run this again');
  return join(work, wheel);
}

async function checkWheel(wheel) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(wheel)) hash.update(chunk);
  const digest = hash.digest('hex');
  if (digest !== WHEEL_SHA256) {
    throw new StepError(
      `the wheel's SHA-256 is ${digest}, expected ${WHEEL_SHA256}: not the published file, nothing was installed`,
    );
  }
}

/** Puts the wheel's libraries and headers where the addon's build looks for them, under the names it links. */
function unpackLibrary(wheel, work, python) {
  const script = [
    'import sys, zipfile',
    'z = zipfile.ZipFile(sys.argv[1])',
    "wanted = ('tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2', 'tensorflow/include/tensorflow/', 'tensorflow/include/tsl/')",
    'z.extractall(sys.argv[2], [n for n in z.namelist() if n.startswith(wanted)])',
  ].join('\n');
  run('Unpacking the wheel', python, ['-c', script, wheel, join(work, 'wheel')], {
    cwd: work,
    remedy: `It takes ${BYTES_NEEDED}.`,
  });
  rmSync(wheel);
  const [source, lib] = [join(work, 'wheel', 'tensorflow'), join(work, 'package', 'deps', 'lib')];
  mkdirSync(lib, { recursive: true });
  renameSync(join(source, 'include'), join(work, 'package', 'deps', 'include'));
  for (const name of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'])
    renameSync(join(source, name), join(lib, name));
  symlinkSync('libtensorflow_cc.so.2', join(lib, 'libtensorflow.so.2'));
  symlinkSync('libtensorflow_cc.so.2', join(lib, 'libtensorflow.so'));
  symlinkSync('libtensorflow_framework.so.2', join(lib, 'libtensorflow_framework.so'));
}

function compileAddon(work, npm) {
  const folder = join(work, 'package');
  const gyp = join(npm, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  const nodeHome = dirname(dirname(process.execPath));
  const headers = existsSync(join(nodeHome, 'include', 'node', 'node_api.h')) ? [`--nodedir=${nodeHome}`] : [];
  const addon = join(folder, 'lib', `napi-v${NAPI}`);
  run(
    'Compiling the addon',
    process.execPath,
    [
      gyp,
      'rebuild',
      '--module_name=tfjs_binding',
      `--module_path=${addon}`,
      `--napi_build_version=${NAPI}`,
      ...headers,
    ],
    {
      cwd: folder,
      remedy:
        "node-gyp needs g++, make, Python and Node's headers (fetched from nodejs.org where they are not installed).",
    },
  );
  if (!existsSync(join(addon, 'tfjs_binding.node'))) throw new StepError(`the build left no addon in ${addon}`);
  rmSync(join(folder, 'build'), { recursive: true, force: true });
  rmSync(join(folder, 'deps', 'include'), { recursive: true, force: true });
}

/** Makes the cached package; it appears under its final name only when whole. */
async function fillCache(cached) {
  const [python, npm] = [findPython(), npmFolder()];
  checkCompiler();
  mkdirSync(dirname(cached), { recursive: true });
  const work = mkdtempSync(`${cached}.partial-`);
  try {
    console.log(`fetching @tensorflow/tfjs-node ${TFJS_NODE}`);
    fetchPackage(work, npm);
    console.log(`fetching the TensorFlow ${TENSORFLOW} library (230 MB)`);
    const wheel = fetchWheel(work, python);
    await checkWheel(wheel);
    console.log('unpacking it (580 MB)');
    unpackLibrary(wheel, work, python);
    console.log('compiling the addon');
    compileAddon(work, npm);
    rmSync(cached, { recursive: true, force: true });
    renameSync(join(work, 'package'), cached);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * Puts the cached package beside our @tensorflow/tfjs. Its code is copied, since Node resolves imports from a link's
 * target; only the libraries, which resolve nothing, are linked.
 */
function place(cached, scope) {
  const target = join(scope, 'tfjs-node');
  const partial = mkdtempSync(join(scope, '.tfjs-node-'));
  cpSync(cached, partial, { recursive: true, filter: (source) => source !== join(cached, 'deps') });
  chmodSync(partial, 0o755);
  symlinkSync(join(cached, 'deps'), join(partial, 'deps'));
  rmSync(target, { recursive: true, force: true });
  renameSync(partial, target);
}

async function main() {
  checkMachine();
  const scope = scopeFolder();
  if (existsSync(join(scope, 'tfjs-node')) && tryBackend(scope) === null) {
    console.log("backend 'tensorflow' is installed and works");
    return;
  }
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const cached = join(
    cache,
    'sonic-photonics',
    `tfjs-node-${TFJS_NODE}_tensorflow-${TENSORFLOW}_napi-${NAPI}_${process.platform}-${process.arch}`,
  );
  if (existsSync(cached)) {
    place(cached, scope);
    const reason = tryBackend(scope);
    if (reason === null) {
      console.log(`backend 'tensorflow' installed from ${cached}`);
      return;
    }
    console.log(`the cached copy does not load (${reason}): making it anew`);
  }
  await fillCache(cached);
  place(cached, scope);
  const reason = tryBackend(scope);
  if (reason !== null)
    throw new StepError(`installed, but it does not load: ${reason}; '--backend wasm' works without it`);
  console.log(`backend 'tensorflow' installed; kept in ${cached}`);
}

main().catch((error) => {
  if (!(error instanceof StepError) && !('syscall' in error)) throw error;
  console.error(`install-tensorflow: ${error.message}`);
  process.exit(1);
});
