/** Offset weights and scales of single images, against plain loops in float64 that know nothing of chunks or rails. */

import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { roundHalfEven } from '../../src/base/roundHalfEven.js';
import { deviceAreas } from '../../src/cost/area.js';
import { compileLayer, drawChip } from '../../src/emulation/compiler/layerConstants.js';
import type { LayerSpec } from '../../src/emulation/compiler/layerSpec.js';
import { lumpedConv2dReference } from '../../src/emulation/kernels/photonicConv2D/reference.js';
import { lumpedDenseReference } from '../../src/emulation/kernels/photonicDense/reference.js';
import { numbersOf } from '../../src/emulation/program/coded.js';
import type { MacProgram } from '../../src/emulation/program/types.js';
import { bankOf } from '../../src/hardware/optics/bank.js';
import { trimDrive_nm } from '../../src/hardware/optics/chipTrims.js';
import { linkBudget, noiseTerms } from '../../src/hardware/optics/linkBudget.js';
import { parseHardware } from '../../src/hardware/parseHardware.js';
import { compile, convSpec, denseSpec, inputSize, naive, onlyEffects, runReference } from '../helpers/layers.js';
import { randomArray } from '../helpers/random.js';

const SCALE = 2;
const batchNorm = {
  gamma: Float32Array.of(1, -0.7, 0.4, -1.2),
  beta: Float32Array.of(0.1, -0.2, 0.3, 0),
  mean: Float32Array.of(0.5, 0, -0.3, 0.2),
  variance: Float32Array.of(1, 0.5, 2, 0.8),
  epsilon: 1e-3,
};
const padding = [
  [1, 0],
  [2, 1],
] as const;
const SPECS: [string, LayerSpec][] = [
  ['dense', denseSpec({ zeros: 0.4 })],
  ['dense, signed input', denseSpec({ twoPasses: true })],
  ['dense, batch-norm', denseSpec({ filters: 4, batchNorm })],
  ['dense, positive weights only', denseSpec({ weight: randomArray(5, 130 * 7, 0.2, 1) })],
  ['dense, one weight throughout', denseSpec({ weight: new Float32Array(130 * 7).fill(-0.3) })],
  ['conv2d', convSpec({ padding })],
  ['conv2d, signed input, batch-norm', convSpec({ twoPasses: true, batchNorm, strides: [2, 1] })],
  ['conv2d, groups and dilation', convSpec({ input: [9, 9, 4], groups: 2, dilation: [2, 1] })],
  ['conv2d, positive weights only', convSpec({ weight: randomArray(5, 108, 0.2, 1) })],
  ['conv2d, no weights', convSpec({ zeros: 1 })],
];

/** What a layer makes of plain sums, [positions][filters]. */
function withShift(spec: LayerSpec, sums: Float64Array): Float64Array {
  const { bias, batchNorm: bn, filters } = spec;
  return sums.map((sum, at) => {
    const f = at % filters;
    const y = sum + (bias?.[f] ?? 0);
    if (!bn) return y;
    return (bn.gamma[f]! / Math.sqrt(bn.variance[f]! + bn.epsilon)) * (y - bn.mean[f]!) + bn.beta[f]!;
  });
}

const inputOf = (spec: LayerSpec) => randomArray(4, inputSize(spec), spec.twoPasses ? -1.9 : 0, 1.9, 0.3);

