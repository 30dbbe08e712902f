import { describe, expect, it } from 'vitest';
import { publishedWorkloads } from '../../../src/cost/accelerators/comparison.js';
import {
  CROSSLIGHT_DEVICES,
  CROSSLIGHT_VARIANTS,
  crossLight,
  published,
  stepTime_s,
  trimPower_W,
  vectorsOf,
} from '../../../src/cost/accelerators/crosslight/model.js';
import { deviceEnergy_J, sonicDevices } from '../../../src/cost/accelerators/deviceTables.js';
import { laserPower_W } from '../../../src/cost/accelerators/optics.js';
import { publishedValue } from '../../../src/cost/accelerators/publishedNumbers.js';
import { CONV, DENSE, OWN, settingWith, TABLE_2, workload } from './layers.js';

const { defaults } = crossLight;

/** Mean FPS/W over the four networks. */
function efficiency(parameters: Partial<typeof defaults>, setting = OWN): number {
  const reports = publishedWorkloads({ networks: ['mnist', 'cifar10', 'svhn'] }).map((network) =>
    crossLight.evaluate(network, { ...defaults, ...parameters }, setting),
  );
  return reports.reduce((sum, { framesPerSecondPerWatt }) => sum + framesPerSecondPerWatt!, 0) / reports.length;
}

describe('CrossLight against its table', () => {
  const printed = (name: string) => publishedValue(published, `${name}KfpsPerWatt`);

  it('FPS/W of opt_TED over base_TED is within 10 % of 3.18', () => {
    const target = printed('optTed') / printed('baseTed');
    expect(target).toBeCloseTo(3.18, 2);
    expect(Math.abs(efficiency({}) / efficiency(CROSSLIGHT_VARIANTS.baseTed) / target - 1)).toBeLessThan(0.1);
  });

  it('with a full-power converter for each ring it would not be', () => {
    const target = printed('optTed') / printed('baseTed');
    const table2 = efficiency({}, TABLE_2) / efficiency(CROSSLIGHT_VARIANTS.baseTed, TABLE_2);
    expect(Math.abs(table2 / target - 1)).toBeGreaterThan(0.3);
  });

  it('trims 24,000 rings: 77.0 W at 2.1 nm, 260.3 W at 7.1 nm', () => {
    expect(trimPower_W(defaults, 27.5e-3)).toBeCloseTo(77.0, 1);
    expect(trimPower_W({ ...defaults, drift_nm: 7.1 }, 27.5e-3)).toBeCloseTo(260.3, 1);
    expect(trimPower_W({ ...defaults, arms: 'needed' }, 27.5e-3)).toBeCloseTo((77 * 22) / 24, 1);
    // The fitted term: 24000 * 5.2 mW more.
    expect(trimPower_W({ ...defaults, ted: false }, 27.5e-3)).toBeCloseTo(77.0 + 124.8, 1);
  });

  it('more than 90 % of its power is trimming', () => {
    for (const network of publishedWorkloads({ networks: ['mnist', 'cifar10', 'svhn'] })) {
      const { power_W } = crossLight.evaluate(network, defaults, OWN);
      expect(77 / power_W).toBeGreaterThan(0.9);
      // Within 10 % of what its printed ratios imply.
      expect(Math.abs(power_W / publishedValue(published, 'impliedPower_W') - 1)).toBeLessThan(0.1);
    }
  });

  it('has the devices of its table', () => {
    const value = (id: string) => publishedValue(published, id);
    expect(CROSSLIGHT_DEVICES.vcsel).toEqual({ power_W: value('vcselPower_mW') / 1e3, latency_s: 10e-9 });
    expect(CROSSLIGHT_DEVICES.tia).toEqual({ power_W: value('tiaPower_mW') / 1e3, latency_s: 0.15e-9 });
    expect(CROSSLIGHT_DEVICES.eo_s * 1e9).toBeCloseTo(value('eoLatency_ns'), 12);
    expect(CROSSLIGHT_DEVICES.to_W_per_FSR * 1e3).toBeCloseTo(value('toPower_mW_per_FSR'), 12);
  });
});

