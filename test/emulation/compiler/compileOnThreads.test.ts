/** Compiling on several threads: the bits, warnings and errors of one; small networks are compiled where they are. */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { CompileError, DescriptionError } from '../../../src/base/errors.js';
import { type CompileOptions, compileNetwork } from '../../../src/emulation/compiler/compile.js';
import { compileOnThreads } from '../../../src/emulation/compiler/compileOnThreads.js';
import { macSpecs } from '../../../src/emulation/compiler/network.js';
import type { Program } from '../../../src/emulation/program/types.js';
import { chipMapShape, type MeasuredChip } from '../../../src/hardware/optics/measuredChip.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { conv2d, dense, flatten, relu } from '../../../src/networks/build.js';
import { initialise } from '../../../src/networks/initialise.js';
import { isMacLayer, type Network } from '../../../src/networks/types.js';
import { streamsFor } from '../../helpers/layers.js';
import { randomArray } from '../../helpers/random.js';

/** A convolution of more rows than a thread takes at a time, one by groups, one without a weight, and a dense layer. */
function network(): Network {
  const structure: Network = {
    name: 'threads',
    inputShape: [5, 5, 100],
    inputRange: [-1, 1],
    preprocessing: { scale: 1, mean: [0], std: [1] },
    layers: [
      conv2d('wide', 'input', [3, 100, 64]),
      relu('relu', 'wide'),
      { ...conv2d('grouped', 'relu', [2, 16, 64]), groups: 4 },
      conv2d('empty', 'grouped', [1, 64, 3]),
      flatten('flat', 'empty'),
      dense('dense', 'flat', 12, 10),
    ],
    output: 'dense',
  };
  const whole = initialise(structure, 5);
  return {
    ...whole,
    layers: whole.layers.map((layer) => (layer.name === 'empty' ? { ...layer, weight: new Float32Array(192) } : layer)),
  };
}

const subject = network();
const units = { conv: { size: 2, units: 7 }, fc: { units: 2 } };
const options: CompileOptions = {
  chipSeed: 3,
  scales: macSpecs(subject).map((spec) => ({ activationScale: 0.9, ...streamsFor(spec) })),
};

/** On threads, however little there is to do. */
const onThreads = async (threads: number, description: object, given: Partial<CompileOptions> = {}): Promise<Program> =>
  compileOnThreads(threads, 0)(subject, parseHardware(description), { ...options, ...given });

describe('compiling on threads', () => {
  it.each([
    ['all effects, sources that chirp', { vdu: units, vcsel: { chirp_nm: 0.05 } }],
    [
      'offset weights in lists',
      { vdu: { ...units, conv: { ...units.conv, chunking: 'concatenated' }, signs: 'offset' } },
    ],
    [
      'rings that heat all the time, without self-heating',
      { vdu: units, tuning: { mode: 'thermal' }, effects: { selfHeating: false } },
    ],
  ])('has the bits of one: %s', async (_, description) => {
    const alone = compileNetwork(subject, parseHardware(description), options);
    expect(alone.layers[0]).toMatchObject({ kind: 'conv2d' });
    for (const threads of [2, 3]) expect(isDeepStrictEqual(await onThreads(threads, description), alone)).toBe(true);
  });

  it('has the bits of one on a measured chip', async () => {
    const hardware = parseHardware({ vdu: units });
    const shape = chipMapShape(hardware, 'conv', 'residual_nm');
    const residual_nm = Float64Array.from(
      randomArray(
        3,
        shape.reduce((a, b) => a * b),
        -0.05,
        0.05,
      ),
    );
    const measured: MeasuredChip = { conv: { residual_nm }, fc: {}, sha256: '' };
    const alone = compileNetwork(subject, hardware, { ...options, measured });
    expect(isDeepStrictEqual(compileNetwork(subject, hardware, options), alone)).toBe(false);
    expect(isDeepStrictEqual(await onThreads(2, { vdu: units }, { measured }), alone)).toBe(true);
  });

  it('throws what one does', async () => {
    const codebook = { vdu: units, weightDac: { levels: 'codebook', bits: 2 } };
    await expect(onThreads(2, codebook)).rejects.toThrow(CompileError);
    await expect(onThreads(2, codebook)).rejects.toThrow(/^layer 'wide': /);
    const dark = { vdu: units, losses: { coupler_dB: 300 } };
    await expect(onThreads(2, dark)).rejects.toThrow(DescriptionError);
    await expect(onThreads(2, { vdu: units }, { chipSeed: -1 })).rejects.toThrow('chipSeed');
  });

  it('throws an error of a later layer while others are held', async () => {
    const last = subject.layers.at(-1)!;
    const scales = options.scales.map((scale, at) => (at === 3 ? { ...scale, activationScale: 1e-45 } : scale));
    await expect(onThreads(3, { vdu: units }, { scales })).rejects.toThrow(
      new RegExp(`^layer '${last.name}': its activation`),
    );
  });

  it('starts no thread for little work', () => {
    const isWaited = (threads: number) =>
      compileOnThreads(threads)(subject, parseHardware({ vdu: units }), options) instanceof Promise;
    expect(subject.layers.filter(isMacLayer)[0]!.weight.length).toBeGreaterThan(50_000);
    expect([1, 8].map(isWaited)).toEqual([false, false]);
  });
});
