/**
 * Dense layers on FC units in WGSL, as the TensorFlow.js kernel `PhotonicDense`: a thread takes four neighbouring filters
 * (a group of the noise's stream) of one image through all rows, noise and ADC. What the banks transmit comes from
 * webgpuHold.ts, or from the host.
 */
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { ceil4 } from '../../../base/random/seeds.js';
import type { DenseProgram } from '../../program/types.js';
import { PHOTONIC_KERNELS } from '../batchLayer.js';
import { activationCodes } from '../webgpu/activationShader.js';
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
import { free, launch, type WebGpuBackend, workgroupFor } from '../webgpu/webgpuProgram.js';

/** Tensors of a program, uploaded once. `pitch`: filters, rounded up to a multiple of 4. */
export interface DenseTensors {
  /**
   * Per filter, from products to steps: of the signal, of its magnitude and of its square, then its shift, [4][pitch]; behind
   * them the emitted weights with their signs, [inputs][pitch].
   */
  readonly weights: TensorInfo;
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
  /** Words of the batch's images, int32 [images][COUNTS]; what rows count is added. */
  readonly counts: TensorInfo;
  /** First entry of each run and the one after its last, [passes][images][2]. */
  readonly ranges: TensorInfo;
  /** [images]: places in the split, where they do not follow each other. */
  readonly imageNumbers?: TensorInfo;
}

/** Rows of `weights` before the weights. */
export const COEFFICIENTS = 4;

/** Entries that a thread loads at once: of one after the other it would wait for memory each time. */
const AT_ONCE = 4;

/** A statement for each of the entries at once. */
const together = (statement: (n: number) => string) =>
  Array.from({ length: AT_ONCE }, (_, n) => statement(n)).join('\n    ');

/** Adds entry `n`; behind the row's last its weight is 0. */
const product = (n: number, { noise, chirp }: RowOptions) => /* wgsl */ `{
      let v = select(vec4<f32>(0.0), w${n}, e + ${n}u < end);
      let positive = v > vec4<f32>(0.0);
      let t = v * select(vec4<f32>(bitcast<f32>(entry${n}.z)), vec4<f32>(bitcast<f32>(entry${n}.y)), positive);
      ${
        chirp
          ? `x += v * (select(vec4<f32>(rails${n}.y), vec4<f32>(rails${n}.x), positive) + abs(v) * select(vec4<f32>(rails${n}.w), vec4<f32>(rails${n}.z), positive));`
          : 'x += t;'
      }
      ${noise ? 'power += abs(t); square += t * t;' : ''}
    }`;

const rowWgsl = (options: RowOptions) => {
  const { noise, chirp, table, lumped } = options;
  return /* wgsl */ `
// u of four filters in steps, noise included; lumped: without it, and its variance is added to \`variances\`.
fn multiplyRow(first : u32, end : u32, row : u32, group : u32, stream : ${streamType(options)}, variances : ptr<function, vec4<f32>>) -> vec4<f32> {
  let groups = uniforms.pitch / 4u;
  var x = vec4<f32>(0.0);
  var power = vec4<f32>(0.0);
  var square = vec4<f32>(0.0);
  let last = end - 1u;
  for (var e = first; e < end; e += ${AT_ONCE}u) {
    ${together((n) => `let e${n} = min(e + ${n}u, last);`)}
    ${together((n) => `let entry${n} = entries[${chirp ? `2u * e${n}` : `e${n}`}];`)}
    ${chirp ? together((n) => `let rails${n} = bitcast<vec4<f32>>(entries[2u * e${n} + 1u]);`) : ''}
    ${together((n) => `let w${n} = weights[(${COEFFICIENTS}u + u32(entry${n}.x)) * groups + group];`)}
    ${together((n) => product(n, options))}
  }
  x *= weights[group];
  ${
    noise
      ? `let variance = power * weights[groups + group] + square * weights[2u * groups + group] + uniforms.constantVariance${table ? ' + tableVariances(x)' : ''};
  ${
    lumped
      ? '*variances += variance;'
      : 'x += preciseSqrt4(variance) * normalsFromWords(philoxWordsOf(row * groups + group, stream));'
  }`
      : ''
  }
  return x;
}
`;
};

const mainWgsl = (options: RowOptions) => /* wgsl */ `
fn main() {
  let group = globalId.x;
  let image = globalId.y;
  if (4u * group >= uniforms.pitch || image >= uniforms.images) { return; }
  let lanes = vec4<u32>(4u * group) + vec4<u32>(0u, 1u, 2u, 3u);
  let valid = lanes < vec4<u32>(uniforms.filters);
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
    countClipped(image, side, clipped);
  }
  let first = 4u * group;
  ${totalWgsl(options)}
  let shift = weights[3u * (uniforms.pitch / 4u) + group];
  ${writeOutputsWgsl('image * uniforms.filters + lanes[lane]', 'shift[lane]')}
}
`;

/** [y], and with a tap [..., u in steps and codes, codes of the activations]. */
function photonicDense(backend: WebGpuBackend, inputs: Inputs, attributes: DenseAttributes): TensorInfo[] {
  const { program, tap, lumped } = attributes;
  const { x, weights, entries, ranges, counts } = inputs;
  const { filters, passes, bank } = program;
  const images = x.shape[0]!;
  const pitch = ceil4(filters);
  const options = rowOptions(program, attributes, inputs);
  const rows = Math.ceil(program.inputs / bank.size);
  const tapWords = tap ? (lumped ? 1 : passes * rows) * pitch : 0;
  const outputs = allocateOutputs(backend, [images, filters], counts, tapWords);
  const shared = rowLaunch(program, attributes, options, outputs, tapWords, inputs);
  launch(backend, {
    ...rowProgram('dense', options, rowWgsl(options) + mainWgsl(options)),
    bindings: {
      ...shared.bindings,
      weights: { tensor: weights, type: 'vec4<f32>' },
      entries: { tensor: entries, type: 'vec4<i32>' },
      ranges: { tensor: ranges, type: 'i32' },
    },
    uniforms: {
      ...shared.uniforms,
      pitch: ['u32', pitch],
      images: ['u32', images],
      rows: ['u32', rows],
      size: ['u32', bank.size],
      constantVariance: ['f32', rowVariance(program, options)],
    },
    workgroup: workgroupFor(pitch / 4),
    threads: [pitch / 4, images, 1],
  });
  if (tap) return [outputs.y, outputs.tap, activationCodes(backend, program, x)];
  free(backend, outputs.tap);
  return [outputs.y];
}

export const photonicDenseConfig: KernelConfig = {
  kernelName: PHOTONIC_KERNELS.dense,
  backendName: 'webgpu',
  kernelFunc: ({ inputs, backend, attrs }) =>
    photonicDense(backend as WebGpuBackend, inputs as unknown as Inputs, attrs as unknown as DenseAttributes),
};
