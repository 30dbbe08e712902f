import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkRows } from '../../../src/emulation/compiler/convRows.js';
import { holdActivations } from '../../../src/emulation/kernels/photonicDense/reference.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { compile, convSpec, denseSpec, EXACT, runReference } from '../../helpers/layers.js';
import { randomArray } from '../../helpers/random.js';

describe('chunkRows', () => {
  const layers = fc.record({
    patch: fc.integer({ min: 1, max: 40 }),
    filters: fc.integer({ min: 1, max: 8 }),
    size: fc.integer({ min: 1, max: 9 }),
    zeros: fc.constantFrom(0, 0.3, 0.9, 1),
    seed: fc.nat(1e6),
  });

  it('concatenated: every weight that is not 0 in one row of its filter, ascending, rows full but for the last', () => {
    fc.assert(
      fc.property(layers, ({ patch, filters, size, zeros, seed }) => {
        const value = Float64Array.from(randomArray(seed, patch * filters, -1, 1, zeros));
        const { rowFilter, rowStart, entryK, held } = chunkRows(value, filters, patch, size, {
          mode: 'concatenated',
          channels: 1,
        });
        const seen: string[] = [];
        expect(rowStart).toHaveLength(rowFilter.length + 1);
        rowFilter.forEach((f, r) => {
          const ks = [...entryK.subarray(rowStart[r], rowStart[r + 1])];
          expect(ks.length).toBeGreaterThan(0);
          expect(ks.length).toBeLessThanOrEqual(size);
          if (rowFilter[r + 1] === f) expect(ks.length).toBe(size);
          ks.forEach((k, slot) => {
            expect(held[rowStart[r]! + slot]).toBe(value[k * filters + f]);
            seen.push(`${f} ${k}`);
          });
        });
        const wanted = Array.from({ length: filters }, (_, f) =>
          Array.from({ length: patch }, (_unused, k) => [f, k] as const),
        )
          .flat()
          .filter(([f, k]) => value[k * filters + f] !== 0)
          .map(([f, k]) => `${f} ${k}`);
        // The order of `wanted` is filter slowest, k ascending: the contract's.
        expect(seen).toEqual(wanted);
      }),
    );
  });

  it('slice: channel by channel, taps ascending, no row of two channels, rows full but for the last of a slice', () => {
    const sliced = fc.record({
      taps: fc.integer({ min: 2, max: 9 }),
      channels: fc.integer({ min: 1, max: 5 }),
      filters: fc.integer({ min: 1, max: 4 }),
      size: fc.integer({ min: 1, max: 6 }),
      zeros: fc.constantFrom(0, 0.5, 0.9, 1),
      seed: fc.nat(1e6),
    });
    fc.assert(
      fc.property(sliced, ({ taps, channels, filters, size, zeros, seed }) => {
        const patch = taps * channels;
        const value = Float64Array.from(randomArray(seed, patch * filters, -1, 1, zeros));
        const rows = chunkRows(value, filters, patch, size, { mode: 'slice', channels });
        // By the contract's words: filter, channel, tap; a list of each slice cut into pieces.
        const wanted: string[] = [];
        for (let f = 0; f < filters; f++) {
          for (let c = 0; c < channels; c++) {
            const ks = Array.from({ length: taps }, (_, tap) => tap * channels + c).filter(
              (k) => value[k * filters + f],
            );
            for (let at = 0; at < ks.length; at += size) wanted.push(`${f}: ${ks.slice(at, at + size).join(' ')}`);
          }
        }
        const made = Array.from(
          rows.rowFilter,
          (f, r) => `${f}: ${rows.entryK.subarray(rows.rowStart[r], rows.rowStart[r + 1]).join(' ')}`,
        );
        expect(made).toEqual(wanted);
        rows.rowFilter.forEach((f, r) => {
          for (let e = rows.rowStart[r]!; e < rows.rowStart[r + 1]!; e++)
            expect(rows.held[e]).toBe(value[rows.entryK[e]! * filters + f]);
        });
      }),
    );
  });

  it('slice: of a 1 x 1 kernel is concatenated', () => {
    const value = Float64Array.from(randomArray(3, 40, -1, 1, 0.3));
    const [slice, concatenated] = (['slice', 'concatenated'] as const).map((mode) =>
      chunkRows(value, 4, 10, 3, { mode, channels: 10 }),
    );
    expect(slice).toEqual(concatenated);
  });
});

