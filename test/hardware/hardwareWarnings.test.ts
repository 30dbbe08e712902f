import { describe, expect, it } from 'vitest';
import { compileNetwork } from '../../src/emulation/compiler/compile.js';
import { adcOf, converterVariance } from '../../src/emulation/compiler/layerConstants.js';
import { gridWarnings, hardwareWarnings } from '../../src/hardware/hardwareWarnings.js';
import { bankOf, bankTransmission, fcDetunings } from '../../src/hardware/optics/bank.js';
import { convDetunings } from '../../src/hardware/optics/convBank.js';
import { parseHardware } from '../../src/hardware/parseHardware.js';
import { PRESETS, presetHardware } from '../../src/hardware/presets/index.js';
import { sonicMnist } from '../../src/networks/zoo/sonicMnist.js';

const BITS = [2, 4, 6, 8, 10, 12, 14, 16, 20, 24];

describe('adc.effectiveBits', () => {
  it.each(Object.keys(PRESETS))('%s takes every number of bits', (name) => {
    for (const bits of BITS) expect(presetHardware(name, { adc: { bits } }).adc.bits).toBe(bits);
  });

  it('adds the variance that is missing, and nothing where none is', () => {
    for (const bits of BITS)
      for (const effectiveBits of [1, 6.5, 8, 14.7, 24]) {
        const hardware = parseHardware({ adc: { bits, effectiveBits } });
        const adc = adcOf(hardware, 3);
        const quantiser = (b: number) => (6 / b) ** 2 / 12;
        // Steps of a signed code with 2^(b-1) - 1 of them on a side, beside an ideal converter of 2^eff steps.
        const missing = quantiser(2 ** effectiveBits) - quantiser(2 ** bits - 2);
        expect(converterVariance(hardware, adc)).toBeAllclose(effectiveBits >= bits ? 0 : Math.max(0, missing), {
          rtol: 1e-9,
        });
      }
  });
});

describe('channels beyond the free spectral range', () => {
  it('are a warning that names channels, spacing and range; those within it, and auto, are none', () => {
    for (const kind of ['conv', 'fc'] as const) {
      for (const size of [1, 2, 3, 7, 10]) {
        for (const [share, warned] of [
          [0.5, false],
          [1, false],
          [1.0001, true],
          [3, true],
        ] as const) {
          const channelSpacing_nm = (18 / size) * share;
          const hardware = parseHardware({ vdu: { [kind]: { size } }, grid: { channelSpacing_nm } });
          const lines = gridWarnings(hardware, kind);
          expect(lines, `${kind} ${size} ${share}`).toHaveLength(warned && size > 1 ? 1 : 0);
          if (lines.length > 0) expect(lines[0]).toContain(`${size} channels ${channelSpacing_nm} nm apart`);
        }
        const auto = parseHardware({ vdu: { [kind]: { size } }, microring: { freeSpectralRange_nm: 17.3 } });
        expect(gridWarnings(auto, kind)).toEqual([]);
      }
    }
    for (const name of Object.keys(PRESETS)) expect(hardwareWarnings(presetHardware(name))).toEqual([]);
  });

  it('compiling says so for the units that the network uses', () => {
    const network = sonicMnist(1);
    const hardware = parseHardware({ grid: { channelSpacing_nm: 3.7 }, effects: { selfHeating: false } });
    const program = compileNetwork(network, hardware, {
      chipSeed: 1,
      scales: [1, 1, 1, 1].map((activationScale) => ({ activationScale })),
    });
    expect(program.warnings.filter((line) => line.includes('freeSpectralRange_nm'))).toHaveLength(2);
    const convOnly = { ...network, layers: network.layers.slice(0, 1), output: network.layers[0]!.name };
    const one = compileNetwork(convOnly, hardware, { chipSeed: 1, scales: [{ activationScale: 1 }] });
    expect(one.warnings.filter((line) => line.includes('freeSpectralRange_nm'))).toHaveLength(1);
  });

  it.each([0.3, 1.1, 17.9])('a whole range further the same rings act: spacing %d nm and one range more', (spacing) => {
    for (const compensation of ['none', 'gain', 'full'] as const) {
      for (const extinction of [true, false]) {
        const read = (channelSpacing_nm: number) => {
          const hardware = parseHardware({
            vdu: { conv: { size: 5 } },
            grid: { channelSpacing_nm, compensation },
            effects: { extinction },
          });
          const bank = bankOf(hardware, 'conv');
          const { plus, minus } = convDetunings(bank, [0.5, -1, 0.1, 0, 1], compensation === 'full');
          const out = new Float64Array(bank.slots);
          return [plus, minus].flatMap((rail) => {
            bankTransmission(bank)(rail.detuning_nm, new Float64Array(bank.slots), 0, out);
            return Array.from(out);
          });
        };
        const [near, far] = [read(spacing), read(spacing + 18)];
        for (const [i, value] of far.entries()) expect(value).toBeAllclose(near[i]!, { rtol: 1e-6, atol: 1e-9 });
      }
    }
  });

  it('on top of each other (spacing = range) every value stays finite, on any number of rings that leave light', () => {
    for (const size of [2, 10, 50]) {
      for (const extinction of [true, false]) {
        const hardware = parseHardware({
          vdu: { conv: { size }, fc: { size } },
          grid: { channelSpacing_nm: 18, wavelengthsPerWaveguide: size },
          effects: { extinction },
        });
        const held = Array.from({ length: size }, (_, i) => (i % 3) - 1);
        const conv = bankOf(hardware, 'conv');
        const { plus, minus } = convDetunings(conv, held, true);
        const fc = bankOf(hardware, 'fc');
        const out = new Float64Array(size);
        for (const [bank, rail] of [
          [conv, plus.detuning_nm],
          [conv, minus.detuning_nm],
          [fc, fcDetunings(fc, held.map(Math.abs))],
        ] as const) {
          bankTransmission(bank)(rail, new Float64Array(size), 0, out);
          expect([...rail, ...out].every(Number.isFinite), `${size} ${extinction}`).toBe(true);
        }
      }
    }
    const hopeless = parseHardware({
      vdu: { conv: { size: 1000, units: 1 }, fc: { size: 10 } },
      grid: { channelSpacing_nm: 18, wavelengthsPerWaveguide: 1000 },
    });
    expect(() => bankOf(hopeless, 'conv')).toThrow(/past the 999 other rings.*too little.*wavelengthsPerWaveguide/);
  });
});
