/** The process in which `backendStatus` tries a backend: prints the status as its last line, and ends. */

import { quietDeprecations } from '../../base/deprecations.js';
import { probeBackend } from './status.js';
import type { BackendName } from './types.js';

quietDeprecations();
const status = await probeBackend(process.argv[2] as BackendName);
process.stdout.write(`${JSON.stringify(status)}\n`, () => process.exit(0));
