/** The kernels that run under CUDA, on the CPU: many times slower than those that runs take there. */
import { createTensorflowBackend } from '../../src/emulation/backends/tensorflowBackend.js';
import { paritySuite } from './suite.js';

await paritySuite('tensorflow, composed', () => createTensorflowBackend('tensorflow', { kernels: 'composed' }), {
  sameBits: true,
});
// So small that every case is cut into many blocks.
await paritySuite(
  'tensorflow, composed in small blocks',
  () => createTensorflowBackend('tensorflow', { kernels: 'composed', budget: { elements: 500 } }),
  { sameBits: true },
);
