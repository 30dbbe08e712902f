import { describe, expect, it } from 'vitest';
import { publishedWorkloads } from '../../../src/cost/accelerators/comparison.js';
import {
  capacitiveDac_mW,
  omissionEffects,
  omissions,
  vcselPower_mW,
  worstLoss_dB,
} from '../../../src/cost/accelerators/omissions.js';
import { mergeDescription } from '../../../src/hardware/descriptionPaths.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { OWN } from './layers.js';

const { hardware } = OWN;

describe('what the paper leaves out', () => {
  it('lasers by loss budget: by hand', () => {
    // Coupler 1.6, multiplexer 0.9, rails 3.1, four rings passed at 0.02, broadband ring 0.72, 5 * 15 um of waveguide at 1 dB/cm.
    const loss = 1.6 + 0.9 + 3.1 + 4 * 0.02 + 0.72 + 5 * 15e-4;
    expect(worstLoss_dB(hardware)).toBeCloseTo(loss, 9);
    expect(vcselPower_mW(hardware, -20)).toBeCloseTo(10 ** ((loss - 20) / 10) / 0.25, 12);
    expect(vcselPower_mW(hardware, -25, 65536)).toBeCloseTo((65536 * 10 ** ((loss - 25) / 10)) / 0.25, 6);
  });

  it('a capacitive DAC of 16 bits: 3 mW at 6 bits and 0.25 ns, as 2^b / (b + 1) at 0.33 ns', () => {
    expect(capacitiveDac_mW(hardware)).toBeCloseTo((3 * (0.25 / 0.33) * (65536 / 17)) / (64 / 7), 6);
  });

  it('each is a valid description, and what draws more power gives less FPS/W', () => {
    const workloads = publishedWorkloads({ networks: ['mnist', 'cifar10'] });
    const { before_W, effects } = omissionEffects(OWN, workloads);
    expect(effects.map(({ what }) => what)).toEqual(omissions(hardware).map(({ what }) => what));
    for (const { overrides, factors, power_W, what } of effects) {
      parseHardware(mergeDescription(hardware, overrides));
      // The same time but for the slower ADC: energy and power by the same factor.
      if (what !== 'the ADC that table 2 cites')
        for (const factor of factors) expect(Math.sign(factor - 1)).toBe(-Math.sign(power_W - before_W));
    }
  });

  it('60 receivers of 7.2 mW draw at most 0.432 W, and more than a quarter of it', () => {
    const { before_W, effects } = omissionEffects(OWN, publishedWorkloads({ networks: ['cifar10'] }));
    const { power_W, factors } = effects.find(({ value }) => value === 'receiver.power_mW 7.2')!;
    expect(power_W - before_W).toBeGreaterThan(0.108);
    expect(power_W - before_W).toBeLessThanOrEqual(0.432);
    // The time does not change, so FPS/W falls as the power rises.
    expect(factors[0]).toBeCloseTo(before_W / power_W, 9);
  });
});
