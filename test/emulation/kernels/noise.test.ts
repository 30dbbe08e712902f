/**
 * Read noise of the float64 reference against section 6 of the contract, written out here in amperes.
 * Every sample is standardised by the mean and variance that section 6 gives for it, so that all of them together test
 * one distribution. With n = 100,000 a mean off by 1.6 % of the noise, a variance off by 2.2 % or a correlation of
 * 1.6 % lies five standard errors out; none of the three can pass unnoticed.
 */

import { describe, expect, it } from 'vitest';
import type { BatchNormSpec } from '../../../src/emulation/compiler/layerSpec.js';
import { inputIndex } from '../../../src/emulation/kernels/photonicConv2D/reference.js';
import { emit, quantiseActivations } from '../../../src/emulation/kernels/referenceSteps.js';
import { numbersOf } from '../../../src/emulation/program/coded.js';
import type { MacProgram } from '../../../src/emulation/program/types.js';
import type { HardwareDescription } from '../../../src/hardware/description.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { compile, convSpec, denseSpec, inputSize, onlyEffects, runReference } from '../../helpers/layers.js';
import { randomArray } from '../../helpers/random.js';
import { correlation, distanceFromNormal, mean, variance } from '../../helpers/statistics.js';

const LINE = ['shotNoise', 'thermalNoise', 'intensityNoise', 'converterNoise'] as const;
const STATIC = ['extinction', 'spectralCrosstalk', 'thermalCrosstalk', 'processVariation'] as const;

interface Slot {
  readonly v: number;
  readonly plus: number;
  readonly minus: number;
}

/** Emitted values and transmissions behind every partial sum of a pass, [row * samples + sample][slot]. */
function slotsOf(program: MacProgram, x: Float32Array, pass: number): { gain: number; slots: Slot[] }[] {
  const value = quantiseActivations(program, x, pass).value;
  if (program.kind === 'conv2d') {
    const light = emit(program, value);
    const positions = program.geometry.output[0] * program.geometry.output[1];
    return Array.from(program.rowFilter).flatMap((f, r) =>
      Array.from({ length: positions }, (_, position) => ({
        gain: program.gain[f]!,
        slots: Array.from({ length: program.rowStart[r + 1]! - program.rowStart[r]! }, (_unused, slot) => {
          const e = program.rowStart[r]! + slot;
          const at = inputIndex(program.geometry, f, program.entryK[e]!, position);
          return { v: at < 0 ? 0 : light[at]!, plus: program.hPlus[e]!, minus: program.hMinus[e]! };
        }),
      })),
    );
  }
  const { k, hPlus, hMinus } = runReference(program, x, { noise: false }).passes[pass]!;
  return k.flatMap((row, r) =>
    Array.from({ length: program.filters }, (_, f) => ({
      gain: program.gain[f]!,
      // A weight lights one of two buses; only the ring of its sign's rail passes light.
      slots: Array.from(row, (input, j) => {
        const w = numbersOf(program.streamed)[input * program.filters + f]!;
        return { v: Math.abs(w), plus: w > 0 ? hPlus[r]![j]! : 0, minus: w < 0 ? hMinus[r]![j]! : 0 };
      }),
    })),
  );
}

/** Section 6's mean and variance of u, from currents. */
function expectedOf(
  program: MacProgram,
  hardware: HardwareDescription,
  { gain, slots }: { gain: number; slots: Slot[] },
) {
  const { effects } = hardware;
  const q = 1.602176634e-19;
  const B_Hz = 1 / (2 * 14e-9);
  const I = program.I_A;
  const waveguides = program.kind === 'conv2d' ? 1 : 5;
  const dark_A = 2 * waveguides * hardware.photodetector.darkCurrent_nA * 1e-9;
  const bright_A = slots.reduce((sum, { v, plus, minus }) => sum + I * gain * v * (plus + minus), 0);
  const beat_A2 = slots.reduce((sum, { v, plus, minus }) => sum + (I * gain * v * (plus - minus)) ** 2, 0);
  const rin = 10 ** (hardware.vcsel.relativeIntensityNoise_dB_per_Hz / 10);
  const noise_A2 =
    (effects.shotNoise ? 2 * q * B_Hz * (bright_A + dark_A) : 0) +
    (effects.thermalNoise ? (hardware.receiver.noise_pA_per_rtHz * 1e-12) ** 2 * B_Hz : 0) +
    (effects.intensityNoise ? rin * B_Hz * beat_A2 : 0);
  const full_A = I * program.c;
  const { effectiveBits, bits } = hardware.adc;
  const step = program.adc.range / (2 ** (bits - 1) - 1);
  const converter =
    effects.converterNoise && effectiveBits !== null
      ? Math.max(0, ((2 * program.adc.range) / 2 ** effectiveBits) ** 2 / 12 - step ** 2 / 12)
      : 0;
  const current_A = slots.reduce((sum, { v, plus, minus }) => sum + I * gain * v * (plus - minus), 0);
  return { mean: current_A / full_A, variance: noise_A2 / full_A ** 2 + converter };
}

