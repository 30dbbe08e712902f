/**
 * Weights that the compiler remembers: compiling after other compiles gives what compiling for the first time does, whatever
 * field of the description changed in between. Fields and their values are read from the schema.
 */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { CompileError } from '../../../src/base/errors.js';
import { type Chip, compileLayer, drawChip } from '../../../src/emulation/compiler/layerConstants.js';
import type { LayerSpec } from '../../../src/emulation/compiler/layerSpec.js';
import type { HardwareDescription } from '../../../src/hardware/description.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { FIELD_VALUES, withField } from '../../helpers/fieldValues.js';
import { batchNormOf, compile, convSpec, denseSpec, streamsFor } from '../../helpers/layers.js';
import { randomArray } from '../../helpers/random.js';

/** Weights of few distinct numbers fit a codebook; those of many do not. */
const few = randomArray(5, 40 * 6, -1, 1, 0.3).map((w) => Math.round(10 * w) / 10);
const SPECS: readonly LayerSpec[] = [
  convSpec({ batchNorm: batchNormOf(4), twoPasses: true }),
  denseSpec({ inputs: 40, filters: 6, weight: few, batchNorm: batchNormOf(6) }),
];

const afresh = (spec: LayerSpec): LayerSpec => ({ ...spec, weight: spec.weight.slice() });

/** What the description makes of layers, on one chip for all of them; an error where it makes none. */
function outcomes(hardware: HardwareDescription, ...layers: (readonly LayerSpec[])[]) {
  const of = (work: () => unknown) => {
    try {
      return work();
    } catch (error) {
      return `${error}`;
    }
  };
  const scaleOf = (spec: LayerSpec) => ({ activationScale: 0.9, ...streamsFor(spec) });
  const chip = of(() => drawChip(hardware, 1));
  return layers.map((specs) =>
    typeof chip === 'string'
      ? chip
      : of(() => specs.map((spec) => compileLayer(spec, hardware, chip as Chip, scaleOf(spec)))),
  );
}

describe('a compile after others is that of weights never seen', () => {
  const units = { conv: { units: 2 }, fc: { size: 20, units: 2 } };
  it.each([
    ['levels linear in detuning', { vdu: units, weightDac: { spacing: 'detuning' } }],
    ['offset weights', { vdu: { ...units, signs: 'offset' }, weightDac: { spacing: 'detuning' } }],
    ['batch-norm in the weights', { vdu: units, batchNorm: 'folded', weightDac: { levels: 'uniform' } }],
  ])('every field changed from %s', (_, description) => {
    const base = parseHardware(description);
    const [ofBase] = outcomes(base, SPECS.map(afresh));
    for (const { path, values } of FIELD_VALUES) {
      const variants = values.flatMap((value) => withField(description, path, value) ?? []);
      expect(variants, path).not.toHaveLength(0);
      for (const variant of variants) {
        const [after, fresh] = outcomes(variant, SPECS, SPECS.map(afresh));
        expect(isDeepStrictEqual(after, fresh), path).toBe(true);
      }
      expect(isDeepStrictEqual(outcomes(base, SPECS)[0], ofBase), path).toBe(true);
    }
  });
});

describe('what is remembered', () => {
  const dense = denseSpec({ inputs: 300, filters: 250, zeros: 0 });
  const hardware = parseHardware({});
  const streamed = (spec = dense, description = hardware, chip = 1) =>
    compile(spec, description, 1, undefined, chip).streamed;

  it('is one object for all chips, and for all fields that do not matter', () => {
    const first = streamed();
    expect(streamed(dense, hardware, 2)).toBe(first);
    expect(streamed(dense, parseHardware({ tuning: { temperatureOffset_K: 0.1 } }))).toBe(first);
    expect(streamed(dense, parseHardware({ vcsel: { extinction_dB: 6 } }))).not.toBe(first);
    expect(streamed()).toBe(first);
  });

  it('is at most four results, and no more bytes than the weights but for the last', () => {
    const first = streamed();
    for (const extinction_dB of [10, 11, 12, 13]) streamed(dense, parseHardware({ vcsel: { extinction_dB } }));
    expect(streamed()).not.toBe(first);
    const plain = parseHardware({ effects: { weightQuantisation: false } });
    const large = streamed(dense, plain);
    expect(large).toBeInstanceOf(Float64Array);
    expect(streamed(dense, plain)).toBe(large);
    streamed();
    expect(streamed(dense, plain)).not.toBe(large);
  });

  it('is not given for weights that were written to since', () => {
    const spec = { ...dense, weight: dense.weight.slice() };
    const before = streamed(spec);
    [spec.weight[3], spec.weight[4]] = [spec.weight[4]!, spec.weight[3]!];
    expect(streamed(spec)).toEqual(streamed({ ...spec, weight: spec.weight.slice() }));
    expect(streamed(spec)).not.toEqual(before);
  });

  it('no errors: a codebook that does not fit is refused each time, by the name of the layer', () => {
    const codebook = parseHardware({ weightDac: { levels: 'codebook' } });
    for (const name of ['one', 'two']) {
      expect(() => streamed({ ...dense, name }, codebook)).toThrow(CompileError);
      expect(() => streamed({ ...dense, name }, codebook)).toThrow(`layer '${name}'`);
    }
  });
});
