/** What the emulator asks of a backend. */

import type { SeedPair } from '../../base/random/philox.js';
import type { TensorBackend, Tf } from '../../base/tensorflow/tf.js';
import type { PhotonicLayer } from '../kernels/batchLayer.js';
import type { Kernels } from '../kernels/contract.js';
import type { Program } from '../program/types.js';

/** Names of the photonic backends. */
export const BACKENDS = ['wasm', 'reference', 'tensorflow', 'tensorflow-gpu', 'webgpu'] as const;
export type BackendName = (typeof BACKENDS)[number];

export interface BackendTraits {
  /** Where the tensors lie and the electronic layers run; the digital network that a run is compared with, too. */
  readonly tensors: TensorBackend;
  /** `workers`: one core a thread, the emulator starts worker threads. `own`: the backend uses the whole machine by itself. */
  readonly threads: 'workers' | 'own';
  /**
   * How far a partial sum can be off in another batch or on another device, over the ADC's range; null where a run is the
   * same, bit for bit, for every batch size, thread count and order.
   */
  readonly tolerance: number | null;
  /** Images a batch where nobody says otherwise: few where they lie in a core's cache, many where a device waits for work. */
  readonly batch: number;
}

/** Section 9 of the contract: what single precision leaves open where a device may round in other ways. */
const DEVICE_TOLERANCE = 1e-6;

const HOST_BATCH = 16;
/** On an H100 a batch of 256 runs three times as many images a second as one of 64, and half as many as one of 2,048. */
const DEVICE_BATCH = 256;

/** Known before anything of a backend is loaded. */
export const BACKEND_TRAITS: Readonly<Record<BackendName, BackendTraits>> = {
  wasm: { tensors: 'wasm', threads: 'workers', tolerance: null, batch: HOST_BATCH },
  reference: { tensors: 'wasm', threads: 'workers', tolerance: null, batch: HOST_BATCH },
  tensorflow: { tensors: 'tensorflow', threads: 'own', tolerance: null, batch: HOST_BATCH },
  'tensorflow-gpu': { tensors: 'tensorflow-gpu', threads: 'own', tolerance: DEVICE_TOLERANCE, batch: DEVICE_BATCH },
  webgpu: { tensors: 'webgpu', threads: 'own', tolerance: DEVICE_TOLERANCE, batch: DEVICE_BATCH },
};

export interface PhotonicBackend {
  readonly name: BackendName;
  /** TensorFlow.js, whose current backend is the one of `BACKEND_TRAITS` when `createBackend` returns. */
  readonly tf: Tf;
  /** What computes, and on what, for people: "TensorFlow 2.12.0" on "CPU". */
  readonly about: { readonly version: string; readonly device: string };
  /**
   * Kernels on the host: banks of dense layers are held by them, in fidelity `lumped` and where the device has no float64.
   * On wasm and reference they are the backend.
   */
  readonly host: Kernels;
  /** Where fidelity `lumped` runs: in the host's kernels, in the backend's own, or in operations of TensorFlow.js. */
  readonly lumps: 'host' | 'kernels' | 'operations';
  /**
   * Makes a program's layers ready to run, in its order.
   * @throws UnsupportedLayerError where a layer is beyond what the backend can hold.
   */
  load(program: Program): PhotonicLayer[];
  /** Standard normal samples first .. first + count - 1 of the stream of `seed` (section 9); `first` is 0 unless given. */
  normals(seed: SeedPair, count: number, first?: number): Promise<Float32Array>;
  /** The words of that stream, one a sample, where the backend can show them. */
  words?(seed: SeedPair, count: number, first?: number): Promise<Uint32Array>;
  /** Samples of one stream that `normals` reaches. */
  readonly maximumSamples: number;
  /** Releases everything that was loaded; layers from before must not be run any more. */
  free(): void;
}
