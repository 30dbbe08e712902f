import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bankOf, bankTransmission, crosstalkAt, fcDetunings } from '../../../src/hardware/optics/bank.js';
import { convDetunings } from '../../../src/hardware/optics/convBank.js';
import { convTransmission, detuning_nm, fcTransmission, transmission } from '../../../src/hardware/optics/ring.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';

const sonic = parseHardware({});
const heldValues = (size: number) =>
  fc.array(
    fc.integer({ min: -63, max: 63 }).map((code) => code / 63),
    { minLength: size, maxLength: size },
  );

function railTransmissions(
  bank: ReturnType<typeof bankOf>,
  detunings: Float64Array,
  error_nm = new Float64Array(bank.slots),
) {
  const H = new Float64Array(bank.slots);
  bankTransmission(bank)(detunings, error_nm, 0, H);
  return H;
}

describe('bankOf', () => {
  it.each([
    ['conv', {}, { ringsPerWaveguide: 5, waveguides: 1, slots: 5, spacing_nm: 3.6 }],
    ['fc', {}, { ringsPerWaveguide: 10, waveguides: 5, slots: 50, spacing_nm: 1.8 }],
    [
      'fc',
      { vdu: { fc: { size: 12 } }, grid: { wavelengthsPerWaveguide: 5 } },
      { ringsPerWaveguide: 5, waveguides: 3, slots: 15, spacing_nm: 3.6 },
    ],
    ['fc', { grid: { channelSpacing_nm: 0.8 } }, { ringsPerWaveguide: 10, waveguides: 5, slots: 50, spacing_nm: 0.8 }],
  ] as const)('lays out %s with %j', (kind, overrides, { spacing_nm, ...expected }) => {
    const bank = bankOf(parseHardware(overrides), kind);
    expect(bank).toMatchObject(expected);
    expect(bank.channelSpacing_nm).toBeAllclose(spacing_nm);
    const first_nm = (-spacing_nm * (expected.ringsPerWaveguide - 1)) / 2;
    expect(bank.channel_nm).toBeAllclose(
      Array.from({ length: expected.ringsPerWaveguide }, (_, c) => first_nm + c * spacing_nm),
      { atol: 1e-12 },
    );
  });

  it.each(['none', 'gain', 'full'] as const)('with compensation %s the gain uses X or not', (compensation) => {
    for (const kind of ['conv', 'fc'] as const) {
      const bank = bankOf(parseHardware({ grid: { compensation } }), kind);
      const full = kind === 'conv' ? bank.ring.Tfs - bank.ring.Tmin : bank.ring.Tfs;
      expect(bank.X).toBeAllclose(compensation === 'none' ? 1 : crosstalkAt(sonic, kind, 0.5));
      expect(bank.c).toBeAllclose(full * bank.X);
    }
    expect(bankOf(parseHardware({ grid: { compensation }, effects: { spectralCrosstalk: false } }), 'conv').X).toBe(1);
  });

  it('crosstalk of two channels is the product written out', () => {
    const hardware = parseHardware({ vdu: { conv: { size: 2 } }, grid: { channelSpacing_nm: 0.8 } });
    const { ring, X } = bankOf(hardware, 'conv');
    const half_nm = detuning_nm(ring, (ring.Tmin + ring.Tfs) / 2);
    expect(X).toBeAllclose((transmission(ring, -0.8 - half_nm) + transmission(ring, 0.8 - half_nm)) / 2);
  });

  it('X is 1 for one ring, and rises with spacing and quality factor', () => {
    expect(bankOf(parseHardware({ vdu: { conv: { size: 1 } } }), 'conv').X).toBe(1);
    const bySpacing = [0.6, 0.8, 1.2, 1.8, 3.6].map(
      (channelSpacing_nm) =>
        bankOf(
          parseHardware({
            vdu: { fc: { size: 4, units: 1 } },
            grid: { wavelengthsPerWaveguide: 4, channelSpacing_nm },
          }),
          'fc',
        ).X,
    );
    const byQuality = [4000, 8000, 16000, 32000, 1e6].map(
      (qualityFactor) => bankOf(parseHardware({ microring: { qualityFactor } }), 'fc').X,
    );
    for (const series of [bySpacing, byQuality]) {
      for (let i = 1; i < series.length; i++) expect(series[i]).toBeGreaterThan(series[i - 1]!);
    }
    expect(byQuality.at(-1)).toBeGreaterThan(0.9999);
  });
});

