/** The signal-to-noise ratio against the float64 definition, and against noise that is drawn. */
import { describe, expect, it } from 'vitest';
import { calibrate, compileForChip } from '../../../src/emulation/calibration/calibrate.js';
import { layerSnrs } from '../../../src/emulation/calibration/snr.js';
import {
  lumpedConv2dReference,
  photonicConv2dReference,
} from '../../../src/emulation/kernels/photonicConv2D/reference.js';
import {
  lumpedDenseReference,
  photonicDenseReference,
} from '../../../src/emulation/kernels/photonicDense/reference.js';
import type { MacProgram } from '../../../src/emulation/program/types.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';
import { sonicMnist } from '../../../src/networks/zoo/sonicMnist.js';
import { activations, bankOf, convProgram, denseProgram, geometryOf } from '../kernels/programs.js';

const geometry = geometryOf({ input: [9, 8, 3], kernel: [3, 3], filters: 6 });
const chirping = { chirp_nm: 0.05, lightPoint: [0.6, 0.5] as const };
const slopes = (seed: number) => activations(seed, convProgram(7, geometry).entryK.length, true).map((v) => 3 * v);
const chirpingConv = {
  ...{ chirp_nm: 0.05, lightPoint: 0.6 },
  ...{ dPlus: Float64Array.from(slopes(3)), dMinus: Float64Array.from(slopes(4)) },
};
const PROGRAMS: [string, MacProgram, number][] = ([1, 2] as const).flatMap((passes): [string, MacProgram, number][] => [
  [`convolution, ${passes} passes`, convProgram(7, geometry, { passes }), 9 * 8 * 3],
  [`dense layer, ${passes} passes`, denseProgram(7, 37, 21, bankOf(9), { passes }), 37],
  [
    `convolution of chirping sources, ${passes} passes`,
    convProgram(7, geometry, { passes, ...chirpingConv }),
    9 * 8 * 3,
  ],
  [
    `dense layer of chirping sources, ${passes} passes`,
    denseProgram(7, 37, 21, bankOf(9), { passes, ...chirping }),
    37,
  ],
]);
const IMAGES = [11, 12, 13];

const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
const spread = (values: readonly number[]) => mean(values.map((v) => (v - mean(values)) ** 2));
const decibel = (ratio: number) => 10 * Math.log10(ratio);

async function snrOf(layer: MacProgram, inputs: readonly Float32Array[]) {
  const program = { hardware: parseHardware({}), chipSeed: 1, layers: [layer], warnings: [] };
  return (await layerSnrs(program, [inputs]))[0]!;
}

describe.each(PROGRAMS)('%s', (_, program, elements) => {
  const inputs = IMAGES.map((seed) => activations(seed, elements, program.passes === 2));

  it('is the variance of the lumped value over its mean variance, rounding aside', async () => {
    const plain = { ...program, adc: { ...program.adc, quantise: false } };
    const sums = inputs.map((x) =>
      plain.kind === 'conv2d'
        ? lumpedConv2dReference(plain, x, { runSeed: 1, image: 0 })
        : lumpedDenseReference(plain, x, { runSeed: 1, image: 0 }),
    );
    const signal = spread(sums.flatMap(({ value }) => [...value]));
    const noise = mean(sums.flatMap(({ variance }) => [...variance]));
    expect(await snrOf(program, inputs)).toBeAllclose(decibel(signal / noise), { atol: 1e-3, rtol: 0 });
  });

  it('is what drawn noise has, from outputs alone', async () => {
    const bare: MacProgram = { ...program, shift: new Float64Array(program.filters) };
    const run = (x: Float32Array, image: number, noise: boolean) => {
      const options = { runSeed: 1, image, noise, adc: false };
      return Array.from(
        (bare.kind === 'conv2d' ? photonicConv2dReference(bare, x, options) : photonicDenseReference(bare, x, options))
          .y,
      );
    };
    const clean = inputs.map((x) => run(x, 0, false));
    const errors = inputs.flatMap((x, i) =>
      Array.from({ length: 60 }, (_, draw) =>
        run(x, 60 * i + draw, true).map((y, at) => (y - clean[i]![at]!) ** 2),
      ).flat(),
    );
    const measured = decibel(spread(clean.flat()) / mean(errors));
    // 3,780 squares of normals or more: 2.3 per cent, a tenth of a decibel; six of those.
    expect(await snrOf(program, inputs)).toBeAllclose(measured, { atol: 0.6, rtol: 0 });
  });

  it('is undefined without noise, without optics, and without signal', async () => {
    expect(await snrOf({ ...program, noise: { shot: 0, intensity: 0, constant: 0 } }, inputs)).toBeNull();
    expect(await snrOf({ ...program, activationScale: 0 }, inputs)).toBeNull();
    expect(await snrOf(program, [new Float32Array(elements)])).toBeNull();
  });
});

describe('a compiled network', () => {
  const network = sonicMnist(1);
  const images = activations(5, 2 * 784, false);
  const snrsWith = async (hardware: ReturnType<typeof presetHardware>) =>
    (await compileForChip(network, hardware, 1, await calibrate(network, hardware, images))).layers.map(
      ({ snr_dB }) => snr_dB,
    );

  it('has a ratio a layer, which ten times the receiver noise lowers by 20 dB where that noise is all', async () => {
    expect(await snrsWith(presetHardware('sonic-ideal'))).toEqual([null, null, null, null]);
    const only = { ...presetHardware('sonic-ideal').effects, thermalNoise: true };
    const quiet = await snrsWith(presetHardware('sonic', { effects: only, receiver: { noise_pA_per_rtHz: 1 } }));
    const loud = await snrsWith(presetHardware('sonic', { effects: only, receiver: { noise_pA_per_rtHz: 10 } }));
    for (const [l, ratio] of quiet.entries()) expect(ratio! - loud[l]!).toBeAllclose(20, { atol: 1e-4, rtol: 0 });
  }, 120_000);
});