describe.each(SPECS)('%s', (_, spec) => {
  const x = inputOf(spec);

  it.each(['calibrated', 'perImage'] as const)('is the dot product with no effect on, scale %s', (activationScale) => {
    const hardware = parseHardware({
      vdu: { signs: 'offset' },
      calibration: { activationScale },
      effects: onlyEffects(),
    });
    const { y } = runReference(compile(spec as never, hardware, SCALE), x);
    expect(y).toBeAllclose(withShift(spec, naive(spec, x)), { rtol: 0, atol: 1e-12 * inputSize(spec) });
  });

  it("rounds W' and activations, and adds what is left out exactly", () => {
    const effects = onlyEffects('weightQuantisation', 'activationQuantisation');
    const hardware = parseHardware({
      vdu: { signs: 'offset' },
      weightDac: { bits: 4, levels: 'uniform' },
      activationDac: { bits: 5 },
      batchNorm: 'folded',
      effects,
    });
    // Folded, so that no code of a gain is in the way; by hand.
    const bn = spec.batchNorm;
    const G = (f: number) => (bn ? bn.gamma[f]! / Math.sqrt(bn.variance[f]! + bn.epsilon) : 1);
    const folded = Array.from(spec.weight, (w, at) => w * G(at % spec.filters));
    const taking = spec.kind === 'dense' ? folded : folded.filter((w) => w !== 0);
    let [least, most] = [Math.min(...taking), Math.max(...taking)];
    if (least === most) [least, most] = [Math.min(least, 0), Math.max(most, 0)];
    const quantised = folded.map((w) => {
      if (w === 0 && spec.kind === 'conv2d') return 0;
      return (roundHalfEven(((w - least) / (most - least)) * 15) / 15) * (most - least) + least;
    });
    const codes = Float64Array.from(x, (v) => (Math.sign(v) * SCALE * roundHalfEven((Math.abs(v) / SCALE) * 31)) / 31);
    const sums = naive({ ...spec, weight: quantised as never } as LayerSpec, codes);
    const wanted = sums.map((sum, at) => {
      const f = at % spec.filters;
      const b = spec.bias?.[f] ?? 0;
      return sum + (bn ? bn.beta[f]! + (b - bn.mean[f]!) * G(f) : b);
    });
    const { y } = runReference(compile(spec as never, hardware, SCALE), x);
    expect(y).toBeAllclose(wanted, { rtol: 0, atol: 1e-11 * inputSize(spec) });
  });
});

describe('entries', () => {
  it('drop zeros of convolutions, keep those whose code is 0, and light all of a dense layer', () => {
    const offset = parseHardware({ vdu: { signs: 'offset' }, weightDac: { levels: 'uniform' } });
    const rails = parseHardware({ weightDac: { levels: 'uniform', bits: 16 } });
    const spec = convSpec();
    const [one, two] = [compile(spec, offset, 1), compile(spec, rails, 1)];
    expect(one.entryK).toEqual(two.entryK);
    expect(Math.min(...numbersOf(one.held))).toBe(0);
    expect(one.hMinus.every((h) => h === 0)).toBe(true);
    const dense = compile(denseSpec({ zeros: 0.9 }), offset, 1);
    const streamed = numbersOf(dense.streamed);
    const lit = streamed.filter((v) => v !== 0).length / streamed.length;
    expect(lit).toBeGreaterThan(0.95);
  });
});

describe('the hardware', () => {
  const [offset, rails] = [parseHardware({ vdu: { signs: 'offset' } }), parseHardware({})];

  it('has half the rings, detectors and trims, and no splitter to two rails', () => {
    const counts = (hardware: typeof rails) =>
      Object.fromEntries(deviceAreas(hardware).map(({ device, count }) => [device, count]));
    // 50 units of 5 and 10 of 50 rings a rail, and a broadband ring a unit.
    expect(counts(rails)).toMatchObject({ microring: 50 * 11 + 10 * 101, photodetector: 50 * 2 + 10 * 10 });
    expect(counts(offset)).toMatchObject({ microring: 50 * 6 + 10 * 51, photodetector: 50 + 10 * 5 });
    expect(trimDrive_nm(offset, null)).toBeCloseTo(trimDrive_nm(rails, null) / 2, 9);
    const { conv } = {
      conv: [offset, rails].map((hardware) => linkBudget(hardware, bankOf(hardware, 'conv')).loss_dB),
    };
    expect(conv[1]! - conv[0]!).toBeCloseTo(rails.losses.railSplitter_dB, 12);
    const fc = [offset, rails].map((hardware) => noiseTerms(hardware, bankOf(hardware, 'fc'), 1e-4).dark);
    expect(fc[1]! / fc[0]!).toBeCloseTo(2, 12);
  });
});

describe('a scale of every image', () => {
  const hardware = parseHardware({ calibration: { activationScale: 'perImage' } });

  it('makes a layer blind to the scale of its input, and clips nothing', () => {
    for (const spec of [convSpec({ twoPasses: true }), denseSpec()]) {
      const program = compile(spec as never, hardware, 1, 4);
      const x = inputOf(spec);
      const [one, four] = [x, x.map((v) => 4 * v)].map((input) => runReference(program, input));
      const [{ filters, shift }] = [program];
      const unshifted = (y: Float64Array) => y.map((v, at) => v - shift[at % filters]!);
      expect(unshifted(four!.y)).toBeAllclose(
        unshifted(one!.y).map((v) => 4 * v),
        { rtol: 1e-12, atol: 1e-12 },
      );
      expect(four!.clippedActivations).toBe(0);
      const dark = runReference(program, new Float32Array(x.length));
      expect(dark.y).toEqual(dark.y.map((_, at) => shift[at % filters]!));
    }
  });

  it('is the same as that scale from calibration', () => {
    const spec = denseSpec();
    const x = inputOf(spec);
    const own = runReference(compile(spec, hardware, 1, 4), x);
    const given = runReference(compile(spec, parseHardware({}), Math.max(...x), 4), x);
    expect(own.y).toEqual(given.y);
  });

  it('refuses a quantile beside it', () => {
    expect(() =>
      parseHardware({ calibration: { activationScale: 'perImage', activationQuantile: 0.99 } }, 'x.yaml'),
    ).toThrow(/x.yaml: calibration.activationQuantile 0.99 has no meaning beside activationScale perImage/);
  });
});

