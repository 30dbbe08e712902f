import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type BankStudyOptions, bankStudy } from '../../../src/experiments/devices/bankStudy.js';
import { bankSweep } from '../../../src/experiments/devices/bankSweep.js';
import { chipErrors, drawHeld, holdBank, readRandomBanks } from '../../../src/experiments/devices/heldBank.js';
import type { HardwareDescription } from '../../../src/hardware/description.js';
import { hardwareOf } from '../../../src/hardware/descriptionFiles.js';
import { bankOf } from '../../../src/hardware/optics/bank.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';
import { mean, variance } from '../../helpers/statistics.js';

const OPTIONS: BankStudyOptions = { kind: 'conv', seed: 1, chipSeed: 1, unit: 0 };
const FC: BankStudyOptions = { ...OPTIONS, kind: 'fc' };
const QUIET = {
  processVariation: false,
  thermalCrosstalk: false,
  temperatureOffset: false,
  gainErrors: false,
  sourceWavelength: false,
};
const bitsOf = (hardware: HardwareDescription, kind: 'conv' | 'fc', chipSeed: number | null = null) =>
  readRandomBanks(hardware, kind, { values: 4000, seed: 1, chipSeed }).statistics.effectiveBits;

describe('holdBank', () => {
  it.each(['bank-conv', 'bank-fc'])('transmits what another implementation says: %s', (file) => {
    const { cases } = JSON.parse(readFileSync(new URL(`../../conformance/${file}.json`, import.meta.url), 'utf8'));
    for (const { hardware, seeds, bank: kind, unit, held, expected } of cases) {
      const description = hardwareOf(hardware);
      const bank = bankOf(description, kind);
      const errors = chipErrors(description, bank, seeds.chip);
      held.forEach((values: number[], row: number) => {
        const { transmission, read } = holdBank(description, bank, values, { errors, unit: unit[row] });
        const [plus, minus] = [expected.Hplus[row], expected.Hminus[row]] as [number[], number[]];
        expect(transmission[0].slice(0, values.length)).toBeAllclose(plus, { rtol: 0, atol: 1e-10 });
        expect(transmission[1].slice(0, values.length)).toBeAllclose(minus, { rtol: 0, atol: 1e-10 });
        const signal = plus.map((H, j) => (H - (kind === 'conv' ? minus[j]! : 0)) / expected.c);
        expect(read).toBeAllclose(signal, { rtol: 0, atol: 1e-9 });
      });
    }
  });
});

describe('drawHeld', () => {
  it('is uniform over what a bank can hold', () => {
    const [conv, fc] = [drawHeld({ kind: 'conv', rails: 2 }, 20_000, 3), drawHeld({ kind: 'fc', rails: 2 }, 20_000, 3)];
    expect([mean(conv), variance(conv)]).toBeAllclose([0, 1 / 3], { atol: 0.01 });
    expect([mean(fc), variance(fc)]).toBeAllclose([0.5, 1 / 12], { atol: 0.01 });
    expect(drawHeld({ kind: 'fc', rails: 2 }, 3, 4)).not.toEqual(drawHeld({ kind: 'fc', rails: 2 }, 3, 3));
  });
});

// From an independent implementation of the contract.
describe('effective bits of held values', () => {
  const crosstalk = (compensation: string, overrides: object = {}) =>
    presetHardware('sonic', { grid: { compensation }, ...overrides });

  it('five channels: 7.8 uncompensated, 13 with gain, exact with full', () => {
    expect(bitsOf(crosstalk('none'), 'conv')).toBeAllclose(7.8, { atol: 0.1 });
    expect(bitsOf(crosstalk('gain'), 'conv')).toBeAllclose(13, { atol: 0.5 });
    expect(bitsOf(crosstalk('full'), 'conv')).toBeGreaterThan(40);
  });

  it('ten channels of an FC bank: 5.7 uncompensated, 10.3 with gain', () => {
    expect(bitsOf(crosstalk('none'), 'fc')).toBeAllclose(5.7, { atol: 0.1 });
    expect(bitsOf(crosstalk('gain'), 'fc')).toBeAllclose(10.3, { atol: 0.2 });
  });

  it('fifty channels in one free spectral range: about 1', () => {
    expect(bitsOf(presetHardware('sonic-single-waveguide'), 'fc')).toBeAllclose(1, { atol: 0.5 });
  });

  it.each([
    [0.001, 5.8],
    [0.002, 4.9],
    [0.0023, 4.6],
  ])('a residual of %d nm: %d', (trimResidual_nm, bits) => {
    const effects = { ...QUIET, processVariation: true, spectralCrosstalk: false };
    const hardware = presetHardware('sonic', { tuning: { trimResidual_nm }, effects });
    for (const kind of ['conv', 'fc'] as const) expect(bitsOf(hardware, kind, 1)).toBeAllclose(bits, { atol: 0.15 });
  });

  it('untuned: below 0', () => {
    for (const kind of ['conv', 'fc'] as const)
      expect(bitsOf(presetHardware('sonic-untuned'), kind, 1)).toBeLessThan(0);
  });

  it('a single ring, or a very high Q, is free of crosstalk', () => {
    const alone = crosstalk('none', { vdu: { conv: { size: 1 }, fc: { size: 1 } } });
    expect(bitsOf(alone, 'conv')).toBeGreaterThan(40);
    const sharp = crosstalk('none', { microring: { qualityFactor: 1e8 } });
    expect(bitsOf(sharp, 'conv')).toBeGreaterThan(30);
  });
});

