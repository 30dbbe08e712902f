/**
 * What the FC banks of a batch hold, on the device, as the TensorFlow.js kernel `PhotonicDenseHold`: active inputs are listed,
 * rings detuned, transmissions taken, and what tuning holds is summed up. Nothing of x comes back to the host.
 */
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { DenseProgram } from '../../program/types.js';
import { dacUniform, tallyUniforms } from '../webgpu/activationShader.js';
import { COUNTS } from '../webgpu/countShader.js';
import { GAUSSIAN_WGSL } from '../webgpu/gaussianShader.js';
import { allocate, free, launch, type WebGpuBackend } from '../webgpu/webgpuProgram.js';
import { detuningUniforms, transmissionUniforms, tuningUniforms } from './holdConstants.js';
import { DETUNED_WGSL, detuneWgsl, transmitWgsl } from './holdShader.js';
import { listWgsl, THREADS } from './listShader.js';
import { TUNE_WGSL, TUNING_SLOW_ROWS } from './tuningShader.js';
import { entryWordsOf } from './webgpuBank.js';
import { bankPlaces, type HoldTensors } from './webgpuHoldTables.js';

export const DENSE_HOLD = 'PhotonicDenseHold';

interface Inputs extends HoldTensors {
  /** [images][inputs]. */
  readonly x: TensorInfo;
}

export interface HoldAttributes {
  readonly program: DenseProgram;
}

/** Rows of a run, at most, and rings of a rail in a row. */
export function bankShape({ inputs, bank }: DenseProgram): { rows: number; slots: number } {
  return { rows: Math.ceil(inputs / bank.size), slots: bank.ringsPerWaveguide * bank.waveguides };
}

/** Words of a run in the tensor of what tuning holds. */
export function tuningWords(program: DenseProgram): number {
  return TUNING_SLOW_ROWS + Math.ceil(bankShape(program).rows / 32);
}

/** Bytes of the largest tensor that holding one image takes. */
export function holdBytes(program: DenseProgram): number {
  const { rows, slots } = bankShape(program);
  return 4 * program.passes * Math.max(entryWordsOf(program) * program.inputs, 4 * rows * slots);
}

/** How the table of inputs is read. */
const inputsWgsl = (heats: boolean) => /* wgsl */ `
fn usesOf(k : u32) -> u32 { return u32(ofInputs[${heats ? '3u * k' : 'k'}]); }
${
  heats
    ? 'fn excessOf(k : u32) -> vec2<f32> { return vec2<f32>(bitcast<f32>(ofInputs[3u * k + 1u]), bitcast<f32>(ofInputs[3u * k + 2u])); }'
    : ''
}
`;

/** One workgroup a run: its threads share the inputs, then the rings, then the rows and entries. */
const MAIN_WGSL = /* wgsl */ `
fn main() {
  let image = workgroupId.y;
  let side = workgroupId.z;
  let run = side * uniforms.images + image;
  for (var word = localIndex; word < uniforms.words; word += ${THREADS}u) {
    atomicStore(&tuning[run * uniforms.words + word], 0);
  }
  listInputs(run, image, side);
  storageBarrier();
  let count = activeInputs();
  if (localIndex == 0u) {
    writeRange(run, image, side);
    atomicStore(&tuning[run * uniforms.words], i32(count));
  }
  let rows = (count + uniforms.size - 1u) / uniforms.size;
  let rings = run * uniforms.rows * uniforms.slots;
  for (var at = localIndex; at < rows * uniforms.slots; at += ${THREADS}u) { betas[rings + at] = detuneRing(run, at, count); }
  storageBarrier();
  for (var row = localIndex; row < rows; row += ${THREADS}u) { tuneRow(run, row, count); }
  for (var entry = localIndex; entry < count; entry += ${THREADS}u) { transmitEntry(run, entry); }
}
`;

/**
 * [entries, ranges, tuning, counts]: entries and ranges as `Inputs` of webgpu.ts takes them, entries of run r from r * inputs on;
 * `TUNE_WGSL`'s; words of `countShader.ts`. One program, whatever the batch.
 */
function hold(backend: WebGpuBackend, { x, bank, ofInputs }: Inputs, { program }: HoldAttributes): TensorInfo[] {
  const { passes, inputs, chirp_nm } = program;
  const { size, units, heating } = program.bank;
  const images = x.shape[0]!;
  const runs = passes * images;
  const { rows, slots } = bankShape(program);
  const { quantise } = program.activationDac;
  const [heats, chirps] = [heating !== null && heating !== undefined, chirp_nm !== 0];
  const { errorsAt, channelsAt } = bankPlaces(program);
  const words = entryWordsOf(program);
  const integers = (count: number) => allocate(backend, [count], 'int32');
  const entries = integers(words * runs * inputs);
  const ranges = integers(2 * runs);
  const tuning = integers(runs * tuningWords(program));
  const counts = integers(images * COUNTS);
  const betas = allocate(backend, [4 * runs * rows * slots], 'float32');
  launch(backend, {
    key: ['sonic_hold', quantise ? 'codes' : 'values', heats ? 'heating' : '', chirps ? 'chirp' : ''].join('_'),
    code: [
      GAUSSIAN_WGSL,
      inputsWgsl(heats),
      listWgsl(quantise, words),
      DETUNED_WGSL,
      detuneWgsl(heats),
      transmitWgsl(chirps),
      TUNE_WGSL,
      MAIN_WGSL,
    ].join(''),
    bindings: {
      entries: { tensor: entries, type: 'i32', writes: true },
      ranges: { tensor: ranges, type: 'i32', writes: true },
      tuning: { tensor: tuning, type: 'atomic<i32>', writes: true },
      counts: { tensor: counts, type: 'i32', writes: true },
      betas: { tensor: betas, type: 'vec4<f32>', writes: true },
      x: { tensor: x, type: 'f32' },
      bank: { tensor: bank, type: 'vec4<f32>' },
      ofInputs: { tensor: ofInputs, type: 'i32' },
    },
    uniforms: {
      images: ['u32', images],
      inputs: ['u32', inputs],
      rows: ['u32', rows],
      size: ['u32', size],
      slots: ['u32', slots],
      units: ['u32', units],
      words: ['u32', tuningWords(program)],
      errorsAt: ['u32', errorsAt],
      channelsAt: ['u32', channelsAt],
      // A held value has no floor: that is of what VCSELs emit.
      dac: dacUniform({ ...program, floor: 0 }),
      ...tallyUniforms(program),
      ...detuningUniforms(program),
      ...tuningUniforms(program),
      ...transmissionUniforms(program),
    },
    workgroup: [THREADS, 1],
    threads: [THREADS, images, passes],
  });
  free(backend, betas);
  return [entries, ranges, tuning, counts];
}

export const photonicDenseHoldConfig: KernelConfig = {
  kernelName: DENSE_HOLD,
  backendName: 'webgpu',
  kernelFunc: ({ inputs, backend, attrs }) =>
    hold(backend as WebGpuBackend, inputs as unknown as Inputs, attrs as unknown as HoldAttributes),
};
