/** Rows of rings held by the WebAssembly kernel, against their definition in float64. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyBanks, rowHolder } from '../../../src/emulation/compiler/holdRows.js';
import { drawChip } from '../../../src/emulation/compiler/layerConstants.js';
import { wasmRowHolders } from '../../../src/emulation/kernels/photonicConv2D/wasmRows.js';
import type { Banks, ChunkRows, MakeRowHolder } from '../../../src/emulation/program/rows.js';
import type { HardwareDescription } from '../../../src/hardware/description.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { uniforms } from '../../helpers/random.js';

const onKernels = await wasmRowHolders(rowHolder);
/** Kernels alone: a row that they leave is an error. */
const alone = await wasmRowHolders(() => () => {
  throw new Error('left to the definition');
});

interface RowsGiven {
  readonly seed: number;
  readonly rows: number;
  readonly heats: boolean;
  readonly slopes: boolean;
}

/** Rows of up to as many values as a unit holds, some 0 and some full scale; in two groups of filters. */
function rowsOn({ vdu }: HardwareDescription, { seed, rows, heats, slopes }: RowsGiven): ChunkRows {
  const next = uniforms(seed);
  const { size } = vdu.conv;
  const patch = 2 * size;
  const isOffset = vdu.signs === 'offset';
  const counts = Array.from({ length: rows }, () => 1 + Math.floor(next() * size));
  const rowStart = Int32Array.from([0, ...counts]);
  for (let r = 0; r < rows; r++) rowStart[r + 1]! += rowStart[r]!;
  const entries = rowStart[rows]!;
  const value = () => {
    const v = Math.round(63 * (2 * next() - 1)) / 63;
    const kind = next();
    if (kind < 0.1) return 0;
    if (kind < 0.2) return isOffset ? 1 : Math.sign(v);
    return isOffset ? Math.abs(v) : v;
  };
  return {
    rowFilter: Int32Array.from({ length: rows }, (_, r) => Math.floor((4 * r) / rows)),
    rowStart,
    entryK: Int32Array.from({ length: entries }, () => Math.floor(next() * patch)),
    held: Float64Array.from({ length: entries }, value),
    heating: heats
      ? {
          full_nm: 0.3 * next(),
          excess: Float64Array.from({ length: 2 * patch }, () => 2 * next() - 1),
          patch,
          filtersPerGroup: 2,
        }
      : null,
    slopes,
  };
}

function held(make: MakeRowHolder, hardware: HardwareDescription, rows: ChunkRows, chipSeed: number): Banks {
  const { bank, errors } = drawChip(hardware, chipSeed).conv;
  const banks = emptyBanks(rows, (bytes) => new ArrayBuffer(bytes));
  const hold = make(hardware, bank, errors);
  // In parts of any length, as threads take them.
  const half = Math.floor(rows.rowFilter.length / 3);
  hold(rows, 0, half, banks);
  hold(rows, half, rows.rowFilter.length, banks);
  return banks;
}

function expectClose(actual: Banks, wanted: Banks, linewidth_nm: number): void {
  expect(actual.hPlus).toBeAllclose(wanted.hPlus, { rtol: 0, atol: 1e-13 });
  expect(actual.hMinus).toBeAllclose(wanted.hMinus, { rtol: 0, atol: 1e-13 });
  for (const key of ['dPlus', 'dMinus'] as const) {
    const [own, expected] = [actual[key], wanted[key]];
    expect(own === null).toBe(expected === null);
    if (own && expected)
      expect(own.map((d) => d * linewidth_nm)).toBeAllclose(
        expected.map((d) => d * linewidth_nm),
        { rtol: 0, atol: 1e-12 },
      );
  }
  expect(actual.rowEoShift_nm).toBeAllclose(wanted.rowEoShift_nm, { rtol: 1e-12, atol: 1e-15 });
  expect(actual.rowToShift_nm).toBeAllclose(wanted.rowToShift_nm, { rtol: 1e-12, atol: 1e-15 });
  expect(actual.rowSlow).toEqual(wanted.rowSlow);
}

const descriptions = fc.record({
  size: fc.integer({ min: 1, max: 12 }),
  units: fc.integer({ min: 1, max: 5 }),
  wavelengths: fc.integer({ min: 1, max: 12 }),
  qualityFactor: fc.constantFrom(3000, 8000, 40_000),
  signs: fc.constantFrom('rails' as const, 'offset' as const),
  compensation: fc.constantFrom('none' as const, 'gain' as const, 'full' as const),
  effects: fc.record({
    spectralCrosstalk: fc.boolean(),
    thermalCrosstalk: fc.boolean(),
    processVariation: fc.boolean(),
    extinction: fc.boolean(),
    gainErrors: fc.boolean(),
    sourceWavelength: fc.boolean(),
    drift: fc.boolean(),
  }),
});
const given = fc.record({
  seed: fc.nat(9999),
  rows: fc.integer({ min: 1, max: 40 }),
  heats: fc.boolean(),
  slopes: fc.boolean(),
});

