/** In a file of its own, and so in a process of its own: TensorFlow for CPUs cannot be loaded beside it. */
import { createBackend } from '../../src/emulation/backends/index.js';
import { paritySuite } from './suite.js';

// Under CUDA sums by filter are exact integers, but products may be ordered by the size of the batch.
await paritySuite('tensorflow-gpu', () => createBackend('tensorflow-gpu'), { sameBits: false });
