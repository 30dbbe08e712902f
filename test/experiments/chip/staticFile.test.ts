import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError, SonicError, UsageError } from '../../../src/base/errors.js';
import { loadMeasuredChip, readStaticFile, writeStaticFile } from '../../../src/experiments/chip/staticFile.js';
import type { HardwareDescription } from '../../../src/hardware/description.js';
import { bankOf } from '../../../src/hardware/optics/bank.js';
import { chipTrims } from '../../../src/hardware/optics/chipTrims.js';
import {
  CHIP_MAP_NAMES,
  checkChips,
  chipMapShape,
  type MeasuredChip,
  measuredMapNames,
} from '../../../src/hardware/optics/measuredChip.js';
import { bankErrors, drawStaticMaps } from '../../../src/hardware/optics/variation.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';
import { temporaryFolder } from '../../helpers/folder.js';
import { hasNumpy, numpy } from '../../helpers/numpy.js';

const folder = temporaryFolder();
/** Surplus slots on the last waveguide of FC units; hours, so that there is drift. */
const SMALL = {
  vdu: { conv: { size: 3, units: 2 }, fc: { size: 5, units: 2 } },
  grid: { wavelengthsPerWaveguide: 3 },
  tuning: { hoursSinceCalibration: 100 },
};
const hardware = presetHardware('sonic', SMALL);
const KINDS = ['conv', 'fc'] as const;

/** e, sources and gains of every unit and rail. */
function errorsOf(described: HardwareDescription, chipSeed: number, chip: MeasuredChip | null) {
  return KINDS.map((kind) => {
    const bank = bankOf(described, kind);
    const { rail, source_nm, gain } = bankErrors(described, bank, drawStaticMaps(described, chipSeed, kind, chip));
    const e = new Float64Array(2 * described.vdu[kind].units * bank.slots);
    for (let unit = 0; unit < described.vdu[kind].units; unit++) {
      for (const r of [0, 1] as const)
        rail(unit, r, new Float64Array(bank.slots).fill(0.1), e, (2 * unit + r) * bank.slots);
    }
    return { e: Array.from(e), source: Array.from(source_nm ?? []), gain: Array.from(gain ?? []) };
  });
}

const zeros = (shape: readonly number[], value = 0): unknown =>
  shape.length === 0 ? value : Array.from({ length: shape[0]! }, () => zeros(shape.slice(1), value));
const json = (name: string, content: unknown) =>
  folder.file(name, typeof content === 'string' ? content : JSON.stringify(content));

