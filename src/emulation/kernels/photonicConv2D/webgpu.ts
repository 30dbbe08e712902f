/**
 * Convolution on CONV units in WGSL, as the TensorFlow.js kernel `PhotonicConv2D`: a thread takes one filter and four
 * neighbouring positions (a group of the noise's stream) through all rows, noise and ADC; nothing of a row is in memory.
 */
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { ceil4 } from '../../../base/random/seeds.js';
import type { Conv2dProgram } from '../../program/types.js';
import { PHOTONIC_KERNELS } from '../batchLayer.js';
import { activationCodes, emit, type Planes, planeSize } from '../webgpu/activationShader.js';
import { COUNTS } from '../webgpu/countShader.js';
import {
  allocateOutputs,
  type RowAttributes,
  type RowOptions,
  rowLaunch,
  rowOptions,
  rowProgram,
  rowStreamWgsl,
  rowVariance,
  streamType,
  tapRowWgsl,
  totalWgsl,
  writeOutputsWgsl,
} from '../webgpu/rowProgram.js';
import { allocateZeros, free, launch, type WebGpuBackend, workgroupFor } from '../webgpu/webgpuProgram.js';

/** Tensors of a program, uploaded once; lists of integers are int32. */
export interface Conv2dTensors {
  /**
   * Element of an image's planes that a kernel's first tap reads at each position, [positions to a multiple of 4]; first row of
   * each filter, [filters + 1]; first entry of each row, [rows + 1]; bits of the shift of each filter, [filters].
   */
  readonly tables: TensorInfo;
  /**
   * [entries][4]: element it reads beyond the position's, then the bits of beta and alpha, 0; where VCSELs chirp [entries][8],
   * the bits of the signal's linear and square coefficients behind them.
   */
  readonly entries: TensorInfo;
  /** How many (row entry, position) pairs read each input element. */
  readonly uses: TensorInfo;
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

const rowWgsl = (options: RowOptions) => {
  const { noise, chirp, table, lumped } = options;
  return /* wgsl */ `
// u of four positions in steps, noise included; lumped: without it, and its variance is added to \`variances\`.
fn multiplyRow(row : u32, at : vec4<u32>, group : u32, stream : ${streamType(options)}, variances : ptr<function, vec4<f32>>) -> vec4<f32> {
  var x = vec4<f32>(0.0);
  var power = vec4<f32>(0.0);
  var square = vec4<f32>(0.0);
  let end = u32(tables[uniforms.entriesAt + row + 1u]);
  for (var e = u32(tables[uniforms.entriesAt + row]); e < end; e++) {
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
      : 'x += preciseSqrt4(variance) * normalsFromWords(philoxWordsOf(row * (uniforms.pitch / 4u) + group, stream));'
  }`
      : ''
  }
  return x;
}
`;
};

/** Threads along x of one z: within what every adapter dispatches. */
const THREADS_PER_SLICE = 64 * 32768;

const mainWgsl = (options: RowOptions) => /* wgsl */ `
fn main() {
  // Groups of one image after those of another, so that no thread of a workgroup is idle between them.
  let groups = uniforms.pitch / 4u;
  let thread = globalId.x + globalId.z * ${THREADS_PER_SLICE}u;
  let group = thread % groups;
  let image = thread / groups;
  let f = globalId.y;
  if (image >= uniforms.images || f >= uniforms.filters) { return; }
  let lanes = vec4<u32>(4u * group) + vec4<u32>(0u, 1u, 2u, 3u);
  let valid = lanes < vec4<u32>(uniforms.positions);
  let base = vec4<u32>(vec4<i32>(tables[lanes.x], tables[lanes.y], tables[lanes.z], tables[lanes.w]));
  var sums : Sums;
  var variances = vec4<f32>(0.0);
  for (var side = 0u; side < uniforms.passes; side++) {
    let run = side * uniforms.images + image;
    let at = base + vec4<u32>(run * uniforms.planeSize);
    ${rowStreamWgsl(options)}
    let sign = 1 - 2 * i32(side);
    var clipped = 0u;
    let end = u32(tables[uniforms.rowsAt + f + 1u]);
    for (var row = u32(tables[uniforms.rowsAt + f]); row < end; row++) {
      let x = multiplyRow(row, at, group, stream, &variances);
      ${
        options.adc && !options.lumped
          ? 'let codes = codesOf(x, uniforms.limit); clipped += countBeyond(x, uniforms.limit, valid); addCodes(&sums, codes, sign);'
          : 'let codes = vec4<i32>(0); addSamples(&sums, x, sign);'
      }
      ${tapRowWgsl(options)}
    }
    countClipped(image, side, clipped);
  }
  let first = f * uniforms.pitch + 4u * group;
  ${totalWgsl(options)}
  let shift = bitcast<f32>(tables[uniforms.shiftAt + f]);
  ${writeOutputsWgsl('(image * uniforms.positions + lanes[lane]) * uniforms.filters + f', 'shift')}
}
`;

/** Words of each part of a tap, which fidelity `lumped` has of filters, not of rows. */
function tapWordsOf({ filters, passes, rowFilter }: Conv2dProgram, { tap, lumped }: RowAttributes, pitch: number) {
  return tap ? (lumped ? filters : passes * rowFilter.length) * pitch : 0;
}

/** [y, counts], and with a tap [..., u in steps and codes, codes of the activations]: two programs, whatever the batch. */
function photonicConv2d(backend: WebGpuBackend, inputs: Inputs, attributes: Conv2dAttributes): TensorInfo[] {
  const { program, planes, tap } = attributes;
  const { geometry, filters, rowFilter, noise, c } = program;
  const { x, uses, tables, entries } = inputs;
  const images = x.shape[0]!;
  const positions = geometry.output[0] * geometry.output[1];
  const pitch = ceil4(positions);
  const counts = allocateZeros(backend, images * COUNTS);
  const emitted = emit(backend, program, planes, { x, uses, counts });
  const options = rowOptions(program, attributes, inputs);
  const tapWords = tapWordsOf(program, attributes, pitch);
  const outputs = allocateOutputs(backend, [images, ...geometry.output], counts, tapWords);
  const shared = rowLaunch(program, attributes, options, outputs, tapWords, inputs);
  const [rowsAt, rows] = [pitch, rowFilter.length];
  const threads = images * (pitch / 4);
  launch(backend, {
    ...rowProgram('conv2d', options, rowWgsl(options) + mainWgsl(options)),
    bindings: {
      ...shared.bindings,
      planes: { tensor: emitted, type: 'f32' },
      tables: { tensor: tables, type: 'i32' },
      entries: { tensor: entries, type: 'vec4<i32>' },
    },
    uniforms: {
      ...shared.uniforms,
      positions: ['u32', positions],
      pitch: ['u32', pitch],
      images: ['u32', images],
      rows: ['u32', rows],
      planeSize: ['u32', planeSize(planes)],
      rowsAt: ['u32', rowsAt],
      entriesAt: ['u32', rowsAt + filters + 1],
      shiftAt: ['u32', rowsAt + filters + 1 + rows + 1],
      // Products are in steps of u: the intensity noise's b^2 wants them in units of one product.
      noise: ['f32', noise.intensity * c ** 2, rowVariance(program, options)],
    },
    workgroup: workgroupFor(threads),
    threads: [Math.min(threads, THREADS_PER_SLICE), filters, Math.ceil(threads / THREADS_PER_SLICE)],
  });
  free(backend, emitted);
  if (tap) return [outputs.y, counts, outputs.tap, activationCodes(backend, program, x)];
  free(backend, outputs.tap);
  return [outputs.y, counts];
}

export const photonicConv2dConfig: KernelConfig = {
  kernelName: PHOTONIC_KERNELS.conv2d,
  backendName: 'webgpu',
  kernelFunc: ({ inputs, backend, attrs }) =>
    photonicConv2d(backend as WebGpuBackend, inputs as unknown as Inputs, attrs as unknown as Conv2dAttributes),
};
