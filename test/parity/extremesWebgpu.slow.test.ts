/** Numbers at the ends of the schema, on Dawn: a GPU, or SwiftShader where there is none; skipped without an adapter. */
import { createBackend } from '../../src/emulation/backends/index.js';
import { extremesSuite } from './extremes.js';

await extremesSuite('webgpu', () => createBackend('webgpu'));
