import { describe, expect, it } from 'vitest';
import { couplingMatrix } from '../../../src/hardware/optics/thermal.js';
import {
  chipTrims,
  cholesky,
  drivenShift_nm,
  solveCholesky,
  trimDrive_nm,
} from '../../../src/hardware/optics/trims.js';
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

  it('leaves a ring undriven that its neighbour heats too far already', () => {
    // s = (3, 0): drives (3, -3k) / (1 - k^2); the negative one is 0.
    const hardware = hardwareWith({ microring: { gap_um: 0.7 } });
    expect(k(hardware)).toBeGreaterThan(0.2);
    expect(drivenShift_nm(hardware, Float64Array.of(3, 0), 2)).toBeCloseTo(3 / (1 - k(hardware) ** 2), 12);
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
