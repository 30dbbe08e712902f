/** A band of a convolution gives the rows that the whole gives there; ratios over bands are those over these rows. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type OutputBand, outputBand } from '../../../src/emulation/calibration/outputBand.js';
import { layerSnrs } from '../../../src/emulation/calibration/snr.js';
import { lumpedConv2dReference } from '../../../src/emulation/kernels/photonicConv2D/reference.js';
import type { Conv2dProgram, ConvGeometry, MacProgram } from '../../../src/emulation/program/types.js';
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

/** First row of the output of each band. */
const firstRow = ({ output }: ConvGeometry, height: number, place: number, of: number) =>
  of === 1 ? 0 : Math.round((place * (output[0] - height)) / (of - 1));

function expectRows(program: Conv2dProgram, band: OutputBand, height: number, of: number): void {
  const { geometry } = program;
  const x = activations(4, geometry.input[0] * geometry.input[1] * geometry.input[2], program.passes === 2);
  const all = sums(program, x);
  const rowSize = geometry.output[1] * program.filters;
  for (let place = 0; place < of; place++) {
    const own = sums(band.program, band.inputOf(x, place, of));
    const from = firstRow(geometry, height, place, of) * rowSize;
    for (const key of ['value', 'variance'] as const)
      expect(own[key]).toEqual(all[key].subarray(from, from + height * rowSize));
  }
}

describe('outputBand', () => {
  it('gives the rows of the whole, the first and the last among them', () => {
    fc.assert(
      fc.property(
        geometries,
        fc.nat(99),
        fc.constantFrom(1 as const, 2 as const),
        fc.nat(9),
        (geometry, seed, passes, less) => {
          const program = convProgram(seed, geometry, { passes });
          const height = 1 + (less % (geometry.output[0] - 1));
          const band = outputBand(program, height);
          expect(band.program.geometry.output).toEqual([height, geometry.output[1], 4]);
          for (const of of [1, 4]) expectRows(program, band, height, of);
        },
      ),
      { numRuns: 60 },
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

  it('is that of another band of each image: 2^16 outputs, to the next row', async () => {
    const program = convProgram(7, geometry);
    const height = Math.ceil(2 ** 16 / (48 * 40));
    expect(height).toBe(35);
    const values: number[] = [];
    const variances: number[] = [];
    inputs.forEach((x, place) => {
      const { value, variance } = sums(program, x);
      const from = firstRow(geometry, height, place, 4) * 48 * 40;
      values.push(...value.subarray(from, from + height * 48 * 40));
      variances.push(...variance.subarray(from, from + height * 48 * 40));
    });
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
});
