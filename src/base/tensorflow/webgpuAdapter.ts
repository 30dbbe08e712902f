/** Which adapter TensorFlow.js has behind its WebGPU backend, in Node and in the browser. */
import type { Tf } from './types.js';

/** What this project uses of `navigator.gpu`. */
export interface Gpu {
  requestAdapter(options?: object): Promise<{ readonly info: AdapterInfo } | null>;
}

/** The part of a GPUAdapterInfo that names the adapter; empty strings where a browser will not tell. */
interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly isFallbackAdapter?: boolean;
}

interface Device {
  readonly adapterInfo?: AdapterInfo;
  destroy(): void;
}

/** The device behind the current backend. */
function deviceOf(tf: Tf): Device {
  return (tf.backend() as unknown as { device: Device }).device;
}

/** Whether an adapter is a CPU that stands in for a GPU. */
export function isSoftware({ architecture, description, isFallbackAdapter }: AdapterInfo): boolean {
  return (
    isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|basic render/i.test(`${architecture} ${description}`)
  );
}

/** One line for `sonic doctor` and results: description or device, vendor, and whether it is software. */
function describeAdapter(info: AdapterInfo): string {
  const name = info.description || info.device || info.architecture || 'unnamed adapter';
  const vendor = info.vendor && !name.toLowerCase().includes(info.vendor.toLowerCase()) ? ` (${info.vendor})` : '';
  return `${name}${vendor}${isSoftware(info) ? ', software rasteriser, slow' : ''}`;
}

/** The adapter of the current backend, which must be `webgpu`. */
export function webgpuAdapter(tf: Tf): string {
  const info = deviceOf(tf).adapterInfo;
  return info ? describeAdapter(info) : 'unknown adapter';
}
