/** On Dawn: a GPU, or SwiftShader where there is none; skipped without an adapter. */
import { createBackend } from '../../src/emulation/backends/index.js';
import { paritySuite } from './suite.js';

await paritySuite('webgpu', () => createBackend('webgpu'), { sameBits: true });
