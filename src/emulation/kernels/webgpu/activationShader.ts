/** The activations of a batch through their DAC and the VCSELs' floor, in WGSL: what is emitted, and what is counted. */

import type { TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../../base/batch.js';
import type { MacProgram } from '../../program/types.js';
import { float32Below, streamedLevels } from '../levels.js';
import { launch, type Uniform, type WebGpuBackend } from './webgpuProgram.js';

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

const EMIT = /* wgsl */ `
fn main(index : i32) {
  let size = uniforms.padded.x * uniforms.padded.y * uniforms.input.z;
  if (globalId.x >= size) { return; }
  let image = globalId.y;
  let side = globalId.z;
  let channel = globalId.x / (uniforms.padded.x * uniforms.padded.y);
  let inPlane = globalId.x % (uniforms.padded.x * uniforms.padded.y);
  // Below 0 wraps to far beyond the input.
  let row = inPlane / uniforms.padded.y - uniforms.before.x;
  let column = inPlane % uniforms.padded.y - uniforms.before.y;
  var value = 0.0;
  if (row < uniforms.input.x && column < uniforms.input.y) {
    let element = x[((image * uniforms.input.x + row) * uniforms.input.y + column) * uniforms.input.z + channel];
    let level = levelOf(element);
    if ((element < 0.0) == (side == 1u) && level >= uniforms.dac.z) {
      value = select(level, uniforms.floorLevel, level < uniforms.dac.w);
    }
  }
  result[(side * uniforms.images + image) * size + globalId.x] = value;
}
`;

/** [passes][images][channel][padded row][padded column], in levels. */
export function emit(
  backend: WebGpuBackend,
  program: MacProgram,
  planes: Planes,
  x: TensorInfo,
  images: number,
): TensorInfo {
  const size = planeSize(planes);
  const { quantise } = program.activationDac;
  return launch(backend, {
    key: `sonic_emit_${quantise}`,
    code: levelWgsl(quantise) + EMIT,
    bindings: { x: { tensor: x } },
    uniforms: {
      input: ['u32', ...planes.input],
      images: ['u32', images],
      padded: ['u32', ...planes.padded],
      before: ['u32', ...planes.before],
      dac: dacUniform(program),
      floorLevel: ['f32', streamedLevels(program).floor],
    },
    workgroup: [256, 1],
    threads: [size, images, program.passes],
    shape: [program.passes * images * size],
    dtype: 'float32',
  });
}

const CODES = /* wgsl */ `
fn main(index : i32) {
  if (globalId.x >= uniforms.elements) { return; }
  let element = x[globalId.x];
  let at = globalId.y * uniforms.elements + globalId.x;
  result[at] = select(0, i32(levelOf(element)), (element < 0.0) == (globalId.y == 1u));
}
`;

/** Codes of an image's elements, int32 [passes][elements], for a tap; `program` rounds its activations. */
export function activationCodes(backend: WebGpuBackend, program: MacProgram, x: TensorInfo): TensorInfo {
  const elements = sizeOf(x.shape);
  return launch(backend, {
    key: 'sonic_codes',
    code: levelWgsl(true) + CODES,
    bindings: { x: { tensor: x } },
    uniforms: { elements: ['u32', elements], dac: dacUniform(program) },
    workgroup: [256, 1],
    threads: [elements, program.passes, 1],
    shape: [program.passes * elements],
    dtype: 'int32',
  });
}

/** What `count` finds in one image, in this order. */
const COUNTS = 5;

/** Sums of a workgroup first; uses are added in halves of 16 bits, so that none overflows. */
const COUNT = /* wgsl */ `
var<workgroup> sums : array<atomic<u32>, ${COUNTS}>;

fn addTo(at : i32, amount : u32) -> u32 {
  let before = bitcast<u32>(atomicAdd(&result[at], bitcast<i32>(amount)));
  return select(0u, 1u, before + amount < before);
}

fn main(index : i32) {
  if (globalId.x < uniforms.elements) {
    let element = x[globalId.y * uniforms.elements + globalId.x];
    let bits = bitcast<u32>(element);
    let level = levelOf(element);
    if (abs(element) > uniforms.largestUnclipped) { atomicAdd(&sums[0], 1u); }
    if (isZero(element, level)) {
      atomicAdd(&sums[1], 1u);
    } else if (level >= uniforms.dac.z) {
      let lit = u32(uses[globalId.x]);
      atomicAdd(&sums[3], lit & 0xffffu);
      atomicAdd(&sums[4], lit >> 16u);
    }
    let isNaN = (bits & 0x7fffffffu) > 0x7f800000u;
    if (isNaN || (uniforms.onePass == 1u && bits > 0x80000000u)) { atomicAdd(&sums[2], 1u); }
  }
  workgroupBarrier();
  if (localIndex != 0u) { return; }
  let at = i32(workgroupId.y) * ${COUNTS};
  addTo(at, atomicLoad(&sums[0]));
  addTo(at + 1, atomicLoad(&sums[1]));
  addTo(at + 2, atomicLoad(&sums[2]));
  let high = atomicLoad(&sums[4]);
  let carried = addTo(at + 3, atomicLoad(&sums[3])) + addTo(at + 3, high << 16u);
  addTo(at + 4, (high >> 16u) + carried);
}
`;

/**
 * Counts, int32 [images][5]: clipped elements, zero elements, elements that may not be (NaN, or negative in one pass), and
 * lit samples in two words, low first.
 * @param uses how many (row entry, sample) pairs read each element, int32.
 */
export function countActivations(
  backend: WebGpuBackend,
  program: MacProgram,
  x: TensorInfo,
  uses: TensorInfo,
  images: number,
): TensorInfo {
  const elements = uses.shape[0]!;
  const { quantise } = program.activationDac;
  return launch(backend, {
    key: `sonic_count_${quantise}`,
    code: levelWgsl(quantise) + COUNT,
    bindings: { x: { tensor: x }, uses: { tensor: uses } },
    uniforms: {
      elements: ['u32', elements],
      onePass: ['u32', program.passes === 1 ? 1 : 0],
      largestUnclipped: ['f32', float32Below(program.activationScale)],
      dac: dacUniform(program),
    },
    workgroup: [256, 1],
    threads: [elements, images, 1],
    shape: [images * COUNTS],
    dtype: 'int32',
    atomic: true,
  });
}

export interface ActivationCounts {
  readonly clippedActivations: number;
  readonly zeroActivations: number;
  readonly litSamples: number;
  readonly isInvalid: boolean;
}

/** One image's counts from the values of `countActivations`. */
export function countsOf(values: Int32Array, image: number): ActivationCounts {
  const [clipped, zero, invalid, low, high] = values.subarray(COUNTS * image, COUNTS * (image + 1));
  return {
    clippedActivations: clipped!,
    zeroActivations: zero!,
    isInvalid: invalid! > 0,
    litSamples: (low! >>> 0) + (high! >>> 0) * 2 ** 32,
  };
}
