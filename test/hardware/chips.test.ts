/** Chips by value: maps, resonances and transmissions of several chips, and a run's noise, against plain code. */

import { describe, expect, it } from 'vitest';
import { numbersOf } from '../../src/emulation/program/coded.js';
import { bankOf } from '../../src/hardware/optics/bank.js';
import { bankErrors, drawStaticMaps } from '../../src/hardware/optics/variation.js';
import { parseHardware } from '../../src/hardware/parseHardware.js';
import { compile, convSpec, denseSpec, runReference } from '../helpers/layers.js';
import { heatedTrims, ringDraws, slotsOf, stream, T, transmissions } from '../helpers/plainChip.js';
import { randomArray } from '../helpers/random.js';

const CHIPS = [0, 1, 2, 77, 2 ** 30 - 1];

/** Hardware and what of it the plain code wants to know. */
function chip(
  kind: 'conv' | 'fc',
  size: number,
  units: number,
  chipSeed: number,
  ted = true,
  temperatureOffset_K = 0.01,
) {
  const [wavelengthsPerWaveguide, hoursSinceCalibration] = [4, 25];
  const hardware = parseHardware({
    vdu: { [kind]: { size, units } },
    grid: { wavelengthsPerWaveguide, compensation: 'gain' },
    tuning: { ted, temperatureOffset_K, hoursSinceCalibration },
    effects: { selfHeating: false },
  });
  const plain = { kind, size, wavelengthsPerWaveguide, chipSeed, ted, temperatureOffset_K, hoursSinceCalibration };
  return { hardware, plain };
}

describe('the plain code', () => {
  it("draws what TensorFlow's StatelessRandomNormal does", () => {
    // Section 9 of the contract: the pair (7, 11).
    const expected = [0.3736024797, 0.7093726397, 1.1035708189, -0.0856041834, 0.7084914446, -0.8373997808];
    const { normal } = stream(7, 11);
    expect(expected.map((_, sample) => normal(sample))).toBeAllclose(expected, { atol: 2e-7 });
  });

  it('has a ring of 25 dB whose line is 1550 / 8000 nm wide', () => {
    expect([T(0), (T(1550 / 16000) - T(0)) / (1 - T(0)), T(18)]).toBeAllclose([10 ** -2.5, 0.5, 10 ** -2.5]);
  });
});