describe('bankStudy', () => {
  // Transmission half-way between two channels of parked rings, computed apart with numpy.
  it.each([
    [5, 8000, 0.993],
    [13, 8000, 0.955],
    [15, 8000, 0.94],
    [25, 8000, 0.844],
    [50, 8000, 0.53],
    [50, 20_000, 0.895],
    [50, 50_000, 0.982],
  ])('%i parked rings at Q %i pass %d half-way between channels', (size, qualityFactor, expected) => {
    const hardware = presetHardware('sonic', {
      vdu: { conv: { size } },
      grid: { wavelengthsPerWaveguide: size },
      microring: { qualityFactor },
      effects: QUIET,
    });
    const { spectrum, channel_nm } = bankStudy(hardware, { ...OPTIONS, held: [] });
    const middle = Math.floor((size - 1) / 2);
    const between = (channel_nm[middle]! + channel_nm[middle + 1]!) / 2;
    const at = spectrum.offset_nm.reduce((best, x, i) => {
      return Math.abs(x - between) < Math.abs(spectrum.offset_nm[best]! - between) ? i : best;
    }, 0);
    for (const rail of [0, 1]) expect(spectrum.transmission[rail]![at]).toBeAllclose(expected, { atol: 0.004 });
  });

  it('reads without compensation what Lorentzian rings multiply to', () => {
    const hardware = presetHardware('sonic', { effects: QUIET });
    const held = [0.9, 0.1, 0.5, 1, 0.3, 0.7, 0, 0.2, 0.6, 0.8];
    const { cases, channel_nm } = bankStudy(hardware, { ...FC, held });
    const h = 1550 / 8000 / 2;
    const Tmin = 10 ** -2.5;
    // Beyond half a free spectral range the ring's next resonance is nearer.
    const T = (d: number) => 1 - (1 - Tmin) / (1 + ((d - 18 * Math.round(d / 18)) / h) ** 2);
    const Tfs = T(4 * h);
    const delta = held.map((v) => h * Math.sqrt((Math.max(v * Tfs, Tmin) - Tmin) / (1 - Math.max(v * Tfs, Tmin))));
    const expected = held.map((_, j) => {
      const offsets = channel_nm.map((channel, i) => channel_nm[j]! - channel - delta[i]!);
      return offsets.reduce((product, d) => product * T(d), 1) / Tfs;
    });
    expect(cases[0]!.name).toBe('none');
    // Airy and Lorentzian differ by at most 1.7e-4 a ring at this finesse.
    expect(cases[0]!.read).toBeAllclose(expected, { atol: 1.5e-3 });
    const difference = cases[0]!.read.map((value, j) => Math.abs(value - held[j]!));
    expect(Math.max(...difference)).toBeGreaterThan(5e-3);
  });

  it('puts its channels on its own spectrum, and states errors of what it shows', () => {
    // Sources beside their channels would read the spectrum elsewhere.
    const effects = { sourceWavelength: false, gainErrors: false };
    const study = bankStudy(presetHardware('sonic', { vdu: { conv: { size: 3 } }, effects }), {
      ...OPTIONS,
      held: [1, -0.5, 0.25],
    });
    const chip = study.cases.at(-1)!;
    expect(chip.name).toBe('full, chip 1');
    for (const rail of [0, 1]) {
      // The middle channel is the middle of the spectrum.
      expect(study.spectrum.offset_nm[600]).toBeCloseTo(study.channel_nm[1]!, 12);
      expect(study.spectrum.transmission[rail]![600]).toBeCloseTo(chip.transmission[rail]![1]!, 12);
    }
    const squares = chip.read.map((value, j) => (value - study.held[j]!) ** 2);
    expect(chip.shown.rms).toBeCloseTo(Math.sqrt((squares[0]! + squares[1]! + squares[2]!) / 3), 15);
  });

  it('another chip or unit changes the last case only', () => {
    const hardware = presetHardware('sonic');
    const [first, chip, unit] = [{}, { chipSeed: 2 }, { unit: 1 }].map((other) =>
      bankStudy(hardware, { ...OPTIONS, ...other }).cases.map(({ read }) => read),
    );
    expect(chip!.slice(0, 3)).toEqual(first!.slice(0, 3));
    expect(unit!.slice(0, 3)).toEqual(first!.slice(0, 3));
    expect(chip![3]).not.toEqual(first![3]);
    expect(unit![3]).not.toEqual(first![3]);
    expect(bankStudy(hardware, OPTIONS).cases.map(({ read }) => read)).toEqual(first);
  });

  it('errors of independent causes add in squares', () => {
    const { sources } = bankStudy(presetHardware('sonic'), OPTIONS);
    const rms = new Map(sources.map(({ name, random }) => [name.split(/,| \(/)[0], random.rms]));
    // Drift is 0 here: no time has passed.
    const causes = ['process variation', 'thermal crosstalk', 'gain errors', 'wavelengths of sources', 'drift'];
    const together = Math.hypot(...causes.map((name) => rms.get(name)!));
    expect(rms.get('all')).toBeAllclose(together, { rtol: 0.1 });
    expect(rms.get('temperature offset')).toBeLessThan(1e-12);
  });

  it('an FC bank has no full compensation: gain acts', () => {
    const { cases } = bankStudy(presetHardware('sonic'), FC);
    expect(cases.map(({ name }) => name)).toEqual(['none', 'gain', 'gain, chip 1']);
  });
});

describe('bankSweep', () => {
  const options = { kind: 'conv', seed: 1, chipSeed: 1 } as const;

  it('crosstalk falls with Q and grows with channels; resonance errors cost more bits at high Q', () => {
    const hardware = presetHardware('sonic', { grid: { compensation: 'none' } });
    const sweep = bankSweep(hardware, { ...options, qualityFactors: [8000, 16_000], channels: [5, 10, 20] });
    const bits = (q: number, c: number) => sweep.points[q * 3 + c]!;
    for (const c of [0, 1, 2]) expect(bits(1, c).crosstalkBits!).toBeGreaterThan(bits(0, c).crosstalkBits! + 1);
    for (const q of [0, 1]) {
      for (const c of [0, 1]) expect(bits(q, c).crosstalkBits!).toBeGreaterThan(bits(q, c + 1).crosstalkBits! + 1);
    }
    expect(bits(0, 0).bits!).toBeAllclose(bits(1, 0).bits! + 1, { atol: 0.2 });
    for (const point of sweep.points) expect(point.bits!).toBeLessThan(point.crosstalkBits!);
  });

  it('compensation helps, full most', () => {
    const { byCompensation } = bankSweep(presetHardware('sonic'), { ...options, channels: [5, 15] });
    const [none, gain, full] = byCompensation.map(({ bits }) => bits);
    for (const c of [0, 1]) {
      expect(gain![c]!).toBeGreaterThan(none![c]! + 3);
      expect(full![c]!).toBeGreaterThan(gain![c]! + 3);
    }
  });

  it('has values where a given spacing goes round the range: the response of rings repeats', () => {
    const bitsAt = (channelSpacing_nm: number) =>
      bankSweep(presetHardware('sonic', { grid: { channelSpacing_nm, compensation: 'gain' } }), {
        ...options,
        qualityFactors: [8000],
        channels: [5, 12],
      }).points.map(({ crosstalkBits }) => crosstalkBits!);
    const [near, far] = [bitsAt(1.7), bitsAt(1.7 + 18)];
    for (const [c, bits] of far.entries()) expect(bits).toBeAllclose(near[c]!, { rtol: 1e-6 });
  });
});
