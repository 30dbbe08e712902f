/** Running WGSL on TensorFlow.js's WebGPU backend: one program, one output buffer, inputs as flat arrays. */

import type { TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../../base/batch.js';
import { UnsupportedLayerError } from '../../../base/errors.js';

/** What our kernels use of a GPUBuffer. */
export interface GpuBuffer {
  readonly size: number;
  mapAsync(mode: number, offset: number, size: number): Promise<void>;
  getMappedRange(offset: number, size: number): ArrayBuffer;
  unmap(): void;
}

/** What our kernels use of a GPUDevice. */
export interface WebGpuDevice {
  readonly limits: Readonly<Record<string, number>>;
  createBuffer(descriptor: { readonly size: number; readonly usage: number }): GpuBuffer;
  addEventListener(type: 'uncapturederror', listener: (event: Event & { readonly error: Error }) => void): void;
}

/** What our kernels use of TensorFlow.js's WebGPU backend, whose package is optional and so are its types. */
export interface WebGpuBackend {
  readonly device: WebGpuDevice;
  runWebGPUProgram(
    program: unknown,
    inputs: readonly TensorInfo[],
    dtype: 'float32' | 'int32',
    uniforms: readonly { type: string; data: number[] }[],
    output?: TensorInfo,
  ): TensorInfo;
  makeTensorInfo(shape: number[], dtype: 'float32' | 'int32', values?: Float32Array | Int32Array): TensorInfo;
  disposeData(dataId: object): boolean;
  /** What is enqueued and not yet submitted. */
  readonly commandEncoder: {
    copyBufferToBuffer(from: GpuBuffer, at: number, to: GpuBuffer, place: number, bytes: number): void;
  } | null;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  /** Hands what is enqueued to the device. */
  submitQueue(): void;
  /** Where each tensor lies; one that a program wrote is on the device. */
  readonly tensorMap: { get(dataId: object): { readonly resource?: GpuBuffer } | undefined };
}

type UniformType = 'u32' | 'i32' | 'f32';
/** Of up to four numbers. */
export type Uniform = readonly [type: UniformType, ...values: number[]];

/** A binding: an array of 32-bit elements, or of vectors of four of them. */
interface Binding {
  readonly tensor: TensorInfo;
  readonly components?: 1 | 4;
}

export interface Launch {
  /** Names the shader; everything baked into `code` must be in it, for pipelines are cached by it. */
  readonly key: string;
  /** Functions, among them `fn main(index : i32)`. */
  readonly code: string;
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly uniforms: Readonly<Record<string, Uniform>>;
  readonly workgroup: readonly [x: number, y: number];
  /** Threads in every direction; rounded up to whole workgroups. */
  readonly threads: readonly [x: number, y: number, z: number];
  readonly shape: number[];
  readonly dtype: 'float32' | 'int32';
  /** The output is int32 that all threads add to, `array<atomic<i32>>`; it is 0 at the start. */
  readonly atomic?: boolean;
}

const UNIFORM_TYPES = { u32: 'uint32', i32: 'int32', f32: 'float32' } as const;

function uniformType([type, ...values]: Uniform): string {
  return values.length === 1 ? type : `vec${values.length}<${type}>`;
}

/** Workgroups of 64 threads, as many along x as there is work for: a power of four. */
export function workgroupFor(threadsAlongX: number): readonly [number, number] {
  const x = 4 ** Math.min(3, Math.ceil(Math.log2(Math.max(1, threadsAlongX)) / 2));
  return [x, 64 / x];
}

/**
 * The shape of every input: its true size is among our uniforms or nowhere. TensorFlow.js compiles a pipeline for every
 * coincidence of sizes (equal to the output's, or 1), of which this one has none.
 */
const ANY_SHAPE = [0x7fffffff];

function checkDispatch(backend: WebGpuBackend, key: string, dispatch: readonly number[]): void {
  const most = backend.device.limits['maxComputeWorkgroupsPerDimension']!;
  if (dispatch.every((groups) => groups <= most)) return;
  throw new UnsupportedLayerError(
    `backend 'webgpu': ${key} needs ${dispatch.join(' x ')} workgroups, this adapter takes ${most} in each direction; use a smaller --batch, or --backend wasm`,
  );
}

/** Threads of a row where `count` threads lie in two directions, for `linearIndex`. */
const THREADS_PER_ROW = 64 * 32768;

/** One thread an element, in any number: its place from `linearIndex()`. */
export const LINEAR_WGSL = /* wgsl */ `
fn linearIndex() -> u32 { return globalId.x + globalId.y * ${THREADS_PER_ROW}u; }
`;

/** The threads to launch for `linearIndex`. */
export function linear(count: number): Pick<Launch, 'workgroup' | 'threads'> {
  return { workgroup: [64, 1], threads: [Math.min(count, THREADS_PER_ROW), Math.ceil(count / THREADS_PER_ROW), 1] };
}

/** int32 zeros that were made on the device. */
function zeros(backend: WebGpuBackend, size: number): TensorInfo {
  return launch(backend, {
    key: 'sonic_zeros',
    code: `${LINEAR_WGSL}
fn main(index : i32) { if (linearIndex() < uniforms.count) { result[linearIndex()] = 0; } }`,
    bindings: {},
    uniforms: { count: ['u32', size] },
    ...linear(size),
    shape: [size],
    dtype: 'int32',
  });
}

/** Enqueues a program; nothing is waited for. @throws UnsupportedLayerError beyond what the adapter dispatches. */
export function launch(backend: WebGpuBackend, job: Launch): TensorInfo {
  const { workgroup, threads } = job;
  const dispatch = [Math.ceil(threads[0] / workgroup[0]), Math.ceil(threads[1] / workgroup[1]), threads[2]];
  checkDispatch(backend, job.key, dispatch);
  const names = Object.keys(job.bindings);
  const program = {
    outputShape: job.shape,
    variableNames: names,
    variableComponents: names.map((name) => job.bindings[name]!.components ?? 1),
    uniforms: Object.entries(job.uniforms)
      .map(([name, uniform]) => `${name} : ${uniformType(uniform)}, `)
      .join(''),
    workgroupSize: [workgroup[0], workgroup[1], 1],
    // Flat, so that `main` is called in one way; threads find their place by globalId.
    dispatchLayout: { x: job.shape.map((_, axis) => axis) },
    dispatch,
    shaderKey: job.key,
    atomic: job.atomic ?? false,
    getUserCode: () => job.code,
  };
  const inputs = names.map((name) => {
    const { dataId, dtype } = job.bindings[name]!.tensor;
    return { dataId, dtype, shape: ANY_SHAPE };
  });
  const uniforms = Object.values(job.uniforms).map(([type, ...data]) => ({ type: UNIFORM_TYPES[type], data }));
  const output = job.atomic ? zeros(backend, sizeOf(job.shape)) : undefined;
  return backend.runWebGPUProgram(program, inputs, job.dtype, uniforms, output);
}

/** Frees tensors that no one else reads; work that is enqueued still has them. */
export function free(backend: WebGpuBackend, ...tensors: readonly TensorInfo[]): void {
  for (const { dataId } of tensors) backend.disposeData(dataId);
}
