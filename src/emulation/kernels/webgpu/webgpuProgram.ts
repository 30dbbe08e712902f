/**
 * Running WGSL on the device of TensorFlow.js's WebGPU backend, among its own programs in one queue. Its `runWebGPUProgram` gives
 * a program one output and looks for the shapes of all inputs at every call; ours write to as many arrays as they want.
 */

import type { TensorInfo } from '@tensorflow/tfjs-core';
import { UnsupportedLayerError } from '../../../base/errors.js';
import { packUniforms, type Uniform, uniformFields } from './uniforms.js';

/** What our kernels use of a GPUBuffer. */
export interface GpuBuffer {
  readonly size: number;
  mapAsync(mode: number, offset: number, size: number): Promise<void>;
  getMappedRange(offset: number, size: number): ArrayBuffer;
  unmap(): void;
}

interface Pipeline {
  getBindGroupLayout(group: number): object;
}

interface ComputePass {
  setPipeline(pipeline: Pipeline): void;
  setBindGroup(group: number, bindGroup: object): void;
  dispatchWorkgroups(x: number, y: number, z: number): void;
}

/** What our kernels use of a GPUDevice. */
export interface WebGpuDevice {
  readonly limits: Readonly<Record<string, number>>;
  readonly queue: { writeBuffer(buffer: GpuBuffer, at: number, data: ArrayBuffer): void };
  createBuffer(descriptor: { readonly size: number; readonly usage: number }): GpuBuffer;
  createShaderModule(descriptor: { readonly code: string; readonly label: string }): object;
  createComputePipeline(descriptor: object): Pipeline;
  createBindGroup(descriptor: object): object;
  addEventListener(type: 'uncapturederror', listener: (event: Event & { readonly error: Error }) => void): void;
}

/** What our kernels use of TensorFlow.js's WebGPU backend, whose package is optional and so are its types. */
export interface WebGpuBackend {
  readonly device: WebGpuDevice;
  makeTensorInfo(shape: number[], dtype: 'float32' | 'int32', values?: Float32Array | Int32Array): TensorInfo;
  /** Gives a tensor its buffer, with its values where it has some. */
  uploadToGPU(dataId: object): void;
  disposeData(dataId: object): boolean;
  /** What is enqueued and not yet submitted. */
  readonly commandEncoder: {
    beginComputePass(): ComputePass;
    clearBuffer(buffer: GpuBuffer): void;
    copyBufferToBuffer(from: GpuBuffer, at: number, to: GpuBuffer, place: number, bytes: number): void;
  } | null;
  computePassEncoder: ComputePass | null;
  dispatchCountInPass: number;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  /** Hands what is enqueued to the device. */
  submitQueue(): void;
  /** Where each tensor lies; one that a program wrote is on the device. */
  readonly tensorMap: { get(dataId: object): { readonly resource?: GpuBuffer } | undefined };
  /** Tensors that enqueued programs use: their buffers are kept until these are submitted. */
  readonly commandQueueOwnedIds: { add(dataId: object): void };
  /** Keeps freed buffers by size and use, to give them out again. */
  readonly bufferManager: { acquireBuffer(size: number, usage: number): GpuBuffer };
  /** Buffers to be released when what is enqueued is submitted. */
  readonly uniformPendingDisposal: GpuBuffer[];
}

/** Elements of an array as a shader sees them: all 32 bits wide, or vectors of four such. */
type ElementType = 'i32' | 'f32' | 'vec4<i32>' | 'vec4<f32>' | 'atomic<i32>';

interface Binding {
  readonly tensor: TensorInfo;
  readonly type: ElementType;
  /** The program writes to it. */
  readonly writes?: boolean;
}

export interface Launch {
  /** Names the shader; everything baked into `code`, names and types of bindings and uniforms must follow from it. */
  readonly key: string;
  /** Functions, among them `fn main()`, which finds its place by `globalId`, `localIndex` and `workgroupId`. */
  readonly code: string;
  /** Arrays by name, eight at most: more is not promised by every adapter. No array that is written is there twice. */
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly uniforms: Readonly<Record<string, Uniform>>;
  readonly workgroup: readonly [x: number, y: number];
  /** Threads in every direction; rounded up to whole workgroups. */
  readonly threads: readonly [x: number, y: number, z: number];
}

/** GPUBufferUsage.COPY_DST | UNIFORM. */
const UNIFORM_USAGE = 0x8 | 0x40;
/** Programs that are enqueued before they are submitted, as TensorFlow.js does (WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE). */
const PROGRAMS_PER_SUBMIT = 15;

