import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  AVERAGINGS,
  compareDesigns,
  evaluateAll,
  publishedWorkloads,
  ratiosOf,
} from '../../../src/cost/accelerators/comparison.js';
import { COMPARATORS, sonic } from '../../../src/cost/accelerators/index.js';
import { SEARCHED_RATIOS, type SearchTable, searchCombinations } from '../../../src/cost/accelerators/search.js';
import { analyseSearch, type SearchAnalysis } from '../../../src/cost/accelerators/searchAnalysis.js';
import {
  CHOICE_NAMES,
  type ChoiceName,
  COMBINATIONS,
  changesOf,
  combinationAt,
  digitOf,
  SEARCH_CHOICES,
  withDigit,
} from '../../../src/cost/accelerators/searchChoices.js';
import { BIT_RULES } from '../../../src/cost/accelerators/types.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';
import { bitsText, cautionText, renderSearch } from '../../../src/report/compare/searchReport.js';
import { OWN } from './layers.js';

let table: SearchTable;
let analysis: SearchAnalysis;
beforeAll(() => {
  table = searchCombinations(OWN);
  analysis = analyseSearch(table);
}, 60_000);

const count = SEARCHED_RATIOS.length;
const valuesOf = (c: number) => Array.from(table.values.slice(c * count, (c + 1) * count));
const factor = (c: number, of: readonly number[]) =>
  Math.max(
    ...of.map((r) => {
      const ratio = valuesOf(c)[r]! / SEARCHED_RATIOS[r]!.published;
      return Math.max(ratio, 1 / ratio);
    }),
  );
const ALL = SEARCHED_RATIOS.map((_, r) => r);

/** Number of the combination with these values, the first ones elsewhere. */
const combinationWith = (digits: Partial<Record<ChoiceName, number>>) =>
  (Object.entries(digits) as [ChoiceName, number][]).reduce((c, [name, digit]) => withDigit(name, digit, c), 0);

describe('combinations', () => {
  it('are every combination of the values once', () => {
    expect(COMBINATIONS).toBe(CHOICE_NAMES.reduce((n, name) => n * SEARCH_CHOICES[name].values.length, 1));
    expect(COMBINATIONS).toBeGreaterThan(5000);
    const texts = new Set(Array.from({ length: 500 }, (_, i) => JSON.stringify(combinationAt(i * 131))));
    expect(texts.size).toBe(500);
    expect(changesOf(combinationAt(0))).toEqual([]);
  });

  it('have digits that can be read and set', () => {
    const name = fc.constantFrom(...CHOICE_NAMES);
    fc.assert(
      fc.property(name, fc.nat(COMBINATIONS - 1), fc.nat(3), (choice, c, wanted) => {
        const digit = wanted % SEARCH_CHOICES[choice].values.length;
        const changed = withDigit(choice, digit, c);
        expect(combinationAt(changed)).toEqual({ ...combinationAt(c), [choice]: digit });
        expect(digitOf(choice, changed)).toBe(digit);
      }),
    );
  });
});

