/** Errors of the device. WebGPU reports them beside what failed, whose results are then zeros: they must not pass for numbers. */
import { UnsupportedLayerError } from '../../../base/errors.js';
import type { WebGpuBackend, WebGpuDevice } from './webgpuProgram.js';

const faults = new WeakMap<WebGpuDevice, string[]>();

/** Begins to collect a device's errors. */
export function watchDevice({ device }: WebGpuBackend): void {
  if (faults.has(device)) return;
  const messages: string[] = [];
  faults.set(device, messages);
  device.addEventListener('uncapturederror', (event) => {
    // Otherwise it is printed as well.
    event.preventDefault();
    messages.push(event.error.message);
  });
}

/** @throws UnsupportedLayerError where the device has failed since it is watched; to be called after reading results. */
export function checkDevice({ device }: WebGpuBackend): void {
  const [first] = faults.get(device) ?? [];
  if (first === undefined) return;
  throw new UnsupportedLayerError(
    `backend 'webgpu': the device reports '${first.split('\n')[0]}'; use a smaller --batch, or --backend wasm`,
  );
}
