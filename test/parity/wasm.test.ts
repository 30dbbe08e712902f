import { createBackend } from '../../src/emulation/backends/index.js';
import { paritySuite } from './suite.js';

await paritySuite('wasm', () => createBackend('wasm'), { sameBits: true });
// What webgpu and tensorflow-gpu run in fidelity lumped, here on TensorFlow.js's wasm.
await paritySuite(
  'wasm, lumped in operations of TensorFlow.js',
  async () => ({ ...(await createBackend('wasm')), lumpsOnHost: false }),
  { sameBits: true },
);