type Described = typeof descriptions extends fc.Arbitrary<infer T> ? T : never;
const hardwareOf = (
  { size, units, wavelengths, qualityFactor, signs, compensation, effects }: Described,
  tuning: object,
) =>
  parseHardware({
    vdu: { conv: { size, units }, signs },
    grid: { wavelengthsPerWaveguide: wavelengths, compensation },
    microring: { qualityFactor },
    tuning: { trimResidual_nm: 0.03, hoursSinceCalibration: 24, ...tuning },
    effects,
  });

describe('rows held by the kernel', () => {
  it('transmit what their definition says, by themselves where no heater holds a ring', () => {
    fc.assert(
      fc.property(descriptions, given, (described, rowsGiven) => {
        const hardware = hardwareOf(described, { eoRange_nm: 10 });
        const rows = rowsOn(hardware, rowsGiven);
        const { linewidth_nm } = drawChip(hardware, 1).conv.bank.ring;
        const wanted = held(rowHolder, hardware, rows, rowsGiven.seed);
        expectClose(held(alone, hardware, rows, rowsGiven.seed), wanted, linewidth_nm);
      }),
      { numRuns: 300 },
    );
  });

  it('leave those to it in which a heater holds a ring, bit for bit', () => {
    let [slow, fast] = [0, 0];
    fc.assert(
      fc.property(descriptions, given, (described, rowsGiven) => {
        const hardware = hardwareOf(described, { eoRange_nm: 0.15 });
        const rows = rowsOn(hardware, rowsGiven);
        const wanted = held(rowHolder, hardware, rows, rowsGiven.seed);
        const own = held(onKernels, hardware, rows, rowsGiven.seed);
        expectClose(own, wanted, drawChip(hardware, 1).conv.bank.ring.linewidth_nm);
        wanted.rowSlow.forEach((isSlow, r) => {
          if (isSlow) slow++;
          else fast++;
          if (!isSlow) return;
          const [start, end] = [rows.rowStart[r]!, rows.rowStart[r + 1]!];
          expect(own.hPlus.subarray(start, end)).toEqual(wanted.hPlus.subarray(start, end));
        });
      }),
      { numRuns: 150 },
    );
    expect(Math.min(slow, fast)).toBeGreaterThan(100);
  });

  it('are many blocks, the last of an odd number of rows', () => {
    const hardware = parseHardware({ vdu: { conv: { size: 5, units: 7 } } });
    const rows = rowsOn(hardware, { seed: 4, rows: 20_001, heats: true, slopes: true });
    const { linewidth_nm } = drawChip(hardware, 1).conv.bank.ring;
    expectClose(held(alone, hardware, rows, 3), held(rowHolder, hardware, rows, 3), linewidth_nm);
  });

  it('have the same bits whichever rows they are held with', () => {
    fc.assert(
      fc.property(descriptions, given, fc.nat(40), (described, rowsGiven, cut) => {
        const hardware = hardwareOf(described, {});
        const rows = rowsOn(hardware, rowsGiven);
        const { bank, errors } = drawChip(hardware, 1).conv;
        const parts = [0, Math.min(cut, rowsGiven.rows), rowsGiven.rows];
        const [whole, inParts] = [[0, rowsGiven.rows], parts].map((at) => {
          const banks = emptyBanks(rows, (bytes) => new ArrayBuffer(bytes));
          const hold = onKernels(hardware, bank, errors);
          for (let i = 1; i < at.length; i++) hold(rows, at[i - 1]!, at[i]!, banks);
          return banks;
        });
        expect(inParts).toEqual(whole);
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['rings that heat all the time', { tuning: { mode: 'thermal' } }],
    [
      'a measured response',
      {
        microring: {
          response: Array.from({ length: 61 }, (_, i) => [(i - 30) / 20, 1 - 0.95 / (1 + ((i - 30) / 3) ** 2)]),
        },
      },
    ],
  ])('are all left where it knows nothing of them: %s', (_, description) => {
    const hardware = parseHardware(description);
    const rows = rowsOn(hardware, { seed: 4, rows: 60, heats: true, slopes: true });
    expect(held(onKernels, hardware, rows, 3)).toEqual(held(rowHolder, hardware, rows, 3));
    expect(() => held(alone, hardware, rows, 3)).toThrow('left to the definition');
  });
});
