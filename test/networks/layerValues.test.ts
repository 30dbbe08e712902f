import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NetworkError } from '../../src/base/errors.js';
import { layerTargets } from '../../src/cli/options.js';
import { checkedShares } from '../../src/cost/layerStatistics.js';
import { activationsOf, loadCostSubject } from '../../src/experiments/run/costSubject.js';
import { targetsOver } from '../../src/networks/compression/targets.js';
import { layerValues } from '../../src/networks/layerValues.js';
import { publishedSparsity, RECONSTRUCTIONS } from '../../src/networks/zoo/publishedNetworks.js';
import { compressionOf, RECIPE_NAMES, RECIPES, stagesOf } from '../../src/training/recipeTable.js';
import { hardwareWith } from '../cost/activities.js';

const NAMES = ['conv1', 'constructor', '__proto__', '0', 'dense1'];

describe('values by layer', () => {
  it('a partial override changes what it names and nothing else, whatever layers are called', () => {
    const numbers = fc.double({ noNaN: true });
    const named = fc.dictionary(fc.constantFrom(...NAMES), fc.option(numbers));
    fc.assert(
      fc.property(named, fc.array(numbers, { minLength: 5, maxLength: 5 }), (given, defaults) => {
        const byName = Object.fromEntries(NAMES.map((name, i) => [name, defaults[i]!]));
        const values = layerValues(NAMES, given, 'share', byName);
        NAMES.forEach((name, i) => {
          const expected = Object.hasOwn(given, name) ? (given[name] ?? undefined) : defaults[i];
          expect(values.get(name)).toBe(expected);
        });
      }),
    );
  });

  it('one number is for all layers; without default the others are absent', () => {
    expect([...layerValues(['a', 'b'], 0.5, 'share')]).toEqual([
      ['a', 0.5],
      ['b', 0.5],
    ]);
    expect([...layerValues(['a', 'b'], { b: 0.5 }, 'share')]).toEqual([['b', 0.5]]);
    expect([...layerValues(['a', 'b'], undefined, 'share', 3)]).toEqual([
      ['a', 3],
      ['b', 3],
    ]);
  });

  it('a pattern is for all layers that fit it; a name goes before it, and a later one before an earlier', () => {
    const names = ['conv1', 'conv2', 'layer1.0.conv1', 'dense1'];
    const values = (given: Record<string, number | null>) =>
      Object.fromEntries(layerValues(names, given, 'sparsity', 0.5));
    expect(values({ 'conv*': 0.7 })).toEqual({ conv1: 0.7, conv2: 0.7, 'layer1.0.conv1': 0.5, dense1: 0.5 });
    expect(values({ conv1: 0, '*conv*': 0.7 })).toEqual({ conv1: 0, conv2: 0.7, 'layer1.0.conv1': 0.7, dense1: 0.5 });
    expect(values({ '*': 0.1, '*conv1': 0.2, '*1': null })).toEqual({ conv2: 0.1 });
    expect(() => layerValues(names, { 'fc*': 1 }, 'sparsity')).toThrow(
      /^sparsity for 'fc\*': no convolution or dense layer fits that pattern; /,
    );
    expect(Object.fromEntries(layerValues(['a*', 'ab'], { 'a*': 1 }, 'sparsity'))).toEqual({ 'a*': 1 });
  });

  it('an unknown name is an error that names the nearest layer, or all of few', () => {
    expect(() => layerValues(NAMES, { conv9: 1 }, 'sparsity', 0.5)).toThrow(NetworkError);
    expect(() => layerValues(NAMES, { conv9: 1 }, 'sparsity')).toThrow(
      /sparsity for 'conv9': .*did you mean 'conv1'\?/,
    );
    expect(() => layerValues(['a', 'b'], { somethingElse: 1 }, 'sparsity')).toThrow(/they are a, b$/);
    const many = Array.from({ length: 500 }, (_, i) => `layer${i}`);
    expect(() => layerValues(many, { somethingElse: 1 }, 'sparsity')).toThrow(/^.{0,300}$/);
    expect(() => checkedShares(NAMES, { toString: 0.5 }, 'weight sparsity')).toThrow(/'toString'/);
  });
});

