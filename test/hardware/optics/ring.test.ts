import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  convTransmission,
  detuning_nm,
  detuningLinearLevels,
  fcTransmission,
  type Ring,
  ringConstants,
  transmission,
} from '../../../src/hardware/optics/ring.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';

const sonic = ringConstants(parseHardware({}));

/** All-pass ring from its coupler and loss: Bogaerts et al. 2012, equation 2 (r self-coupling, a single-pass amplitude). */
function allPass(r: number, a: number, phase: number): number {
  const cosine = Math.cos(phase);
  return (a * a - 2 * r * a * cosine + r * r) / (1 - 2 * r * a * cosine + (r * a) ** 2);
}

/** Its full width at half depth in nm, found by bisection on the closed form. */
function widthOf(r: number, a: number, freeSpectralRange_nm: number): number {
  const half = (1 + allPass(r, a, 0)) / 2;
  let [low, high] = [0, Math.PI];
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    if (allPass(r, a, middle) < half) low = middle;
    else high = middle;
  }
  return (low / Math.PI) * freeSpectralRange_nm;
}

const couplers = fc.tuple(
  fc.double({ min: 0.8, max: 0.999, noNaN: true }),
  fc.double({ min: 0.8, max: 0.999, noNaN: true }),
);

describe('transmission', () => {
  it('is the all-pass ring of coupler and loss', () => {
    fc.assert(
      fc.property(couplers, fc.double({ min: -30, max: 30, noNaN: true }), ([r, a], distance_nm) => {
        const ring = {
          freeSpectralRange_nm: 18,
          linewidth_nm: 0,
          fullScaleDetuning_nm: 0,
          Tmin: ((a - r) / (1 - a * r)) ** 2,
          finesseCoefficient: (4 * a * r) / (1 - a * r) ** 2,
          response: null,
        };
        expect(transmission(ring, distance_nm)).toBeAllclose(allPass(r, a, (2 * Math.PI * distance_nm) / 18), {
          atol: 1e-9,
          rtol: 1e-9,
        });
      }),
    );
  });

  // The description does not say by how much light a ring keeps per turn; Q and extinction must amount to the same ring.
  it('of a quality factor and an extinction is the all-pass ring with that width and depth', () => {
    fc.assert(
      fc.property(couplers, fc.double({ min: -9, max: 9, noNaN: true }), ([r, a], distance_nm) => {
        const deepest = allPass(r, a, 0);
        fc.pre(deepest > 1e-6 && deepest < 0.5);
        const width_nm = widthOf(r, a, 18);
        const ring = ringConstants(
          parseHardware({
            microring: {
              qualityFactor: 1550 / width_nm,
              extinction_dB: -10 * Math.log10(deepest),
              fullScaleDetuning_linewidths: 1,
            },
          }),
        );
        expect(transmission(ring, distance_nm)).toBeAllclose(allPass(r, a, (2 * Math.PI * distance_nm) / 18), {
          atol: 1e-7,
          rtol: 0,
        });
      }),
    );
  });

  it('is half way up at half a linewidth, deepest on resonance, and repeats every free spectral range', () => {
    expect(transmission(sonic, 0)).toBeAllclose(10 ** -2.5);
    for (const side of [-1, 1]) {
      expect(transmission(sonic, (side * sonic.linewidth_nm) / 2)).toBeAllclose((1 + sonic.Tmin) / 2);
      expect(transmission(sonic, side * 0.4 + 18)).toBeAllclose(transmission(sonic, side * 0.4), { rtol: 1e-9 });
    }
    expect(sonic.linewidth_nm).toBeAllclose(1550 / 8000);
  });

  it('tends to a Lorentzian where the line is narrow', () => {
    const narrow = ringConstants(parseHardware({ microring: { qualityFactor: 1e6 } }));
    for (const linewidths of [0.1, 0.5, 1, 3, 10]) {
      const lorentzian = 1 - (1 - narrow.Tmin) / (1 + (2 * linewidths) ** 2);
      expect(transmission(narrow, linewidths * narrow.linewidth_nm)).toBeAllclose(lorentzian, { atol: 1e-6, rtol: 0 });
    }
  });

  it('rises with the distance up to half a free spectral range, and with the quality factor off resonance', () => {
    let before = -1;
    for (let distance_nm = 0; distance_nm <= 9; distance_nm += 0.05) {
      const here = transmission(sonic, distance_nm);
      expect(here).toBeGreaterThan(before);
      expect(here).toBeLessThanOrEqual(1);
      before = here;
    }
    const at = [2000, 4000, 8000, 16000].map((qualityFactor) =>
      transmission(ringConstants(parseHardware({ microring: { qualityFactor } })), 0.2),
    );
    expect(at).toEqual([...at].sort((a, b) => a - b));
  });
});

describe('ringConstants', () => {
  it('full scale of the preset is two linewidths off: 1 - (1 - Tmin)/17 but for the Airy correction', () => {
    expect(sonic.Tfs).toBeAllclose(1 - (1 - sonic.Tmin) / 17, { atol: 1e-3, rtol: 0 });
    expect(transmission(sonic, 2 * sonic.linewidth_nm)).toBe(sonic.Tfs);
  });

  it('without the effect extinction the notch reaches 0', () => {
    const ideal = ringConstants(parseHardware({ effects: { extinction: false } }));
    expect(ideal.Tmin).toBe(0);
    expect(transmission(ideal, 0)).toBe(0);
  });
});

describe('detuning_nm', () => {
  it('is the inverse of transmission', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (v) => {
        const t = convTransmission(sonic, v);
        const delta_nm = detuning_nm(sonic, t);
        expect(transmission(sonic, delta_nm)).toBeAllclose(t, { rtol: 1e-12 });
        expect(delta_nm).toBeGreaterThanOrEqual(0);
        expect(delta_nm).toBeLessThanOrEqual(sonic.fullScaleDetuning_nm * (1 + 1e-12));
      }),
    );
  });

  it('is 0 at the bottom of the notch, half a linewidth half way up, full-scale detuning at full scale', () => {
    expect(detuning_nm(sonic, sonic.Tmin)).toBe(0);
    expect(detuning_nm(sonic, (1 + sonic.Tmin) / 2)).toBeAllclose(sonic.linewidth_nm / 2);
    expect(detuning_nm(sonic, sonic.Tfs)).toBeAllclose(2 * sonic.linewidth_nm);
  });
});

describe('imprints', () => {
  it.each([
    ['CONV', convTransmission, (ring: Ring, v: number) => (1 - v) * ring.Tmin + v * ring.Tfs],
    ['FC', fcTransmission, (ring: Ring, v: number) => (v <= 0.003 ? ring.Tmin : v * ring.Tfs)],
  ] as const)('%s', (_, imprint, expected) => {
    for (const v of [0, 1e-4, 0.003, 0.5, 1]) expect(imprint(sonic, v)).toBeAllclose(expected(sonic, v));
  });
});

describe('detuningLinearLevels', () => {
  it('are what equal steps of detuning transmit, from 0 to 1', () => {
    const levels = detuningLinearLevels(sonic, 6);
    expect(levels).toHaveLength(64);
    expect(levels[0]).toBe(0);
    expect(levels[63]).toBeAllclose(1);
    for (let code = 1; code < 64; code++) {
      expect(levels[code]).toBeGreaterThan(levels[code - 1]!);
      expect(detuning_nm(sonic, convTransmission(sonic, levels[code]!))).toBeAllclose(
        (code / 63) * 2 * sonic.linewidth_nm,
        { rtol: 1e-9 },
      );
    }
  });
});
