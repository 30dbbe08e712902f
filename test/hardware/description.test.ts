import { describe, expect, it } from 'vitest';
import { DescriptionError } from '../../src/base/errors.js';
import { channelSpacing_nm, samplingInterval_ns } from '../../src/hardware/derived.js';
import type { HardwareDescription } from '../../src/hardware/description.js';
import { diffHardware, valueAtPath } from '../../src/hardware/descriptionFiles.js';
import { hardwareFields } from '../../src/hardware/descriptionPaths.js';
import { EFFECTS } from '../../src/hardware/fields/effects.js';
import { parseHardware } from '../../src/hardware/parseHardware.js';
import { PRESETS, presetHardware } from '../../src/hardware/presets/index.js';

/** The contract's listing of the preset `sonic`, field by field. */
const CONTRACT: Partial<HardwareDescription> & object = {
  name: 'sonic',
  vdu: { conv: { size: 5, units: 50, chunking: 'slice' }, fc: { size: 50, units: 10 }, signs: 'rails' },
  activationDac: { bits: 16, latency_ns: 0.33, power_mW: 40 },
  batchNormDac: { bits: 16, latency_ns: 0.33, power_mW: 40 },
  weightDac: { bits: 6, latency_ns: 0.25, power_mW: 3, levels: 'auto', spacing: 'transmission' },
  adc: {
    bits: 16,
    latency_ns: 14,
    power_mW: 62,
    interleave: 1,
    range: 'calibrated',
    rangeQuantile: 1,
    effectiveBits: null,
    noiseTable: null,
  },
  microring: {
    wavelength_nm: 1550,
    qualityFactor: 8000,
    freeSpectralRange_nm: 18,
    extinction_dB: 25,
    fullScaleDetuning_linewidths: 2,
    radius_um: 5,
    gap_um: 5,
    selfHeating_nm_per_mW: 0.3,
    response: null,
  },
  grid: { wavelengthsPerWaveguide: 10, channelSpacing_nm: 'auto', compensation: 'full' },
  tuning: {
    mode: 'hybrid',
    eoRange_nm: 0.45,
    eoLatency_ns: 20,
    eoPower_uW_per_nm: 4,
    toLatency_us: 4,
    toPower_mW_per_FSR: 27.5,
    trimShift_nm: 2.1,
    trimResidual_nm: 0.001,
    ted: true,
    tedResidual: 0.01,
    driftRate_pm_per_rtHour: 1,
    hoursSinceCalibration: 0,
    temperatureOffset_K: 0,
    thermalShift_nm_per_K: 0.07,
  },
  vcsel: {
    opticalPower_mW: 0.325,
    electricalPower_mW: 'auto',
    wallPlugEfficiency: 0.25,
    extinction_dB: 20,
    latency_ns: 0.07,
    relativeIntensityNoise_dB_per_Hz: -150,
    wavelengthResidual_nm: 0.001,
    chirp_nm: 0,
    tuningPoint: 'light',
  },
  photodetector: { responsivity_A_per_W: 1, darkCurrent_nA: 35, maximumCurrent_mA: 1, latency_ps: 5.8, power_mW: 2.8 },
  receiver: { noise_pA_per_rtHz: 10, power_mW: 0, samplingInterval_ns: 'auto' },
  losses: {
    coupler_dB: 1.6,
    multiplexer_dB: 0.9,
    railSplitter_dB: 3.1,
    waveguide_dB_per_cm: 1,
    offResonanceRing_dB: 0.02,
    broadbandRing_dB: 0.72,
  },
  batchNorm: 'optical',
  calibration: {
    images: 200,
    activationScale: 'calibrated',
    activationQuantile: 1,
    photonsPerMultiplication: null,
    photonAverage: 'layer',
    gainResidual: 0.002,
    railResidual: 0.002,
  },
};

