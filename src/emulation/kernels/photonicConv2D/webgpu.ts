/**
 * Convolution on CONV units in WGSL, as the TensorFlow.js kernel `PhotonicConv2D`: a thread takes one filter and four
 * neighbouring positions (a group of the noise's stream) through all rows, noise and ADC; nothing of a row is in memory.
 */
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { Conv2dProgram } from '../../program/types.js';
import { PHOTONIC_KERNELS } from '../batchLayer.js';
import { activationCodes, countActivations, emit, type Planes, planeSize } from '../webgpu/activationShader.js';
import { copyWords, placesOf, type ResultLayout, scaleSums } from '../webgpu/outputs.js';
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

/** Tensors of a program, uploaded once; lists of integers are int32. */
export interface Conv2dTensors {
  /** Element of an image's planes that a kernel's first tap reads at each position, [positions to a multiple of 4]. */
  readonly positions: TensorInfo;
  /** First row of each filter, [filters + 1], and first entry of each row, [rows + 1]. */
  readonly filterRows: TensorInfo;
  readonly rowEntries: TensorInfo;
  /**
   * [entries][4]: element it reads beyond the position's, then the bits of beta and alpha, 0; where VCSELs chirp [entries][8],
   * the bits of the signal's linear and square coefficients behind them.
   */
  readonly entries: TensorInfo;
  /** How many (row entry, position) pairs read each input element. */
  readonly uses: TensorInfo;
  readonly shift: TensorInfo;
  /** Of programs with a noise table: `uploadNoiseTable`. */
  readonly noiseTable?: TensorInfo;
}

export interface Conv2dAttributes extends RowAttributes {
  readonly program: Conv2dProgram;
  readonly planes: Planes;
}

interface Inputs extends Conv2dTensors {
  /** [images, rows, columns, channels]. */
  readonly x: TensorInfo;
  /** int32 [images]: places in the split, where they do not follow each other. */
  readonly imageNumbers?: TensorInfo;
}

const rowWgsl = ({ noise, chirp, table, lumped }: RowOptions) => /* wgsl */ `
// u of four positions in steps, noise included; lumped: without it, and its variance is added to \`variances\`.
fn multiplyRow(row : u32, at : vec4<u32>, group : u32, stream : vec4<u32>, variances : ptr<function, vec4<f32>>) -> vec4<f32> {
  var x = vec4<f32>(0.0);
  var power = vec4<f32>(0.0);
  var square = vec4<f32>(0.0);
  let end = u32(rowEntries[row + 1u]);
  for (var e = u32(rowEntries[row]); e < end; e++) {
    let entry = entries[${chirp ? '2u * e' : 'e'}];
    let source = at + vec4<u32>(u32(entry.x));
    let v = vec4<f32>(planes[source.x], planes[source.y], planes[source.z], planes[source.w]);
    let t = v * bitcast<f32>(entry.y);
    ${chirp ? 'let chirped = bitcast<vec4<f32>>(entries[2u * e + 1u]); x += v * (chirped.x + v * chirped.y);' : 'x += t;'}
    ${noise ? 'power += v * bitcast<f32>(entry.z); square += t * t;' : ''}
  }
  ${
    noise
      ? `let variance = power + uniforms.noise.x * square + uniforms.noise.y${table ? ' + tableVariances(x)' : ''};
  ${
    lumped
      ? '*variances += variance;'
      : 'x += preciseSqrt4(variance) * normalsFromWords(philoxWords(row * (uniforms.pitch / 4u) + group, 0u, stream));'
  }`
      : ''
  }
  return x;
}
`;

const mainWgsl = (options: RowOptions) => /* wgsl */ `
fn main(index : i32) {
  let group = globalId.x;
  let f = globalId.y;
  let image = globalId.z;
  if (4u * group >= uniforms.positions || f >= uniforms.filters) { return; }
  let lanes = vec4<u32>(4u * group) + vec4<u32>(0u, 1u, 2u, 3u);
  let valid = lanes < vec4<u32>(uniforms.positions);
  let base = vec4<u32>(vec4<i32>(positions[lanes.x], positions[lanes.y], positions[lanes.z], positions[lanes.w]));
  var sums : Sums;
  var variances = vec4<f32>(0.0);
  for (var side = 0u; side < uniforms.passes; side++) {
    let run = side * uniforms.images + image;
    let at = base + vec4<u32>(run * uniforms.planeSize);
    ${rowStreamWgsl(options)}
    let sign = 1 - 2 * i32(side);
    var clipped = 0u;
    let end = u32(filterRows[f + 1u]);
    for (var row = u32(filterRows[f]); row < end; row++) {
      let x = multiplyRow(row, at, group, stream, &variances);
      ${
        options.adc && !options.lumped
          ? 'let codes = codesOf(x, uniforms.limit); clipped += countBeyond(x, uniforms.limit, valid); addCodes(&sums, codes, sign);'
          : 'let codes = vec4<i32>(0); addSamples(&sums, x, sign);'
      }
      ${tapRowWgsl(options)}
    }
    if (clipped > 0u) { atomicAdd(&result[uniforms.clippedAt + image * uniforms.passes + side], i32(clipped)); }
  }
  let first = f * uniforms.pitch + 4u * group;
  ${totalWgsl(options)}
  let out = image * uniforms.filters * uniforms.pitch + first;
  for (var lane = 0u; lane < 4u; lane++) { atomicStore(&result[out + lane], bitcast<i32>(total[lane])); }
}
`;

