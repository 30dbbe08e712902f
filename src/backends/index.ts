/** Backends by name, loaded when asked for. */
import { UsageError } from '../errors.js';
import { nearest } from '../nearest.js';
import { BACKENDS, type BackendName, type PhotonicBackend } from './types.js';

export { BACKENDS, type BackendName } from './types.js';

/** The backend `name`, ready to load programs. */
export async function createBackend(name: BackendName): Promise<PhotonicBackend> {
  switch (name) {
    case 'wasm':
      return (await import('./wasm.js')).createWasmBackend();
    case 'reference':
      return (await import('./reference.js')).createReferenceBackend();
    default:
      return name satisfies never;
  }
}

/** @throws UsageError where `name` is no backend, naming the nearest. */
export function backendName(name: string): BackendName {
  const known = BACKENDS.find((backend) => backend === name);
  if (known) return known;
  const near = nearest(name, BACKENDS);
  throw new UsageError(
    `--backend ${name}: unknown${near ? `, did you mean '${near}'?` : ''}; one of ${BACKENDS.join(', ')}`,
  );
}
