import { describe, expect, it } from 'vitest';
import { bankOf } from '../../../src/hardware/optics/bank.js';
import { linkBudget, noiseTerms } from '../../../src/hardware/optics/linkBudget.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';

const sonic = parseHardware({});

describe('linkBudget', () => {
  // CONV: 1.6 + 0.9 + 3.1 + 1 dB/cm * 5 * 15 um (0.0075) + 4 * 0.02 + 0.72 = 6.4075 dB; 10^-0.64075 = 0.228691.
  // I = 1 A/W * 0.325 mW * 0.228691 = 74.3247 uA. Five of them stay below 1 mA.
  it('of a CONV unit', () => {
    const { loss_dB, I_A, capped } = linkBudget(sonic, bankOf(sonic, 'conv'));
    expect(loss_dB).toBeAllclose(6.4075);
    expect(I_A).toBeAllclose(74.3247e-6, { rtol: 1e-5 });
    expect(capped).toBe(false);
  });

  // FC: no rail splitter, ten rings: 1.6 + 0.9 + 0.015 + 9 * 0.02 + 0.72 = 3.415 dB; 0.325 mW * 0.45551 = 0.148 mA.
  // Ten of them are 1.48 mA: capped to 1 mA / 10.
  it('of an FC unit is capped by the photodetector', () => {
    const { loss_dB, I_A, capped } = linkBudget(sonic, bankOf(sonic, 'fc'));
    expect(loss_dB).toBeAllclose(3.415);
    expect(I_A).toBeAllclose(1e-4);
    expect(capped).toBe(true);
    const bright = parseHardware({ photodetector: { maximumCurrent_mA: 10 } });
    expect(linkBudget(bright, bankOf(bright, 'fc')).I_A).toBeAllclose(0.325e-3 * 10 ** -0.3415);
  });
});

describe('noiseTerms', () => {
  // B = 1 / (2 * 14 ns) = 35.7143 MHz. Currents of one sample: shot 2 q B = 1.144412e-11 A per A; receiver
  // (10 pA)^2 B = 3.571429e-15 A^2; RIN 1e-15 B = 3.571429e-8 of the light squared. Divide by (I c)^2 for u.
  it.each(['conv', 'fc'] as const)('of a %s unit, times (I c)^2, are currents squared', (kind) => {
    const bank = bankOf(sonic, kind);
    const I_A = 5e-5;
    const { shot, dark, thermal, intensity } = noiseTerms(sonic, bank, I_A);
    const full_A2 = (I_A * bank.c) ** 2;
    expect(shot * full_A2).toBeAllclose(1.144412e-11 * I_A, { rtol: 1e-6 });
    // Two photodetectors on each waveguide (CONV: one waveguide, FC: five), 35 nA each.
    expect(dark * full_A2).toBeAllclose(1.144412e-11 * 2 * (kind === 'conv' ? 1 : 5) * 35e-9, { rtol: 1e-6 });
    expect(thermal * full_A2).toBeAllclose(3.571429e-15, { rtol: 1e-6 });
    expect(intensity * full_A2).toBeAllclose(3.571429e-8 * I_A ** 2, { rtol: 1e-6 });
  });

  it('are 0 where their effect is off', () => {
    const off = parseHardware({ effects: { shotNoise: false, thermalNoise: false, intensityNoise: false } });
    expect(noiseTerms(off, bankOf(off, 'conv'), 1e-4)).toEqual({ shot: 0, dark: 0, thermal: 0, intensity: 0 });
  });

  it.each([
    [{ receiver: { samplingInterval_ns: 7 } }, 2],
    [{ adc: { interleave: 2 } }, 2],
    [{ adc: { latency_ns: 28 } }, 0.5],
    // The DAC of the activations becomes the slowest: 140 ns.
    [{ activationDac: { latency_ns: 140 } }, 0.1],
  ])('the noise bandwidth follows the sampling interval: %j', (overrides, factor) => {
    const hardware = parseHardware(overrides);
    const [there, here] = [sonic, hardware].map((h) => noiseTerms(h, bankOf(h, 'conv'), 1e-4).thermal);
    expect(here! / there!).toBeAllclose(factor);
  });
});
