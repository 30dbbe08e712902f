import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layerTargets } from '../../../src/cli/options.js';
import type { CurvePoint } from '../../../src/experiments/sensitivity/curves.js';
import { hardestWithin, possibleLossOf } from '../../../src/experiments/sensitivity/curves.js';
import { budgetsOf, type LayerCurves, searchTargets } from '../../../src/experiments/sensitivity/proposal.js';
import { targetFlags } from '../../../src/experiments/sensitivity/targetFlags.js';
import type { Targets } from '../../../src/experiments/sensitivity/variants.js';
import { dense } from '../../../src/networks/build.js';
import { targetsOf } from '../../../src/networks/compression/targets.js';
import type { Network } from '../../../src/networks/types.js';

/** A point whose interval is 0.01 to either side. */
const point = (value: number, loss: number): CurvePoint => ({
  ...{ value, accuracy: 1 - loss, interval95: [0, 1], same: false },
  change: { difference: -loss, interval95: [-loss - 0.01, -loss + 0.01], lost: 0, won: 0 },
});

const curve = (...losses: number[]) => losses.map((loss, i) => point((i + 1) / 10, loss));

describe('the hardest value within a budget', () => {
  it('is the last before the first that loses more', () => {
    const points = curve(0, 0.01, 0.03, 0.02, 0.5);
    expect(hardestWithin(points, 0.02)).toBe(1);
    expect(hardestWithin(points, 0.03)).toBe(3);
    expect(hardestWithin(points, -0.01)).toBe(-1);
    expect(hardestWithin(points, 1)).toBe(4);
    expect(hardestWithin([], 1)).toBe(-1);
  });

  it('is none the milder for a larger budget', () => {
    const shares = fc.array(fc.double({ min: -0.1, max: 1, noNaN: true }), { maxLength: 8 });
    const budget = fc.double({ min: -0.1, max: 1, noNaN: true });
    fc.assert(
      fc.property(shares, budget, budget, (losses, a, b) => {
        const points = curve(...losses);
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        expect(hardestWithin(points, less)).toBeLessThanOrEqual(hardestWithin(points, more));
      }),
    );
  });

  it('counts what was changed by nothing as losing nothing', () => {
    expect(possibleLossOf(point(0.5, 0))).toBe(0.01);
    expect(possibleLossOf({ ...point(0.5, 0), same: true })).toBe(0);
  });
});

/** A network of layers whose losses are known, beside what they lose together beyond the sum. */
function search(curves: LayerCurves[], loss: number, together: (targets: ReadonlyMap<string, Targets>) => number) {
  return searchTargets({ curves, loss, measure: async (targets) => together(targets), lost: (lost) => lost });
}

const layer = (name: string, sparsityCurve: CurvePoint[], clusterCurve: CurvePoint[] = []): LayerCurves => ({
  ...{ name, sparsityCurve, clusterCurve },
});

