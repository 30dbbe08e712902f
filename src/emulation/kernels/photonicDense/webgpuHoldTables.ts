/** A bank's tables as the shaders that hold a batch take them. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Tf } from '../../../base/tensorflow/tf.js';
import type { DenseProgram } from '../../program/types.js';
import type { Uploaded } from '../webgpu/hostLayer.js';
import { inTwo, radiansOf } from './holdConstants.js';
import { countUses } from './wasm.js';

/** Of a bank, uploaded once: float32 but for `uses`. */
export interface HoldTensors {
  /** sin alpha in two float32, 1 - cos alpha, 0, for differences of -(w - 1) .. w - 1 channels: [2 w - 1][4]. */
  readonly alpha: TensorInfo;
  /** sin of pi e / FSR on rail + and -, then the cosines: [units][slots][4]. */
  readonly errors: TensorInfo;
  /** Gains of rail + and -, sin and 1 - cos of pi / FSR times how far the VCSELs stand off their channel: [units][slots][4]. */
  readonly channels: TensorInfo;
  /** Non-zero streamed weights of each input, int32. */
  readonly uses: TensorInfo;
  /** Where light heats, [inputs][2 rails]: half turns of a ring that takes all of it. */
  readonly excess?: TensorInfo;
}

/** 1 - cos. */
const versine = (angle: number) => 2 * Math.sin(angle / 2) ** 2;

/** Uploads what of the bank does not change from batch to batch. */
export function uploadBank(tf: Tf, program: DenseProgram): Uploaded<HoldTensors> {
  const { bank, inputs } = program;
  const { ringsPerWaveguide: w, units } = bank;
  const slots = w * bank.waveguides;
  const alpha = new Float32Array(4 * (2 * w - 1));
  for (let difference = -(w - 1); difference <= w - 1; difference++) {
    const angle = radiansOf(program, difference * bank.channelSpacing_nm);
    alpha.set([...inTwo(Math.sin(angle)), versine(angle)], 4 * (w - 1 + difference));
  }
  const errors = new Float32Array(4 * units * slots);
  const channels = new Float32Array(4 * units * slots);
  for (let at = 0; at < units * slots; at++) {
    const [unit, slot] = [Math.floor(at / slots), at % slots];
    const rail = (r: number) => (unit * 2 + r) * slots + slot;
    const [plus, minus] = [0, 1].map((r) => radiansOf(program, bank.error_nm[rail(r)]!)) as [number, number];
    errors.set([Math.sin(plus), Math.sin(minus), Math.cos(plus), Math.cos(minus)], 4 * at);
    const source = radiansOf(program, bank.source_nm?.[at] ?? 0);
    const gains = [0, 1].map((r) => bank.gain?.[rail(r)] ?? 1);
    channels.set([...gains, Math.sin(source), versine(source)], 4 * at);
  }
  const floats = (values: Float32Array) => tf.keep(tf.tensor1d(values));
  const { heating } = bank;
  const halfTurns = (heating?.full_nm ?? 0) / bank.freeSpectralRange_nm;
  const excess = Float32Array.from({ length: 2 * inputs }, (_, at) => {
    return halfTurns * (heating?.excess[(at % 2) * inputs + Math.floor(at / 2)] ?? 0);
  });
  return {
    alpha: floats(alpha),
    errors: floats(errors),
    channels: floats(channels),
    uses: tf.keep(tf.tensor1d(countUses(program), 'int32')),
    ...(heating ? { excess: floats(excess) } : {}),
  };
}