/** Gains from 1 down to 0.2. */
function batchNormOf(filters: number): BatchNormSpec {
  const zeros = new Float64Array(filters);
  const gamma = Float64Array.from(zeros, (_, f) => 1 - (0.8 * f) / (filters - 1));
  return { gamma, beta: zeros, mean: zeros, variance: zeros.map(() => 1), epsilon: 0 };
}

/** A layer and its standardised noise, [image][pass][row * samples + sample]. */
function standardised(kind: 'conv2d' | 'dense', overrides: object, images: number) {
  const hardware = parseHardware(overrides);
  const spec =
    kind === 'conv2d'
      ? convSpec({
          input: [6, 6, 2],
          filters: 4,
          batchNorm: batchNormOf(4),
          twoPasses: true,
          padding: [
            [1, 0],
            [0, 1],
          ],
        })
      : denseSpec({ inputs: 240, filters: 12, batchNorm: batchNormOf(12), twoPasses: true });
  const program = spec.kind === 'conv2d' ? compile(spec, hardware, 1, 2) : compile(spec, hardware, 1, 2);
  const x = randomArray(21, inputSize(spec), -1, 1, 0.2);
  const expected = [0, 1].map((pass) => slotsOf(program, x, pass).map((sum) => expectedOf(program, hardware, sum)));
  const z = Array.from({ length: images }, (_, image) =>
    runReference(program, x, { image, runSeed: 9 }).passes.map(({ u }, pass) =>
      u.map((value, at) => (value - expected[pass]![at]!.mean) / Math.sqrt(expected[pass]![at]!.variance)),
    ),
  );
  return { program, z, all: Float64Array.from(z.flat().flatMap((pass) => [...pass])) };
}

/** Enough images for about 100,000 samples. */
const IMAGES = { conv2d: 220, dense: 2100 } as const;

describe.each(['conv2d', 'dense'] as const)('read noise of %s', (kind) => {
  it.each([
    ['all sources', { effects: onlyEffects(...LINE, ...STATIC), adc: { effectiveBits: 9 } }],
    [
      'shot noise alone, much light, no darkness',
      { effects: onlyEffects('shotNoise'), photodetector: { darkCurrent_nA: 0.01 } },
    ],
    ['shot noise of the dark current', { effects: onlyEffects('shotNoise'), photodetector: { darkCurrent_nA: 1e6 } }],
    ['thermal noise alone', { effects: onlyEffects('thermalNoise') }],
    [
      'thermal and strong intensity noise',
      {
        effects: onlyEffects('thermalNoise', 'intensityNoise', ...STATIC),
        vcsel: { relativeIntensityNoise_dB_per_Hz: -120 },
      },
    ],
    ['converter noise alone', { effects: onlyEffects('converterNoise', 'adcQuantisation'), adc: { effectiveBits: 6 } }],
  ])('%s: moments and shape are those of section 6', (_, overrides) => {
    const { all } = standardised(kind, overrides, IMAGES[kind] / 2);
    const n = all.length;
    expect(n).toBeGreaterThan(25_000);
    expect(Math.abs(mean(all))).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(variance(all, 0) - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    expect(distanceFromNormal(all)).toBeLessThan(1.95 / Math.sqrt(n));
  });

  it('is independent between rows, samples, images and passes', () => {
    const { program, z, all } = standardised(kind, { effects: onlyEffects(...LINE, ...STATIC) }, IMAGES[kind]);
    expect(all.length).toBeGreaterThan(50_000);
    const samples = program.kind === 'conv2d' ? 25 : 12;
    const pairs = {
      samples: [] as [number, number][],
      rows: [] as [number, number][],
      images: [] as [number, number][],
      passes: [] as [number, number][],
    };
    z.forEach((passes, image) => {
      passes.forEach((pass, p) => {
        pass.forEach((value, at) => {
          if ((at + 1) % samples !== 0 && at + 1 < pass.length) pairs.samples.push([value, pass[at + 1]!]);
          if (at + samples < pass.length) pairs.rows.push([value, pass[at + samples]!]);
          if (image + 1 < z.length) pairs.images.push([value, z[image + 1]![p]![at]!]);
          if (p === 0 && at < passes[1]!.length) pairs.passes.push([value, passes[1]![at]!]);
        });
      });
    });
    for (const [between, list] of Object.entries(pairs)) {
      expect(list.length, between).toBeGreaterThan(20_000);
      const [a, b] = [0, 1].map((side) => list.map((pair) => pair[side]!));
      expect(Math.abs(correlation(a!, b!)), between).toBeLessThan(5 / Math.sqrt(list.length));
      const squares = [a!, b!].map((series) => series.map((value) => value * value));
      expect(Math.abs(correlation(squares[0]!, squares[1]!)), between).toBeLessThan(5 / Math.sqrt(list.length));
    }
  });

  it('is not drawn where no source is on', () => {
    const hardware = parseHardware({ effects: onlyEffects(...STATIC) });
    const spec = kind === 'conv2d' ? convSpec() : denseSpec();
    const program = spec.kind === 'conv2d' ? compile(spec, hardware, 1) : compile(spec, hardware, 1);
    const x = randomArray(2, inputSize(spec), 0, 1);
    expect(runReference(program, x, { image: 1 }).passes[0]!.u).toEqual(
      runReference(program, x, { image: 2 }).passes[0]!.u,
    );
  });
});
