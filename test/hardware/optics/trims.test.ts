import { describe, expect, it } from 'vitest';
import { chipTrims, trimDrive_nm } from '../../../src/hardware/optics/chipTrims.js';
import { couplingMatrix } from '../../../src/hardware/optics/thermal.js';
import { cholesky, drivenShift_nm, heatedTrims_nm, solveCholesky } from '../../../src/hardware/optics/trims.js';
import { hardwareWith } from '../../cost/activities.js';

describe('solveCholesky', () => {
  it('inverts the coupling of a waveguide', () => {
    const K = couplingMatrix(hardwareWith({ microring: { gap_um: 0.7 } }), 6);
    const x = Float64Array.from([1, -2, 3, 0.5, 0, 7]);
    const b = x.map((_, i) => x.reduce((sum, value, j) => sum + K[i * 6 + j]! * value, 0));
    const solved = solveCholesky(cholesky(K, 6), b);
    for (let i = 0; i < 6; i++) expect(solved[i]).toBeCloseTo(x[i]!, 12);
  });
});

describe('drivenShift_nm', () => {
  const k = (hardware: ReturnType<typeof hardwareWith>) => couplingMatrix(hardware, 2)[1]!;

  it('lets two equal rings use each other’s heat', () => {
    // K = [1 k; k 1], s = (s, s): each drives s / (1 + k).
    const hardware = hardwareWith();
    expect(drivenShift_nm(hardware, Float64Array.of(2, 2), 2)).toBeCloseTo(4 / (1 + k(hardware)), 12);
  });

  it('makes both rings shorter where one would have to be cooled', () => {
    // s = (3, 0): drives (3, -3k) / (1 - k^2). With o added to both they are (3 + o - k o, o - 3 k - k o) / (1 - k^2): the
    // second is 0 for o = 3 k / (1 - k), and the first then 3.
    const hardware = hardwareWith({ microring: { gap_um: 0.7 } });
    const o = (3 * k(hardware)) / (1 - k(hardware));
    expect(k(hardware)).toBeGreaterThan(0.2);
    const heated = heatedTrims_nm(hardware, Float64Array.of(3, 0), 2);
    expect([...heated]).toBeAllclose([3 + o, o], { rtol: 1e-12 });
    expect(drivenShift_nm(hardware, Float64Array.of(3, 0), 2)).toBeCloseTo(
      (3 + o - k(hardware) * o) / (1 - k(hardware) ** 2),
      12,
    );
  });

  it('never drives below zero, leaves one ring undriven where it shortens, and shortens no other rail', () => {
    const hardware = hardwareWith({ microring: { gap_um: 0.5 } });
    const K = couplingMatrix(hardware, 5);
    const L = cholesky(K, 5);
    let shortened = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const trims = Float64Array.from({ length: 5 }, (_, i) => ((seed * (i + 3) * 37) % 101) / 25);
      const heated = heatedTrims_nm(hardware, trims, 5);
      const shift = heated[0]! - trims[0]!;
      for (let i = 0; i < 5; i++) expect(heated[i]! - trims[i]!).toBeCloseTo(shift, 12);
      const least = Math.min(...solveCholesky(L, heated.slice()));
      expect(least).toBeGreaterThan(-1e-12);
      if (shift > 0) expect(least).toBeLessThan(1e-12);
      if (shift > 0) shortened++;
    }
    expect(shortened).toBeGreaterThan(5);
    expect(shortened).toBeLessThan(40);
  });

  it('is s as drawn without TED', () => {
    const trims = Float64Array.of(3, 0);
    expect(heatedTrims_nm(hardwareWith({ tuning: { ted: false } }), trims, 2)).toBe(trims);
  });

  it('does not couple waveguides', () => {
    const hardware = hardwareWith();
    const [one, other] = [
      drivenShift_nm(hardware, Float64Array.of(1, 4), 2),
      drivenShift_nm(hardware, Float64Array.of(2, 0), 2),
    ];
    expect(drivenShift_nm(hardware, Float64Array.of(1, 4, 2, 0), 2)).toBeCloseTo(one + other, 12);
  });
});

describe('trimDrive_nm', () => {
  it('is the sum of all shifts without TED, surplus rings included', () => {
    // CONV 50 * 2 * 5 rings; FC with 12 a waveguide: ceil(50 / 12) = 5 waveguides of 12, 10 * 2 * 60 rings; 2.1 nm each.
    const hardware = hardwareWith({ tuning: { ted: false }, grid: { wavelengthsPerWaveguide: 12 } });
    expect(trimDrive_nm(hardware, null)).toBeCloseTo((500 + 1200) * 2.1, 9);
  });

  it('saves 8 to 9 % with TED at 5 um, as the field expects', () => {
    // Banks of 10 rings 5 um apart: 0.92 of the target in the mean (device-parameter study); fewer neighbours for 5 rings.
    const hardware = hardwareWith({ vdu: { conv: { size: 10 } } });
    const untuned = hardwareWith({ vdu: { conv: { size: 10 } }, tuning: { ted: false } });
    const ratio = trimDrive_nm(hardware, null) / trimDrive_nm(untuned, null);
    expect(ratio).toBeGreaterThan(0.91);
    expect(ratio).toBeLessThan(0.93);
  });

  it('of a drawn chip lies near the nominal one: uniform from 0 to twice the mean', () => {
    // Without TED: mean of 1500 uniforms, standard deviation 0.577 / sqrt(1500) = 1.5 % of the mean; 5 sigma.
    const hardware = hardwareWith({ tuning: { ted: false } });
    const ratio = trimDrive_nm(hardware, chipTrims(hardware, 7)) / trimDrive_nm(hardware, null);
    expect(Math.abs(ratio - 1)).toBeLessThan(0.075);
    expect(ratio).not.toBe(1);
  });
});
