import { describe, expect, it } from 'vitest';
import type { HardwareDescription } from '../../../src/hardware/description.js';
import { type BankKind, bankOf } from '../../../src/hardware/optics/bank.js';
import { thermalCoupling } from '../../../src/hardware/optics/thermal.js';
import {
  bankErrors,
  drawStaticMaps,
  drawTrims,
  fcThermoOpticShift_nm,
  thermoOpticShift_nm,
} from '../../../src/hardware/optics/variation.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { correlation, distanceFromNormal, mean, variance } from '../../helpers/statistics.js';

/** Errors of all rings of a chip, [unit][rail][slot], all held at thermo-optic shift `to_nm`. */
function errorsOf(hardware: HardwareDescription, kind: BankKind, chipSeed: number, to_nm = 0): Float64Array {
  const bank = bankOf(hardware, kind);
  const { rail: errors } = bankErrors(hardware, bank, drawStaticMaps(hardware, chipSeed, kind));
  const { units } = hardware.vdu[kind];
  const out = new Float64Array(units * 2 * bank.slots);
  const thermoOptic_nm = new Float64Array(bank.slots).fill(to_nm);
  for (let unit = 0; unit < units; unit++) {
    for (const rail of [0, 1] as const) errors(unit, rail, thermoOptic_nm, out, (unit * 2 + rail) * bank.slots);
  }
  return out;
}

describe('process variation', () => {
  // 20,000 units of 5 on two rails: n = 200,000. Bounds of 5 standard errors show a scale wrong by 1 %.
  it('is normal with the standard deviation that trimming leaves', () => {
    const hardware = parseHardware({ vdu: { conv: { units: 20000 } }, effects: { thermalCrosstalk: false } });
    const errors = errorsOf(hardware, 'conv', 4).map((e) => e / 0.001);
    const n = errors.length;
    expect(n).toBe(200_000);
    expect(Math.abs(mean(errors))).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(variance(errors) - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    expect(distanceFromNormal(errors)).toBeLessThan(1.95 / Math.sqrt(n));
    expect(Math.abs(correlation(errors.subarray(1), errors.subarray(0, n - 1)))).toBeLessThan(5 / Math.sqrt(n));
  });

  it('is the same chip for the same seed, another for another, and none with the effect off', () => {
    const hardware = parseHardware({});
    expect(errorsOf(hardware, 'fc', 4)).toEqual(errorsOf(hardware, 'fc', 4));
    expect(errorsOf(hardware, 'fc', 5)).not.toEqual(errorsOf(hardware, 'fc', 4));
    const off = parseHardware({ effects: { processVariation: false, thermalCrosstalk: false } });
    expect(errorsOf(off, 'conv', 4).every((e) => e === 0)).toBe(true);
  });

  it('of a unit does not depend on how many units there are', () => {
    const [few, many] = [10, 50].map((units) => errorsOf(parseHardware({ vdu: { conv: { units } } }), 'conv', 4));
    expect(many!.subarray(0, few!.length)).toEqual(few);
  });
});

describe('drawTrims', () => {
  // Uniform on [0, 4.2 nm): mean 2.1, variance 4.2^2 / 12 = 1.47. n = 200,000.
  it('are uniform about the mean process shift', () => {
    const trims = drawTrims(parseHardware({ vdu: { conv: { units: 20000 } } }), 4, 'conv');
    const n = trims.length;
    expect(Math.abs(mean(trims) - 2.1)).toBeLessThan(5 * Math.sqrt(1.47 / n));
    expect(Math.abs(variance(trims) - 1.47)).toBeLessThan(5 * 4.2 ** 2 * Math.sqrt(1 / 180 / n));
    expect(Math.min(...trims.slice(0, 5000))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...trims.slice(0, 5000))).toBeLessThan(4.2);
  });
});

