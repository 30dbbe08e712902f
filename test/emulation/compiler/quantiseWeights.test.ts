import { describe, expect, it } from 'vitest';
import { CompileError } from '../../../src/base/errors.js';
import type { Gains } from '../../../src/emulation/compiler/gains.js';
import { quantiseWeights } from '../../../src/emulation/compiler/quantiseWeights.js';
import { numbersOf } from '../../../src/emulation/program/coded.js';
import { dacValue } from '../../../src/hardware/optics/converter.js';
import { detuningLinearLevels, ringConstants } from '../../../src/hardware/optics/ring.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { compile, convSpec, denseSpec } from '../../helpers/layers.js';
import { randomArray } from '../../helpers/random.js';

/** Weights of 3 x 3 x 3 x 4 with `distinct` different values that are not 0, signs counted, and some zeros. */
function clustered(distinct: number): Float32Array {
  return Float32Array.from({ length: 108 }, (_, at) => {
    if (at >= distinct && at % 5 === 0) return 0;
    const level = at % distinct;
    return (level % 2 === 0 ? 1 : -1) * (0.1 + 0.013 * level);
  });
}

describe('weight levels', () => {
  it.each([
    ['auto', 64, 6, 'codebook'],
    ['auto', 65, 6, 'uniform'],
    ['auto', 4, 2, 'codebook'],
    ['auto', 5, 2, 'uniform'],
    ['uniform', 4, 6, 'uniform'],
    ['codebook', 64, 6, 'codebook'],
  ] as const)('%s with %i distinct weights and %i bits: %s', (levels, distinct, bits, expected) => {
    const hardware = parseHardware({ weightDac: { levels, bits } });
    expect(compile(convSpec({ weight: clustered(distinct) }), hardware, 1).weightLevels).toBe(expected);
  });

  it('a codebook that does not fit is an error that names layer, bits and remedy', () => {
    const hardware = parseHardware({ weightDac: { levels: 'codebook' } });
    const make = () => compile(convSpec({ weight: clustered(65) }), hardware, 1);
    expect(make).toThrow(CompileError);
    expect(make).toThrow(/layer 'layer'.*64 distinct non-zero weights.*cluster it/);
  });

  it('codebook values are exact', () => {
    const weight = clustered(64);
    const program = compile(convSpec({ weight }), parseHardware({}), 1);
    const exact = Math.max(...weight.map(Math.abs));
    program.rowFilter.forEach((f, r) => {
      for (let e = program.rowStart[r]!; e < program.rowStart[r + 1]!; e++) {
        expect(numbersOf(program.held)[e]).toBe(weight[program.entryK[e]! * 4 + f]! / exact);
      }
    });
  });

  it('uniform values of large and small layers are those of the DAC, one by one, with the sign of their weight', () => {
    const hardware = parseHardware({ weightDac: { levels: 'uniform', bits: 5 } });
    for (const inputs of [40, 4000]) {
      const random = randomArray(9, inputs * 20, -1, 1);
      // Some that are 0, and some whose code is.
      const weight = random.map((w, at) => (at % 7 === 0 ? 0 : at % 5 === 0 ? w * 1e-3 : w));
      const spec = denseSpec({ inputs, filters: 20, weight });
      const gains = { weightFactor: Float64Array.from({ length: 20 }, (_, f) => (f % 2 ? -1 : 1)) } as Gains;
      const { value, scale } = quantiseWeights(spec, hardware, gains, ringConstants(hardware));
      const numbers = numbersOf(value);
      expect(scale).toBe(weight.reduce((most, w) => Math.max(most, Math.abs(w)), 0));
      const wrong = [...weight].filter((w, at) => {
        const signed = w * gains.weightFactor[at % 20]!;
        const wanted = signed === 0 ? 0 : Math.sign(signed) * dacValue(signed, scale, 31, true);
        return !Object.is(numbers[at], wanted);
      });
      expect(wrong).toEqual([]);
    }
  });

  it('uniform values are codes over 2^b - 1, half a step off at most; codes of 0 leave no entry', () => {
    const weight = randomArray(7, 108, -1, 1).map((w, at) => (at % 3 === 0 ? w * 0.01 : w));
    const program = compile(convSpec({ weight }), parseHardware({ weightDac: { levels: 'uniform', bits: 4 } }), 1);
    const scale = Math.max(...weight.map(Math.abs));
    expect(program.weightScale).toBeAllclose(scale);
    const kept = new Set<number>();
    program.rowFilter.forEach((f, r) => {
      for (let e = program.rowStart[r]!; e < program.rowStart[r + 1]!; e++) {
        const at = program.entryK[e]! * 4 + f;
        kept.add(at);
        expect(numbersOf(program.held)[e]! * 15).toBeAllclose(Math.round(numbersOf(program.held)[e]! * 15), {
          atol: 1e-12,
        });
        expect(Math.abs(numbersOf(program.held)[e]! - weight[at]! / scale)).toBeLessThanOrEqual(0.5 / 15 + 1e-12);
      }
    });
    weight.forEach((w, at) => {
      expect(kept.has(at)).toBe((Math.abs(w) / scale) * 15 > 0.5);
    });
    expect(program.weightSparsity).toBeAllclose(1 - kept.size / 108);
    expect(kept.size).toBeLessThan(108);
  });

  it('a DAC linear in detuning takes the nearest value it can reach; FC weights are not on rings', () => {
    const hardware = parseHardware({ weightDac: { spacing: 'detuning' } });
    const weight = clustered(64);
    const scale = Math.max(...weight.map(Math.abs));
    const levels = [...detuningLinearLevels(ringConstants(hardware), 6)];
    const program = compile(convSpec({ weight }), hardware, 1);
    program.rowFilter.forEach((f, r) => {
      for (let e = program.rowStart[r]!; e < program.rowStart[r + 1]!; e++) {
        const wanted = weight[program.entryK[e]! * 4 + f]! / scale;
        const best = Math.min(...levels.map((level) => Math.abs(level - Math.abs(wanted))));
        expect(Math.sign(numbersOf(program.held)[e]!)).toBe(Math.sign(wanted));
        expect(Math.abs(Math.abs(numbersOf(program.held)[e]!) - Math.abs(wanted))).toBeAllclose(best, { atol: 1e-15 });
        expect(levels).toContain(Math.abs(numbersOf(program.held)[e]!));
      }
    });
    const dense = denseSpec({ inputs: 27, filters: 4, weight });
    expect(compile(dense, hardware, 1).streamed).toEqual(compile(dense, parseHardware({}), 1).streamed);
  });
});

describe('VCSEL floor', () => {
  it('gates small streamed weights and lifts those just below it', () => {
    const weight = Float32Array.of(1, -0.004, 0.004, 0.006, -0.006, 0.5);
    const hardware = parseHardware({ effects: { weightQuantisation: false } });
    const { streamed, floor } = compile(denseSpec({ inputs: 6, filters: 1, weight }), hardware, 1);
    expect(floor).toBeAllclose(0.01);
    expect(numbersOf(streamed)).toBeAllclose([1, 0, 0, 0.01, -0.01, 0.5]);
  });
});