describe('CONV rows', () => {
  it('row r is on unit r mod N: its errors are that unit’s', () => {
    const effects = { processVariation: true, selfHeating: false };
    const spec = convSpec({ filters: 3, zeros: 0, weight: new Float32Array(3 * 3 * 3 * 3).fill(0.5) });
    const one = compile(spec, parseHardware({ vdu: { conv: { units: 1, chunking: 'concatenated' } }, effects }), 1);
    const seven = compile(spec, parseHardware({ vdu: { conv: { units: 7, chunking: 'concatenated' } }, effects }), 1);
    const rows = (program: typeof one) =>
      Array.from(program.rowFilter, (_, r) => program.hPlus.slice(program.rowStart[r], program.rowStart[r + 1]).join());
    // 27 entries a filter: rows of 5, 5, 5, 5, 5, 2 with equal weights, three times.
    const full = [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16];
    expect(new Set(full.map((r) => rows(one)[r])).size).toBe(1);
    expect(new Set(full.map((r) => rows(seven)[r])).size).toBe(7);
    for (const r of full) for (const s of full) expect(rows(seven)[r] === rows(seven)[s]).toBe(r % 7 === s % 7);
  });

  it('a filter without weights has no row and yields its shift', () => {
    const weight = randomArray(3, 3 * 3 * 3 * 4, -1, 1).map((w, at) => (at % 4 === 2 ? 0 : w));
    const spec = convSpec({ weight });
    const program = compile(spec, EXACT, 1);
    expect([...new Set(program.rowFilter)]).toEqual([0, 1, 3]);
    const { y } = runReference(program, randomArray(1, 6 * 5 * 3, 0, 1));
    expect([...y].filter((_, at) => at % 4 === 2)).toBeAllclose(Array(12).fill(spec.bias![2]));
  });
});

describe('FC rows', () => {
  it('hold the active inputs, ascending, in chunks of m on unit c mod K', () => {
    const program = compile(denseSpec({ inputs: 130 }), parseHardware({ vdu: { fc: { units: 2 } } }), 1);
    const value = Float64Array.from(randomArray(6, 130, 0, 1, 0.2));
    const rows = holdActivations(program, value);
    const active = [...value.keys()].filter((k) => value[k] !== 0);
    expect(rows.flatMap((row) => [...row.k])).toEqual(active);
    expect(rows.map((row) => row.k.length)).toEqual([50, 50, active.length - 100]);
    expect(rows.flatMap((row) => [...row.held])).toEqual(active.map((k) => value[k]));
  });

  it('are on unit c mod K: equal activations on one unit transmit alike', () => {
    // Self-heating goes by what streams past an input, not by its unit.
    const hardware = parseHardware({ vdu: { fc: { units: 2 } }, effects: { selfHeating: false } });
    const program = compile(denseSpec({ inputs: 250 }), hardware, 1);
    const rows = holdActivations(program, new Float64Array(250).fill(0.5)).map((row) => row.hPlus.join());
    for (let r = 0; r < 5; r++) for (let s = 0; s < 5; s++) expect(rows[r] === rows[s]).toBe(r % 2 === s % 2);
  });

  it('there are none without activations: y is the shift', () => {
    const spec = denseSpec();
    const { y, passes } = runReference(compile(spec, parseHardware({}), 1), new Float32Array(130));
    expect(passes[0]!.u).toHaveLength(0);
    expect(y).toBeAllclose(spec.bias!);
  });
});