describe('exported maps', () => {
  it.each(['chip.npz', 'chip.json'])('read from %s are the chip that was drawn, on any seed', async (name) => {
    await writeStaticFile(folder.path(name), hardware, 7);
    const chip = await loadMeasuredChip(folder.path(name), hardware);
    expect(measuredMapNames(chip)).toHaveLength(12);
    const [drawn, given] = [errorsOf(hardware, 7, null), errorsOf(hardware, 99, chip)];
    KINDS.forEach((_, k) => {
      expect(given[k]!.source).toEqual(drawn[k]!.source);
      expect(given[k]!.gain).toEqual(drawn[k]!.gain);
      // Couplings are stored as what they come to, not as normals: the last bit is another's.
      expect(given[k]!.e).toBeAllclose(drawn[k]!.e, { rtol: 1e-12 });
      expect(given[k]!.e.some((e) => e !== 0)).toBe(true);
    });
    expect(chipTrims(hardware, 7)).toEqual({ conv: chip.conv.trim_nm, fc: chip.fc.trim_nm });
    // And not just any chip.
    expect(errorsOf(hardware, 8, null)[0]!.e).not.toEqual(drawn[0]!.e);
  });

  it('have one hash in either form, and another for another chip', async () => {
    for (const name of ['a.npz', 'a.json']) await writeStaticFile(folder.path(name), hardware, 1);
    await writeStaticFile(folder.path('b.json'), hardware, 2);
    const hashOf = async (name: string) => (await loadMeasuredChip(folder.path(name), hardware)).sha256;
    expect(await hashOf('a.npz')).toBe(await hashOf('a.json'));
    expect(await hashOf('a.npz')).not.toBe(await hashOf('b.json'));
  });

  it('need a name that says how', async () => {
    await expect(writeStaticFile(folder.path('chip.csv'), hardware, 1)).rejects.toThrow(UsageError);
  });

  it.skipIf(!hasNumpy)('are arrays that NumPy reads, and what NumPy writes is read', async () => {
    await writeStaticFile(folder.path('ours.npz'), hardware, 3);
    await writeStaticFile(folder.path('ours.json'), hardware, 3);
    const script =
      'z = np.load(sys.argv[1]); j = json.load(open(sys.argv[2]))\n' +
      'print(json.dumps({k: [list(z[k].shape), str(z[k].dtype), bool(np.array_equal(z[k], np.array(j[k])))] for k in z.files}))';
    const found = numpy(script, folder.path('ours.npz'), folder.path('ours.json')) as Record<string, unknown[]>;
    expect(Object.keys(found)).toHaveLength(12);
    for (const kind of KINDS) {
      for (const map of CHIP_MAP_NAMES)
        expect(found[`${kind}_${map}`]).toEqual([chipMapShape(hardware, kind, map), 'float64', true]);
    }
    for (const save of ['savez', 'savez_compressed']) {
      numpy(
        `np.${save}(sys.argv[1], **dict(np.load(sys.argv[2])))`,
        folder.path(`${save}.npz`),
        folder.path('ours.npz'),
      );
      expect(await loadMeasuredChip(folder.path(`${save}.npz`), hardware)).toEqual(
        await loadMeasuredChip(folder.path('ours.npz'), hardware),
      );
    }
  });
});

