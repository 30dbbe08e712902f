/** Numbers at the ends of the schema, on the backend of every machine; extremesTensorflow.slow.test.ts has TensorFlow's. */
import { createBackend } from '../../src/emulation/backends/index.js';
import { extremesSuite } from './extremes.js';

await extremesSuite('wasm', () => createBackend('wasm'));
