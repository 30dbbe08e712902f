/** An effect that is said to do nothing does nothing, and one of which nothing is said does something: every effect there is. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inactivity } from '../../../src/experiments/attribution/inactivity.js';
import { mergeDescription } from '../../../src/hardware/descriptionPaths.js';
import { EFFECTS, type EffectName } from '../../../src/hardware/fields/effects.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { compile, convSpec, denseSpec, inputSize, runReference } from '../../helpers/layers.js';
import { randomArray } from '../../helpers/random.js';

const NAMES = Object.keys(EFFECTS) as EffectName[];
/** Nothing at 0, nothing unset: every effect acts. */
const ACTIVE = {
  vcsel: { chirp_nm: 0.01 },
  tuning: { hoursSinceCalibration: 10, temperatureOffset_K: 0.01 },
  adc: { effectiveBits: 6 },
};
/** What makes effects do nothing, and which; noise without values is none, with none of the light's it is left. */
const INERT: [object, EffectName[]][] = [
  [{ vcsel: { chirp_nm: 0 } }, ['chirp']],
  [{ vcsel: { wavelengthResidual_nm: 0 } }, ['sourceWavelength']],
  [{ tuning: { hoursSinceCalibration: 0 } }, ['drift']],
  [{ tuning: { driftRate_pm_per_rtHour: 0 } }, ['drift']],
  [{ tuning: { temperatureOffset_K: 0 } }, ['temperatureOffset']],
  [{ tuning: { thermalShift_nm_per_K: 0 } }, ['temperatureOffset']],
  [{ tuning: { trimResidual_nm: 0 } }, ['processVariation']],
  [{ tuning: { tedResidual: 0 } }, ['thermalCrosstalk']],
  [{ grid: { wavelengthsPerWaveguide: 1 } }, ['spectralCrosstalk', 'thermalCrosstalk']],
  [{ microring: { selfHeating_nm_per_mW: 0 } }, ['selfHeating']],
  [{ calibration: { gainResidual: 0, railResidual: 0 } }, ['gainErrors']],
  [{ adc: { effectiveBits: null } }, ['converterNoise']],
  [{ adc: { effectiveBits: 16 } }, ['converterNoise']],
  [{ receiver: { noise_pA_per_rtHz: 0 } }, ['thermalNoise']],
];
const SPECS = [convSpec({ twoPasses: true }), denseSpec({ inputs: 40, twoPasses: true })];

/** All that a few layers compute. */
function numbersOf(settings: object, effects: object) {
  const hardware = parseHardware(mergeDescription(mergeDescription(ACTIVE, settings), { effects }));
  return SPECS.flatMap((spec) => {
    const program = compile(spec as never, hardware, 0.9, 1.5);
    const x = randomArray(3, inputSize(spec), -1, 1, 0.3);
    // Without an ADC too: noise may be less than what moves a code.
    return [true, false].flatMap((adc) => Array.from(runReference(program, x, { adc }).y));
  });
}

const ALL_ON = (settings: object) => numbersOf(settings, {});
const without = (settings: object, effect: EffectName) => numbersOf(settings, { [effect]: false });
const reasonIn = (settings: object, effect: EffectName) =>
  inactivity(parseHardware(mergeDescription(ACTIVE, settings)), effect, null);

describe('inactivity', () => {
  it.each(NAMES)('says nothing of %s where it acts', (effect) => {
    expect(reasonIn({}, effect)).toBeNull();
    expect(without({}, effect)).not.toEqual(ALL_ON({}));
  });

  it.each(NAMES)('says that %s is off where it is', (effect) => {
    expect(reasonIn({ effects: { [effect]: false } }, effect)).toBe('off in this hardware');
  });

  it.each(INERT)('of %j names what does nothing, and nothing else', (settings, wanted) => {
    const named = NAMES.filter((effect) => reasonIn(settings, effect) !== null);
    expect(named).toEqual(wanted.toSorted((a, b) => NAMES.indexOf(a) - NAMES.indexOf(b)));
    const on = ALL_ON(settings);
    for (const effect of NAMES) {
      const off = without(settings, effect);
      if (named.includes(effect)) expect(off).toEqual(on);
      else expect([effect, off]).not.toEqual([effect, on]);
    }
  });
});

describe('docs/physics.md', () => {
  it('has a row for every effect', () => {
    const page = readFileSync(new URL('../../../docs/physics.md', import.meta.url), 'utf8');
    for (const effect of NAMES) expect(page).toContain(`\n| ${effect} | `);
  });
});
