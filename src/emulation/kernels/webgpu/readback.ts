/**
 * Reading small results back. A round trip to the adapter takes as long for a word as for a thousand, and a staging buffer
 * longer than both: what is asked for in one turn of the event loop, such as the counts of all layers of a batch, is read at once.
 */
import type { Tensor, Tf } from '../../../base/tensorflow/tf.js';
import { checkDevice } from './faults.js';
import type { GpuBuffer, WebGpuBackend } from './webgpuProgram.js';

/** GPUBufferUsage.MAP_READ | COPY_DST, and GPUMapMode.READ. */
const [STAGING_USAGE, MAP_READ] = [0x1 | 0x8, 0x1];

/** Browsers have no `setImmediate`; Node's `setTimeout` waits for a millisecond at least. */
const nextTurn: (work: () => void) => void = globalThis.setImmediate ?? ((work) => setTimeout(work, 0));

interface Request {
  readonly tensors: readonly Tensor[];
  resolve(values: Int32Array[]): void;
  reject(error: unknown): void;
}

/** What waits for the end of the turn, by backend. */
const waiting = new WeakMap<object, Request[]>();
/** Staging buffers that no read holds, by backend. */
const idle = new WeakMap<object, GpuBuffer[]>();

/** A staging buffer of at least `bytes`: a power of two, so that few are made. */
function takeStaging(backend: WebGpuBackend, bytes: number): GpuBuffer {
  const free = idle.get(backend) ?? [];
  idle.set(backend, free);
  const at = free.findIndex(({ size }) => size >= bytes);
  if (at >= 0) return free.splice(at, 1)[0]!;
  return backend.device.createBuffer({ size: 2 ** Math.ceil(Math.log2(Math.max(4096, bytes))), usage: STAGING_USAGE });
}

/** Words of all tensors, one after the other; copies are enqueued before anything is waited for. */
async function readWords(backend: WebGpuBackend, tensors: readonly Tensor[]): Promise<Int32Array> {
  const bytes = tensors.reduce((sum, { size }) => sum + 4 * size, 0);
  if (bytes === 0) return new Int32Array();
  const staging = takeStaging(backend, bytes);
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  let place = 0;
  for (const { dataId, size } of tensors) {
    if (size === 0) continue;
    backend.commandEncoder!.copyBufferToBuffer(backend.tensorMap.get(dataId)!.resource!, 0, staging, place, 4 * size);
    place += 4 * size;
  }
  backend.submitQueue();
  await staging.mapAsync(MAP_READ, 0, bytes);
  const words = new Int32Array(staging.getMappedRange(0, bytes).slice(0));
  staging.unmap();
  idle.get(backend)!.push(staging);
  return words;
}

async function readAll(tf: Tf, backend: WebGpuBackend, requests: readonly Request[]): Promise<void> {
  const tensors = requests.flatMap((request) => request.tensors);
  try {
    const words = await readWords(backend, tensors);
    checkDevice(backend);
    let place = 0;
    const next = ({ size }: Tensor) => {
      place += size;
      return words.slice(place - size, place);
    };
    for (const request of requests) request.resolve(request.tensors.map(next));
  } catch (error) {
    for (const request of requests) request.reject(error);
  } finally {
    tf.dispose([...tensors]);
  }
}

/**
 * Values of int32 tensors that a kernel made, which are disposed of.
 * @throws UnsupportedLayerError where the device failed.
 */
export function takeIntegers(tf: Tf, tensors: readonly Tensor[]): Promise<Int32Array[]> {
  const backend = tf.backend() as unknown as WebGpuBackend;
  return new Promise((resolve, reject) => {
    const requests = waiting.get(backend);
    if (requests) {
      requests.push({ tensors, resolve, reject });
      return;
    }
    const own: Request[] = [{ tensors, resolve, reject }];
    waiting.set(backend, own);
    nextTurn(() => {
      waiting.delete(backend);
      void readAll(tf, backend, own);
    });
  });
}
