/** The programs of rows of either kind of layer: what they share, and the name by which an adapter keeps them. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { MacProgram } from '../../program/types.js';
import { constantVariance } from '../lumpedOutputs.js';
import { converterWgsl } from './converterShader.js';
import { COUNT_ROWS_WGSL } from './countShader.js';
import { GAUSSIAN_WGSL } from './gaussianShader.js';
import { NOISE_TABLE_WGSL } from './noiseTableShader.js';
import { PHILOX_WGSL, readStreamWgsl, streamUniform } from './philoxShader.js';
import { allocate, type Launch, type WebGpuBackend } from './webgpuProgram.js';

/** How a launch of rows is meant. */
export interface RowAttributes {
  /** Draw noise. */
  readonly noise: boolean;
  readonly adc: boolean;
  readonly tap: boolean;
  /** Fidelity `lumped`. */
  readonly lumped: boolean;
  /** Take ReLU of the outputs. */
  readonly relu: boolean;
  readonly runSeed: number;
  /** Place of the batch's first image in its split; not read where images are listed. */
  readonly firstImage: number;
}

/** What a program of rows does, decided when it is made: what is off costs nothing. */
export interface RowOptions {
  readonly noise: boolean;
  readonly adc: boolean;
  readonly chirp: boolean;
  /** Whether noise has a measured receiver's table. */
  readonly table: boolean;
  /** Fidelity `lumped`: rows are summed as they are, and one normal is drawn an output. */
  readonly lumped: boolean;
  /** Whether the images of a batch are listed: they do not follow each other. */
  readonly listed: boolean;
}

/** The program that a launch wants, by what is uploaded for it. */
export function rowOptions(
  program: MacProgram,
  { noise, adc, lumped }: RowAttributes,
  given: { readonly noiseTable?: TensorInfo | undefined; readonly imageNumbers?: TensorInfo | undefined },
): RowOptions {
  // A binding that a program does not read is not in its layout.
  const table = noise && given.noiseTable !== undefined;
  const listed = noise && given.imageNumbers !== undefined;
  return { noise, adc, lumped, chirp: program.chirp_nm !== 0, table, listed };
}

/** Variance of a row that no light moves, in steps squared; lumped: of its rounding too, which is not done. */
export function rowVariance(program: MacProgram, { lumped }: Pick<RowOptions, 'lumped'>): number {
  return (lumped ? constantVariance(program) : program.noise.constant) / program.adc.step ** 2;
}

/** Type of `stream` in the signature of a function of rows. */
export const streamType = ({ noise, lumped }: RowOptions) => (noise && !lumped ? 'PhiloxState' : 'u32');

/** The noise's stream of a run's rows. */
export function rowStreamWgsl({ noise, lumped }: RowOptions): string {
  return noise && !lumped ? 'let stream = philoxStream(readStream(side, image));' : 'let stream = 0u;';
}

/** With a tap: u in steps and codes of a row. */
export function tapRowWgsl({ lumped }: RowOptions): string {
  if (lumped) return '';
  return /* wgsl */ `
      if (uniforms.tapWords > 0u) {
        let tapped = (side * uniforms.rows + row) * uniforms.pitch + 4u * group;
        for (var lane = 0u; lane < 4u; lane++) {
          tap[tapped + lane] = bitcast<i32>(x[lane]);
          tap[uniforms.tapWords + tapped + lane] = codes[lane];
        }
      }`;
}

/** `total`: four outputs in steps from their sums; `first` is the first one's place in the image. Lumped: tap and draw too. */
export function totalWgsl({ noise, lumped }: RowOptions): string {
  if (!lumped) return 'let total = totals(&sums);';
  return /* wgsl */ `
  let value = totals(&sums);
  if (uniforms.tapWords > 0u) {
    for (var lane = 0u; lane < 4u; lane++) {
      tap[first + lane] = bitcast<i32>(value[lane]);
      tap[uniforms.tapWords + first + lane] = bitcast<i32>(variances[lane]);
    }
  }
  let total = ${noise ? 'drawOutputs(value, variances, first / 4u, image)' : 'value'};`;
}

/**
 * y = S_x S_w g_max total + shift of the valid lanes of `total`, through ReLU where that is asked for.
 * @param place of a lane's output in y; @param shift of a lane, in WGSL.
 */