describe('a map', () => {
  const at = (map: string) =>
    chipMapShape(hardware, map.startsWith('fc') ? 'fc' : 'conv', map.replace(/^(conv|fc)_/, '') as never);
  /** e, source and gain of one kind with one map given and all else drawn. */
  async function given(map: string, value: number, described = hardware) {
    const chip = await loadMeasuredChip(await json('one.json', { [map]: zeros(at(map), value) }), described);
    return errorsOf(described, 1, chip)[map.startsWith('fc') ? 1 : 0]!;
  }
  const drawn = errorsOf(hardware, 1, null);

  it.each(['conv', 'fc'])('of %s alone replaces what it says and nothing else', async (kind) => {
    const before = drawn[kind === 'fc' ? 1 : 0]!;
    const without = (overrides: object) =>
      errorsOf(presetHardware('sonic', { ...SMALL, ...overrides }), 1, null)[kind === 'fc' ? 1 : 0]!;
    // A residual of 0.02 nm on every ring, in nm, in place of that drawn.
    const bare = without({ tuning: { ...SMALL.tuning, trimResidual_nm: 0 } });
    const residual = await given(`${kind}_residual_nm`, 0.02);
    expect(residual.e).toBeAllclose(
      bare.e.map((e) => e + 0.02),
      { rtol: 1e-9 },
    );
    const still = without({ tuning: { driftRate_pm_per_rtHour: 0, hoursSinceCalibration: 100 } });
    expect((await given(`${kind}_drift_nm`, -0.01)).e).toBeAllclose(
      still.e.map((e) => e - 0.01),
      { rtol: 1e-9 },
    );
    const gain = await given(`${kind}_gain`, 0.9);
    expect(new Set(gain.gain)).toEqual(new Set([0.9]));
    expect(gain.e).toEqual(before.e);
    const source = await given(`${kind}_source_nm`, 0.003);
    expect(new Set(source.source)).toEqual(new Set([0.003]));
    expect(source.gain).toEqual(before.gain);
    // Known couplings leave no error: what is left is all but thermal crosstalk.
    const known = await given(`${kind}_coupling`, 0);
    expect(known.e).toBeAllclose(without({ tuning: { ...SMALL.tuning, tedResidual: 0 } }).e, { rtol: 1e-9 });
    // Twice the relative error, twice the error of resonance.
    const [once, twice] = [await given(`${kind}_coupling`, 0.05), await given(`${kind}_coupling`, 0.1)];
    expect(twice.e.map((e, i) => e - known.e[i]!)).toBeAllclose(
      once.e.map((e, i) => 2 * (e - known.e[i]!)),
      { rtol: 1e-9 },
    );
  });

  it('of trims moves thermal crosstalk and the energy of trims', async () => {
    const chip = await loadMeasuredChip(
      await json('trims.json', { conv_trim_nm: zeros(at('conv_trim_nm'), 1.5) }),
      hardware,
    );
    expect(chipTrims(hardware, 1, { conv: chip.conv.trim_nm! })).toEqual({
      conv: new Float64Array(12).fill(1.5),
      fc: chipTrims(hardware, 1).fc,
    });
    expect(errorsOf(hardware, 1, chip)[0]!.e).not.toEqual(drawn[0]!.e);
    expect(errorsOf(hardware, 1, chip)[1]).toEqual(drawn[1]);
  });

  it('acts only where its effect is on', async () => {
    const effects = {
      gainErrors: false,
      sourceWavelength: false,
      drift: false,
      processVariation: false,
      thermalCrosstalk: false,
    };
    const off = presetHardware('sonic', { ...SMALL, effects });
    await writeStaticFile(folder.path('all.npz'), off, 5);
    const [conv, fcErrors] = errorsOf(off, 1, await loadMeasuredChip(folder.path('all.npz'), off));
    for (const { e, source, gain } of [conv!, fcErrors!]) {
      expect([new Set(e), source, gain]).toEqual([new Set([0]), [], []]);
    }
  });

  it('of every kind leaves nothing to draw, so that several chips are one', async () => {
    await writeStaticFile(folder.path('whole.npz'), hardware, 1);
    const whole = await loadMeasuredChip(folder.path('whole.npz'), hardware);
    expect(() => checkChips(2, whole)).toThrow(SonicError);
    expect(() => checkChips(1, whole)).not.toThrow();
    const { gain: _, ...conv } = whole.conv;
    expect(() => checkChips(2, { ...whole, conv })).not.toThrow();
  });
});

