/** The process in which `checkBackend` tests a backend: prints the result as its last line, and ends. */

import { quietDeprecations } from '../../base/deprecations.js';
import type { BackendName } from '../../emulation/backends/types.js';
import { selfTest } from './selfTest.js';

quietDeprecations();
const result = await selfTest(process.argv[2] as BackendName);
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
