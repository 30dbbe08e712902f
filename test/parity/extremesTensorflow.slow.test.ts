/** Numbers at the ends of the schema, on TensorFlow's backend, with kernels of its own and composed. */
import { createTensorflowBackend } from '../../src/emulation/backends/tensorflowBackend.js';
import { extremesSuite } from './extremes.js';

await extremesSuite('tensorflow', () => createTensorflowBackend('tensorflow'));
await extremesSuite('tensorflow, composed', () => createTensorflowBackend('tensorflow', { kernels: 'composed' }));
