/** Versions that a result depends on. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Version of this package. */
export function packageVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** Of this package, Node.js and TensorFlow.js. */
export function versions(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const tfjs = require('@tensorflow/tfjs-core/package.json') as { version: string };
  return { sonic: packageVersion(), node: process.versions.node, tfjs: tfjs.version };
}
