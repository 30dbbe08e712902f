import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * A CommonJS package's exports. Required rather than imported: what is imported is first searched for the names that it
 * exports, which of TensorFlow.js takes twice as long as loading it, in every thread.
 */
export function importCommonJs(name: string): unknown {
  return require(name);
}
