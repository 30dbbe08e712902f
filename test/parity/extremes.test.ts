/** Numbers at the ends of the schema, on the backends of every machine. */
import { createBackend } from '../../src/emulation/backends/index.js';
import { createTensorflowBackend } from '../../src/emulation/backends/tensorflowBackend.js';
import { extremesSuite } from './extremes.js';

await extremesSuite('wasm', () => createBackend('wasm'));
await extremesSuite('tensorflow', () => createTensorflowBackend('tensorflow'));
await extremesSuite('tensorflow, composed', () => createTensorflowBackend('tensorflow', { kernels: 'composed' }));
