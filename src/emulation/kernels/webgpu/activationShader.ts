/** The activations of a batch through their DAC and the VCSELs' floor, in WGSL: what is emitted, and what is counted. */

import type { TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../../base/batch.js';
import type { MacProgram } from '../../program/types.js';
import { float32Below, streamedLevels } from '../levels.js';
import { COUNTS, TALLY_WGSL } from './countShader.js';
import type { Uniform } from './uniforms.js';
import { allocate, launch, type WebGpuBackend } from './webgpuProgram.js';

/** Zero-padded planes [pass][image][channel][row][column] of what a convolution's VCSELs emit. */
export interface Planes {
  /** Of the input: [rows, columns, channels]. */
  readonly input: readonly [number, number, number];
  /** Rows and columns before the input's first. */
  readonly before: readonly [number, number];
  /** Rows and columns with their padding. */
  readonly padded: readonly [number, number];
}

/** Elements of one image's planes. */
export function planeSize({ input, padded }: Planes): number {
  return padded[0] * padded[1] * input[2];
}

/** Takes an element through its DAC; reads the uniform `dac`. */
export const levelWgsl = (quantise: boolean) => /* wgsl */ `
fn levelOf(x : f32) -> f32 {
  ${quantise ? 'return round(min(abs(x) * uniforms.dac.x, uniforms.dac.y));' : 'return min(abs(x), uniforms.dac.y);'}
}

// Compared as bits: a device may take the smallest numbers for 0.
fn isZero(x : f32, level : f32) -> bool {
  ${quantise ? 'return level == 0.0;' : 'return (bitcast<u32>(x) & 0x7fffffffu) == 0u;'}
}
`;

/** codeScale and largest code (or S_x); where a level is lit, and where above the floor. */
export function dacUniform(program: MacProgram): Uniform {
  const { full, firstLit, firstAboveFloor } = streamedLevels(program);
  return ['f32', program.activationDac.codeScale, full, firstLit, firstAboveFloor];
}

/** What `TALLY_WGSL` reads besides `dac`. */
export function tallyUniforms(program: MacProgram): Readonly<Record<string, Uniform>> {
  return {
    onePass: ['u32', program.passes === 1 ? 1 : 0],
    largestUnclipped: ['f32', float32Below(program.activationScale)],
  };
}

/** Threads of a workgroup, and elements of a thread: one addition to shared counts for all of these. */
const [THREADS, PER_THREAD] = [256, 8];

const EMIT = /* wgsl */ `
fn main() {
  let size = uniforms.padded.x * uniforms.padded.y * uniforms.input.z;
  let image = globalId.y;
  let side = globalId.z;
  var tally : Tally;
  for (var turn = 0u; turn < ${PER_THREAD}u; turn++) {
    let at = workgroupId.x * ${THREADS * PER_THREAD}u + turn * ${THREADS}u + localIndex;
    if (at >= size) { break; }
    let channel = at / (uniforms.padded.x * uniforms.padded.y);
    let inPlane = at % (uniforms.padded.x * uniforms.padded.y);
    // Below 0 wraps to far beyond the input.
    let row = inPlane / uniforms.padded.y - uniforms.before.x;
    let column = inPlane % uniforms.padded.y - uniforms.before.y;
    var value = 0.0;
    if (row < uniforms.input.x && column < uniforms.input.y) {
      let place = (row * uniforms.input.y + column) * uniforms.input.z + channel;
      let element = x[image * uniforms.input.x * uniforms.input.y * uniforms.input.z + place];
      let level = levelOf(element);
      if ((element < 0.0) == (side == 1u) && level >= uniforms.dac.z) {
        value = select(level, uniforms.floorLevel, level < uniforms.dac.w);
      }
      // Once an element, whatever its sign.
      if (side == 0u) { tallyElement(&tally, element, level, u32(uses[place])); }
    }
    planes[(side * uniforms.images + image) * size + at] = value;
  }
  addTally(tally);
  workgroupBarrier();
  if (side == 0u && localIndex == 0u) { addTallies(${COUNTS}u * image); }
}

fn addCount(at : u32, amount : u32) -> u32 {
  if (amount == 0u) { return 0u; }
  let before = bitcast<u32>(atomicAdd(&counts[at], bitcast<i32>(amount)));
  return select(0u, 1u, before + amount < before);
}

fn addTallies(at : u32) {
  for (var which = 0u; which < 3u; which++) { addCount(at + which, atomicLoad(&tallies[which])); }
  let carried = addCount(at + 3u, atomicLoad(&tallies[3]));
  addCount(at + 4u, atomicLoad(&tallies[4]) + carried);
}
`;

/**
 * [passes][images][channel][padded row][padded column], in levels; the batch's counts are added to `counts`.
 * @param counts zeros, int32 [images][COUNTS].
 * @param uses how many (row entry, sample) pairs read each element, int32.
 */
export function emit(
  backend: WebGpuBackend,
  program: MacProgram,
  planes: Planes,
  { x, uses, counts }: Readonly<Record<'x' | 'uses' | 'counts', TensorInfo>>,
): TensorInfo {
  const size = planeSize(planes);
  const images = x.shape[0]!;
  const { quantise } = program.activationDac;
  const emitted = allocate(backend, [program.passes * images * size], 'float32');
  launch(backend, {
    key: `sonic_emit_${quantise}`,
    code: levelWgsl(quantise) + TALLY_WGSL + EMIT,
    bindings: {
      planes: { tensor: emitted, type: 'f32', writes: true },
      counts: { tensor: counts, type: 'atomic<i32>', writes: true },
      x: { tensor: x, type: 'f32' },
      uses: { tensor: uses, type: 'i32' },
    },
    uniforms: {
      input: ['u32', ...planes.input],
      images: ['u32', images],
      padded: ['u32', ...planes.padded],
      before: ['u32', ...planes.before],
      dac: dacUniform(program),
      floorLevel: ['f32', streamedLevels(program).floor],
      ...tallyUniforms(program),
    },
    workgroup: [THREADS, 1],
    threads: [size / PER_THREAD, images, program.passes],
  });
  return emitted;
}

const CODES = /* wgsl */ `
fn main() {
  if (globalId.x >= uniforms.elements) { return; }
  let element = x[globalId.x];
  let at = globalId.y * uniforms.elements + globalId.x;
  codes[at] = select(0, i32(levelOf(element)), (element < 0.0) == (globalId.y == 1u));
}
`;

/** Codes of an image's elements, int32 [passes][elements], for a tap; `program` rounds its activations. */
export function activationCodes(backend: WebGpuBackend, program: MacProgram, x: TensorInfo): TensorInfo {
  const elements = sizeOf(x.shape);
  const codes = allocate(backend, [program.passes * elements], 'int32');
  launch(backend, {
    key: 'sonic_codes',
    code: levelWgsl(true) + CODES,
    bindings: { codes: { tensor: codes, type: 'i32', writes: true }, x: { tensor: x, type: 'f32' } },
    uniforms: { elements: ['u32', elements], dac: dacUniform(program) },
    workgroup: [256, 1],
    threads: [elements, program.passes, 1],
  });
  return codes;
}
