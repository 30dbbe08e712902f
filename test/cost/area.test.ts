import { describe, expect, it } from 'vitest';
import { deviceAreas } from '../../src/cost/area.js';
import { hardwareWith } from './activities.js';

describe('deviceAreas', () => {
  it('counts the devices of preset sonic', () => {
    // Rings: 50 * (10 + 1) + 10 * (100 + 1); detectors: 50 * 2 + 10 * 5 * 2; ADCs: 60; DACs: 50 * 11 + 10 * 101.
    expect(deviceAreas(hardwareWith()).map(({ device, count }) => [device, count])).toEqual([
      ['microring', 1560],
      ['photodetector', 200],
      ['adc', 60],
      ['dac', 1560],
    ]);
  });

  it('counts surplus rings and interleaved ADCs, and has the cited area of a ring of 4.55 um', () => {
    const hardware = hardwareWith({
      microring: { radius_um: 4.55 },
      grid: { wavelengthsPerWaveguide: 3 },
      vdu: { conv: { size: 5, units: 1 }, fc: { size: 3, units: 1 } },
      adc: { interleave: 2 },
    });
    const [ring, , adc] = deviceAreas(hardware);
    // 2 waveguides of 3 and 1 of 3, two rails each, and two broadband rings.
    expect(ring!.count).toBe(2 * 6 + 1 + (2 * 3 + 1));
    expect(ring!.each_mm2 * 1e6).toBeCloseTo(65, 0);
    expect(adc!.total_mm2).toBeCloseTo(4 * 0.002, 12);
  });
});
