import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roundHalfEven } from '../../../src/base/roundHalfEven.js';
import type { LayerSpec } from '../../../src/emulation/compiler/layerSpec.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';
import {
  compile,
  convSpec,
  denseSpec,
  EXACT,
  inputSize,
  naive,
  onlyEffects,
  runReference,
} from '../../helpers/layers.js';
import { randomArray } from '../../helpers/random.js';

const largest = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => Math.max(a, Math.abs(b)), 0);
const compileAny = (spec: LayerSpec, ...rest: [Parameters<typeof compile>[1], number, number?]) =>
  spec.kind === 'conv2d' ? compile(spec, ...rest) : compile(spec, ...rest);

/** y of plain loops with the bias added. */
function digital(spec: LayerSpec, x: ArrayLike<number>): Float64Array {
  return naive(spec, x).map((sum, at) => sum + (spec.bias?.[at % spec.filters] ?? 0));
}

describe('with all effects off', () => {
  const pair = (max: number, min = 1) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
  const geometries = fc
    .record({
      seed: fc.nat(1e6),
      input: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
      kernel: pair(3),
      strides: pair(3),
      dilation: pair(2),
      padding: fc.tuple(pair(2, 0), pair(2, 0)),
      groups: fc.integer({ min: 1, max: 3 }),
      perGroup: pair(3),
      twoPasses: fc.boolean(),
      zeros: fc.constantFrom(0, 0.5, 0.95),
    })
    .filter(({ input, kernel, dilation, padding }) =>
      input.every((size, axis) => size + padding[axis]![0] + padding[axis]![1] > dilation[axis]! * (kernel[axis]! - 1)),
    );

  it('a convolution of any geometry is the convolution in plain loops', () => {
    fc.assert(
      fc.property(geometries, ({ perGroup, groups, input, ...rest }) => {
        const spec = convSpec({
          ...rest,
          groups,
          input: [...input, perGroup[0] * groups],
          filters: perGroup[1] * groups,
        });
        const x = randomArray(rest.seed + 1, inputSize(spec), rest.twoPasses ? -2 : 0, 2, 0.3);
        const program = compile(spec, EXACT, largest(x) || 1);
        const { y, passes } = runReference(program, x);
        expect(passes).toHaveLength(program.weightScale === 0 ? 0 : rest.twoPasses ? 2 : 1);
        expect(y).toBeAllclose(digital(spec, x), { atol: 1e-11, rtol: 0 });
      }),
      { numRuns: 150 },
    );
  });

  it('a dense layer of any size is the matrix product in plain loops', () => {
    const sizes = fc.record({
      seed: fc.nat(1e6),
      inputs: fc.integer({ min: 1, max: 150 }),
      filters: fc.integer({ min: 1, max: 9 }),
      twoPasses: fc.boolean(),
      zeros: fc.constantFrom(0, 0.5, 0.99),
    });
    fc.assert(
      fc.property(sizes, (options) => {
        const spec = denseSpec(options);
        const x = randomArray(options.seed + 1, options.inputs, options.twoPasses ? -2 : 0, 2, 0.5);
        const { y } = runReference(compile(spec, EXACT, largest(x) || 1), x);
        expect(y).toBeAllclose(digital(spec, x), { atol: 1e-10, rtol: 0 });
      }),
      { numRuns: 100 },
    );
  });

  it.each(['conv2d', 'dense'] as const)('%s clips inputs at the activation scale and counts them', (kind) => {
    const spec = kind === 'conv2d' ? convSpec({ twoPasses: true }) : denseSpec({ twoPasses: true });
    const x = randomArray(5, inputSize(spec), -2, 2);
    const clipped = x.map((v) => Math.min(Math.max(v, -1.5), 1.5));
    const { y, clippedActivations } = runReference(compileAny(spec, EXACT, 1.5), x);
    expect(y).toBeAllclose(digital(spec, clipped), { atol: 1e-10, rtol: 0 });
    expect(clippedActivations).toBe(x.filter((v) => Math.abs(v) > 1.5).length);
    expect(clippedActivations).toBeGreaterThan(0);
  });

  it.each([
    ['no activations at all', 0, undefined],
    ['no weights', 1, new Float32Array(3 * 3 * 3 * 4)],
  ])('%s: y is the bias', (_, activationScale, weight) => {
    const spec = convSpec(weight ? { weight } : {});
    const { y, passes } = runReference(compile(spec, EXACT, activationScale), randomArray(2, inputSize(spec), 0, 1));
    expect(passes).toEqual([]);
    expect(y).toBeAllclose(Array.from({ length: y.length }, (_unused, at) => spec.bias![at % 4]!));
  });
});

