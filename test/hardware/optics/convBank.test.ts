/**
 * The solver of CONV detunings leaves out what does not move, and reckons with sines of detunings; here are all eight rounds,
 * with nothing left out and by the functions of the ring.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bank, bankOf } from '../../../src/hardware/optics/bank.js';
import { detuningSolver } from '../../../src/hardware/optics/convBank.js';
import { convTransmission, detuning_nm, fcTransmission, transmission } from '../../../src/hardware/optics/ring.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';

/** Section 4 of the contract as it reads: from all detunings of the round before, every slot's neighbours, then its own. */
function plainRounds(bank: Bank, held: readonly number[], solve: boolean): number[][] {
  const { ring, slots, ringsPerWaveguide: w, X, channel_nm, rails: railCount } = bank;
  const valueOn = (rail: number, slot: number) => Math.max((held[slot] ?? 0) * (rail === 0 ? 1 : -1), 0);
  const own = (v: number) => (railCount === 2 ? convTransmission(ring, v) : fcTransmission(ring, v));
  const each = <T>(make: (slot: number) => T) => Array.from({ length: slots }, (_, slot) => make(slot));
  let rails = Array.from({ length: railCount }, (_, rail) =>
    each((slot) => detuning_nm(ring, own(valueOn(rail, slot)))),
  );
  for (let round = 0; solve && round < 8; round++) {
    const before = rails;
    const neighbours = (rail: number, slot: number) => {
      let product = 1;
      for (let i = 0; i < w; i++) {
        const other = slot - (slot % w) + i;
        if (other !== slot)
          product *= transmission(ring, channel_nm[slot % w]! - channel_nm[i]! - before[rail]![other]!);
      }
      return product;
    };
    rails = before.map((delta_nm, rail) =>
      each((slot) => {
        const isCarrying = slot < held.length && (railCount === 1 || valueOn(rail, slot) > 0);
        if (!isCarrying) return delta_nm[slot]!;
        const v = valueOn(rail, slot);
        const wanted =
          railCount === 1
            ? (X * v * ring.Tfs) / neighbours(0, slot)
            : (X * v * (ring.Tfs - ring.Tmin) + ring.Tmin * neighbours(1 - rail, slot)) / neighbours(rail, slot);
        return detuning_nm(ring, Math.min(Math.max(wanted, ring.Tmin), ring.Tfs));
      }),
    );
  }
  return rails;
}

const descriptions = fc.record({
  size: fc.integer({ min: 1, max: 7 }),
  wavelengths: fc.integer({ min: 1, max: 7 }),
  // Down to where channels stand so close that rounds do not settle.
  qualityFactor: fc.constantFrom(1000, 5000, 8000, 20000),
  offset: fc.boolean(),
  solve: fc.boolean(),
});
const rows = fc.array(
  fc.array(
    fc.oneof(
      fc.constant(0),
      fc.integer({ min: -63, max: 63 }).map((code) => code / 63),
      fc.double({ min: -1, max: 1, noNaN: true }),
    ),
    { maxLength: 7 },
  ),
  { minLength: 1, maxLength: 4 },
);

describe('detuningSolver', () => {
  it('gives what all eight rounds come to, for one row after the other', () => {
    fc.assert(
      fc.property(descriptions, rows, ({ size, wavelengths, qualityFactor, offset, solve }, held) => {
        const hardware = parseHardware({
          vdu: { conv: { size }, ...(offset ? { signs: 'offset' } : {}) },
          grid: { wavelengthsPerWaveguide: wavelengths },
          microring: { qualityFactor },
        });
        const bank = bankOf(hardware, 'conv');
        const solver = detuningSolver(bank, solve);
        for (const row of held) {
          const values = row.slice(0, size).map((v) => (bank.rails === 1 ? Math.abs(v) : v));
          const { plus, minus } = solver(values);
          const [wantedPlus, wantedMinus = []] = plainRounds(bank, values, solve);
          const both = [
            [plus, wantedPlus!],
            [minus, wantedMinus],
          ] as const;
          for (const [rail, wanted] of both) {
            // Neither takes a sine of an arcsine; numbers are a few tenths of a nanometre at most.
            expect(rail.detuning_nm).toBeAllclose(wanted, { rtol: 0, atol: 1e-15 });
            expect(rail.transmission).toBeAllclose(
              wanted.map((delta_nm) => transmission(bank.ring, -delta_nm)),
              { rtol: 0, atol: 1e-14 },
            );
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
