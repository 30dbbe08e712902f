/** What a program alone says of its outputs: that they are finite. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createReferenceKernels } from '../../../src/emulation/backends/referenceKernels.js';
import { outputsAreFinite } from '../../../src/emulation/kernels/outputBounds.js';
import type { MacProgram } from '../../../src/emulation/program/types.js';
import { programOf } from '../../parity/compare.js';
import { activations, bankOf, convProgram, denseProgram, geometryOf } from './programs.js';

const conv = convProgram(5, geometryOf({ input: [6, 7, 3], kernel: [3, 3], filters: 5 }), { passes: 2 });
const dense = denseProgram(5, 130, 7, bankOf(1), { passes: 2 });
const sized = (program: MacProgram) => (program.kind === 'conv2d' ? 126 : 130);

describe('outputs that are finite', () => {
  test('are those of sound programs, in both fidelities', () => {
    for (const program of [conv, dense])
      for (const converted of [true, false]) expect(outputsAreFinite(program, converted)).toBe(true);
  });

  test('are not promised where a constant is not, or an image brings its own', () => {
    const shift = (value: number) => Float64Array.from(dense.shift, (s, f) => (f === 2 ? value : s));
    const light = { full_A: 1, most_A: 1, receiver: 0 };
    for (const given of [
      { shift: shift(Number.NaN) },
      { shift: shift(1e39) },
      { activationScale: 1e39 },
      { weightScale: Number.NaN },
      { scaling: 'perImage' as const },
      { minimum: -0.1 },
      { light },
    ])
      for (const converted of [true, false]) expect(outputsAreFinite({ ...dense, ...given }, converted)).toBe(false);
    expect(outputsAreFinite({ ...conv, chirp_nm: 0.01 }, false)).toBe(false);
    expect(outputsAreFinite({ ...dense, c: 0 }, false)).toBe(false);
    expect(outputsAreFinite({ ...dense, gain: Float64Array.from(dense.gain, () => Number.NaN) }, false)).toBe(false);
  });

  // Whatever the scales: nothing above the largest float32 comes out where it was promised.
  test('hold of the float64 definition', () =>
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 44 }), fc.boolean(), fc.boolean(), (exponent, isConv, converted) => {
        const program = { ...(isConv ? conv : dense), gainScale: 10 ** exponent } as MacProgram;
        if (!outputsAreFinite(program, converted)) return;
        const [layer] = createReferenceKernels().load(programOf(program));
        const y = new Float32Array(program.kind === 'conv2d' ? 20 * 5 : 7);
        const x = activations(1, sized(program), true).map((value) => 1e30 * value);
        if (converted) layer!.run(x, y, { runSeed: 1, image: 0, noise: true, adc: true });
        else layer!.lump?.(x, y, { runSeed: 1, image: 0 });
        expect(y.every(Number.isFinite)).toBe(true);
      }),
    ));
});
