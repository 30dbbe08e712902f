/** The digital backends of this installation: a suite runs once on each, and is skipped where one is absent. */
import { describe } from 'vitest';
import { DIGITAL_BACKENDS, type DigitalBackend, isBackendAvailable } from '../../src/base/tensorflow/tf.js';

const available = new Map<DigitalBackend, boolean>();
for (const backend of DIGITAL_BACKENDS) available.set(backend, await isBackendAvailable(backend));

export function describeOnBackends(name: string, body: (backend: DigitalBackend) => void): void {
  for (const backend of DIGITAL_BACKENDS) {
    describe.skipIf(!available.get(backend))(`${name} on ${backend}`, () => body(backend));
  }
}
