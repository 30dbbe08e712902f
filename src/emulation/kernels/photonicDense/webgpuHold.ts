/**
 * What the FC banks of a batch hold, on the device, as the TensorFlow.js kernel `PhotonicDenseHold`: active inputs are listed,
 * rings detuned, transmissions taken, and what tuning holds is summed up. Nothing of x comes back to the host.
 */
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { DenseProgram } from '../../program/types.js';
import { countActivations, dacUniform } from '../webgpu/activationShader.js';
import { free, type Launch, launch, type WebGpuBackend } from '../webgpu/webgpuProgram.js';
import { detuningUniforms, transmissionUniforms, tuningUniforms } from './holdConstants.js';
import { detuneWgsl, transmitWgsl } from './holdShader.js';
import { LISTERS, listWgsl } from './listShader.js';
import { TUNE_WGSL, TUNING_SLOW_ROWS } from './tuningShader.js';
import { entryWordsOf } from './webgpuBank.js';
import type { HoldTensors } from './webgpuHoldTables.js';

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

/**
 * [entries, listed, tuning, counts]: entries and ranges as `Inputs` of webgpu.ts takes them, entries of run r from
 * r * inputs on, the ranges as the first words of `listed`; `TUNE_WGSL`'s and `countActivations`'s.
 */
function hold(backend: WebGpuBackend, inputs: Inputs, { program }: HoldAttributes): TensorInfo[] {
  const { x, alpha, errors, channels, uses, excess } = inputs;
  const { passes, bank } = program;
  const images = x.shape[0]!;
  const runs = passes * images;
  const { rows, slots } = bankShape(program);
  const { quantise } = program.activationDac;
  // A held value has no floor: that is of what VCSELs emit.
  const held = { ...program, floor: 0 };
  const words = runs * program.inputs;
  const places = {
    images: ['u32', images],
    inputs: ['u32', program.inputs],
    inputsAt: ['u32', 2 * runs],
    levelsAt: ['u32', 2 * runs + words],
  } as const;
  const listed = launch(backend, {
    key: `sonic_list_${quantise}`,
    code: listWgsl(quantise),
    bindings: { x: { tensor: x } },
    uniforms: { ...places, dac: dacUniform(held) },
    workgroup: [LISTERS, 1],
    threads: [LISTERS, images, passes],
    shape: [2 * runs + 2 * words],
    dtype: 'int32',
  });
  const rowPlaces = { ...places, rows: ['u32', rows], size: ['u32', bank.size] } as const;
  const ringPlaces = { ...rowPlaces, slots: ['u32', slots], units: ['u32', bank.units] } as const;
  /** A shader that reads the list, with `count` threads a run. */
  const perRun = (count: number, job: Pick<Launch, 'key' | 'code' | 'bindings' | 'uniforms' | 'shape'>) => ({
    ...job,
    bindings: { listed: { tensor: listed }, ...job.bindings },
    workgroup: [64, 1] as const,
    threads: [count, images, passes] as const,
  });
  const betas = launch(backend, {
    ...perRun(rows * slots, {
      key: `sonic_detune${excess ? '_heating' : ''}`,
      code: detuneWgsl(excess !== undefined),
      bindings: { errors: { tensor: errors, components: 4 }, ...(excess ? { excess: { tensor: excess } } : {}) },
      uniforms: { ...ringPlaces, ...detuningUniforms(program) },
      shape: [4 * runs * rows * slots],
    }),
    dtype: 'float32',
  });
  const entries = launch(backend, {
    ...perRun(program.inputs, {
      key: `sonic_transmit${program.chirp_nm === 0 ? '' : '_chirp'}`,
      code: transmitWgsl(program.chirp_nm !== 0),
      bindings: {
        betas: { tensor: betas, components: 4 },
        alpha: { tensor: alpha, components: 4 },
        channels: { tensor: channels, components: 4 },
      },
      uniforms: { ...ringPlaces, ...transmissionUniforms(program) },
      shape: [entryWordsOf(program) * words],
    }),
    dtype: 'int32',
  });
  const tuning = launch(backend, {
    ...perRun(rows, {
      key: 'sonic_tune',
      code: TUNE_WGSL,
      bindings: {},
      uniforms: {
        ...rowPlaces,
        words: ['u32', tuningWords(program)],
        ...detuningUniforms(program),
        ...tuningUniforms(program),
      },
      shape: [runs * tuningWords(program)],
    }),
    dtype: 'int32',
    atomic: true,
  });
  free(backend, betas);
  return [entries, listed, tuning, countActivations(backend, held, x, uses, images)];
}

export const photonicDenseHoldConfig: KernelConfig = {
  kernelName: DENSE_HOLD,
  backendName: 'webgpu',
  kernelFunc: ({ inputs, backend, attrs }) =>
    hold(backend as WebGpuBackend, inputs as unknown as Inputs, attrs as unknown as HoldAttributes),
};