describe('bankTransmission', () => {
  it('of one ring is the ring', () => {
    const bank = bankOf(parseHardware({ vdu: { conv: { size: 1 } } }), 'conv');
    expect(railTransmissions(bank, Float64Array.of(0.1), Float64Array.of(0.02))).toBeAllclose([
      transmission(bank.ring, -0.12),
    ]);
  });

  it('of two rings is the product of the two, errors included, resonances on the long side', () => {
    const bank = bankOf(parseHardware({ vdu: { conv: { size: 2 } }, grid: { channelSpacing_nm: 0.8 } }), 'conv');
    const [d0, d1, e0, e1] = [0.1, 0.3, 0.02, -0.01];
    const T = (distance_nm: number) => transmission(bank.ring, distance_nm);
    // Channels lie at -0.4 and +0.4, resonances at -0.4 + 0.12 and 0.4 + 0.29.
    expect(railTransmissions(bank, Float64Array.of(d0, d1), Float64Array.of(e0, e1))).toBeAllclose([
      T(-0.4 + 0.28) * T(-0.4 - 0.69),
      T(0.4 + 0.28) * T(0.4 - 0.69),
    ]);
  });

  it('is the product of the rings written out, and its slope the difference quotient, whatever is off', () => {
    const nm = (limit: number) =>
      fc.array(fc.double({ min: -limit, max: limit, noNaN: true }), { minLength: 12, maxLength: 12 });
    const layouts = fc.record({
      wavelengths: fc.integer({ min: 1, max: 6 }),
      spacing_nm: fc.constantFrom(0.6, 1.8, 3),
      qualityFactor: fc.constantFrom(2000, 8000, 60_000),
      spectralCrosstalk: fc.boolean(),
      count: fc.integer({ min: 1, max: 6 }),
    });
    // Errors of half a period and more among them: shifts at which a cosine is negative.
    const rings = fc.record({ detuning: nm(0.4), error: fc.oneof(nm(0.05), nm(25)), source: nm(0.05), gain: nm(0.1) });
    fc.assert(
      fc.property(layouts, rings, fc.boolean(), (layout, { detuning, error, source, gain }, isOff) => {
        const { wavelengths, spacing_nm, qualityFactor, spectralCrosstalk, count } = layout;
        const hardware = parseHardware({
          vdu: { fc: { size: 6 } },
          grid: { wavelengthsPerWaveguide: wavelengths, channelSpacing_nm: spacing_nm },
          microring: { qualityFactor },
          effects: { spectralCrosstalk },
        });
        const bank = bankOf(hardware, 'fc');
        const { ring, slots, ringsPerWaveguide: w, channel_nm } = bank;
        const shift_nm = Float64Array.from({ length: slots }, (_, slot) => detuning[slot]! + error[slot]!);
        const sourceAt = (slot: number) => (isOff ? source[slot]! : 0);
        const written = (slot: number, moved_nm: number) => {
          let product = isOff ? 1 + gain[slot]! : 1;
          for (let i = 0; i < w; i++) {
            const other = slot - (slot % w) + i;
            if (!spectralCrosstalk && other !== slot) continue;
            const distance_nm = channel_nm[slot % w]! - channel_nm[i]! - shift_nm[other]! + sourceAt(slot) + moved_nm;
            product *= transmission(ring, distance_nm);
          }
          return product;
        };
        const errors = {
          source_nm: Float64Array.from(source),
          sourceOffset: 0,
          gain: Float64Array.from(gain, (g) => 1 + g),
          gainOffset: 0,
        };
        const [H, D] = [new Float64Array(slots), new Float64Array(slots)];
        const nothing = { source_nm: null, sourceOffset: 0, gain: null, gainOffset: 0 };
        bankTransmission(bank)(
          Float64Array.from(detuning),
          Float64Array.from(error),
          0,
          H,
          isOff ? errors : nothing,
          D,
          count,
        );
        const step_nm = 1e-6 * ring.linewidth_nm;
        for (let slot = 0; slot < count; slot++) {
          expect(H[slot]).toBeAllclose(written(slot, 0), { atol: 1e-13 });
          const slope = (written(slot, step_nm) - written(slot, -step_nm)) / (2 * step_nm);
          expect(D[slot]! * ring.linewidth_nm).toBeAllclose(slope * ring.linewidth_nm, { rtol: 0, atol: 1e-7 });
        }
        expect([...H.subarray(count)].every((value) => value === 0)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('lets waveguides alone: only rings of the same one count', () => {
    const bank = bankOf(
      parseHardware({ vdu: { fc: { size: 6 } }, grid: { wavelengthsPerWaveguide: 3, channelSpacing_nm: 0.6 } }),
      'fc',
    );
    const before = railTransmissions(bank, fcDetunings(bank, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]));
    const after = railTransmissions(bank, fcDetunings(bank, [0.1, 0.2, 0.3, 1, 0, 1]));
    expect(after.subarray(0, 3)).toEqual(before.subarray(0, 3));
    expect(after.subarray(3)).not.toEqual(before.subarray(3));
  });

  it('is the own ring where lines are narrow or the effect is off', () => {
    const narrow = bankOf(parseHardware({ microring: { qualityFactor: 1e7 } }), 'conv');
    const off = bankOf(parseHardware({ effects: { spectralCrosstalk: false } }), 'conv');
    const held = [0.1, 0.4, 0, 1, 0.7];
    for (const [bank, atol] of [
      [narrow, 1e-7],
      [off, 1e-12],
    ] as const) {
      const { plus } = convDetunings(bank, held, true);
      expect(railTransmissions(bank, plus.detuning_nm)).toBeAllclose(
        held.map((v) => convTransmission(bank.ring, v)),
        { atol },
      );
    }
  });

  it('stays between the deepest product of all rings and 1', () => {
    const bank = bankOf(parseHardware({ grid: { channelSpacing_nm: 0.5 } }), 'conv');
    fc.assert(
      fc.property(
        heldValues(5),
        fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 5, maxLength: 5 }),
        (held, error) => {
          for (const rail of Object.values(convDetunings(bank, held, true))) {
            for (const H of railTransmissions(bank, rail.detuning_nm, Float64Array.from(error))) {
              expect(H).toBeGreaterThanOrEqual(bank.ring.Tmin ** 5);
              expect(H).toBeLessThanOrEqual(1);
            }
          }
        },
      ),
    );
  });
});

describe('convDetunings', () => {
  it('parks the rail that does not carry and slots without a value', () => {
    const bank = bankOf(sonic, 'conv');
    const { plus, minus } = convDetunings(bank, [0.5, -0.25], false);
    const delta = (v: number) => detuning_nm(bank.ring, convTransmission(bank.ring, v));
    expect(plus.detuning_nm).toBeAllclose([delta(0.5), 0, 0, 0, 0]);
    expect(minus.detuning_nm).toBeAllclose([0, delta(0.25), 0, 0, 0]);
  });

  it.each([
    {},
    { grid: { channelSpacing_nm: 1 } },
    { vdu: { conv: { size: 8 } } },
    { microring: { qualityFactor: 20000 } },
  ])('with %j solved detunings make H+ - H- = X w (Tfs - Tmin) wherever no ring is at its end', (overrides) => {
    const bank = bankOf(parseHardware(overrides), 'conv');
    let [solved, clipped] = [0, 0];
    fc.assert(
      fc.property(heldValues(bank.size), (held) => {
        const { plus, minus } = convDetunings(bank, held, true);
        const [hPlus, hMinus] = [plus, minus].map((rail) => railTransmissions(bank, rail.detuning_nm));
        held.forEach((w, slot) => {
          const own_nm = (w > 0 ? plus : minus).detuning_nm[slot]!;
          const isClipped = w !== 0 && (own_nm <= 0 || own_nm >= bank.ring.fullScaleDetuning_nm * (1 - 1e-9));
          if (isClipped) clipped++;
          // A parked slot is not solved: what its two rails differ by is what the neighbours leave.
          if (isClipped || w === 0) return;
          solved++;
          expect(hPlus![slot]! - hMinus![slot]!).toBeAllclose(bank.X * w * (bank.ring.Tfs - bank.ring.Tmin), {
            atol: 1e-6,
            rtol: 0,
          });
        });
      }),
      { numRuns: 200 },
    );
    expect(solved).toBeGreaterThan(10 * clipped);
  });

  it('unsolved detunings leave an error that solving removes', () => {
    const bank = bankOf(parseHardware({ grid: { channelSpacing_nm: 1 } }), 'conv');
    const held = [0.2, 0.8, 0.5, 0.3, 0.6];
    const error = (solve: boolean) => {
      const { plus, minus } = convDetunings(bank, held, solve);
      const [hPlus, hMinus] = [plus, minus].map((rail) => railTransmissions(bank, rail.detuning_nm));
      return Math.max(...held.map((w, j) => Math.abs((hPlus![j]! - hMinus![j]!) / bank.c - w)));
    };
    expect(error(false)).toBeGreaterThan(1e-3);
    expect(error(true)).toBeLessThan(1e-6);
  });
});

describe('fcDetunings', () => {
  it('imprint activations on all slots and park the rest', () => {
    const bank = bankOf(sonic, 'fc');
    const detunings = fcDetunings(bank, [0, 0.3, 1]);
    expect(detunings).toHaveLength(50);
    expect(detunings.subarray(0, 3)).toBeAllclose([
      0,
      detuning_nm(bank.ring, fcTransmission(bank.ring, 0.3)),
      bank.ring.fullScaleDetuning_nm,
    ]);
    expect(detunings.subarray(3).every((delta) => delta === 0)).toBe(true);
  });
});
