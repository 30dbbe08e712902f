/** Backends by name, loaded when asked for. */
import { UsageError } from '../../base/errors.js';
import { nearest } from '../../base/text/nearest.js';
import type { Kernels } from '../kernels/contract.js';
import { BACKENDS, type BackendName, type PhotonicBackend } from './types.js';

export { BACKEND_TRAITS, BACKENDS, type BackendName } from './types.js';

/**
 * The backend `name`, ready to load programs; TensorFlow.js's current backend becomes the one its tensors lie on.
 * @throws BackendUnavailableError where this machine or installation does not offer it.
 */
export async function createBackend(name: BackendName): Promise<PhotonicBackend> {
  switch (name) {
    case 'wasm':
      return (await import('./wasmBackend.js')).createWasmBackend();
    case 'reference':
      return (await import('./referenceBackend.js')).createReferenceBackend();
    case 'webgpu':
      return (await import('./webgpuNode.js')).createWebgpuBackend();
    case 'tensorflow':
    case 'tensorflow-gpu':
      return (await import('./tensorflowBackend.js')).createTensorflowBackend(name);
    default:
      return name satisfies never;
  }
}

/**
 * Kernels that run image by image on the host, for calibration, training and errors of single layers: the same whatever
 * backend a run takes.
 * @throws BackendUnavailableError where they are not built or cannot run.
 */
export async function createKernels(name: 'wasm' | 'reference'): Promise<Kernels> {
  if (name === 'reference') return (await import('./referenceKernels.js')).createReferenceKernels();
  return (await import('./wasmKernels.js')).WasmKernels.create();
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