describe('sonic-ideal', () => {
  const uniform = parseHardware({
    effects: onlyEffects('weightQuantisation', 'activationQuantisation', 'adcQuantisation'),
    weightDac: { levels: 'uniform' },
  });
  const lastX = 2 ** 16 - 1;
  const lastW = 63;

  /** Integer codes of a layer's weights and input, from the contract's formulas. */
  function codesOf(spec: LayerSpec, x: Float32Array, activationScale: number) {
    const weightScale = largest(spec.weight);
    const k = Math.fround(lastX / activationScale);
    return {
      weight: Float32Array.from(spec.weight, (w) => Math.sign(w) * roundHalfEven((Math.abs(w) / weightScale) * lastW)),
      x: Float32Array.from(x, (v) => Math.sign(v) * roundHalfEven(Math.min(Math.fround(Math.abs(v) * k), lastX))),
    };
  }

  it.each(['conv2d', 'dense'] as const)('%s: partial sums are integer dot products of codes', (kind) => {
    const spec = kind === 'conv2d' ? convSpec({ input: [5, 4, 3], seed: 3 }) : denseSpec({ seed: 3, inputs: 120 });
    const x = randomArray(8, inputSize(spec), 0, 2, 0.3);
    const program = compileAny(spec, uniform, 2);
    const codes = codesOf(spec, x, 2);
    const expected = naive({ ...spec, weight: codes.weight } as LayerSpec, codes.x);
    const [pass] = runReference(program, x, { adc: false }).passes;
    const samples = kind === 'conv2d' ? 3 * 2 : spec.filters;
    const sums = new Float64Array(expected.length);
    for (let at = 0; at < pass!.u.length; at++) {
      const dot = pass!.u[at]! * lastX * lastW;
      expect(Math.abs(dot - Math.round(dot))).toBeLessThan(1e-5);
      const row = Math.floor(at / samples);
      const output = program.kind === 'conv2d' ? (at % samples) * spec.filters + program.rowFilter[row]! : at % samples;
      sums[output]! += Math.round(dot);
    }
    expect(sums).toEqual(expected);
  });

  it('differs from the digital layer by quantisation alone', () => {
    const spec = convSpec({ input: [8, 8, 4], filters: 6, zeros: 0 });
    const x = randomArray(9, inputSize(spec), 0, 1);
    const program = compile(spec, uniform, 1);
    const { y } = runReference(program, x);
    // Worst case: half a weight step on 36 products, half an activation step and half an ADC step on each of 8 rows.
    const bound = 36 * (0.5 / lastW + 0.5 / lastX) + 8 * program.adc.step * 0.5;
    const error = y.map((value, at) => value - digital(spec, x)[at]!);
    expect(largest(error)).toBeLessThan(bound);
    expect(largest(error)).toBeGreaterThan(0.01);
  });

  it('presets without analog effects draw no noise and agree with each other', () => {
    const spec = denseSpec();
    const x = randomArray(4, inputSize(spec), 0, 1, 0.5);
    const program = compile(spec, presetHardware('sonic-ideal'), 1);
    expect(program.noise).toEqual({ shot: 0, intensity: 0, constant: 0 });
    expect(runReference(program, x, { runSeed: 1 }).y).toEqual(runReference(program, x, { runSeed: 2 }).y);
  });
});