describe('an option that names layers', () => {
  const parse = (...texts: string[]) =>
    texts.reduce<ReturnType<ReturnType<typeof layerTargets>> | undefined>(
      (before, text) => layerTargets(true)(text, before),
      undefined,
    );

  it.each<[string[], unknown]>([
    [['0.5'], 0.5],
    [['conv1=0.3, dense1=0.8'], { conv1: 0.3, dense1: 0.8 }],
    [['conv1=0.3', 'dense1=0.8'], { conv1: 0.3, dense1: 0.8 }],
    [['a=b=1'], { 'a=b': 1 }],
    [['b\\,c=1, d\\=e\\,=2 '], { 'b,c': 1, 'd=e,': 2 }],
    [['\\ a =1,c:\\d=2,e\\\\\\,=3'], { ' a': 1, 'c:\\d': 2, 'e\\,': 3 }],
    [['conv1=none,dense1=8'], { conv1: null, dense1: 8 }],
  ])('reads %j', (texts, expected) => expect(parse(...texts)).toEqual(expected));

  it.each<[string[], RegExp]>([
    [['conv1=0.3,conv1=0.5'], /Layer 'conv1' is given twice/],
    [['conv1=0.3,dense1=0.5, conv1 =0.3'], /Layer 'conv1' is given twice/],
    [['conv1=0.3', 'conv1=0.3'], /Layer 'conv1' is given twice/],
    [['0.3', '0.4'], /given twice/],
    [['0.3', 'conv1=0.4'], /given twice/],
    [['conv1=0.4', '0.3'], /given twice/],
    [['conv1=0.4,'], /'' is not LAYER=NUMBER/],
    [['a,b=0.4'], /'a' is not LAYER=NUMBER; a comma in a name is written \\,/],
    [['a\\,b'], /is not a number/],
    [['=0.4'], /'=0.4' is not LAYER=NUMBER/],
    [['conv1='], /'' is not a number/],
    [['none'], /'none' is not a number/],
  ])('refuses %j', (texts, message) => expect(() => parse(...texts)).toThrow(message));

  it('knows none only where a layer can be left out', () => {
    expect(() => layerTargets()('conv1=none')).toThrow(/'none' is not a number/);
  });
});

describe('defaults of the layers that are not named', () => {
  it.each(Object.keys(RECONSTRUCTIONS))("%s: cost has table 3's, whatever one layer is given", async (name) => {
    const entry = RECONSTRUCTIONS[name]!;
    const published = publishedSparsity(entry, entry.structure());
    for (const layer of Object.keys(published)) {
      const subject = await loadCostSubject(name, { [layer]: 0.125 });
      const densities = Object.fromEntries(
        subject.statistics(hardwareWith()).layers.map(({ name: of, density }) => [of, 1 - density]),
      );
      expect(densities).toEqual({ ...published, [layer]: 0.125 });
      expect(subject.sparsitySource).toContain(`as given for ${layer}; of the others of table 3`);
    }
  });

  it('activations: only what is named is said, of the image too if it is named', async () => {
    const statistics = (await loadCostSubject('mnist')).statistics(hardwareWith());
    const [first, ...others] = statistics.layers.map(({ name }) => name) as [string, ...string[]];
    expect(activationsOf({ [first]: 0.7 }, statistics)).toEqual({ [first]: { sparsity: 0.7 } });
    expect(activationsOf(0.7, statistics)).toEqual(Object.fromEntries(others.map((n) => [n, { sparsity: 0.7 }])));
    expect(() => activationsOf({ conv9: 0.7 }, statistics)).toThrow(/did you mean 'conv1'/);
  });

  it.each(RECIPE_NAMES)("%s: training has the recipe's", (name) => {
    const recipe = RECIPES[name];
    const before = compressionOf(recipe, {});
    const all = recipe.structure();
    const [own, given] = [targetsOver(all, {}, before.sparsity, ''), { conv1: 0.125 }];
    const expected = { ...(own as Record<string, number>), ...given };
    expect(compressionOf(recipe, { sparsity: given }).sparsity).toEqual(expected);
    expect(stagesOf(recipe, { sparsity: given }).pruned.pruning).toEqual({ kind: 'gradual', sparsity: expected });
    const { clusters } = compressionOf(recipe, { clusters: { conv1: 3, conv2: null } });
    const { conv1, conv2, ...rest } = clusters as Record<string, number>;
    expect([conv1, conv2]).toEqual([3, undefined]);
    expect(new Set(Object.values(rest))).toEqual(new Set([recipe.clusters]));
  });
});
