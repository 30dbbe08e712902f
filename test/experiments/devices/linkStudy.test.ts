import { describe, expect, it } from 'vitest';
import { linkStudy, unitNoise } from '../../../src/experiments/devices/linkStudy.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';

const NO_LOSS = {
  coupler_dB: 0,
  multiplexer_dB: 0,
  railSplitter_dB: 0,
  waveguide_dB_per_cm: 0,
  offResonanceRing_dB: 0,
  broadbandRing_dB: 0,
};

/** Channels that pass unattenuated, `power_dBm` each at the photodetector. */
const bareDetector = (channels: number, power_dBm: number, bandwidth_MHz: number, noise_pA: number, rin: number) =>
  presetHardware('sonic', {
    vdu: { fc: { size: channels } },
    microring: { fullScaleDetuning_linewidths: 40 },
    vcsel: { opticalPower_mW: 10 ** (power_dBm / 10), relativeIntensityNoise_dB_per_Hz: rin },
    photodetector: { maximumCurrent_mA: 1e6 },
    receiver: { noise_pA_per_rtHz: noise_pA, samplingInterval_ns: 1e3 / (2 * bandwidth_MHz) },
    losses: NO_LOSS,
    effects: { extinction: false, spectralCrosstalk: false },
  });

describe('unitNoise', () => {
  // ENOB at full scale by received power, computed apart with numpy from the textbook sums.
  it.each([
    [50, 5, 18.2, -140, [6.6, 8.3, 9.8, 10.8, 11.2]],
    [50, 5, 10, -150, [7.5, 9.1, 10.5, 11.7, 12.4]],
    [50, 5, 2, -155, [9.3, 10.4, 11.3, 12.1, 12.8]],
    [50, 50, 10, -150, [10.5, 11.8, 12.8, 13.6, 14.1]],
    [2000, 5, 10, -150, [4.8, 6.4, 7.9, 9.0, 9.8]],
    [2000, 50, 10, -150, [7.9, 9.1, 10.1, 10.9, 11.5]],
  ])(
    '%d MHz, %i channels, %d pA/sqrt(Hz), %d dB/Hz: ENOB %j from -25 to -5 dBm',
    (bandwidth, channels, noise, rin, expected) => {
      const bits = [-25, -20, -15, -10, -5].map((power) => {
        const hardware = bareDetector(channels, power, bandwidth, noise, rin);
        return unitNoise(hardware, 'fc').at(-1)!.effectiveNumberOfBits;
      });
      expect(bits).toBeAllclose(expected, { atol: 0.1 });
    },
  );

  it('u counts full-scale products; without noise effects nothing is left', () => {
    const effects = { shotNoise: false, thermalNoise: false, intensityNoise: false };
    const [dark, one, half, full] = unitNoise(presetHardware('sonic', { effects }), 'conv');
    expect([dark!.u, one!.u, half!.u, full!.u]).toBeAllclose([0, 1, 1.25, 5], { atol: 1e-3 });
    expect(full!.total).toBe(0);
    expect(full!.effectiveBits).toBe(Number.POSITIVE_INFINITY);
  });

  it('the total is the root of the sum of squares', () => {
    for (const { shot, intensity, dark, thermal, total } of unitNoise(presetHardware('sonic'), 'fc')) {
      expect(total).toBeCloseTo(Math.hypot(shot, intensity, dark, thermal), 15);
    }
  });
});

describe('linkStudy', () => {
  const { units } = linkStudy(presetHardware('sonic'));
  const [conv, fc] = units;

  it('adds the losses in dB', () => {
    // 5 rings of 10 um with gaps of 5 um are 75 um, 10 are 150 um.
    expect(conv!.loss_dB).toBeCloseTo(1.6 + 0.9 + 3.1 + 0.0075 + 4 * 0.02 + 0.72, 12);
    expect(fc!.loss_dB).toBeCloseTo(1.6 + 0.9 + 0.015 + 9 * 0.02 + 0.72, 12);
    for (const unit of units) {
      const sum = unit.losses.reduce((total, { loss_dB }) => total + loss_dB, 0);
      expect(sum).toBeCloseTo(unit.loss_dB, 12);
    }
  });

  it('turns power into current, at most 1 mA a waveguide', () => {
    expect(conv!.I_A).toBeCloseTo(0.325e-3 * 10 ** -0.64075, 12);
    expect(conv!.capped).toBe(false);
    expect(fc!.capped).toBe(true);
    expect(fc!.waveguideCurrent_A).toBeCloseTo(1e-3, 12);
    expect(conv!.bandwidth_MHz).toBeCloseTo(1e3 / 28, 9);
  });

  it('signal-to-noise rises with power until the photodetector caps it, then stays', () => {
    for (const { sweep } of units) {
      const firstCapped = sweep.findIndex(({ capped }) => capped);
      expect(firstCapped).toBeGreaterThan(0);
      sweep.slice(1, firstCapped).forEach((point, i) => {
        expect(point.full.signalToNoise_dB).toBeGreaterThan(sweep[i]!.full.signalToNoise_dB);
      });
      const capped = sweep.slice(firstCapped).map(({ full }) => full.signalToNoise_dB);
      expect(capped).toBeAllclose(capped.map(() => capped[0]!));
    }
  });

  it('where the receiver dominates, ten times the power is 20 dB', () => {
    const [low, high] = [1e-5, 1e-4].map((opticalPower_mW) => {
      return unitNoise(presetHardware('sonic', { vcsel: { opticalPower_mW } }), 'conv').at(-1)!.signalToNoise_dB;
    });
    expect(high! - low!).toBeCloseTo(20, 1);
  });
});
