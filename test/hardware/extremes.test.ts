/**
 * Every number of the description at the ends of what its schema allows, and far beyond: all that follows from it is finite,
 * or the description is refused. Fields and ends are read from the schema, so that a new field is tested too.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { DescriptionError } from '../../src/base/errors.js';
import { deviceAreas } from '../../src/cost/area.js';
import { sparsityStatistics } from '../../src/cost/layerStatistics.js';
import { predictCost } from '../../src/cost/predict.js';
import { WasmKernels } from '../../src/emulation/backends/wasmKernels.js';
import type { MacProgram } from '../../src/emulation/program/types.js';
import { nestedSettings } from '../../src/hardware/descriptionPaths.js';
import { bankOf } from '../../src/hardware/optics/bank.js';
import { linkBudget, noiseTerms } from '../../src/hardware/optics/linkBudget.js';
import { ringConstants } from '../../src/hardware/optics/ring.js';
import { parseHardware } from '../../src/hardware/parseHardware.js';
import { smallNetwork } from '../emulation/emulator/smallNetwork.js';
import { compile, convSpec, denseSpec, inputSize, runReference } from '../helpers/layers.js';
import { randomArray } from '../helpers/random.js';
import { NUMERIC_FIELDS as FIELDS } from '../helpers/schemaFields.js';

const BEYOND = [5e-324, 1e-300, 1e300, Number.MAX_VALUE, -1e300];

/** Paths of numbers in a value that are not finite. */
function notFinite(value: unknown, path = ''): string[] {
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${path} = ${value}`];
  if (ArrayBuffer.isView(value)) {
    const at = (value as Float64Array).findIndex((number) => !Number.isFinite(number));
    return at < 0 ? [] : [`${path}[${at}] = ${(value as Float64Array)[at]}`];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => notFinite(member, `${path}.${key}`));
}

const specs = [
  convSpec({ input: [5, 5, 2], filters: 3 }),
  denseSpec({ inputs: 60, filters: 5, twoPasses: true }),
] as const;
let kernels: WasmKernels;
beforeAll(async () => {
  kernels = await WasmKernels.create();
});

function runs(program: MacProgram, x: Float32Array) {
  const reference = runReference(program, x, { runSeed: 3 });
  const y = new Float32Array(reference.y.length);
  const lumped = new Float32Array(reference.y.length);
  kernels.free();
  const layer = kernels.loadLayer(program as never);
  layer.run(x, y, { runSeed: 3, image: 0, noise: true, adc: true });
  layer.lump!(x, lumped, { runSeed: 3, image: 0 });
  return { reference: reference.y, y, lumped };
}

/** Everything that follows from a description; 'refused' where it is none. */
function consequences(settings: Iterable<readonly [string, unknown]>): unknown {
  try {
    const hardware = parseHardware(nestedSettings(settings));
    const banks = (['conv', 'fc'] as const).map((kind) => {
      const bank = bankOf(hardware, kind);
      const link = linkBudget(hardware, bank);
      return { bank, link, terms: noiseTerms(hardware, bank, link.I_A) };
    });
    const statistics = sparsityStatistics(smallNetwork(), hardware, 0.5);
    const range = typeof hardware.adc.range === 'number' ? hardware.adc.range : undefined;
    const layers = specs.map((spec) => {
      const program: MacProgram = compile(spec as never, hardware, 1, range);
      const x = randomArray(5, inputSize(spec), spec.twoPasses ? -1 : 0, 1);
      return { program, ...runs(program, x) };
    });
    return {
      ring: ringConstants(hardware),
      banks,
      layers,
      cost: predictCost(statistics, hardware),
      chip: predictCost(statistics, hardware, { chipSeed: 1 }),
      area: deviceAreas(hardware),
    };
  } catch (error) {
    if (error instanceof DescriptionError) {
      expect(error.message).not.toMatch(/NaN|Infinity|undefined/);
      return 'refused';
    }
    throw error;
  }
}

describe('numbers of the description', () => {
  it('are found in the schema', () => {
    expect(FIELDS.length).toBeGreaterThan(60);
    for (const path of ['adc.bits', 'adc.range', 'receiver.samplingInterval_ns', 'tuning.temperatureOffset_K']) {
      expect(FIELDS.map((field) => field.path)).toContain(path);
    }
  });

  it.each(FIELDS)('$path has bounds', ({ ends }) => {
    expect(Math.max(...ends.map(Math.abs))).toBeLessThan(1e13);
  });

  it.each(FIELDS)('$path at the ends of its schema gives finite numbers or is refused', ({ path, ends }) => {
    for (const end of ends)
      expect({ [path]: end, found: notFinite(consequences([[path, end]])) }).toEqual({ [path]: end, found: [] });
  });

  it.each(FIELDS)('$path beyond its schema too', ({ path }) => {
    for (const value of BEYOND) {
      expect({ [path]: value, found: notFinite(consequences([[path, value]])) }).toEqual({ [path]: value, found: [] });
    }
  });

  it('give finite numbers, or are refused, where two are at an end', () => {
    // Pairs that multiply or divide; all pairs would take an hour.
    const ends = (wanted: string) =>
      FIELDS.find(({ path }) => path === wanted)!.ends.map((end) => [wanted, end] as const);
    const pairs = [
      ['microring.extinction_dB', 'microring.fullScaleDetuning_linewidths'],
      ['vcsel.opticalPower_mW', 'photodetector.responsivity_A_per_W'],
      ['photodetector.maximumCurrent_mA', 'receiver.noise_pA_per_rtHz'],
      ['receiver.samplingInterval_ns', 'vcsel.relativeIntensityNoise_dB_per_Hz'],
      ['microring.radius_um', 'losses.waveguide_dB_per_cm'],
      ['adc.bits', 'adc.range'],
      ['adc.bits', 'adc.effectiveBits'],
      ['microring.freeSpectralRange_nm', 'microring.qualityFactor'],
      ['tuning.toPower_mW_per_FSR', 'microring.freeSpectralRange_nm'],
    ] as const;
    for (const [a, b] of pairs) {
      for (const one of ends(a)) {
        for (const other of ends(b)) {
          expect([one, other, notFinite(consequences([one, other]))]).toEqual([one, other, []]);
        }
      }
    }
  });

  it('as in the presets are not refused', () => {
    expect(consequences([])).not.toBe('refused');
  });
});
