import { describe, expect, it } from 'vitest';
import { roundHalfEven } from '../../../src/base/roundHalfEven.js';
import { inputIndex, lumpedConv2dReference } from '../../../src/emulation/kernels/photonicConv2D/reference.js';
import { rowTuning } from '../../../src/emulation/kernels/photonicDense/holdRow.js';
import { lumpedDenseReference } from '../../../src/emulation/kernels/photonicDense/reference.js';
import type { ReferenceOptions } from '../../../src/emulation/kernels/referenceSteps.js';
import { numbersOf } from '../../../src/emulation/program/coded.js';
import type { MacProgram } from '../../../src/emulation/program/types.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { compile, convSpec, denseSpec, inputSize, onlyEffects, runReference } from '../../helpers/layers.js';
import { randomArray } from '../../helpers/random.js';
import { mean, variance } from '../../helpers/statistics.js';

const sonic = parseHardware({});

function layerOf(kind: 'conv2d' | 'dense', overrides: object = {}, adcRange?: number, twoPasses = false) {
  const hardware = parseHardware(overrides);
  const spec = kind === 'conv2d' ? convSpec({ twoPasses, filters: 6 }) : denseSpec({ twoPasses, filters: 6 });
  const program = spec.kind === 'conv2d' ? compile(spec, hardware, 1, adcRange) : compile(spec, hardware, 1, adcRange);
  return { spec, program, x: randomArray(3, inputSize(spec), twoPasses ? -1 : 0, 1, 0.3) };
}

describe('inputIndex', () => {
  // 3 x 3 input, one channel, 2 x 2 kernel, stride 2, one row of zeros above.
  const { geometry } = convSpec({
    input: [3, 3, 1],
    kernel: [2, 2],
    strides: [2, 2],
    padding: [
      [1, 0],
      [0, 1],
    ],
    filters: 1,
  });
  it.each([
    [0, 0, -1],
    [1, 0, -1],
    [2, 0, 0],
    [3, 0, 1],
    [0, 1, -1],
    [2, 1, 2],
    [3, 1, -1],
    [0, 2, 3],
    [3, 3, -1],
    [2, 3, 8],
  ])('k %i at position %i reads element %i', (k, position, expected) => {
    expect(inputIndex(geometry, 0, k, position)).toBe(expected);
  });
});

