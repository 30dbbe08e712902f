import { describe, expect, it } from 'vitest';
import { thermalStudy } from '../../../src/experiments/devices/thermalStudy.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';

const OPTIONS = { kind: 'fc', chipSeed: 1, seed: 1 } as const;
const straightBank = (rings: number, gap_um: number, overrides: object = {}) =>
  presetHardware('sonic', {
    vdu: { fc: { size: rings, units: 4000 / rings } },
    grid: { wavelengthsPerWaveguide: rings },
    microring: { gap_um },
    tuning: overrides,
  });

describe('thermalStudy', () => {
  // Straight banks with targets uniform over a range, computed apart with numpy; errors in rad of a full range of 2 pi.
  it.each([
    { rings: 10, gap_um: 0.7, eigenvalues: [0.59, 1.44], drive: 0.72, negative: 0.17, error: [1.28, 0.61] },
    { rings: 10, gap_um: 5, eigenvalues: [0.91, 1.09], drive: 0.92, negative: 0.04, error: [0.28, 0.13] },
    { rings: 50, gap_um: 5, eigenvalues: [0.905, 1.098], drive: 0.91, negative: 0.05, error: [0.3, 0.13] },
    { rings: 50, gap_um: 10, eigenvalues: [0.98, 1.02], drive: 0.98, negative: 0.01, error: [0.057, 0.024] },
    { rings: 50, gap_um: 20, eigenvalues: [1, 1], drive: 1, negative: 0, error: [0.005, 0.002] },
  ])('$rings rings $gap_um um apart', ({ rings, gap_um, eigenvalues, drive, negative, error }) => {
    const study = thermalStudy(straightBank(rings, gap_um), OPTIONS);
    const [withTed, without] = study.tuning;
    expect(study.eigenvalues).toBeAllclose(eigenvalues, { atol: 0.006 });
    expect(withTed!.meanDrive_nm / study.meanTarget_nm).toBeAllclose(drive, { atol: 0.01 });
    expect(withTed!.negativeShare).toBeAllclose(negative, { atol: 0.012 });
    const rad_per_pm = (2 * Math.PI) / 4.2 / 1e3;
    const deviation_pm = Math.sqrt(without!.rmsError_pm ** 2 - without!.meanError_pm ** 2);
    expect([without!.meanError_pm * rad_per_pm, deviation_pm * rad_per_pm]).toBeAllclose(error, {
      atol: 1e-3,
      rtol: 0.08,
    });
  });

  it('the drives of TED heat every ring by what it needs', () => {
    const { drives, matrix } = thermalStudy(straightBank(10, 2), OPTIONS);
    const heated = matrix.map((row) => row.reduce((sum, k, j) => sum + k * drives[j]!.drive_nm, 0));
    expect(heated).toBeAllclose(
      drives.map(({ target_nm }) => target_nm),
      { atol: 1e-12 },
    );
    const parasitic = matrix.map((row, i) =>
      row.reduce((sum, k, j) => sum + (i === j ? 0 : k * drives[j]!.target_nm), 0),
    );
    expect(drives.map(({ parasitic_nm }) => parasitic_nm)).toBeAllclose(parasitic, { atol: 1e-12 });
  });

  it('TED leaves no error where coupling is known exactly, else one in proportion to its residual', () => {
    const [exact] = thermalStudy(straightBank(10, 5, { tedResidual: 0 }), OPTIONS).tuning;
    expect(exact!.rmsError_pm).toBe(0);
    expect(exact!.effectiveBits).toBeGreaterThan(11);
    const [one, two] = [0.01, 0.02].map((tedResidual) => thermalStudy(straightBank(10, 5, { tedResidual }), OPTIONS));
    expect(two!.tuning[0]!.rmsError_pm / one!.tuning[0]!.rmsError_pm).toBeCloseTo(2, 9);
    expect(one!.tuning[0]!.effectiveBits).toBeGreaterThan(two!.tuning[0]!.effectiveBits);
  });

  it('power without TED is 27.5 mW for every free spectral range of shift; TED saves 8 to 9 % at 5 um', () => {
    const study = thermalStudy(straightBank(10, 5), OPTIONS);
    const [withTed, without] = study.tuning;
    expect(without!.power_W).toBeCloseTo(((study.meanTarget_nm * study.rings) / 18) * 27.5e-3, 9);
    expect(without!.negativeShare).toBe(0);
    const saved = 1 - withTed!.power_W / without!.power_W;
    expect(saved).toBeGreaterThan(0.06);
    expect(saved).toBeLessThan(0.1);
  });

  it('coupling falls with distance, and neighbours lie on the curve', () => {
    const { curve, neighbours } = thermalStudy(presetHardware('sonic'), OPTIONS);
    curve.coupling.slice(1).forEach((value, i) => {
      expect(value).toBeLessThan(curve.coupling[i]!);
    });
    expect(neighbours.map(({ gap_um }) => gap_um).slice(0, 3)).toEqual([5, 20, 35]);
    for (const { gap_um, coupling } of neighbours.slice(0, 3)) {
      expect(curve.coupling[curve.gap_um.indexOf(gap_um)]).toBeCloseTo(coupling, 12);
    }
  });

  it('a waveguide of one ring has no neighbours and no error', () => {
    const study = thermalStudy(straightBank(1, 5), OPTIONS);
    expect(study.neighbours).toEqual([]);
    expect(study.tuning.map(({ rmsError_pm }) => rmsError_pm)).toEqual([0, 0]);
  });
});
