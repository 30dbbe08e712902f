import { createBackend } from '../../src/backends/index.js';
import { paritySuite } from './suite.js';

await paritySuite('wasm', () => createBackend('wasm'), { sameBits: true });