describe.each(['conv2d', 'dense'] as const)('%s', (kind) => {
  it('conversions beyond the limit are counted and clipped, by pass', () => {
    // Up to 5 products a row in CONV, up to 50 in FC.
    const range = kind === 'conv2d' ? 0.2 : 1;
    const { program, x } = layerOf(kind, { adc: { bits: 6 } }, range, true);
    const { limit, step } = program.adc;
    expect(limit).toBe(31);
    expect(step).toBeAllclose(range / 31);
    const { passes } = runReference(program, x);
    expect(passes).toHaveLength(2);
    for (const pass of passes) {
      const beyond = [...pass.u].filter((u) => Math.abs(roundHalfEven(u / step)) > limit).length;
      expect(beyond).toBeGreaterThan(0);
      expect(beyond).toBeLessThan(pass.u.length);
      expect(pass.clippedConversions).toBe(beyond);
      pass.u.forEach((u, at) => {
        const code = pass.adcCode![at]!;
        if (Math.abs(u) < range) expect(Math.abs(code * step - u)).toBeLessThanOrEqual(step / 2 + 1e-15);
        else expect(code).toBe(Math.sign(u) * limit);
      });
    }
  });

  it('with a wide range nothing clips', () => {
    const { program, x } = layerOf(kind);
    expect(runReference(program, x).passes.map((pass) => pass.clippedConversions)).toEqual([0]);
  });

  it('y is the scaled, signed sum of the converted partial sums plus the shift', () => {
    const { spec, program, x } = layerOf(kind, {}, 1, true);
    const { y, passes } = runReference(program, x);
    const samples = y.length / (program.kind === 'conv2d' ? program.filters : y.length);
    const expected = Float64Array.from(y, (_, at) => spec.bias![at % 6]!);
    passes.forEach((pass, p) => {
      pass.adcCode!.forEach((code, at) => {
        const row = Math.floor(at / samples);
        const output = program.kind === 'conv2d' ? (at % samples) * 6 + program.rowFilter[row]! : at % 6;
        const sign = p === 0 ? 1 : -1;
        expected[output]! +=
          sign * program.activationScale * program.weightScale * program.gainScale * code * program.adc.step;
      });
    });
    expect(y).toBeAllclose(expected, { atol: 1e-12 });
  });

  it('the second pass is the first of the negated input', () => {
    const { program, x } = layerOf(
      kind,
      { effects: onlyEffects('activationQuantisation', 'extinction', 'spectralCrosstalk') },
      undefined,
      true,
    );
    const [first, second] = runReference(program, x).passes;
    const [negated] = runReference(
      program,
      x.map((v) => -v),
    ).passes;
    expect(second!.u).toEqual(negated!.u);
    expect(second!.activationCode).toEqual(negated!.activationCode);
    expect(first!.u).not.toEqual(second!.u);
  });

  it('zero activations and lit samples are counted', () => {
    const { program, x } = layerOf(kind, { effects: onlyEffects('activationQuantisation') }, undefined, true);
    const { zeroActivations, passes } = runReference(program, x);
    expect(zeroActivations).toBe(x.filter((v) => Math.abs(v) * 65535 <= 0.5).length);
    const lit = passes.reduce((sum, pass) => sum + pass.litSamples, 0);
    if (program.kind === 'dense') {
      // One streamed weight for every active input and filter.
      const active = [...x.keys()].filter((k) => Math.abs(x[k]!) * 65535 > 0.5);
      const nonZero = active
        .flatMap((k) => [...numbersOf(program.streamed).subarray(k * 6, k * 6 + 6)])
        .filter((w) => w !== 0);
      expect(lit).toBe(nonZero.length);
    } else {
      // No padding: one activation for every entry and position, unless it is 0.
      let expected = 0;
      program.rowFilter.forEach((f, r) => {
        for (let e = program.rowStart[r]!; e < program.rowStart[r + 1]!; e++) {
          for (let position = 0; position < 12; position++) {
            if (Math.abs(x[inputIndex(program.geometry, f, program.entryK[e]!, position)]!) * 65535 > 0.5) expected++;
          }
        }
      });
      expect(lit).toBe(expected);
    }
  });

  it('depends on seed, image and layer, and on nothing else', () => {
    const { spec, program, x } = layerOf(kind);
    const u = (options: Partial<ReferenceOptions>, given: MacProgram = program) =>
      runReference(given, x, options).passes[0]!.u;
    expect(u({ runSeed: 2, image: 5 })).toEqual(u({ runSeed: 2, image: 5 }));
    expect(u({ runSeed: 3 })).not.toEqual(u({}));
    expect(u({ image: 1 })).not.toEqual(u({}));
    const other = { ...spec, index: 1 };
    expect(u({}, other.kind === 'conv2d' ? compile(other, sonic, 1) : compile(other, sonic, 1))).not.toEqual(u({}));
    expect(u({ noise: false, runSeed: 3 })).toEqual(u({ noise: false }));
  });

  // Same mean and variance, one normal per output instead of one per conversion: over 3,000 images each output's
  // mean is known to 1.8 % of its spread and its variance to 2.6 %; bounds are 5 of these standard errors.
  it('lumped has the mean and variance of exact, ADC rounding included', () => {
    const { program, x } = layerOf(kind, { adc: { bits: 10 }, receiver: { noise_pA_per_rtHz: 300 } }, 12);
    const lump = (image: number) =>
      program.kind === 'conv2d'
        ? lumpedConv2dReference(program, x, { runSeed: 1, image })
        : lumpedDenseReference(program, x, { runSeed: 1, image });
    const n = 3000;
    const scale = program.activationScale * program.weightScale * program.gainScale;
    const exact = Array.from({ length: n }, (_, image) => runReference(program, x, { image }).y);
    const lumped = Array.from({ length: n }, (_, image) => lump(image).y);
    const { value, variance: expected } = lump(0);
    for (const output of [0, 1, 4, 5]) {
      for (const runs of [exact, lumped]) {
        const samples = runs.map((y) => y[output]!);
        const shift = program.shift[output % 6]!;
        expect(Math.abs(mean(samples) - (scale * value[output]! + shift))).toBeLessThan(
          (5 * scale * Math.sqrt(expected[output]!)) / Math.sqrt(n),
        );
        expect(variance(samples)).toBeAllclose(scale ** 2 * expected[output]!, { rtol: 5 * Math.sqrt(2 / n) });
      }
    }
  });
});

describe('rowTuning', () => {
  it('splits imprints between the tuners on both rails and tells slow rows', () => {
    const { bank } = compile(denseSpec(), sonic, 1);
    expect(bank.eoRange_nm).toBe(0.45);
    const slow = rowTuning(bank, [0.1, 0.45, 0.5]);
    expect(slow).toEqual({ eo_nm: expect.closeTo(2), to_nm: expect.closeTo(0.1), slow: true });
    expect(rowTuning(bank, [0.1, 0.45]).slow).toBe(false);
    const thermal = compile(denseSpec(), parseHardware({ tuning: { mode: 'thermal' } }), 1).bank;
    expect(rowTuning(thermal, [0.1])).toEqual({ eo_nm: 0, to_nm: expect.closeTo(0.2), slow: true });
  });
});