describe('thermal crosstalk', () => {
  it('vanishes with TED and no residual', () => {
    const off = { processVariation: false };
    const tuned = parseHardware({ tuning: { ted: true, tedResidual: 0 }, effects: off });
    expect(errorsOf(tuned, 'conv', 4, 0.3).every((e) => e === 0)).toBe(true);
    expect(errorsOf(parseHardware({ effects: off }), 'conv', 4, 0.3).every((e) => e !== 0)).toBe(true);
  });

  it('without TED adds what every neighbour on the waveguide and rail radiates', () => {
    const hardware = parseHardware({
      vdu: { fc: { size: 7, units: 3 } },
      grid: { wavelengthsPerWaveguide: 3 },
      tuning: { ted: false },
      effects: { processVariation: false },
    });
    const trims = drawTrims(hardware, 8, 'fc');
    const errors = errorsOf(hardware, 'fc', 8, 0.25);
    const expected = Array.from(trims, (_, at) => {
      const first = at - (at % 3);
      let sum = 0;
      // Radius 5, gap 5: neighbours 5 um apart edge to edge, the next ones 20.
      for (let j = first; j < first + 3; j++) {
        if (j !== at) sum += thermalCoupling(Math.abs(j - at) === 1 ? 5 : 20) * (trims[j]! + 0.25);
      }
      return sum;
    });
    expect(errors).toHaveLength(3 * 2 * 9);
    expect(errors).toBeAllclose(expected);
  });

  // e = rho sum_j K_j xi_j (s_j + to): variance rho^2 sum_j K_j^2 (E s^2 + 2 to E s + to^2), E s = S, E s^2 = (2 S)^2 / 3.
  // Over 20,000 units the variance is known to about 2 % (kurtosis up to 7), so 8 % is four standard errors.
  it.each([0, 2])('with TED spreads as its residual says, slot %i', (slot) => {
    const hardware = parseHardware({ vdu: { conv: { units: 20000 } }, effects: { processVariation: false } });
    const to_nm = 0.3;
    const errors = errorsOf(hardware, 'conv', 4, to_nm);
    const ofSlot = Float64Array.from({ length: 40000 }, (_, rail) => errors[rail * 5 + slot]!);
    const second = (2 * 2.1) ** 2 / 3 + 2 * to_nm * 2.1 + to_nm ** 2;
    let expected = 0;
    for (let j = 0; j < 5; j++)
      if (j !== slot) expected += (0.01 * thermalCoupling(Math.abs(j - slot) * 15 - 10)) ** 2 * second;
    expect(variance(ofSlot)).toBeAllclose(expected, { rtol: 0.08 });
    expect(Math.abs(mean(ofSlot))).toBeLessThan(5 * Math.sqrt(expected / ofSlot.length));
  });
});

describe('temperature offset', () => {
  it('shifts every ring alike', () => {
    const common = { tuning: { temperatureOffset_K: -2, thermalShift_nm_per_K: 0.07 } };
    const [on, off] = [true, false].map((temperatureOffset) =>
      errorsOf(parseHardware({ ...common, effects: { temperatureOffset } }), 'conv', 4),
    );
    expect(on!.map((e, at) => e - off![at]!)).toBeAllclose(new Float64Array(on!.length).fill(-0.14), { atol: 1e-12 });
  });
});

describe('thermoOpticShift_nm', () => {
  it.each([
    ['hybrid', 0.3, 0],
    ['hybrid', 0.45, 0],
    ['hybrid', 0.5, 0.05],
    ['thermal', 0.3, 0.3],
  ] as const)('%s, imprint %d nm: %d nm', (mode, delta_nm, expected) => {
    expect(thermoOpticShift_nm(parseHardware({ tuning: { mode } }), delta_nm)).toBeAllclose(expected);
  });

  it('of FC is that of one half on a CONV ring: half a linewidth but for full scale below 1', () => {
    const hardware = parseHardware({ tuning: { mode: 'thermal' } });
    const to_nm = fcThermoOpticShift_nm(hardware, bankOf(hardware, 'fc'));
    expect(to_nm).toBeGreaterThan(0.4 * (1550 / 8000));
    expect(to_nm).toBeLessThan(0.5 * (1550 / 8000));
  });
});
