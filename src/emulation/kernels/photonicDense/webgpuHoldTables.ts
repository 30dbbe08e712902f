/** A bank's tables as the shaders that hold a batch take them. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Tf } from '../../../base/tensorflow/tf.js';
import type { DenseProgram } from '../../program/types.js';
import type { Uploaded } from '../webgpu/hostLayer.js';
import { wholeLayer } from './filterParts.js';
import { inTwo, radiansOf } from './holdConstants.js';
import { countUses } from './wasmWeights.js';

/** Of a bank, uploaded once. */
export interface HoldTensors {
  /**
   * float32, in vectors of four: sin alpha in two float32, 1 - cos alpha, 0, for differences of -(w - 1) .. w - 1 channels,
   * [2 w - 1]; sin of pi e / FSR on rail + and -, then the cosines, [units][slots]; gains of rail + and -, sin and 1 - cos of
   * pi / FSR times how far the VCSELs stand off their channel, [units][slots].
   */
  readonly bank: TensorInfo;
  /**
   * int32, of each input: non-zero streamed weights; where light heats two words more, the bits of half turns of a ring on rail
   * + and - that takes all of it.
   */
  readonly ofInputs: TensorInfo;
}

/** Where errors and channels begin in `bank`, in vectors. */
export function bankPlaces({ bank: { ringsPerWaveguide, waveguides, units } }: DenseProgram) {
  const errorsAt = 2 * ringsPerWaveguide - 1;
  return { errorsAt, channelsAt: errorsAt + units * ringsPerWaveguide * waveguides };
}

/** 1 - cos. */
const versine = (angle: number) => 2 * Math.sin(angle / 2) ** 2;

/** Uploads what of the bank does not change from batch to batch. */
export function uploadBank(tf: Tf, program: DenseProgram): Uploaded<HoldTensors> {
  const { bank } = program;
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
  return {
    bank: tf.keep(tf.tensor1d(Float32Array.from([alpha, errors, channels].flatMap((part) => Array.from(part))))),
    ofInputs: tf.keep(tf.tensor1d(inputWords(program), 'int32')),
  };
}

/** What `HoldTensors.ofInputs` says. */
function inputWords(program: DenseProgram): Int32Array {
  const { inputs, bank } = program;
  const uses = countUses(wholeLayer(program));
  const { heating } = bank;
  if (!heating) return uses;
  const halfTurns = heating.full_nm / bank.freeSpectralRange_nm;
  const words = new Int32Array(3 * inputs);
  const bits = new Float32Array(words.buffer);
  for (let k = 0; k < inputs; k++) {
    words[3 * k] = uses[k]!;
    bits[3 * k + 1] = halfTurns * heating.excess[k]!;
    bits[3 * k + 2] = halfTurns * heating.excess[inputs + k]!;
  }
  return words;
}
