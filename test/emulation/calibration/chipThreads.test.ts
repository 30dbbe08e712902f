/** Compiling and measuring on several threads: the bits, warnings and errors of one; small networks stay where they are. */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { CompileError, DescriptionError } from '../../../src/base/errors.js';
import { type Calibration, calibrate, compileForChip } from '../../../src/emulation/calibration/calibrate.js';
import { teamOfOne } from '../../../src/emulation/calibration/chipTeam.js';
import { chipThreads } from '../../../src/emulation/calibration/chipThreads.js';
import type { CompileOptions } from '../../../src/emulation/compiler/compile.js';
import { macSpecs } from '../../../src/emulation/compiler/network.js';
import type { Program } from '../../../src/emulation/program/types.js';
import { chipMapShape, type MeasuredChip } from '../../../src/hardware/optics/measuredChip.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { conv2d, dense, flatten, relu } from '../../../src/networks/build.js';
import { initialise } from '../../../src/networks/initialise.js';
import type { Network } from '../../../src/networks/types.js';
import { sonicCifar10 } from '../../../src/networks/zoo/sonicCifar10.js';
import { sonicMnist } from '../../../src/networks/zoo/sonicMnist.js';
import { streamsFor } from '../../helpers/layers.js';
import { randomArray } from '../../helpers/random.js';

/** A convolution of more rows than a thread takes at a time, one by groups, a narrow one, and a dense layer. */
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
      conv2d('narrow', 'grouped', [1, 64, 3]),
      flatten('flat', 'narrow'),
      dense('dense', 'flat', 12, 10),
    ],
    output: 'dense',
  };
  return initialise(structure, 5);
}

const whole = network();
/** The same, one convolution without a weight. */
const subject: Network = {
  ...whole,
  layers: whole.layers.map((layer) => (layer.name === 'narrow' ? { ...layer, weight: new Float32Array(192) } : layer)),
};
const units = { conv: { size: 2, units: 7 }, fc: { units: 2 } };
const options: CompileOptions = {
  chipSeed: 3,
  scales: macSpecs(subject).map((spec) => ({ activationScale: 0.9, ...streamsFor(spec) })),
};

/** In this thread. */
const compiledAlone = (description: object, given: Partial<CompileOptions> = {}) =>
  teamOfOne.compile(subject, parseHardware(description), { ...options, ...given });

/** On threads, however little there is to do. */
const always = (threads: number) => chipThreads(threads, 1e-9);

async function onThreads(threads: number, description: object, given: Partial<CompileOptions> = {}): Promise<Program> {
  const hardware = parseHardware(description);
  const chip = { ...options, ...given };
  const { chipSeed, measured = null } = chip;
  const team = (await always(threads)({ network: subject, hardware, chipSeed, measured }))!;
  try {
    return await team.compile(subject, hardware, chip);
  } finally {
    await team.close();
  }
}

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
    const alone = await compiledAlone(description);
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
    const alone = await compiledAlone({ vdu: units }, { measured });
    expect(isDeepStrictEqual(await compiledAlone({ vdu: units }), alone)).toBe(false);
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

  it('starts no thread for little work, and with one there is none', async () => {
    const hardware = parseHardware({ vdu: units });
    for (const network of [subject, sonicMnist(1), sonicCifar10(1)])
      expect(await chipThreads(8)({ network, hardware, chipSeed: 1, measured: null })).toBeNull();
    expect(await always(1)({ network: subject, hardware, chipSeed: 1, measured: null })).toBeNull();
  });
});

describe('measuring on threads', () => {
  const images = randomArray(9, 5 * 500, -1, 1);
  const compiled = async (calibration: Calibration, description: object, threads: number, given: object = {}) =>
    compileForChip(whole, parseHardware(description), 3, calibration, { threads: always(threads), ...given });

  it.each([
    ['all effects', { vdu: units }],
    ['ranges that hold a share of the magnitudes', { vdu: units, adc: { rangeQuantile: 0.99 } }],
    [
      'an image its own scale, weights offset',
      { vdu: { ...units, signs: 'offset' }, calibration: { activationScale: 'perImage' } },
    ],
    ['an image its own light', { vdu: units, calibration: { photonsPerMultiplication: 100, photonAverage: 'image' } }],
  ])('has the bits of one: %s', async (_, description) => {
    const calibration = await calibrate(whole, parseHardware(description), images);
    const alone = await compiled(calibration, description, 1);
    expect(alone.layers.map(({ peak }) => peak! > 0)).toEqual([true, true, true, true]);
    expect(alone.layers.map(({ snr_dB }) => typeof snr_dB)).toEqual(['number', 'number', 'number', 'number']);
    for (const threads of [2, 3])
      expect(isDeepStrictEqual(await compiled(calibration, description, threads), alone)).toBe(true);
  });

  it('tells of every layer, and leaves out what is not asked for', async () => {
    const calibration = await calibrate(whole, parseHardware({ vdu: units }), images);
    const told: string[] = [];
    const program = await compiled(calibration, { vdu: units }, 2, {
      withSnr: false,
      onProgress: (what: string, done: number, of: number) => told.push(`${what} ${done}/${of}`),
    });
    expect(program.layers.map((layer) => 'snr_dB' in layer)).toEqual([false, false, false, false]);
    expect(told.slice(-4)).toEqual([1, 2, 3, 4].map((done) => `ranges of the ADCs ${done}/4`));
  });

  it('measures in this thread what does not fit in memory, to the same bits', async () => {
    const calibration = await calibrate(whole, parseHardware({ vdu: units }), images);
    const alone = await compiled(calibration, { vdu: units }, 2);
    const anew = await compiled({ ...calibration, keep: () => null }, { vdu: units }, 2);
    expect(isDeepStrictEqual(anew, alone)).toBe(true);
  });
});
