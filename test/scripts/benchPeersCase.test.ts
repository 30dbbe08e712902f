/** What other simulators are handed is the network that ours runs. */
import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { buildIfStale } from '../cli/sonic.js';
import { temporaryFolder } from '../helpers/folder.js';

interface Reference {
  readonly offset: number;
  readonly shape: readonly number[];
}

interface MacEntry {
  readonly name: string;
  readonly kind: string;
  readonly scale: number;
  readonly activation_scale: number;
  readonly rows: number;
  readonly weight: Reference;
  readonly shift: Reference;
  readonly digital_weight: Reference;
  readonly digital_bias: Reference;
}

const folder = temporaryFolder();
beforeAll(buildIfStale, 300_000);

it('tile weights times their scale are the trained weights, batch normalisation folded in', {
  timeout: 120_000,
}, async () => {
  const { writeCase } = await import(new URL('../../scripts/bench-peers/case.mjs', import.meta.url).href);
  const { images, densePartialSums } = await writeCase(folder.path('case'), 'mnist', 2);
  // Filters times positions times tiles: 40 x 784 x 5, 16 x 576 x 200, 640 x 47, 10 x 13.
  expect([images, densePartialSums]).toEqual([2, 156_800 + 1_843_200 + 30_080 + 130]);
  const { layers } = JSON.parse(readFileSync(folder.path('case/case.json'), 'utf8'));
  const bytes = readFileSync(folder.path('case/arrays.bin'));
  const array = ({ offset, shape }: Reference) =>
    new Float32Array(
      bytes.buffer,
      bytes.byteOffset + offset,
      shape.reduce((product, n) => product * n, 1),
    );
  const macs: MacEntry[] = layers.filter(({ weight }: Partial<MacEntry>) => weight !== undefined);
  expect(macs.map(({ name, rows, weight }) => [name, rows, ...weight.shape])).toEqual([
    ['conv1', 5, 40, 1, 5, 5],
    ['conv2', 5, 16, 40, 5, 5],
    ['dense1', 50, 640, 2304],
    ['dense2', 50, 10, 640],
  ]);
  for (const { scale, activation_scale, weight, digital_weight, shift, digital_bias } of macs) {
    const [tiles, trained] = [array(weight), array(digital_weight)];
    const largest = trained.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    // The gain of the batch normalisation is a 16-bit code: half a step is 7.6e-6.
    const off = tiles.reduce((most, w, i) => Math.max(most, Math.abs((w * scale) / activation_scale - trained[i]!)), 0);
    expect(off / largest).toBeLessThan(2e-5);
    expect([...array(shift)]).toEqual([...array(digital_bias)].map((value) => expect.closeTo(value, 5)));
  }
});
