/**
 * Dense layers on FC units in WGSL, as the TensorFlow.js kernel `PhotonicDense`: a thread takes four neighbouring filters
 * (a group of the noise's stream) of one image through all rows, noise and ADC. What the banks transmit comes from
 * webgpuHold.ts, or from the host.
 */
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { DenseProgram } from '../../program/types.js';
import { PHOTONIC_KERNELS } from '../batchLayer.js';
import { activationCodes } from '../webgpu/activationShader.js';
import { copyWords, placesOf, scaleSums } from '../webgpu/outputs.js';
import { streamUniform } from '../webgpu/philoxShader.js';
import {
  type RowAttributes,
  type RowOptions,
  rowOptions,
  rowProgram,
  rowStreamWgsl,
  rowVariance,
  tapRowWgsl,
  totalWgsl,
} from '../webgpu/rowProgram.js';
import { free, launch, type WebGpuBackend, workgroupFor } from '../webgpu/webgpuProgram.js';

/** Tensors of a program, uploaded once. `pitch`: filters, rounded up to a multiple of 4. */
export interface DenseTensors {
  /** Emitted weights with their signs, [inputs][pitch]. */
  readonly weights: TensorInfo;
  /** Per filter, from products to steps: of the signal, of its magnitude and of its square, [3][pitch]. */
  readonly coefficients: TensorInfo;
  readonly shift: TensorInfo;
  /** Of programs with a noise table: `uploadNoiseTable`. */
  readonly noiseTable?: TensorInfo;
}

export interface DenseAttributes extends RowAttributes {
  readonly program: DenseProgram;
}

/** Of a batch, int32. */
interface Inputs extends DenseTensors {
  /** [batch][inputs]. */
  readonly x: TensorInfo;
  /**
   * Active inputs, k ascending, [entries][4]: k, the bits of H+ and H-, 0; where VCSELs chirp [entries][8], the bits of
   * H - chirp v0 D and of chirp D of both rails behind them.
   */
  readonly entries: TensorInfo;
  /** First entry of each run and the one after its last, [passes][images][2]. */
  readonly ranges: TensorInfo;
  /** [images]: places in the split, where they do not follow each other. */
  readonly imageNumbers?: TensorInfo;
}

const rowWgsl = ({ noise, chirp, table, lumped }: RowOptions) => /* wgsl */ `
// u of four filters in steps, noise included; lumped: without it, and its variance is added to \`variances\`.
fn multiplyRow(first : u32, end : u32, row : u32, group : u32, stream : vec4<u32>, variances : ptr<function, vec4<f32>>) -> vec4<f32> {
  let groups = uniforms.pitch / 4u;
  var x = vec4<f32>(0.0);
  var power = vec4<f32>(0.0);
  var square = vec4<f32>(0.0);
  for (var e = first; e < end; e++) {
    let entry = entries[${chirp ? '2u * e' : 'e'}];
    let v = weights[u32(entry.x) * groups + group];
    let positive = v > vec4<f32>(0.0);
    let t = v * select(vec4<f32>(bitcast<f32>(entry.z)), vec4<f32>(bitcast<f32>(entry.y)), positive);
    ${
      chirp
        ? `let rails = bitcast<vec4<f32>>(entries[2u * e + 1u]);
    x += v * (select(vec4<f32>(rails.y), vec4<f32>(rails.x), positive) + abs(v) * select(vec4<f32>(rails.w), vec4<f32>(rails.z), positive));`
        : 'x += t;'
    }
    ${noise ? 'power += abs(t); square += t * t;' : ''}
  }
  x *= coefficients[group];
  ${
    noise
      ? `let variance = power * coefficients[groups + group] + square * coefficients[2u * groups + group] + uniforms.constantVariance${table ? ' + tableVariances(x)' : ''};
  ${
    lumped
      ? '*variances += variance;'
      : 'x += preciseSqrt4(variance) * normalsFromWords(philoxWords(row * groups + group, 0u, stream));'
  }`
      : ''
  }
  return x;
}
`;