describe.each(CHIPS)('chip %i', (chipSeed) => {
  it.each([
    ['conv', 6, 3],
    ['fc', 9, 2],
  ] as const)('%s: residuals, trims, couplings, drifts, gains and sources of every ring', (kind, size, units) => {
    const { hardware, plain } = chip(kind, size, units, chipSeed);
    const maps = drawStaticMaps(hardware, chipSeed, kind);
    const slots = slotsOf(plain);
    expect(maps.residual).toHaveLength(units * 2 * slots);
    const at = Array.from({ length: units * 2 * slots }, (_, index) =>
      ringDraws(plain, Math.floor(index / slots / 2), Math.floor(index / slots) % 2, index % slots),
    );
    expect(maps.residual).toBeAllclose(
      at.map(({ residual }) => residual),
      { atol: 1e-12 },
    );
    expect(maps.trim_nm).toBeAllclose(
      at.map(({ trim_nm }) => trim_nm),
      { atol: 1e-12 },
    );
    expect(maps.coupling).toBeAllclose(
      at.flatMap(({ xi }) => [0, 1, 2, 3].map(xi)),
      { atol: 1e-12 },
    );
    expect(maps.heatedTrim_nm).toBeAllclose(
      at.flatMap((_, index) => {
        const [unit, rail, slot] = [Math.floor(index / slots / 2), Math.floor(index / slots) % 2, index % slots];
        return heatedTrims(plain, unit, rail, slot)[slot % 4]!;
      }),
      { atol: 1e-10 },
    );
    expect(maps.drift!).toBeAllclose(
      at.map(({ drift }) => drift),
      { atol: 1e-12 },
    );
    const errors = bankErrors(hardware, bankOf(hardware, kind), maps);
    expect(errors.gain!).toBeAllclose(
      at.map(({ gain }) => gain),
      { atol: 1e-12 },
    );
    expect(errors.source_nm!).toBeAllclose(
      at.filter((_, index) => Math.floor(index / slots) % 2 === 0).map(({ source_nm }) => source_nm),
      { atol: 1e-15 },
    );
  });

  it.each([true, false])('holds the kernels of a convolution at the plain transmissions, ted %s', (ted) => {
    const { hardware, plain } = chip('conv', 6, 3, chipSeed, ted);
    const program = compile(convSpec({ input: [3, 3, 3], filters: 3 }), hardware, 1, 2, chipSeed);
    expect(program.rowFilter.length).toBeGreaterThan(3);
    program.rowFilter.forEach((_, row) => {
      const [from, to] = [program.rowStart[row]!, program.rowStart[row + 1]!];
      const held = Array.from(numbersOf(program.held).subarray(from, to));
      const [plus, minus] = [0, 1].map((rail) => transmissions(plain, row % 3, rail, held));
      expect(program.hPlus.subarray(from, to)).toBeAllclose(plus!, { atol: 1e-10 });
      expect(program.hMinus.subarray(from, to)).toBeAllclose(minus!, { atol: 1e-10 });
    });
  });

  it.each([true, false])('holds the activations of a dense layer likewise, ted %s', (ted) => {
    const { hardware, plain } = chip('fc', 9, 2, chipSeed, ted);
    const program = compile(denseSpec({ inputs: 40, filters: 2 }), hardware, 1, 2, chipSeed);
    const [pass] = runReference(program, randomArray(5, 40, 0, 1, 0.2)).passes;
    expect(pass!.k.length).toBeGreaterThan(2);
    pass!.held.forEach((values, row) => {
      const [plus, minus] = [0, 1].map((rail) => transmissions(plain, row % 2, rail, Array.from(values)));
      expect(pass!.hPlus[row]).toBeAllclose(plus!, { atol: 1e-10 });
      expect(pass!.hMinus[row]).toBeAllclose(minus!, { atol: 1e-10 });
    });
  });
});

describe('read noise by value', () => {
  it.each([
    [1, 0, 0],
    [5, 3, 17],
    [2 ** 30 - 1, 2046, 2 ** 20 - 1],
  ])(
    'of run %i, layer %i, image %i: pass, row and sample take their own place of the stream',
    (runSeed, index, image) => {
      const { hardware } = chip('conv', 6, 3, 1);
      const { hardware: fcHardware } = chip('fc', 9, 2, 1);
      const conv = compile(convSpec({ input: [4, 5, 3], index, twoPasses: true }), hardware, 1, 2);
      const dense = compile(denseSpec({ inputs: 30, filters: 5, index, twoPasses: true }), fcHardware, 1, 2);
      for (const [program, elements, samples] of [
        [conv, 60, 6],
        [dense, 30, 5],
      ] as const) {
        const x = randomArray(3, elements, -1, 1, 0.3);
        const [loud, quiet] = [true, false].map((noise) => runReference(program, x, { runSeed, image, noise }));
        loud!.passes.forEach(({ u, variance }, pass) => {
          // Positions are 2 x 3, filters 5: both are padded to 8 in the stream.
          const { normal } = stream(runSeed + 0x40000000 * pass, index * 2 ** 20 + image);
          const expected = Array.from(u, (_, at) => normal(Math.floor(at / samples) * 8 + (at % samples)));
          const drawn = u.map((value, at) => (value - quiet!.passes[pass]!.u[at]!) / Math.sqrt(variance[at]!));
          expect(drawn).toBeAllclose(expected, { atol: 1e-9 });
        });
      }
    },
  );
});