describe('a file that cannot be used', () => {
  const good = zeros([2, 2, 3], 0.5);
  const changed = (value: unknown) => {
    const lists = zeros([2, 2, 3], 0.5) as unknown[][][];
    lists[1]![0]![2] = value;
    return lists;
  };
  it.each([
    ['no map', {}, /holds no map; give at least one of conv_trim_nm/],
    ['another name', { conv_trims_nm: good }, /no map is called 'conv_trims_nm', did you mean 'conv_trim_nm'\?/],
    ['a name of one kind', { trim_nm: good }, /no map is called 'trim_nm'/],
    [
      'another shape',
      { conv_trim_nm: zeros([2, 2, 4]) },
      /conv_trim_nm has shape \(2, 2, 4\); 'sonic' has \(2, 2, 3\): \[units\]\[rails\]\[slots\] of vdu\.conv/,
    ],
    ['an axis less', { conv_trim_nm: zeros([2, 3]) }, /conv_trim_nm has shape \(2, 3\); 'sonic' has \(2, 2, 3\)/],
    [
      'slots without the surplus',
      { fc_gain: zeros([2, 2, 5], 1) },
      /fc_gain has shape \(2, 2, 5\); 'sonic' has \(2, 2, 6\): .*surplus slots/,
    ],
    ['a ragged list', { conv_trim_nm: [good, [[0]]] }, /conv_trim_nm\[1\] has 1 entries, the lists beside it have 2/],
    ['a list for a number', { conv_trim_nm: changed([1]) }, /conv_trim_nm\[1\]\[0\]\[2\] is .*, not a number/],
    ['text', { conv_trim_nm: changed('0.5') }, /conv_trim_nm\[1\]\[0\]\[2\] is "?'?0\.5'?"?, not a number/],
    ['null', { conv_gain: changed(null) }, /conv_gain\[1\]\[0\]\[2\] is null, not a number/],
    ['a negative trim', { conv_trim_nm: changed(-0.1) }, /conv_trim_nm\[1, 0, 2\] is -0\.1 .*: give 0 or more/],
    ['a negative gain', { conv_gain: changed(-1) }, /conv_gain\[1, 0, 2\] is -1 .*: give 0 or more/],
    ['picometres', { conv_residual_nm: changed(300) }, /conv_residual_nm\[1, 0, 2\] is 300 .*give nm/],
    ['another schema', { schema: 'sonic-run/1', conv_gain: good }, /schema is .*, not 'sonic-static\/1'/],
    ['a list', [1, 2], /neither an \.npz of NumPy nor a JSON object/],
    ['no JSON', '{ "conv_gain": [', /offset \d+: the JSON ends here, unfinished/],
    ['a key twice', '{ "conv_gain": [1], "conv_gain": [2] }', /a second time/],
    ['nothing', '', /neither an \.npz of NumPy nor a JSON object/],
    ['text of another kind', 'detuning_nm,transmission\n', /neither an \.npz/],
  ])('%s', async (_, content, message) => {
    const file = await json('bad.json', content);
    const work = loadMeasuredChip(file, hardware);
    await expect(work).rejects.toThrow(message);
    await expect(work).rejects.toThrow(FormatError);
    await expect(work).rejects.toThrow(/bad\.json/);
  });

  it('is missing, or a folder', async () => {
    await expect(loadMeasuredChip(folder.path('none.npz'), hardware)).rejects.toThrow(/no such file/);
    await expect(loadMeasuredChip(folder.path(''), hardware)).rejects.toThrow(/it is a folder/);
  });

  it.skipIf(!hasNumpy)('of NumPy: names, types, not a number', async () => {
    const save = (what: string) => numpy(`np.savez(sys.argv[1], ${what})`, folder.path('odd.npz'));
    const refused = (message: RegExp) =>
      expect(loadMeasuredChip(folder.path('odd.npz'), hardware)).rejects.toThrow(message);
    save('np.zeros((2, 2, 3))');
    await refused(/no map is called 'arr_0'/);
    save('conv_gain=np.ones((2, 2, 3), dtype=complex)');
    await refused(/odd\.npz: conv_gain: holds values of type '<c16', which is not read/);
    save('conv_gain=np.full((2, 2, 3), np.nan)');
    await refused(/conv_gain\[0, 0, 0\] is NaN .*: give a finite number/);
    // Transposed arrays keep their order of memory.
    save('conv_gain=np.arange(12.0).reshape(3, 2, 2).T');
    const chip = await loadMeasuredChip(folder.path('odd.npz'), hardware);
    expect(Array.from(chip.conv.gain!)).toEqual([0, 4, 8, 2, 6, 10, 1, 5, 9, 3, 7, 11]);
  });

  it('damaged anywhere is refused or the same', async () => {
    await writeStaticFile(
      folder.path('whole.npz'),
      presetHardware('sonic', { vdu: { conv: { size: 1, units: 1 }, fc: { size: 1, units: 1 } } }),
      1,
    );
    const { readFileSync } = await import('node:fs');
    const bytes = readFileSync(folder.path('whole.npz'));
    const whole = await readStaticFile(folder.path('whole.npz'));
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (place, flip) => {
        const damaged = Uint8Array.from(bytes);
        damaged[place]! ^= flip;
        writeFileSync(folder.path('flipped.npz'), damaged);
        const found = await readStaticFile(folder.path('flipped.npz')).catch((error: unknown) => {
          expect(error).toBeInstanceOf(FormatError);
          return whole;
        });
        expect(found).toEqual(whole);
      }),
      { numRuns: 200 },
    );
  });
});