describe('CrossLight by hand', () => {
  it('a step: DAC, tuning, two detections, VCSEL, ADC', () => {
    // 0.33 + 20 + 2 * (0.15 + 0.0058) + 10 + 14; by table 2 without amplifier, VCSEL 0.07.
    expect(stepTime_s(defaults, CROSSLIGHT_DEVICES) * 1e9).toBeCloseTo(44.6416, 9);
    expect(stepTime_s(defaults, sonicDevices(TABLE_2)) * 1e9).toBeCloseTo(34.4116, 9);
    expect(stepTime_s({ ...defaults, timing: 'pipelined' }, CROSSLIGHT_DEVICES)).toBe(20e-9);
  });

  it('cuts every output into vectors and deals them to the units', () => {
    // 64 positions * 64 filters * ceil(288 / 20) = 61440 vectors, 100 units: 615 steps; 100 * ceil(400 / 150) = 300, 60: 5.
    expect(vectorsOf(CONV, 20)).toBe(61_440);
    expect(vectorsOf(DENSE, 150)).toBe(300);
    const report = crossLight.evaluate(workload([CONV, DENSE]), defaults, OWN);
    expect(report.layers.map(({ latency_s }) => latency_s / 44.6416e-9)).toEqual([
      expect.closeTo(615, 9),
      expect.closeTo(5, 9),
    ]);
    const matrix = crossLight.evaluate(workload([DENSE]), { ...defaults, product: 'matrix' }, OWN);
    expect(matrix.latency_s / 44.6416e-9).toBeCloseTo(1, 9);
  });

  it('adds up devices of a dense layer', () => {
    const time_s = 5 * 44.6416e-9;
    // 10 arms a unit; loss 1.44 + 28 * 0.02 + 0.13 * 4 + 0.9 + 0.045 = 3.465 dB, 15 wavelengths, -20 dBm, 20 %.
    const laser_W = (60 * 10 * 15 * 10 ** ((-20 + 3.465) / 10) * 1e-3) / 0.2;
    const expected =
      0.66e-3 * 300 * 10 * 44.6416e-9 +
      60 * 11 * (2.8e-3 + 7.2e-3) * time_s +
      (0.25 / 28e9) * (2 * 40_000 + 300) +
      (4e-6 * 0.4 * 18_000 + laser_W + 77) * time_s;
    const report = crossLight.evaluate(workload([DENSE]), defaults, OWN);
    expect(report.energy_J / expected).toBeCloseTo(1, 9);
  });

  it('charges converters as SONIC does where it has its devices', () => {
    const report = (converterAccounting: string) =>
      crossLight.evaluate(workload([DENSE]), defaults, settingWith({ cost: { converterAccounting } }, 'sonic'));
    const [atStatic, perConversion] = [report('static'), report('perConversion')];
    const time_s = atStatic.latency_s;
    // 60 units: 300 DACs, 11 detectors, one ADC each.
    const staticExpected = 60 * (300 * 40e-3 + 11 * 2.8e-3 + 62e-3) * time_s;
    const perExpected = 80_000 * 40e-3 * 0.33e-9 + 300 * 11 * 2.8e-3 * 5.8e-12 + 300 * 62e-3 * 14e-9;
    expect((atStatic.energy_J - perConversion.energy_J) / (staticExpected - perExpected)).toBeCloseTo(1, 9);
  });

  it('ignores sparsity', () => {
    const sparse = { ...DENSE, weightSparsity: 0.9, activationSparsity: 0.9 };
    expect(crossLight.evaluate(workload([sparse]), defaults, OWN).energy_J).toBe(
      crossLight.evaluate(workload([DENSE]), defaults, OWN).energy_J,
    );
  });
});

describe('parts that photonic designs share', () => {
  it('a laser makes up for losses and the number of wavelengths', () => {
    // 3.5 dB and 15 wavelengths (11.76 dB) from -20 dBm: -4.74 dBm = 0.336 mW, at 20 % 1.68 mW.
    expect(laserPower_W({ sensitivity_dBm: -20, wallPlug: 0.2 }, 3.5, 15)).toBeCloseTo(1.679e-3, 6);
  });

  it('a device costs power times time, power times own latency, or energy an action', () => {
    const use = { count: 3, time_s: 2, actions: 5 };
    const device = { power_W: 7, latency_s: 0.5 };
    expect(deviceEnergy_J(device, 'static', use)).toBe(42);
    expect(deviceEnergy_J(device, 'perConversion', use)).toBe(17.5);
    for (const accounting of ['static', 'perConversion'] as const) {
      expect(deviceEnergy_J({ energy_J: 2, latency_s: 1 }, accounting, use)).toBe(10);
    }
  });

  it("table 2 is the description's, with a user's entries in their place", () => {
    const table = { name: 'mine', entries: { adc: { value: 3, unit: 'pJ', source: 'here' } } };
    const devices = sonicDevices({ ...TABLE_2, table });
    expect(devices.adc).toEqual({ energy_J: 3e-12, latency_s: expect.closeTo(14e-9, 20) });
    expect(devices.dac).toEqual({ power_W: 0.04, latency_s: expect.closeTo(0.33e-9, 20) });
    expect(devices.to_W_per_FSR).toBeCloseTo(27.5e-3, 12);
  });
});
