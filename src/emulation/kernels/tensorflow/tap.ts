/** Brings what composed kernels computed on the way to the host, block by block: the arithmetic is the same without. */
import { imagesOf } from '../../../base/batch.js';
import type { Tensor } from '../../../base/tensorflow/tf.js';
import type { MacProgram } from '../../program/types.js';
import type { Tap } from '../contract.js';
import type { Converted } from './composedConverter.js';

interface PassOfImage {
  activationCode: Int32Array | null;
  readonly u: number[];
  readonly code: number[];
  /** Whether there are codes. */
  converted: boolean;
  clippedConversions: number;
}

export class TapBuilder {
  readonly #program: MacProgram;
  readonly #passes: PassOfImage[][];

  constructor(program: MacProgram, images: number) {
    this.#program = program;
    this.#passes = Array.from({ length: images }, () =>
      Array.from({ length: program.passes }, () => ({
        activationCode: null,
        u: [],
        code: [],
        converted: program.adc.quantise,
        clippedConversions: 0,
      })),
    );
  }

  /** @param codes of the inputs' elements, [images, ...]. */
  addActivations(pass: number, codes: Tensor): void {
    if (!this.#program.activationDac.quantise) return;
    const values = codes.dataSync<'float32'>();
    this.#passes.forEach((passes, i) => {
      passes[pass]!.activationCode = Int32Array.from(imagesOf(values, this.#passes.length, i));
    });
  }

  /** Rows of all images, [images, rows, samples], in the order of the rows. */
  add(pass: number, { u, code, clipped }: Converted): void {
    const images = this.#passes.length;
    const [uValues, codes] = [u.dataSync<'float32'>(), code.dataSync<'float32'>()];
    const clips = clipped?.dataSync<'float32'>();
    this.#passes.forEach((passes, i) => {
      const own = passes[pass]!;
      for (const value of imagesOf(uValues, images, i)) own.u.push(value * this.#program.adc.step);
      for (const value of imagesOf(codes, images, i)) own.code.push(value);
      own.converted = clips !== undefined;
      if (clips) own.clippedConversions += imagesOf(clips, images, i).reduce((a, b) => a + b, 0);
    });
  }

  /** [image][pass]. */
  build(): Tap[][] {
    return this.#passes.map((passes) =>
      passes.map(({ activationCode, u, code, converted, clippedConversions }) => ({
        activationCode,
        u: Float64Array.from(u),
        adcCode: converted ? Int32Array.from(code) : null,
        clippedConversions,
      })),
    );
  }
}
