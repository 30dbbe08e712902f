/** Some rows of a convolution are those that the whole gives there; ratios over some rows are those over these rows. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileForChip } from '../../../src/emulation/calibration/calibrate.js';
import { outputRows } from '../../../src/emulation/calibration/outputRows.js';
import { layerSnrs } from '../../../src/emulation/calibration/snr.js';
import { lumpedConv2dReference } from '../../../src/emulation/kernels/photonicConv2D/reference.js';
import type { Conv2dProgram, MacProgram } from '../../../src/emulation/program/types.js';
import { loadExperiment } from '../../../src/experiments/run/loadExperiment.js';
import { calibrateOn } from '../../../src/experiments/run/runExperiment.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { activations, convProgram, geometryOf } from '../kernels/programs.js';

const small = fc.integer({ min: 1, max: 3 });
const pad = fc.tuple(fc.nat(2), fc.nat(2));
const geometries = fc
  .record({
    rows: fc.integer({ min: 5, max: 12 }),
    columns: fc.integer({ min: 4, max: 7 }),
    kernel: fc.tuple(small, small),
    strides: fc.tuple(small, small),
    dilation: fc.tuple(fc.integer({ min: 1, max: 2 }), small),
    padding: fc.tuple(pad, pad),
    groups: fc.constantFrom(1, 2),
  })
  .map(({ rows, columns, kernel, groups, ...rest }) =>
    geometryOf({ input: [rows, columns, 2], kernel, filters: 4, groups, ...rest }),
  )
  .filter(({ output }) => output[0] > 1 && output[1] > 0);

const plain = (program: Conv2dProgram): Conv2dProgram => ({ ...program, adc: { ...program.adc, quantise: false } });
const sums = (program: Conv2dProgram, x: Float32Array) =>
  lumpedConv2dReference(plain(program), x, { runSeed: 1, image: 0 });

const rowOf = (values: Float64Array, row: number, size: number) => values.subarray(row * size, (row + 1) * size);

describe('outputRows', () => {
  it('are rows of the whole, spread over it, others of each image', () => {
    fc.assert(
      fc.property(
        geometries,
        fc.nat(99),
        fc.constantFrom(1 as const, 2 as const),
        fc.nat(19),
        (geometry, seed, passes, less) => {
          const program = convProgram(seed, geometry, { passes });
          const [rows, columns] = geometry.output;
          const count = 1 + (less % rows);
          const some = outputRows(program, count);
          const x = activations(4, geometry.input[0] * geometry.input[1] * 2, passes === 2);
          const all = sums(program, x);
          const met = new Set<number>();
          for (let place = 0; place < 4; place++) {
            const taken = some.rowsOf(place, 4);
            expect(new Set(taken).size).toBe(count);
            const own = sums(some.program, some.inputOf(x, place, 4));
            for (const key of ['value', 'variance'] as const)
              expect([...own[key]]).toEqual(taken.flatMap((row) => [...rowOf(all[key], row, 4 * columns)]));
            for (const row of taken) met.add(row);
          }
          // Four images with a quarter of the rows each, or more, have all of them.
          if (4 * count >= rows && rows % count === 0) expect(met.size).toBe(rows);
        },
      ),
      { numRuns: 80 },
    );
  });
});

describe('the signal-to-noise ratio of a layer of many outputs', () => {
  const geometry = geometryOf({
    input: [96, 48, 2],
    kernel: [3, 3],
    filters: 40,
    padding: [
      [1, 1],
      [1, 1],
    ],
  });
  const inputs = [1, 2, 3, 4].map((seed) => activations(seed, 96 * 48 * 2, false));
  const snrOf = async (layer: MacProgram) =>
    (await layerSnrs({ hardware: parseHardware({}), chipSeed: 1, layers: [layer], warnings: [] }, [inputs]))[0]!;
  const decibel = (values: readonly number[], variances: readonly number[]) => {
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
    return 10 * Math.log10(squares / variances.reduce((sum, v) => sum + v, 0));
  };

  it('is that of rows spread over each image: 2^16 outputs, to the next row', async () => {
    const program = convProgram(7, geometry);
    const { rowsOf } = outputRows(program, Math.ceil(2 ** 16 / (48 * 40)));
    const values: number[] = [];
    const variances: number[] = [];
    for (const [place, x] of inputs.entries()) {
      const { value, variance } = sums(program, x);
      const taken = rowsOf(place, 4);
      expect(taken).toHaveLength(35);
      expect(taken.slice(0, 3)).toEqual(
        [
          [0, 3, 5],
          [1, 3, 6],
          [1, 4, 7],
          [2, 5, 7],
        ][place],
      );
      for (const row of taken) {
        values.push(...rowOf(value, row, 48 * 40));
        variances.push(...rowOf(variance, row, 48 * 40));
      }
    }
    expect(await snrOf(program)).toBeAllclose(decibel(values, variances), { atol: 1e-3, rtol: 0 });
  });

  it('is that of whole images where each has its own scale, and where 2^16 outputs are all', async () => {
    const few = convProgram(7, geometryOf({ input: [34, 48, 2], kernel: [1, 1], filters: 40 }));
    const whole = inputs.map((x) => sums(few, x.subarray(0, 34 * 48 * 2)));
    const wanted = decibel(
      whole.flatMap(({ value }) => [...value]),
      whole.flatMap(({ variance }) => [...variance]),
    );
    const program = { hardware: parseHardware({}), chipSeed: 1, layers: [few], warnings: [] };
    const [ratio] = await layerSnrs(program, [inputs.map((x) => x.subarray(0, 34 * 48 * 2))]);
    expect(ratio!).toBeAllclose(wanted, { atol: 1e-3, rtol: 0 });
    const scaled: MacProgram = { ...convProgram(7, geometry), scaling: 'perImage' };
    const ofScale = inputs.map((x) => {
      const most = x.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      const codeScale = Math.fround(scaled.activationDac.maximumCode / most);
      const activationDac = { ...scaled.activationDac, codeScale };
      return sums({ ...convProgram(7, geometry), activationScale: most, activationDac }, x);
    });
    const [values, variances] = (['value', 'variance'] as const).map((key) => ofScale.flatMap((of) => [...of[key]]));
    expect(await snrOf(scaled)).toBeAllclose(decibel(values!, variances!), { atol: 1e-3, rtol: 0 });
  });

  it('is nearly that of all rows, on images that differ from row to row', async () => {
    const set = { network: 'cifar10', hardware: 'sonic', set: ['calibration.images=4'] };
    const { network, hardware, calibrationSet } = await loadExperiment(set);
    const calibration = await calibrateOn(network, hardware, calibrationSet);
    const program = await compileForChip(network, hardware, 1, calibration);
    const kept = calibration.keep()!;
    for (const [l, layer] of program.layers.entries()) {
      if (layer.kind === 'dense' || layer.geometry.output[0] < 16) continue;
      const all = kept.ofLayer(l);
      const images = [0, 1, 2, 3].map((i) => all.subarray((i * all.length) / 4, ((i + 1) * all.length) / 4));
      const some = outputRows(layer, layer.geometry.output[0] / 4);
      const taken = images.map((x, place) => some.inputOf(x, place, 4));
      const [ratio] = await layerSnrs({ ...program, layers: [some.program] }, [taken]);
      // Sets of four images differ by 1 dB and more.
      expect(Math.abs(ratio! - layer.snr_dB!)).toBeLessThan(0.5);
    }
  }, 60_000);
});
