/**
 * Fewer bits of the ADC cost less energy in every command that prints energies. Only the ADC's power changes, by 2^(bits - 16)
 * (cost contract, section 2), so that savings stand in proportion to 1 - 2^(bits - 16).
 */
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { smallMnist } from '../helpers/smallMnist.js';
import { buildIfStale, sonic } from './sonic.js';

const folder = temporaryFolder();
let small = '';
beforeAll(async () => {
  buildIfStale();
  small = await smallMnist(folder);
}, 300_000);
const BITS = [4, 8, 12, 16] as const;

async function jsonOf(...args: string[]) {
  const file = folder.path(`${args[0]}.json`);
  const { code, stderr } = await sonic(...args, '--json', file);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(await readFile(file, 'utf8'));
}
const each = async (energyOf: (bits: string) => Promise<number>) => {
  const energies: number[] = [];
  for (const bits of BITS) energies.push(await energyOf(`adc.bits=${bits}`));
  return energies;
};
type Layer = { readonly energy_J: number };
const sum = (layers: readonly Layer[]) => layers.reduce((total, { energy_J }) => total + energy_J, 0);
const FEW = ['--images', '2', '--set', 'calibration.images=2'];

/**
 * Energies of an image, J, by command, and whether the activity is emulated: then it is not the same at all bits. A network
 * that 4 bits have broken lights samples and fills chunks that should be dark, where the ADC has nothing left to save.
 */
const COMMANDS: Readonly<Record<string, readonly [energies: () => Promise<number[]>, isEmulated: boolean]>> = {
  cost: [() => each(async (set) => (await jsonOf('cost', 'mnist', '--set', set)).costs.static.energy_J), false],
  compare: [() => each(async (set) => (await jsonOf('compare', '--set', set)).sonic.reports[0].energy_J), false],
  explore: [
    async () => {
      const { points } = await jsonOf('explore', 'mnist', '--only', '--vary', `adc.bits=${BITS.join(',')}`);
      return points.map(({ metrics }: { metrics: { energy: number } }) => metrics.energy);
    },
    false,
  ],
  run: [() => each(async (set) => sum((await jsonOf('run', small, ...FEW, '--set', set)).layers)), true],
  sweep: [
    async () => {
      const plan = `base: { network: ${small}, images: 2, set: { calibration.images: 2 } }`;
      const file = await folder.file(
        'bits.yaml',
        `name: bits\n${plan}\naxes: [{ path: adc.bits, values: [${BITS}] }]\n`,
      );
      const { points } = await jsonOf('sweep', file, '--store', folder.path('store'));
      return points.map(({ cost }: { cost: Layer }) => cost.energy_J);
    },
    true,
  ],
};

describe.each(Object.entries(COMMANDS))('sonic %s', (_, [energies, isEmulated]) => {
  it('spends less with fewer bits, by what the ADC saves', async () => {
    const all = await energies();
    expect(all).toHaveLength(BITS.length);
    for (const fewer of all.slice(0, -1)) expect(fewer).toBeLessThan(all.at(-1)!);
    if (isEmulated) return;
    for (let i = 1; i < all.length; i++) expect(all[i - 1]).toBeLessThan(all[i]!);
    const saved = (i: number) => all.at(-1)! - all[i]!;
    const share = (bits: number) => 1 - 2 ** (bits - 16);
    for (const [i, bits] of BITS.slice(0, 3).entries()) {
      expect(saved(i) / saved(2)).toBeAllclose(share(bits) / share(12), { atol: 1e-9, rtol: 0 });
    }
  }, 120_000);
});
