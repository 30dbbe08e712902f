import { describe, expect, it } from 'vitest';
import { couplingByDistance, couplingMatrix, thermalCoupling } from '../../../src/hardware/optics/thermal.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';

describe('thermalCoupling', () => {
  // By hand: 0.278 e^(-5/2.73) + 0.00614 e^(-5/8.72) = 0.278 * 0.160173 + 0.00614 * 0.563609 = 0.0479886.
  it('of 5 um is 4.8 %', () => {
    expect(thermalCoupling(5)).toBeAllclose(0.0479886, { rtol: 1e-5 });
  });
  it('falls with the gap and never below 0', () => {
    for (let gap_um = 0; gap_um < 200; gap_um++) {
      expect(thermalCoupling(gap_um + 1)).toBeLessThan(thermalCoupling(gap_um));
      expect(thermalCoupling(gap_um)).toBeGreaterThan(0);
    }
  });
});

describe('couplingByDistance', () => {
  it('counts edge to edge: neighbours are a gap apart, the next ones two gaps and a ring', () => {
    const hardware = parseHardware({ microring: { radius_um: 4, gap_um: 3 } });
    expect(couplingByDistance(hardware, 4)).toBeAllclose([
      0,
      thermalCoupling(3),
      thermalCoupling(14),
      thermalCoupling(25),
    ]);
  });
});

describe('couplingMatrix', () => {
  it('is symmetric, has ones on its diagonal, and decays away from it', () => {
    const n = 10;
    const K = couplingMatrix(parseHardware({}), n);
    for (let i = 0; i < n; i++) {
      expect(K[i * n + i]).toBe(1);
      for (let j = 0; j < n; j++) {
        expect(K[i * n + j]).toBe(K[j * n + i]);
        if (j > i) expect(K[i * n + j]).toBeLessThan(K[i * n + j - 1]!);
      }
    }
  });
});
