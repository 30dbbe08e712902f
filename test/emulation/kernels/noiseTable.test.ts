/** A receiver's measured noise: drawn variances at chosen sums, what else follows from it, and that none costs nothing. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createKernels } from '../../../src/emulation/backends/index.js';
import { calibrate, compileForChip } from '../../../src/emulation/calibration/calibrate.js';
import { layerSnrs } from '../../../src/emulation/calibration/snr.js';
import { withAdcRange, withoutConverterNoise } from '../../../src/emulation/compiler/layerConstants.js';
import { lumpedValidity } from '../../../src/emulation/emulator/fidelity.js';
import { lumpedConv2dReference } from '../../../src/emulation/kernels/photonicConv2D/reference.js';
import { lumpedDenseReference } from '../../../src/emulation/kernels/photonicDense/reference.js';
import type { MacProgram } from '../../../src/emulation/program/types.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { compile, convSpec, denseSpec, inputSize, onlyEffects, runReference } from '../../helpers/layers.js';
import { hasNumpy } from '../../helpers/numpy.js';
import { randomArray } from '../../helpers/random.js';
import { smallNetwork } from '../emulator/smallNetwork.js';

const ROWS = [
  [-0.6, 0.05],
  [-0.1, 0.01],
  [0, 0.002],
  [0.1, 0.02],
  [0.5, 0.1],
] as const;
/** Between rows by hand: y = y0 + (y1 - y0) (u - u0) / (u1 - u0). */
function sigmaAt(u: number): number {
  if (u <= -0.6) return 0.05;
  if (u >= 0.5) return 0.1;
  const right = ROWS.findIndex(([at]) => at > u);
  const [[u0, s0], [u1, s1]] = [ROWS[right - 1]!, ROWS[right]!];
  return s0 + ((s1 - s0) * (u - u0)) / (u1 - u0);
}
const TABLE = [['u', 'sigma'], ...ROWS];
const specs = [
  convSpec({ input: [6, 6, 2], filters: 3 }),
  denseSpec({ inputs: 60, filters: 5, twoPasses: true }),
] as const;
const programOf = (spec: (typeof specs)[number], given: object): MacProgram =>
  compile(spec as never, parseHardware(given), 0.9, 2);
const inputOf = (spec: (typeof specs)[number]) => randomArray(5, inputSize(spec), spec.twoPasses ? -1 : 0, 1, 0.3);

