/** The process in which `checkBackend` tests a backend: prints the result as its last line, and ends. */
import type { BackendName } from '../backends/types.js';
import { quietDeprecations } from '../deprecations.js';
import { selfTest } from './selfTest.js';

quietDeprecations();
const result = await selfTest(process.argv[2] as BackendName);
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