const mainWgsl = (options: RowOptions) => /* wgsl */ `
fn main(index : i32) {
  let group = globalId.x;
  let image = globalId.y;
  if (4u * group >= uniforms.pitch || image >= uniforms.images) { return; }
  let valid = vec4<u32>(4u * group) + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(uniforms.filters);
  var sums : Sums;
  var variances = vec4<f32>(0.0);
  for (var side = 0u; side < uniforms.passes; side++) {
    let run = side * uniforms.images + image;
    ${rowStreamWgsl(options)}
    let sign = 1 - 2 * i32(side);
    var clipped = 0u;
    let end = u32(ranges[2u * run + 1u]);
    var row = 0u;
    for (var first = u32(ranges[2u * run]); first < end; first += uniforms.size) {
      let x = multiplyRow(first, min(end, first + uniforms.size), row, group, stream, &variances);
      ${
        options.adc && !options.lumped
          ? 'let codes = codesOf(x, uniforms.limit); clipped += countBeyond(x, uniforms.limit, valid); addCodes(&sums, codes, sign);'
          : 'let codes = vec4<i32>(0); addSamples(&sums, x, sign);'
      }
      ${tapRowWgsl(options)}
      row++;
    }
    if (clipped > 0u) { atomicAdd(&result[uniforms.clippedAt + image * uniforms.passes + side], i32(clipped)); }
  }
  let first = 4u * group;
  ${totalWgsl(options)}
  let out = image * uniforms.pitch + first;
  for (var lane = 0u; lane < 4u; lane++) { atomicStore(&result[out + lane], bitcast<i32>(total[lane])); }
}
`;

/** [y, clipped conversions [images][passes]], and with a tap [..., u in steps, codes, codes of the activations]. */
function photonicDense(backend: WebGpuBackend, inputs: Inputs, attributes: DenseAttributes): TensorInfo[] {
  const { program, tap, lumped } = attributes;
  const { x, weights, coefficients, shift, entries, ranges, imageNumbers, noiseTable } = inputs;
  const { filters, passes, bank } = program;
  const images = x.shape[0]!;
  const pitch = coefficients.shape[0]! / 3;
  const options = rowOptions(program, attributes, { noiseTable, imageNumbers });
  const rows = Math.ceil(program.inputs / bank.size);
  const tapWords = tap ? (lumped ? 1 : passes * rows) * pitch : 0;
  const { clipped, u, codes, size } = placesOf({ sums: images * pitch, images, passes, tapWords });
  const result = launch(backend, {
    ...rowProgram('dense', options, rowWgsl(options) + mainWgsl(options)),
    bindings: {
      weights: { tensor: weights, components: 4 },
      coefficients: { tensor: coefficients, components: 4 },
      entries: { tensor: entries, components: 4 },
      ranges: { tensor: ranges },
      ...(options.listed ? { imageNumbers: { tensor: imageNumbers! } } : {}),
      ...(options.table ? { noiseTable: { tensor: noiseTable!, components: 4 } as const } : {}),
    },
    uniforms: {
      filters: ['u32', filters],
      pitch: ['u32', pitch],
      images: ['u32', images],
      passes: ['u32', passes],
      rows: ['u32', rows],
      size: ['u32', bank.size],
      clippedAt: ['u32', clipped],
      tapU: ['u32', tap ? u : 0],
      tapCodes: ['u32', codes],
      limit: ['f32', program.adc.limit],
      seeds: streamUniform(program, attributes.runSeed, attributes.firstImage),
      constantVariance: ['f32', rowVariance(program, options)],
      ...(options.table ? { tableRows: ['u32', program.noise.table!.u.length] as const } : {}),
    },
    workgroup: workgroupFor(pitch / 4),
    threads: [pitch / 4, images, 1],
    shape: [size],
    dtype: 'int32',
    atomic: true,
  });
  const y = scaleSums(backend, program, result, shift, [pitch, 1, 0], [images, filters]);
  const outputs = [y, copyWords(backend, result, clipped, images * passes)];
  if (tap) {
    outputs.push(copyWords(backend, result, u, tapWords), copyWords(backend, result, codes, tapWords));
    outputs.push(activationCodes(backend, program, x));
  }
  free(backend, result);
  return outputs;
}

export const photonicDenseConfig: KernelConfig = {
  kernelName: PHOTONIC_KERNELS.dense,
  backendName: 'webgpu',
  kernelFunc: ({ inputs, backend, attrs }) =>
    photonicDense(backend as WebGpuBackend, inputs as unknown as Inputs, attrs as unknown as DenseAttributes),
};