describe.each(specs.map((spec) => [spec.kind, spec] as const))('%s', (_, spec) => {
  const alone = { effects: onlyEffects('converterNoise'), adc: { noiseTable: TABLE } };
  const x = inputOf(spec);

  it('draws the variance of the table at every partial sum, in wasm', async () => {
    const program = programOf(spec, alone);
    const clean = runReference(program, x, { noise: false }).passes.flatMap(({ u }) => [...u]);
    const kernels = await createKernels('wasm');
    const [layer] = kernels.load({ hardware: parseHardware(alone), chipSeed: 1, layers: [program], warnings: [] });
    const RUNS = 4000;
    const squares = new Float64Array(clean.length);
    const y = new Float32Array(runReference(program, x).y.length);
    for (let runSeed = 0; runSeed < RUNS; runSeed++) {
      const tap: { u: Float64Array }[] = [];
      layer!.run(x, y, { runSeed, image: 0, noise: true, adc: false, tap: tap as never });
      tap
        .flatMap(({ u }) => [...u])
        .forEach((u, at) => {
          squares[at]! += (u - clean[at]!) ** 2;
        });
    }
    kernels.free();
    const ratios = clean.map((u, at) => squares[at]! / RUNS / sigmaAt(u) ** 2);
    // A variance of 4000 normals is off by 2.2 % (one sigma); the extreme of some hundred by five sigma at most.
    for (const ratio of ratios) expect(Math.abs(ratio - 1)).toBeLessThan(0.12);
    expect(Math.abs(ratios.reduce((sum, r) => sum + r, 0) / ratios.length - 1)).toBeLessThan(0.01);
    // Chosen points: the sums see flat ends, slopes and the minimum.
    expect(Math.max(...clean.map(sigmaAt)) / Math.min(...clean.map(sigmaAt))).toBeGreaterThan(2);
  });

  it('a level table in parts of the range is what effectiveBits says of it', () => {
    const noiseless = { effects: onlyEffects('converterNoise', 'adcQuantisation') };
    const sigma = Math.sqrt(((2 / 2 ** 7) ** 2 - (1 / (2 ** 11 - 1)) ** 2) / 12);
    const level = [
      ['u_over_range', 'sigma_over_range'],
      [-1, sigma],
      [1, sigma],
    ];
    const byTable = programOf(spec, { ...noiseless, adc: { bits: 12, noiseTable: level } });
    const byBits = programOf(spec, { ...noiseless, adc: { bits: 12, effectiveBits: 7 } });
    const u = (program: MacProgram) => runReference(program, x).passes.flatMap((pass) => [...pass.u]);
    expect(u(byTable)).toBeAllclose(u(byBits), { atol: 1e-13 });
    const hardware = parseHardware({ ...noiseless, adc: { bits: 12, noiseTable: level } });
    expect(withAdcRange(byTable, hardware, 1).noise.table!.sigma[0]).toBeAllclose(sigma, { rtol: 1e-14 });
  });

  it('is off with the effect, and where it is 0 everywhere', () => {
    const plain = programOf(spec, {});
    const off = { effects: { converterNoise: false } };
    expect(programOf(spec, { ...off, adc: { noiseTable: TABLE } }).noise).toEqual(programOf(spec, off).noise);
    expect(
      programOf(spec, {
        adc: {
          noiseTable: [
            ['u', 'sigma'],
            [0, 0],
            [1, 0],
          ],
        },
      }).noise,
    ).toEqual(plain.noise);
    const withTable = programOf(spec, { adc: { noiseTable: TABLE, effectiveBits: 9 } });
    expect(withoutConverterNoise(withTable, parseHardware({ adc: { effectiveBits: 9 } })).noise.table).toBeUndefined();
  });

  it('is in the signal-to-noise ratio, conversion by conversion', async () => {
    const program = programOf(spec, { adc: { noiseTable: TABLE } });
    const plain = { ...program, adc: { ...program.adc, quantise: false } };
    const { value, variance } =
      plain.kind === 'conv2d'
        ? lumpedConv2dReference(plain, x, { runSeed: 1, image: 0 })
        : lumpedDenseReference(plain, x, { runSeed: 1, image: 0 });
    const mean = (values: Float64Array) => values.reduce((sum, v) => sum + v, 0) / values.length;
    const signal = mean(value.map((v) => (v - mean(value)) ** 2));
    const compiled = { hardware: parseHardware({}), chipSeed: 1, layers: [program], warnings: [] };
    const [dB] = await layerSnrs(compiled, [[x]]);
    expect(dB).toBeAllclose(10 * Math.log10(signal / mean(variance)), { atol: 1e-3, rtol: 0 });
  });

  it('counts in the validity of lumped with the least that it adds', () => {
    const program = { ...programOf(spec, alone), peak: 1 };
    const steps = { ...program, adc: { ...program.adc, quantise: true, step: 0.0019 } };
    expect(lumpedValidity(steps).stepOverDarkNoise).toBeAllclose(0.0019 / 0.002, { rtol: 1e-12 });
    expect(lumpedValidity({ ...steps, adc: { ...steps.adc, step: 0.0021 } }).valid).toBe(false);
  });
});

it('does not widen the calibrated range, and is in the peak', async () => {
  const network = smallNetwork();
  const size = network.inputShape.reduce((product, n) => product * n, 1);
  const images = randomArray(4, 6 * size, 0, 1);
  const compiled = async (noiseTable: unknown) => {
    const hardware = parseHardware({ adc: { noiseTable }, calibration: { images: 6 } });
    return compileForChip(network, hardware, 1, await calibrate(network, hardware, images));
  };
  const [plain, loud] = [
    await compiled(null),
    await compiled([
      ['u_over_range', 'sigma_over_range'],
      [-1, 0.2],
      [1, 0.2],
    ]),
  ];
  plain.layers.forEach((layer, l) => {
    const other = loud.layers[l]!;
    expect(other.adc).toEqual(layer.adc);
    expect(other.noise.table!.sigma[0]).toBeAllclose(0.2 * layer.adc.range, { rtol: 1e-12 });
    expect(other.peak!).toBeGreaterThan(layer.peak! + 1.1 * layer.adc.range);
    expect(other.snr_dB!).toBeLessThan(layer.snr_dB!);
  });
});

it.runIf(hasNumpy)('numpy makes the cases of test/conformance/noise-table.json', () => {
  const { status, stdout, stderr } = spawnSync('python3', ['test/independent/noiseTable.py'], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const numbers = (text: string) => (text.match(/-?\d+(\.\d+)?(e-?\d+)?/g) ?? []).map(Number);
  const [made, kept] = [numbers(stdout), numbers(readFileSync('test/conformance/noise-table.json', 'utf8'))];
  expect(made.length).toBe(kept.length);
  expect(made).toBeAllclose(kept, { atol: 1e-10, rtol: 1e-10 });
});
