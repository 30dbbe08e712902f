/** What `wasmBinary.ts` is in a web page, which has loaded the module's bytes itself and leaves them here. */
import { BackendUnavailableError } from '../../../base/errors.js';

let given: Uint8Array<ArrayBuffer> | null = null;

/** @param bytes of `sonic-photonics/kernels.wasm`. */
export function giveKernels(bytes: Uint8Array<ArrayBuffer>): void {
  given = bytes;
}

/** @throws BackendUnavailableError where the page gave none. */
export async function readKernels(): Promise<Uint8Array<ArrayBuffer>> {
  if (given) return given;
  throw new BackendUnavailableError('wasm', 'has no kernels: the page gave none', 'call giveKernels first');
}
