/** The per-user cache: packages that were built once, put into a checkout again after `npm ci` has wiped it. */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { NAPI, TFJS_NODE } from './variants.mjs';
import { sha256Of } from './wheels.mjs';

const MANIFEST = 'sonic-manifest.json';

export function cacheFolder() {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sonic-photonics');
}

/** Where the package of a variant is kept. */
export function cachedPackage({ package: name, tensorflow }) {
  const key = `${name}-${TFJS_NODE}_tensorflow-${tensorflow}_napi-${NAPI}_${process.platform}-${process.arch}`;
  return join(cacheFolder(), key);
}

/** Regular files below the folders that hold binaries. */
function binariesOf(folder) {
  return ['deps', 'lib']
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path))
    .flatMap((path) => readdirSync(path, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/** Writes down size and checksum of every binary of a package. */
export async function seal(folder) {
  const files = [];
  for (const file of binariesOf(folder)) {
    files.push({ path: relative(folder, file), bytes: statSync(file).size, sha256: await sha256Of(file) });
  }
  writeFileSync(join(folder, MANIFEST), `${JSON.stringify({ files }, null, 1)}\n`);
}

/** What is wrong with a cached package, or null. */
export async function damageOf(folder) {
  if (!existsSync(folder)) return 'there is none';
  let files;
  try {
    ({ files } = JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')));
  } catch {
    return 'its list of checksums is missing or damaged';
  }
  for (const { path, bytes, sha256 } of files) {
    const file = join(folder, path);
    if (!existsSync(file)) return `${path} is missing`;
    if (statSync(file).size !== bytes || (await sha256Of(file)) !== sha256) return `${path} is damaged`;
  }
  return null;
}

/**
 * What the package takes from the union package `@tensorflow/tfjs`, out of the packages that are installed anyway; the
 * methods are those that its own code calls on tensors.
 */
const UNION = `'use strict';
const core = require('@tensorflow/tfjs-core');
const methods = {
  flatten: (x) => core.reshape(x, [x.size]),
  toFloat: (x) => core.cast(x, 'float32'),
  toInt: (x) => core.cast(x, 'int32'),
};
const named = 'add cast div equal floorDiv max min mul reshape slice squeeze sub sum';
for (const name of named.split(' ')) methods[name] = core[name];
for (const [name, method] of Object.entries(methods)) {
  core.Tensor.prototype[name] ??= function (...others) {
    return method(this, ...others);
  };
}
module.exports = { ...core, ...require('@tensorflow/tfjs-layers'), version: { 'tfjs-core': core.version_core } };
`;

/** Gives the package in `folder` its `@tensorflow/tfjs`, which nothing else sees; two engines would not share tensors. */
function placeUnion(folder) {
  const union = join(folder, 'node_modules', '@tensorflow', 'tfjs');
  mkdirSync(union, { recursive: true });
  writeFileSync(join(union, 'package.json'), `${JSON.stringify({ name: '@tensorflow/tfjs', version: TFJS_NODE })}\n`);
  writeFileSync(join(union, 'index.js'), UNION);
}

/**
 * Puts the cached package beside our @tensorflow/tfjs-core. Its code is copied, since Node resolves imports from a link's
 * target; only the libraries, which resolve nothing, are linked.
 */
export function place(cached, scope, name) {
  const target = join(scope, name);
  const partial = mkdtempSync(join(scope, `.${name}-`));
  try {
    cpSync(cached, partial, { recursive: true, filter: (source) => source !== join(cached, 'deps') });
    chmodSync(partial, 0o755);
    symlinkSync(join(cached, 'deps'), join(partial, 'deps'));
    placeUnion(partial);
    rmSync(target, { recursive: true, force: true });
    renameSync(partial, target);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}
