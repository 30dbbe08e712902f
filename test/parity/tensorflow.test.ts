/** On the CPU, the kernels that runs take there; those that run under CUDA are in tensorflowComposed.slow.test.ts. */
import { createTensorflowBackend } from '../../src/emulation/backends/tensorflowBackend.js';
import { paritySuite } from './suite.js';

await paritySuite('tensorflow', () => createTensorflowBackend('tensorflow'), { sameBits: true });