/** Workgroups of 64 threads, as many along x as there is work for: a power of four. */
export function workgroupFor(threadsAlongX: number): readonly [number, number] {
  const x = 4 ** Math.min(3, Math.ceil(Math.log2(Math.max(1, threadsAlongX)) / 2));
  return [x, 64 / x];
}

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

/** Everything of a shader but its functions. */
function declarations({ bindings, uniforms, workgroup }: Launch): string {
  const arrays = Object.entries(bindings).map(
    ([name, { type, writes }], at) =>
      `@group(0) @binding(${at}) var<storage, ${writes ? 'read_write' : 'read'}> ${name} : array<${type}>;`,
  );
  return /* wgsl */ `
struct Uniforms { ${uniformFields(uniforms)} };
${arrays.join('\n')}
@group(0) @binding(${arrays.length}) var<uniform> uniforms : Uniforms;
var<private> globalId : vec3<u32>;
var<private> workgroupId : vec3<u32>;
var<private> localIndex : u32;
@compute @workgroup_size(${workgroup[0]}, ${workgroup[1]}, 1)
fn begin(
  @builtin(global_invocation_id) ofAll : vec3<u32>,
  @builtin(workgroup_id) ofWorkgroups : vec3<u32>,
  @builtin(local_invocation_index) ofOwn : u32,
) {
  globalId = ofAll;
  workgroupId = ofWorkgroups;
  localIndex = ofOwn;
  main();
}
`;
}

const pipelines = new WeakMap<WebGpuDevice, Map<string, Pipeline>>();

function pipelineOf({ device }: WebGpuBackend, job: Launch): Pipeline {
  const known = pipelines.get(device) ?? new Map<string, Pipeline>();
  pipelines.set(device, known);
  const key = `${job.key} ${job.workgroup}`;
  const found = known.get(key);
  if (found) return found;
  const module = device.createShaderModule({ code: declarations(job) + job.code, label: job.key });
  const made = device.createComputePipeline({
    layout: 'auto',
    label: job.key,
    compute: { module, entryPoint: 'begin' },
  });
  known.set(key, made);
  return made;
}

/** A tensor's buffer on the device, which stays until what is enqueued has been submitted. */
function bufferOf(backend: WebGpuBackend, { dataId }: TensorInfo): GpuBuffer {
  backend.uploadToGPU(dataId);
  backend.commandQueueOwnedIds.add(dataId);
  return backend.tensorMap.get(dataId)!.resource!;
}

/** A tensor on the device that holds what its buffer held before. */
export function allocate(backend: WebGpuBackend, shape: number[], dtype: 'float32' | 'int32'): TensorInfo {
  return backend.makeTensorInfo(shape, dtype);
}

/** int32 zeros, which takes no program. */
export function allocateZeros(backend: WebGpuBackend, size: number): TensorInfo {
  const tensor = allocate(backend, [size], 'int32');
  const buffer = bufferOf(backend, tensor);
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  backend.commandEncoder!.clearBuffer(buffer);
  return tensor;
}

/** Enqueues a program; nothing is waited for. @throws UnsupportedLayerError beyond what the adapter dispatches. */
export function launch(backend: WebGpuBackend, job: Launch): void {
  const { workgroup, threads } = job;
  const [x, y, z] = [Math.ceil(threads[0] / workgroup[0]), Math.ceil(threads[1] / workgroup[1]), threads[2]];
  checkDispatch(backend, job.key, [x, y, z]);
  const { device } = backend;
  const packed = packUniforms(job.uniforms);
  const uniforms = backend.bufferManager.acquireBuffer(packed.byteLength, UNIFORM_USAGE);
  backend.uniformPendingDisposal.push(uniforms);
  device.queue.writeBuffer(uniforms, 0, packed);
  const buffers = [...Object.values(job.bindings).map(({ tensor }) => bufferOf(backend, tensor)), uniforms];
  const pipeline = pipelineOf(backend, job);
  const bindGroup = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  backend.ensureCommandEncoderReady();
  backend.computePassEncoder ??= backend.commandEncoder!.beginComputePass();
  const pass = backend.computePassEncoder;
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  pass.dispatchWorkgroups(x, y, z);
  backend.dispatchCountInPass++;
  if (backend.dispatchCountInPass < PROGRAMS_PER_SUBMIT) return;
  backend.endComputePassEncoder();
  backend.submitQueue();
}

/** Frees tensors that no one else reads; work that is enqueued still has them. */
export function free(backend: WebGpuBackend, ...tensors: readonly TensorInfo[]): void {
  for (const { dataId } of tensors) backend.disposeData(dataId);
}
