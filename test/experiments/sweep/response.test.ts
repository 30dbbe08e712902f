import { mkdir, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadPlan, withChanges } from '../../../src/experiments/sweep/planFile.js';
import { planSweep } from '../../../src/experiments/sweep/planner.js';
import { createTrialLoader } from '../../../src/experiments/trial/trialLoader.js';
import { temporaryFolder } from '../../helpers/folder.js';

const folder = temporaryFolder();
const loader = createTrialLoader('test');

const csv = (half_nm: number) =>
  `detuning_nm,transmission\n${[-4, -2, -1, -0.5, -0.2, -0.1, 0, 0.1, 0.2, 0.5, 2]
    .map((d) => `${d},${1 - 0.99 / (1 + (d / half_nm) ** 2)}`)
    .join('\n')}\n`;

async function planned(text: string, set: readonly string[] = []) {
  await mkdir(folder.path('rings'), { recursive: true });
  await writeFile(folder.path('rings/a.csv'), csv(0.1));
  await writeFile(folder.path('rings/b.csv'), csv(0.12));
  await writeFile(folder.path('rings/ring.yaml'), 'preset: sonic-pessimistic\nmicroring: { response: b.csv }\n');
  const file = await folder.file('plan.yaml', `name: rings\n${text}`);
  const { points } = await planSweep(withChanges(await loadPlan(file), { set }), loader);
  return points;
}

describe('a measured response in a plan', () => {
  it('lies beside the plan: in the base, in axes, in a file of hardware', async () => {
    const points = await planned(
      'base: { network: mnist, images: 8, set: { microring.response: rings/a.csv } }\n' +
        'axes: [{ path: hardware, values: [sonic, rings/ring.yaml] }]\n',
    );
    expect(points.map(({ settings: { hardware } }) => hardware.microring.response)).toHaveLength(2);
    for (const { settings } of points) expect(settings.hardware.microring.response).toHaveLength(11);
    // Set over the file's own.
    expect(points[1]!.settings.hardware.microring.response).toEqual(points[0]!.settings.hardware.microring.response);

    const axis = await planned(
      'base: { network: mnist, images: 8, hardware: rings/ring.yaml }\n' +
        'axes: [{ path: microring.response, values: [rings/a.csv, rings/b.csv, null] }]\n',
    );
    const rows = axis.map(({ settings }) => settings.hardware.microring.response);
    expect(rows[0]).toEqual(points[0]!.settings.hardware.microring.response);
    expect(rows[1]).not.toEqual(rows[0]);
    expect(rows[2]).toBeNull();
    // The preset's own comes back.
    expect(axis[2]!.settings.hardware.microring.qualityFactor).toBe(5000);
    // Content names a trial, not where it lies.
    expect(new Set(axis.map(({ loaded }) => loaded.key)).size).toBe(3);
    expect(axis[0]!.loaded.identity.hardware.microring.response).toEqual(rows[0]);
  });

  it('of --set lies where the command was typed', async () => {
    const text = 'base: { network: mnist, images: 8 }\n';
    await planned(text);
    const way = relative(process.cwd(), folder.path('rings/a.csv'));
    const [point] = await planned(text, [`microring.response=${way}`]);
    expect(point!.settings.hardware.microring.response).toHaveLength(11);
  });

  it.each([
    ['microring.response: rings/c.csv', /rings\/c\.csv': no such file, did you mean '.*rings\/\w\.csv'/],
    ['microring.response: rings', /it is a folder/],
    ['microring.response: rings/a.csv, microring.qualityFactor: 9000', /microring\.qualityFactor is 9000 beside it/],
  ])('base.set { %s } is an error of the plan', async (set, message) => {
    const work = planned(`base: { network: mnist, images: 8, set: { ${set} } }\n`);
    await expect(work).rejects.toThrow(message);
    await work.catch((error) => expect((error as Error).message).toContain('plan.yaml'));
  });
});