describe('targets for all layers', () => {
  const curves = [layer('a', curve(0, 0.01, 0.04)), layer('b', curve(0, 0.005, 0.5)), layer('free', curve(0, 0, 0))];
  const losses = new Map<string, number>(
    curves.flatMap(({ name, sparsityCurve }) =>
      sparsityCurve.map(({ value, change }) => [`${name} ${value}`, 0 - change.difference] as const),
    ),
  );
  /** Twice the sum: nothing adds up. */
  const together = (targets: ReadonlyMap<string, Targets>) =>
    2 * [...targets].reduce((sum, [name, { sparsity }]) => sum + (losses.get(`${name} ${sparsity}`) ?? 0), 0);

  it('keep within the loss as measured, though each layer alone would bear more', async () => {
    const { best, steps } = await search(curves, 0.02, together);
    expect(best!.measured).toBeLessThanOrEqual(0.02);
    expect(best!.measured).toBe(together(best!.targets));
    // Either a's second value (0.02 together) or b's (0.01) fits, not both: a comes first.
    expect(best!.targets.get('free')).toEqual({ sparsity: 0.3, clusters: null });
    expect([...best!.targets.values()].map(({ sparsity }) => sparsity)).toEqual([0.1, 0.2, 0.3]);
    expect(steps.filter(({ isWithin }) => isWithin).at(-1)!.measured).toBe(best!.measured);
  });

  it('cannot be made harder in any one layer', async () => {
    const values = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(values, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 0, max: 40 }),
        async (layers, most) => {
          const all = layers.map((losses, l) =>
            layer(
              String(l),
              losses.sort((a, b) => a - b).map((one, i) => point(i, one)),
            ),
          );
          const sum = (targets: ReadonlyMap<string, Targets>) =>
            [...targets].reduce((total, [name, { sparsity }]) => {
              const own = sparsity === null ? 0 : -all[Number(name)]!.sparsityCurve[sparsity]!.change.difference;
              return total + own;
            }, 0);
          const { best } = await search(all, most, sum);
          const places = new Map(all.map(({ name }) => [name, best?.targets.get(name)?.sparsity ?? -1]));
          for (const { name, sparsityCurve } of all) {
            const next = places.get(name)! + 1;
            if (next >= sparsityCurve.length) continue;
            const targets = new Map(
              [...places].map(([of, at]) => [
                of,
                { sparsity: of === name ? next : at < 0 ? null : at, clusters: null },
              ]),
            );
            expect(sum(targets)).toBeGreaterThan(most);
          }
          if (best) expect(sum(best.targets)).toBeLessThanOrEqual(most);
        },
      ),
    );
  });

  it('are none where nothing keeps within the loss', async () => {
    const { best, steps } = await search([layer('a', curve(0.2)), layer('b', curve(0.3))], 0.1, () => 1);
    expect(best).toBeNull();
    expect(steps.every(({ isWithin }) => !isWithin)).toBe(true);
  });

  it('ask for few networks: bisection, and each layer once it fails', async () => {
    const many = Array.from({ length: 20 }, (_, l) => layer(String(l), curve(0, 0.001 * l, 0.002 * l, 0.5)));
    expect(budgetsOf(many).length).toBeGreaterThan(25);
    const { steps } = await search(many, 0.01, () => 0.005);
    expect(steps.filter(({ budget }) => budget !== null).length).toBeLessThanOrEqual(7);
  });
});

describe('targets as flags', () => {
  const network = {
    layers: [dense('a', 'input', 2, 2), dense('b,c', 'a', 2, 2), dense('d', 'b,c', 2, 2)],
  } as unknown as Network;
  const targets = new Map([
    ['a', { sparsity: 0.7, clusters: 16 }],
    ['b,c', { sparsity: 0.5, clusters: null }],
  ]);

  it('name every layer, those that stay as they are too', () => {
    expect(targetFlags(network, targets, { sparsities: [0.5], clusters: [16] })).toEqual({
      sparsity: 'a=0.7,b\\,c=0.5,d=0',
      clusters: 'a=16,b\\,c=none,d=none',
    });
  });

  it('give every layer its own target back, whatever its name', () => {
    const character = fc.constantFrom(...'ab,=*\\ \'"/:');
    const name = fc.string({ unit: character, minLength: 1, maxLength: 6 }).filter((text) => text.trim() !== '');
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 6 }), (names) => {
        const any = { layers: names.map((own, l) => dense(own, names[l - 1] ?? 'input', 2, 2)) } as unknown as Network;
        const wanted = new Map(names.map((own, l) => [own, { sparsity: l / 8, clusters: l === 0 ? null : l }]));
        const flags = targetFlags(any, wanted, { sparsities: [0.5], clusters: [16] });
        const given = layerTargets()(flags.sparsity!);
        expect(targetsOf(any, given, 'sparsity')).toEqual(new Map(names.map((own, l) => [own, l / 8])));
        const clusters = targetsOf(any, layerTargets(true)(flags.clusters!), 'clusters');
        expect(clusters).toEqual(new Map(names.slice(1).map((own, l) => [own, l + 1])));
      }),
    );
  });

  it('are left out where nothing of the kind was scanned', () => {
    expect(targetFlags(network, targets, { sparsities: [], clusters: [16] }).sparsity).toBeNull();
  });
});
