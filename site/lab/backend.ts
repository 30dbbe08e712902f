/** Which backend a page computes on. */
import { type Gpu, isSoftware } from '#sonic/base/tensorflow/webgpuAdapter.js';
import type { PageBackend } from './messages.js';
import type { BackendChoice } from './state.js';

/** What the browser offers. */
export interface Offer {
  /** What `auto` is here. */
  readonly automatic: PageBackend;
  /** Why, in words; empty where there is nothing to say. */
  readonly why: string;
}

async function look(): Promise<Offer> {
  const wasm = (why: string): Offer => ({ automatic: 'wasm', why });
  const gpu = (navigator as { gpu?: Gpu }).gpu;
  if (!gpu) return wasm('this browser has no WebGPU');
  const adapter = await gpu.requestAdapter().catch(() => null);
  if (!adapter) return wasm("this browser's WebGPU has no adapter");
  // A processor that stands in for a GPU is slower than the same processor on WebAssembly.
  return isSoftware(adapter.info) ? wasm("this browser's WebGPU is software") : { automatic: 'webgpu', why: '' };
}

let found: Promise<Offer> | null = null;

/** Looked up once. */
export function browserOffer(): Promise<Offer> {
  found ??= look();
  return found;
}

/** Until it is known, what every browser has. */
export const backendOf = (choice: BackendChoice, offer: Offer | null): PageBackend =>
  choice === 'auto' ? (offer?.automatic ?? 'wasm') : choice;