/** Where the parts of a batch's result are; a tap of fidelity `lumped` has the sums of filters, not of rows. */
function layoutOf(
  { filters, passes, rowFilter }: Conv2dProgram,
  { tap, lumped }: RowAttributes,
  images: number,
  pitch: number,
): ResultLayout {
  const tapWords = tap ? (lumped ? filters : passes * rowFilter.length) * pitch : 0;
  return { sums: images * filters * pitch, images, passes, tapWords };
}

/** Sums, counts and tap of a batch, as `ResultLayout` says. */
function multiply(
  backend: WebGpuBackend,
  { positions, filterRows, rowEntries, entries, imageNumbers, noiseTable }: Inputs,
  planes: TensorInfo,
  images: number,
  attributes: Conv2dAttributes,
): TensorInfo {
  const { program, tap } = attributes;
  const { filters, passes, geometry, rowFilter } = program;
  const pitch = positions.shape[0]!;
  const options = rowOptions(program, attributes, { noiseTable, imageNumbers });
  const { clipped, u, codes, size } = placesOf(layoutOf(program, attributes, images, pitch));
  return launch(backend, {
    ...rowProgram('conv2d', options, rowWgsl(options) + mainWgsl(options)),
    bindings: {
      planes: { tensor: planes },
      positions: { tensor: positions },
      filterRows: { tensor: filterRows },
      rowEntries: { tensor: rowEntries },
      entries: { tensor: entries, components: 4 },
      ...(options.listed ? { imageNumbers: { tensor: imageNumbers! } } : {}),
      ...(options.table ? { noiseTable: { tensor: noiseTable!, components: 4 } as const } : {}),
    },
    uniforms: {
      positions: ['u32', geometry.output[0] * geometry.output[1]],
      pitch: ['u32', pitch],
      filters: ['u32', filters],
      images: ['u32', images],
      passes: ['u32', passes],
      rows: ['u32', rowFilter.length],
      planeSize: ['u32', planeSize(attributes.planes)],
      clippedAt: ['u32', clipped],
      tapU: ['u32', tap ? u : 0],
      tapCodes: ['u32', codes],
      limit: ['f32', program.adc.limit],
      seeds: streamUniform(program, attributes.runSeed, attributes.firstImage),
      // Products are in steps of u: the intensity noise's b^2 wants them in units of one product.
      noise: ['f32', program.noise.intensity * program.c ** 2, rowVariance(program, options)],
      ...(options.table ? { tableRows: ['u32', program.noise.table!.u.length] as const } : {}),
    },
    workgroup: workgroupFor(pitch / 4),
    threads: [pitch / 4, filters, images],
    shape: [size],
    dtype: 'int32',
    atomic: true,
  });
}

/** [y, counts of the activations, clipped conversions [images][passes]], and with a tap [..., u in steps, codes, codes of the activations]. */
function photonicConv2d(backend: WebGpuBackend, inputs: Inputs, attributes: Conv2dAttributes): TensorInfo[] {
  const { program, planes, tap } = attributes;
  const { geometry, filters, passes } = program;
  const { x, shift, uses } = inputs;
  const images = x.shape[0]!;
  const pitch = inputs.positions.shape[0]!;
  const counts = countActivations(backend, program, x, uses, images);
  const emitted = emit(backend, program, planes, x, images);
  const result = multiply(backend, inputs, emitted, images, attributes);
  const strides = [filters * pitch, pitch, 1] as const;
  const y = scaleSums(backend, program, result, shift, strides, [images, ...geometry.output]);
  const layout = layoutOf(program, attributes, images, pitch);
  const places = placesOf(layout);
  const clipped = copyWords(backend, result, places.clipped, images * passes);
  const tapped = tap
    ? [
        ...[places.u, places.codes].map((first) => copyWords(backend, result, first, layout.tapWords)),
        activationCodes(backend, program, x),
      ]
    : [];
  free(backend, emitted, result);
  return [y, counts, clipped, ...tapped];
}

export const photonicConv2dConfig: KernelConfig = {
  kernelName: PHOTONIC_KERNELS.conv2d,
  backendName: 'webgpu',
  kernelFunc: ({ inputs, backend, attrs }) =>
    photonicConv2d(backend as WebGpuBackend, inputs as unknown as Inputs, attrs as unknown as Conv2dAttributes),
};