export const writeOutputsWgsl = (place: string, shift: string) => /* wgsl */ `
  var notFinite = 0;
  for (var lane = 0u; lane < 4u; lane++) {
    if (!valid[lane]) { continue; }
    let output = uniforms.scale * total[lane] + ${shift};
    if (!isFinite(output)) { notFinite++; }
    y[${place}] = select(output, 0.0, uniforms.relu == 1u && output < 0.0);
  }
  countNotFinite(image, notFinite);
`;

/** Four outputs of fidelity `lumped`: one normal each, of the first pass's stream. */
const DRAW_WGSL = /* wgsl */ `
fn drawOutputs(value : vec4<f32>, variance : vec4<f32>, group : u32, image : u32) -> vec4<f32> {
  return value + preciseSqrt4(variance) * normalsFromWords(philoxWords(group, 0u, readStream(0u, image)));
}
`;

/** Name and text of the program of `kind`. */
export function rowProgram(kind: string, options: RowOptions, ownWgsl: string): { key: string; code: string } {
  const { noise, adc, chirp, table, lumped, listed } = options;
  const marks = [lumped ? 'lumped' : '', chirp ? 'chirp' : '', table ? 'table' : '', listed ? 'listed' : ''];
  return {
    key: ['sonic', kind, noise ? 'noise' : 'quiet', adc ? 'adc' : 'raw', ...marks.filter(Boolean)].join('_'),
    code: [
      PHILOX_WGSL,
      noise ? readStreamWgsl(listed) : '',
      GAUSSIAN_WGSL,
      COUNT_ROWS_WGSL,
      converterWgsl(adc && !lumped),
      table ? NOISE_TABLE_WGSL : '',
      lumped && noise ? DRAW_WGSL : '',
      ownWgsl,
    ].join(''),
  };
}

/** What a launch of rows writes. */
export interface RowOutputs {
  readonly y: TensorInfo;
  /** Words of the batch's images, int32 [images][COUNTS]: the rows' are added to them. */
  readonly counts: TensorInfo;
  /** u in steps, then codes, each [pass][row][pitch] of one image (lumped: sums before the draw and variances of filters); one word without a tap. */
  readonly tap: TensorInfo;
}

/** @param tapWords of each of the two parts of a tap; 0 without one. */
export function allocateOutputs(
  backend: WebGpuBackend,
  shape: number[],
  counts: TensorInfo,
  tapWords: number,
): RowOutputs {
  return {
    y: allocate(backend, shape, 'float32'),
    counts,
    // There is one program with and without a tap, so that the arithmetic is the same: it always has the array.
    tap: allocate(backend, [Math.max(1, 2 * tapWords)], 'int32'),
  };
}

/** Bindings and uniforms that rows of either kind have. */
export function rowLaunch(
  program: MacProgram,
  attributes: RowAttributes,
  options: RowOptions,
  outputs: RowOutputs,
  tapWords: number,
  given: { readonly noiseTable?: TensorInfo | undefined; readonly imageNumbers?: TensorInfo | undefined },
): Pick<Launch, 'bindings' | 'uniforms'> {
  const { activationScale, weightScale, gainScale, adc, passes, filters, noise } = program;
  return {
    bindings: {
      y: { tensor: outputs.y, type: 'f32', writes: true },
      counts: { tensor: outputs.counts, type: 'atomic<i32>', writes: true },
      tap: { tensor: outputs.tap, type: 'i32', writes: true },
      ...(options.listed ? { imageNumbers: { tensor: given.imageNumbers!, type: 'i32' } as const } : {}),
      ...(options.table ? { noiseTable: { tensor: given.noiseTable!, type: 'vec4<f32>' } as const } : {}),
    },
    uniforms: {
      seeds: streamUniform(program, attributes.runSeed, attributes.firstImage),
      filters: ['u32', filters],
      passes: ['u32', passes],
      tapWords: ['u32', tapWords],
      relu: ['u32', attributes.relu ? 1 : 0],
      limit: ['f32', adc.limit],
      scale: ['f32', activationScale * weightScale * gainScale * adc.step],
      ...(options.table ? { tableRows: ['u32', noise.table!.u.length] as const } : {}),
    },
  };
}