const hasNumpy = spawnSync('python3', ['-c', 'import numpy']).status === 0;
it.runIf(hasNumpy)('numpy confirms the cases of test/conformance/offset.json', () => {
  const { status, stderr } = spawnSync('python3', ['test/independent/offset.py'], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

describe('light by photons', () => {
  it.each(['rails', 'offset'] as const)('gives the variance of so many photons, %s', (signs) => {
    const photons = 0.7;
    const hardware = parseHardware({
      vdu: { signs },
      photodetector: { darkCurrent_nA: 0 },
      calibration: { photonsPerMultiplication: photons },
      effects: onlyEffects('shotNoise'),
    });
    const spec = denseSpec();
    const x = inputOf(spec);
    const mean = x.reduce((sum, v) => sum + v / SCALE, 0) / x.length;
    const program = compileLayer(spec, hardware, drawChip(hardware, 1), {
      activationScale: SCALE,
      meanActivation: mean,
    });
    const [least, most] = [Math.min(...spec.weight), Math.max(...spec.weight)];
    const streamed = (w: number) =>
      signs === 'offset' ? (w - least) / (most - least) : Math.abs(w) / Math.max(-least, most);
    // Poisson: N v w photons of a product, in units of N.
    const N = photons / mean;
    const wanted = naive(spec, x, (w, v) => streamed(w) * (v / SCALE)).map((sum) => sum / N);
    const { variance } = lumpedDenseReference(program as never, x, { runSeed: 1, image: 0 });
    expect(variance).toBeAllclose(wanted, { rtol: 1e-9, atol: 0 });
  });

  const SIGNED = convSpec({ twoPasses: true });
  const noisy = { photonsPerMultiplication: 3, activationScale: 'perImage' } as const;
  const layerOf = (spec: LayerSpec, calibration: object, meanActivation: number) => {
    const hardware = parseHardware({ calibration, adc: { effectiveBits: 8 }, effects: { selfHeating: false } });
    return compileLayer(spec, hardware, drawChip(hardware, 1), { activationScale: 1, meanActivation, adcRange: 4 });
  };
  const variances = (program: MacProgram, x: Float32Array) =>
    (program.kind === 'conv2d' ? lumpedConv2dReference : lumpedDenseReference)(program as never, x, {
      runSeed: 1,
      image: 0,
    }).variance;

  it.each([
    ['dense', denseSpec()],
    ['conv2d, signed', SIGNED],
  ])('of every image is that of a layer whose mean is the image’s: %s', (_, spec) => {
    const x = inputOf(spec);
    const most = Math.max(...x.map(Math.abs));
    const passes = spec.twoPasses ? 2 : 1;
    const mean =
      x.reduce((sum, v) => sum + roundHalfEven((Math.abs(v) / most) * 65535) / 65535, 0) / (passes * x.length);
    const own = layerOf(spec, { ...noisy, photonAverage: 'image' }, 3 * mean);
    expect(variances(own, x)).toBeAllclose(variances(layerOf(spec, noisy, mean), x), { rtol: 1e-6, atol: 0 });
    expect(variances(layerOf(spec, noisy, 3 * mean), x)[0]! / variances(own, x)[0]!).toBeGreaterThan(3);
    // Fewer photons than a brighter image needs, and never more light than there is.
    const all = { ...noisy, photonsPerMultiplication: 1e12, photonAverage: 'image' };
    const plain = layerOf(spec, { activationScale: 'perImage' }, mean);
    expect(variances(layerOf(spec, all, mean), x)).toBeAllclose(variances(plain, x), { rtol: 1e-9, atol: 0 });
  });

  it('of every image needs photons', () => {
    expect(() => parseHardware({ calibration: { photonAverage: 'image' } }, 'x.yaml')).toThrow(
      /x.yaml: calibration.photonAverage image has no meaning without calibration.photonsPerMultiplication/,
    );
  });
});
