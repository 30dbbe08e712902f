/** From sums of converted samples to a layer's outputs, and the host's view of what a kernel leaves beside its sums. */

import type { TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../../base/batch.js';
import type { MacProgram } from '../../program/types.js';
import { LINEAR_WGSL, launch, linear, type WebGpuBackend } from './webgpuProgram.js';

/**
 * What a photonic kernel writes, all 32 bits wide: sums in steps, [image][...]; clipped conversions, [image][pass]; and,
 * with a tap, u in steps and codes, each [pass][row][pitch] of one image (lumped: sums before the draw and variances, of
 * filters instead of rows).
 */
export interface ResultLayout {
  readonly sums: number;
  readonly images: number;
  readonly passes: number;
  /** Words of each of the two parts of a tap; 0 without one. */
  readonly tapWords: number;
}

/** Where each part begins. */
export function placesOf({ sums, images, passes, tapWords }: ResultLayout) {
  const u = sums + images * passes;
  const codes = u + tapWords;
  return { clipped: sums, u, codes, size: codes + (codes - u) };
}

const SCALE = /* wgsl */ `
fn main(index : i32) {
  let output = linearIndex();
  if (output >= uniforms.count) { return; }
  let f = output % uniforms.filters;
  let position = (output / uniforms.filters) % uniforms.positions;
  let image = output / (uniforms.filters * uniforms.positions);
  let at = image * uniforms.strides.x + f * uniforms.strides.y + position * uniforms.strides.z;
  result[output] = uniforms.scale * bitcast<f32>(sums[at]) + shift[f];
}
`;

/**
 * y = S_x S_w g_max sum + shift, [images][positions][filters].
 * @param strides of sums between images, filters and positions.
 */
export function scaleSums(
  backend: WebGpuBackend,
  program: MacProgram,
  sums: TensorInfo,
  shift: TensorInfo,
  strides: readonly [number, number, number],
  shape: number[],
): TensorInfo {
  const count = sizeOf(shape);
  const { activationScale, weightScale, gainScale, adc, filters } = program;
  return launch(backend, {
    key: 'sonic_scale',
    code: LINEAR_WGSL + SCALE,
    bindings: { sums: { tensor: sums }, shift: { tensor: shift } },
    uniforms: {
      count: ['u32', count],
      filters: ['u32', filters],
      positions: ['u32', count / (shape[0]! * filters)],
      strides: ['u32', ...strides],
      scale: ['f32', activationScale * weightScale * gainScale * adc.step],
    },
    ...linear(count),
    shape,
    dtype: 'float32',
  });
}

const COPY = /* wgsl */ `
fn main(index : i32) {
  let at = linearIndex();
  if (at < uniforms.count) { result[at] = words[uniforms.first + at]; }
}
`;

/** `count` words from `first` on, as a tensor of their own. */
export function copyWords(backend: WebGpuBackend, words: TensorInfo, first: number, count: number): TensorInfo {
  return launch(backend, {
    key: 'sonic_copy',
    code: LINEAR_WGSL + COPY,
    bindings: { words: { tensor: words } },
    uniforms: { first: ['u32', first], count: ['u32', count] },
    ...linear(count),
    shape: [count],
    dtype: 'int32',
  });
}