describe('ratios of combinations', () => {
  it('the first is the comparison that the other tables show', () => {
    const { designs } = compareDesigns(OWN);
    const shown = designs.filter(({ published }) => published !== null).map(({ ratios }) => ratios);
    const expected = [...shown.map((r) => r.fpsPerWatt), ...shown.map((r) => r.energyPerBit.denseMac)];
    valuesOf(0).forEach((value, r) => {
      expect(value / expected[r]!).toBeCloseTo(1, 12);
    });
  });

  it('are those of designs evaluated one by one', () => {
    fc.assert(
      fc.property(fc.nat(COMBINATIONS - 1), (c) => {
        const at = combinationAt(c);
        const hardware = presetHardware('sonic', {
          cost: { converterAccounting: at.accounting === 0 ? 'static' : 'perConversion' },
        });
        const setting = { ...OWN, hardware, devices: at.devices === 0 ? ('own' as const) : ('sonic' as const) };
        const workloads = publishedWorkloads({
          activationSparsity: at.activity === 0 ? 0.5 : 0,
          networks: [at.network === 0 ? 'mnist' : 'mnist-3x3', 'cifar10', 'stl10', 'svhn'],
        });
        const samplings = [
          {},
          { receiver: { samplingInterval_ns: 34.4 } },
          { receiver: { samplingInterval_ns: 0.33 } },
          { adc: { latency_ns: 62.5 } },
        ];
        const overrides = {
          ...samplings[at.sampling],
          cost: { doubleBuffered: at.loading === 1, pipelinedLayers: at.layers === 1 },
          vdu: { conv: { chunking: at.chunking === 0 ? 'slice' : 'concatenated' } },
        };
        const ours = evaluateAll(sonic, workloads, setting, { overrides, alwaysOn: at.idle === 1 });
        const own: Record<string, object> = {
          nullhop: at.nullHop === 1 ? { clock_MHz: 500, power_W: 0.155 } : {},
          lightbulb: { sizing: at.sizes === 1 ? 'power' : 'area', passes: at.lightBulb === 1 ? 96 : 1 },
          holylight: { sizing: at.sizes === 1 ? 'power' : 'area' },
        };
        SEARCHED_RATIOS.forEach(({ id, quantity }, r) => {
          const design = COMPARATORS.find((one) => one.id === id)!;
          const theirs = evaluateAll(design, workloads, setting, own[id] ?? {});
          const ratios = ratiosOf(ours, theirs, AVERAGINGS[at.averaging]!);
          const expected = quantity === 'fpsPerWatt' ? ratios.fpsPerWatt : ratios.energyPerBit[BIT_RULES[at.bits]!];
          expect(valuesOf(c)[r]! / expected).toBeCloseTo(1, 12);
        });
      }),
      { numRuns: 12 },
    );
  });

  it('a review found 2.82, 18.5 and 1.80 for CrossLight, HolyLight and LightBulb at 34.4 ns, double-buffered', () => {
    const c = combinationWith({ sampling: 1, loading: 1, devices: 1, chunking: 1 });
    const of = (title: string) =>
      valuesOf(c)[SEARCHED_RATIOS.findIndex((r) => r.title === title && r.quantity === 'fpsPerWatt')]!;
    expect(of('CrossLight')).toBeCloseTo(2.82, 2);
    expect(of('HolyLight')).toBeCloseTo(18.5, 1);
    expect(of('LightBulb')).toBeCloseTo(1.8, 2);
  });
});

