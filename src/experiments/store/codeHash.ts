/** Version of the code that numbers depend on: results of another one are not used again. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { SonicError } from '../../errors.js';
import { sha256Hex } from '../../files.js';

/** What of TensorFlow.js every run computes with: the digital network, and the layers between the photonic ones. */
const PACKAGES = ['@tensorflow/tfjs', '@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm'];

/** Written by scripts/build.mjs; from src/ (tests) as from dist/. */
const FILE = new URL('../../../dist/code.json', import.meta.url);

function builtHash(): string {
  try {
    const { schema, hash } = JSON.parse(readFileSync(FILE, 'utf8')) as { schema?: string; hash?: string };
    if (schema === 'sonic-code/1' && typeof hash === 'string') return hash;
  } catch {
    // Said below.
  }
  throw new SonicError("this sonic is not built whole: dist/code.json is missing or damaged; run 'npm run build'");
}

/**
 * SHA-256 of the modules and kernels that compute a trial, comments and formatting aside, and of the versions of
 * TensorFlow.js that are installed.
 * @throws SonicError where the build has left no hash.
 */
export function codeHash(): string {
  const require = createRequire(import.meta.url);
  const versions = PACKAGES.map(
    (name) => `${name} ${(require(`${name}/package.json`) as { version: string }).version}`,
  );
  return sha256Hex([builtHash(), ...versions].join('\n'));
}
