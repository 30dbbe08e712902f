import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeStaticFile } from '../../../src/experiments/chip/staticFile.js';
import { trialKey } from '../../../src/experiments/store/identity.js';
import { loadPlan, withChanges } from '../../../src/experiments/sweep/planFile.js';
import { planSweep } from '../../../src/experiments/sweep/planner.js';
import { laneTrialOf } from '../../../src/experiments/trial/activeTrial.js';
import { Lane } from '../../../src/experiments/trial/lane.js';
import { createTrialLoader } from '../../../src/experiments/trial/trialLoader.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';
import { temporaryFolder } from '../../helpers/folder.js';

const folder = temporaryFolder();
const loader = createTrialLoader('test');

async function planned(text: string, set: readonly string[] = []) {
  for (const [name, seed] of [
    ['one.npz', 1],
    ['one.json', 1],
    ['two.npz', 2],
  ] as const)
    await writeStaticFile(folder.path(name), presetHardware('sonic'), seed);
  const file = await folder.file('plan.yaml', `name: chips\n${text}`);
  return (await planSweep(withChanges(await loadPlan(file), { set }), loader)).points;
}

describe('static errors in a plan', () => {
  it('name a trial by their content', async () => {
    const [one, again, two] = await planned(
      'base: { network: mnist, images: 4 }\naxes: [{ path: static, values: [one.npz, one.json, two.npz] }]\n',
    );
    const [drawn] = await planned('base: { network: mnist, images: 4 }\n');
    expect(again!.loaded.key).toBe(one!.loaded.key);
    expect(new Set([drawn!, one!, two!].map(({ loaded }) => loaded.key)).size).toBe(3);
    expect(one!.loaded.identity.static).toMatch(/^[0-9a-f]{64}$/);
    // Trials without keep the keys that they have always had.
    expect(Object.keys(drawn!.loaded.identity)).not.toContain('static');
    expect(trialKey({ ...one!.loaded.identity, static: undefined } as never)).toBe(drawn!.loaded.key);
  });

  it('of --set lie where the command was typed, those of the base beside the plan', async () => {
    const text = 'base: { network: mnist, images: 4, static: one.npz }\n';
    const [beside] = await planned(text);
    const [typed] = await planned(text, [`static=${relative(process.cwd(), folder.path('two.npz'))}`]);
    expect(beside!.settings.static).toBe(folder.path('one.npz'));
    expect(typed!.settings.static).toBe(folder.path('two.npz'));
  });

  it('are no business of the digital network', async () => {
    const points = await planned(
      'base: { network: mnist, images: 4, fidelity: digital }\naxes: [{ path: static, values: [one.npz, two.npz] }]\n',
    );
    expect(points[0]!.loaded.key).toBe(points[1]!.loaded.key);
  });

  it.each([
    ['base: { network: mnist, static: none.npz }\n', /none\.npz.*no such file/],
    [
      'base: { network: mnist, static: one.npz }\naxes: [{ path: vdu.conv.units, values: [50, 51] }]\n',
      /point 2 \(vdu\.conv\.units=51\): .*conv_trim_nm has shape \(50, 2, 5\); 'sonic' has \(51, 2, 5\)/,
    ],
    ['base: { network: mnist, static: one.npz }\nmonteCarlo: { chips: 3 }\n', /3 chips, .* all would be the same chip/],
    ['base: { network: mnist, static: one.npz }\nmonteCarlo: { until: 1% }\n', /all would be the same chip/],
  ])('%j is an error of the plan', async (text, message) => {
    await expect(planned(text)).rejects.toThrow(message);
    await expect(planned(text)).rejects.toThrow(/plan\.yaml/);
  });

  it('reach the result: the file of chip 1 is chip 1, whatever the seed', async () => {
    const points = await planned('base: { network: mnist, images: 4, chip: 9, static: one.npz }\n');
    const [drawn] = await planned('base: { network: mnist, images: 4, chip: 1 }\n');
    const [given] = points;
    const lane = new Lane();
    const run = async ({ settings, loaded }: NonNullable<typeof given>) => {
      const trial = laneTrialOf({ settings }, loaded);
      const compiled = await lane.run({ kind: 'compile', trial });
      const block = await lane.run({ kind: 'block', trial, compiled, first: 0, count: 4, digitalClasses: null });
      return lane.run({ kind: 'finish', trial, compiled, blocks: [block] });
    };
    const [a, b] = [await run(drawn!), await run(given!)];
    expect(b.result.run.static?.maps).toHaveLength(12);
    expect(b.result.run.static?.sha256).toBe(given!.loaded.identity.static);
    expect(a.result.run.static).toBeUndefined();
    expect(b.result.layers.map(({ adcRange }) => adcRange)).toBeAllclose(
      a.result.layers.map(({ adcRange }) => adcRange),
      { rtol: 1e-6 },
    );
    b.layerErrors.forEach((error, l) => {
      expect(error.effectiveBits).toBeCloseTo(a.layerErrors[l]!.effectiveBits, 3);
    });
    // The trims are the file's: their energy too.
    expect(b.result.cost!.energy_J).toBe(a.result.cost!.energy_J);
  });
});