describe('presets', () => {
  it("sonic is the contract's listing with every effect on", () => {
    const { effects, cost, ...rest } = presetHardware('sonic');
    expect(rest).toEqual(CONTRACT);
    expect(Object.values(effects)).toEqual(Array(17).fill(true));
    expect(cost.memory).toBe('none');
  });

  it.each(Object.keys(PRESETS))('%s parses, is frozen through and through, and says what it is', (name) => {
    const hardware = presetHardware(name);
    expect(hardware.name).toBe(name);
    expect(PRESETS[name]!.description).not.toBe('');
    expect(Object.isFrozen(hardware)).toBe(true);
    expect(Object.isFrozen(hardware.vdu.conv)).toBe(true);
    expect(() => {
      (hardware.vdu.conv as { size: number }).size = 7;
    }).toThrow(TypeError);
  });

  it.each([
    ['sonic-single-waveguide', { 'grid.wavelengthsPerWaveguide': 50 }],
    ['sonic-untuned', { 'tuning.ted': false }],
    ['sonic-with-memory', { 'cost.memory': 'literature' }],
    [
      'sonic-optimistic',
      {
        'adc.effectiveBits': 14.7,
        'microring.extinction_dB': 30,
        'microring.fullScaleDetuning_linewidths': 3.5,
        'microring.gap_um': 10,
        'microring.selfHeating_nm_per_mW': 0.05,
        'tuning.eoRange_nm': 1,
        'tuning.trimResidual_nm': 0.0005,
        'tuning.tedResidual': 0,
        'vcsel.opticalPower_mW': 0.39,
        'vcsel.extinction_dB': 60,
        'vcsel.relativeIntensityNoise_dB_per_Hz': -155,
        'vcsel.wavelengthResidual_nm': 0.0005,
        'calibration.gainResidual': 0.0005,
        'calibration.railResidual': 0.0005,
        'photodetector.responsivity_A_per_W': 1.1,
        'photodetector.darkCurrent_nA': 10,
        'photodetector.maximumCurrent_mA': 3,
        'receiver.noise_pA_per_rtHz': 2,
        'losses.coupler_dB': 0,
        'losses.offResonanceRing_dB': 0.01,
      },
    ],
    [
      'sonic-pessimistic',
      {
        'weightDac.spacing': 'detuning',
        'adc.effectiveBits': 8,
        'microring.qualityFactor': 5000,
        'microring.extinction_dB': 15,
        'microring.fullScaleDetuning_linewidths': 1.5,
        'microring.selfHeating_nm_per_mW': 1,
        'grid.compensation': 'gain',
        'tuning.eoRange_nm': 0.3,
        'tuning.trimShift_nm': 7.1,
        'tuning.trimResidual_nm': 0.002,
        'tuning.temperatureOffset_K': 0.01,
        'tuning.thermalShift_nm_per_K': 0.08,
        'vcsel.opticalPower_mW': 0.13,
        'vcsel.extinction_dB': 12,
        'vcsel.relativeIntensityNoise_dB_per_Hz': -140,
        'vcsel.wavelengthResidual_nm': 0.005,
        'vcsel.chirp_nm': 0.01,
        'calibration.gainResidual': 0.01,
        'calibration.railResidual': 0.01,
        'photodetector.responsivity_A_per_W': 0.8,
        'photodetector.darkCurrent_nA': 100,
        'photodetector.maximumCurrent_mA': 0.5,
        'receiver.noise_pA_per_rtHz': 18.2,
        'losses.coupler_dB': 3.7,
        'losses.offResonanceRing_dB': 0.1,
      },
    ],
  ])('%s differs from sonic in what the contract says, and nothing else', (name, expected) => {
    const differences = diffHardware(presetHardware('sonic'), presetHardware(name));
    expect(Object.fromEntries(differences.map(({ path, to }) => [path, to]))).toEqual(expected);
  });

  it('sonic-ideal has the three quantisations and no other effect', () => {
    const { effects } = presetHardware('sonic-ideal');
    const on = Object.keys(EFFECTS).filter((name) => effects[name as keyof typeof effects]);
    expect(on).toEqual(['weightQuantisation', 'activationQuantisation', 'adcQuantisation']);
  });

  it('an unknown name is an error with the nearest', () => {
    expect(() => presetHardware('sonic-ideel')).toThrow(
      /unknown hardware preset 'sonic-ideel', did you mean 'sonic-ideal'/,
    );
    expect(() => presetHardware('constructor')).toThrow(DescriptionError);
  });
});

