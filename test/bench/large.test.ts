/** The benchmark of large networks: what it writes and prints; large.slow.test.ts runs it. */
import { describe, expect, it } from 'vitest';

const { LARGE_NETWORKS, peakOf, renderLarge } = await import(new URL('largeNetworks.mjs', import.meta.url).href);
const { tensorShapes } = await import(new URL('checkpoint.mjs', import.meta.url).href);

const stage = (name: string, wall_s: number, peak_MiB: number) => ({ name, wall_s, processor_s: 2 * wall_s, peak_MiB });
const row = {
  ...{ network: 'resnet18', images: 4, threads: 2, size: 224, calibrationImages: 9 },
  stages: [
    stage('load', 1, 100),
    stage('compile', 10, 700),
    stage('exact', 8, 600),
    stage('lumped', 4, 900),
    stage('digital', 2, 950),
  ],
};

it('every large network has a list of tensors, of VGG for images of any size', () => {
  for (const name of LARGE_NETWORKS) expect(Object.keys(tensorShapes(name)).length).toBeGreaterThan(20);
  expect(tensorShapes('vgg11')['classifier.0.weight']).toEqual([4096, 25_088]);
  expect(tensorShapes('vgg11', 64)['classifier.0.weight']).toEqual([4096, 512 * 2 * 2]);
  expect(tensorShapes('resnet18', 64)).toEqual(tensorShapes('resnet18'));
});

describe('the table', () => {
  const lines: string[] = renderLarge([row]).split('\n');
  const cells = (name: string) =>
    lines
      .find((line) => line.startsWith(`resnet18  ${name} `))!
      .trim()
      .split(/\s{2,}/);

  it('has times of stages, and of those that run images times an image and over digital', () => {
    expect(cells('compile')).toEqual(['resnet18', 'compile', '10', '20', '700']);
    expect(cells('exact')).toEqual(['resnet18', 'exact', '8', '16', '2', '4', '4', '600']);
    expect(cells('digital')).toEqual(['resnet18', 'digital', '2', '4', '0.5', '1', '1', '950']);
  });

  it('says what a run in fidelity exact holds at most, the stages that it does not have left out', () => {
    expect(peakOf(row)).toBe(700);
    expect(lines).toContain('resnet18: a run in fidelity exact peaks at 700 MiB');
  });
});