describe('what the search shows', () => {
  it('intervals and nearest values, by looking at every combination', () => {
    const { reaches } = analysis;
    expect(reaches).toHaveLength(10);
    for (const r of [0, 3, 7]) {
      const { lowest, highest, nearest, taken, combination, published, near } = reaches[r]!;
      const all = Array.from({ length: COMBINATIONS }, (_, c) => table.values[c * count + r]!);
      expect(lowest).toBe(all.reduce((a, b) => Math.min(a, b)));
      expect(highest).toBe(all.reduce((a, b) => Math.max(a, b)));
      expect(taken).toBe(all[0]);
      expect(nearest).toBe(all[combination]);
      const off = (value: number) => Math.abs(Math.log(value / published));
      expect(all.every((value) => off(value) >= off(nearest) - 1e-12)).toBe(true);
      expect(near).toBeCloseTo(all.filter((v) => off(v) <= Math.log(1.1)).length / COMBINATIONS, 12);
    }
  });

  it('no combination is better for all ten together than the one named', () => {
    const { together, conflicts } = analysis;
    expect(together.all.factor).toBeCloseTo(factor(together.all.combination, ALL), 9);
    fc.assert(
      fc.property(fc.nat(COMBINATIONS - 1), (c) => {
        expect(factor(c, ALL)).toBeGreaterThanOrEqual(together.all.factor * (1 - 1e-12));
      }),
    );
    // Fewer ratios are never harder.
    for (const group of ['fpsPerWatt', 'energyPerBit'] as const)
      expect(together[group].factor).toBeLessThanOrEqual(together.all.factor);
    expect(conflicts).toHaveLength(45);
    expect(conflicts[0]!.factor).toBeLessThanOrEqual(together.all.factor);
  });

  it('the more choices are held, the farther it stays; all held is what is taken elsewhere', () => {
    const { frozen, held, together } = analysis;
    expect(new Set(frozen.map(({ choice }) => choice))).toEqual(new Set(CHOICE_NAMES));
    let [before, left] = [together.all.factor, COMBINATIONS];
    for (const { choice, factor: now, combinations } of frozen) {
      expect(now).toBeGreaterThanOrEqual(before * (1 - 1e-12));
      expect(combinations).toBe(left / SEARCH_CHOICES[choice].values.length);
      [before, left] = [now, combinations];
    }
    expect(left).toBe(1);
    expect(before).toBeCloseTo(factor(0, ALL), 6);
    for (const name of CHOICE_NAMES) {
      const values = held.filter(({ choice }) => choice === name);
      expect(values.map(({ label }) => label)).toEqual(SEARCH_CHOICES[name].values.map(({ label }) => label));
      expect(Math.min(...values.map((one) => one.factor))).toBeCloseTo(together.all.factor, 12);
    }
  });

  it('means of ratios give R = 1 for a denominator that all designs share, whatever else is chosen', () => {
    for (const averaging of [1, 2]) {
      for (const bits of [0, 1]) {
        const values = valuesOf(combinationWith({ averaging, bits, devices: 1, sampling: 2 }));
        for (let d = 0; d < 5; d++) expect(values[d + 5]! / values[d]!).toBeCloseTo(1, 9);
      }
    }
    for (const { scaleFree, rule } of analysis.bits) {
      for (const { same, mixed } of scaleFree) {
        if (rule !== 'processed') expect(same[0] <= 1.0000001 && same[1] >= 0.9999999).toBe(true);
        expect(mixed[0] <= same[0] && mixed[1] >= same[1]).toBe(true);
      }
    }
  });
});

describe('its sentences', () => {
  it('say plainly that a fit of so many choices is not evidence, and how many combinations there are', () => {
    const text = renderSearch(table, analysis);
    expect(text).toContain('A fit with so many free choices is not evidence');
    expect(cautionText(table)).toContain(COMBINATIONS.toLocaleString('en'));
    for (const title of ['NullHop', 'RSNN', 'LightBulb', 'CrossLight', 'HolyLight'])
      expect(text).toMatch(new RegExp(`^nearest for ${title}, energy per bit: .`, 'm'));
  });

  it('on a bit follow from its intervals', () => {
    const reach = (rule: 'denseMac', same: [number, number], mixed: [number, number]) => ({
      ...{ rule, factor: 3 },
      scaleFree: [{ title: 'A', published: 2, same, mixed }],
    });
    const said = (...of: Parameters<typeof reach>) => bitsText({ ...analysis, bits: [reach(...of)] });
    expect(said('denseMac', [1, 3], [1, 3])).toMatch(/`denseMac`: not excluded/);
    expect(said('denseMac', [1, 1.5], [1, 3])).toMatch(/possible only where the two ratios are averaged differently/);
    expect(said('denseMac', [1, 1.5], [1, 1.9])).toMatch(/excluded, however each ratio is averaged/);
    expect(said('denseMac', [1, 3], [1, 3])).not.toContain('none of the three');
  });

  it('name a ratio that nothing comes to', () => {
    const far = { ...analysis.reaches[0]!, nearest: 1, published: 5 };
    const text = renderSearch(table, { ...analysis, reaches: [far, ...analysis.reaches.slice(1)] });
    expect(text).toContain('Come to within 10 % by no combination: NullHop, FPS/W (published 5, nearest 1)');
  });
});
