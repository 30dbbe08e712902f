/** Version of the code that numbers depend on: results of another one are not used again. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { SonicError } from '../../base/errors.js';
import { sha256Hex } from '../../base/files.js';

/** What of TensorFlow.js every run computes with: the digital network, and the layers between the photonic ones. */
const PACKAGES = ['core', 'layers', 'backend-cpu', 'backend-wasm'].map((name) => `@tensorflow/tfjs-${name}`);

/** What the other backends compute with; none of them has to be installed. */
const OPTIONAL_PACKAGES = [
  '@tensorflow/tfjs-backend-webgpu',
  '@tensorflow/tfjs-node',
  '@tensorflow/tfjs-node-gpu',
  'webgpu',
];

/** Written by scripts/build.mjs; from src/ (tests) as from dist/. */
const FILE = new URL('../../../dist/code.json', import.meta.url);

const require = createRequire(import.meta.url);

function builtHash(): string {
  try {
    const { schema, hash } = JSON.parse(readFileSync(FILE, 'utf8')) as { schema?: string; hash?: string };
    if (schema === 'sonic-code/1' && typeof hash === 'string') return hash;
  } catch {
    // Said below.
  }
  throw new SonicError("this sonic is not built whole: dist/code.json is missing or damaged; run 'npm run build'");
}

const installedVersion = (name: string) => (require(`${name}/package.json`) as { version: string }).version;

/**
 * The version of an optional package: the installed one, else the one that this release asks for. So machines with and
 * without it have the same hash, and share a store, as long as nobody has another version.
 */
function optionalVersion(name: string): string {
  try {
    return installedVersion(name);
  } catch {
    const { optionalDependencies, peerDependencies } = require('../../../package.json') as Record<
      string,
      Record<string, string>
    >;
    return ({ ...optionalDependencies, ...peerDependencies }[name] ?? 'none').replace(/^[\^~]/, '');
  }
}

/**
 * Names and versions of the packages that compute trials, `NAME VERSION` each.
 * @param version of an optional package.
 */
export function computingPackages(version: (name: string) => string = optionalVersion): string[] {
  return [
    ...PACKAGES.map((name) => `${name} ${installedVersion(name)}`),
    ...OPTIONAL_PACKAGES.map((name) => `${name} ${version(name)}`),
  ];
}

/**
 * SHA-256 of the modules and kernels that compute a trial, comments and formatting aside, and of the versions of the
 * packages that do: TensorFlow.js, its library and WebGPU.
 * @throws SonicError where the build has left no hash.
 */
export function codeHash(packages: readonly string[] = computingPackages()): string {
  return sha256Hex([builtHash(), ...packages].join('\n'));
}