describe('parseHardware', () => {
  it.each([
    ['an unknown key', { adc: { bit: 8 } }, /mine\.yaml: unknown key 'adc\.bit', did you mean 'adc\.bits'\?/],
    ['an unknown group', { microrings: {} }, /unknown key 'microrings', did you mean 'microring'\?/],
    ['an unknown effect', { effects: { shotnoise: true } }, /did you mean 'effects\.shotNoise'/],
    ['a key unlike any other', { zzzzzzzzzzzzzz: 1 }, /unknown key 'zzzzzzzzzzzzzz'; known here: name, vdu,/],
    ['a string for a number', { adc: { bits: 'eight' } }, /adc\.bits is "eight": .*expected number/],
    ['a number for a group', { vdu: { conv: 5 } }, /vdu\.conv is 5: .*expected object/],
    ['a fraction of a bit', { weightDac: { bits: 6.5 } }, /weightDac\.bits is 6\.5/],
    ['no bits', { adc: { bits: 1 } }, /adc\.bits is 1/],
    ['a word that is no choice', { batchNorm: 'electronic' }, /batchNorm is "electronic": .*"optical"\|"folded"/],
    ['a negative power', { vcsel: { opticalPower_mW: -1 } }, /vcsel\.opticalPower_mW is -1/],
    ['not a number', { microring: { qualityFactor: Number.NaN } }, /microring\.qualityFactor/],
    ['infinity', { microring: { qualityFactor: Number.POSITIVE_INFINITY } }, /microring\.qualityFactor/],
    ['a list', [1], /the description is \[1\]: .*expected object/],
    ['null for a number', { adc: { bits: null } }, /adc\.bits is null/],
  ])('refuses %s', (_, value, message) => {
    expect(() => parseHardware(value, 'mine.yaml')).toThrow(DescriptionError);
    expect(() => parseHardware(value, 'mine.yaml')).toThrow(message);
    expect(() => parseHardware(value, 'mine.yaml')).toThrow(/^mine\.yaml: [^\n]*$/);
  });

  it.each([
    ['a line broader than the free spectral range', { microring: { qualityFactor: 50 } }, /qualityFactor 50/],
    [
      'full scale beyond half a free spectral range',
      { microring: { fullScaleDetuning_linewidths: 50 } },
      /at most 46\.45 here/,
    ],
    ['a chip that fits no memory', { vdu: { conv: { units: 65536, size: 1024 } } }, /thermal couplings/],
  ])('refuses %s, a limit of two fields', (_, value, message) => {
    expect(() => parseHardware(value)).toThrow(DescriptionError);
    expect(() => parseHardware(value)).toThrow(message);
  });

  it('two wrong fields are both named', () => {
    expect(() => parseHardware({ adc: { bits: 0 }, weightDac: { bits: 0 } })).toThrow(
      /weightDac\.bits.*; adc\.bits|adc\.bits.*; weightDac\.bits/,
    );
  });

  it('every field says what it is and has its unit in its name where it has one', () => {
    for (const { path, description } of hardwareFields()) {
      expect(description, path).not.toBe('');
      const unit = description.match(/, (nm|ns|mW|dB|um|nA|mA|ps|us|K|nm\/K|dB\/cm|dB\/Hz)[.:;, ]/)?.[1];
      if (unit) expect(path, description).toContain(`_${unit.replace('/', '_per_')}`);
    }
  });
});

describe('values that follow from others', () => {
  it('spacing is the free spectral range over the channels unless given', () => {
    expect(channelSpacing_nm(parseHardware({}), 10)).toBeAllclose(1.8);
    expect(channelSpacing_nm(parseHardware({ grid: { channelSpacing_nm: 0.8 } }), 10)).toBe(0.8);
  });

  it.each([
    [{}, 14, 14],
    [{ adc: { interleave: 4 } }, 3.5, 3.5],
    // With 100 ADCs (0.14 ns) the streamed DAC is slowest: activations in CONV, weights in FC.
    [{ adc: { interleave: 100 } }, 0.33, 0.25],
    [{ adc: { interleave: 1000 }, vcsel: { latency_ns: 1 }, photodetector: { latency_ps: 500 } }, 1.5, 1.5],
    [{ receiver: { samplingInterval_ns: 2 } }, 2, 2],
  ])('sampling interval with %j', (overrides, conv, fc) => {
    const hardware = parseHardware(overrides);
    expect([samplingInterval_ns(hardware, 'conv'), samplingInterval_ns(hardware, 'fc')]).toBeAllclose([conv, fc]);
  });
});

describe('valueAtPath', () => {
  it('reads every field', () => {
    for (const { path } of hardwareFields()) expect(valueAtPath(parseHardware({}), path)).not.toBe(undefined);
  });
});
