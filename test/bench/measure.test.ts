import { describe, expect, it } from 'vitest';

const { lineFit, median, partialSums } = await import(new URL('measure.mjs', import.meta.url).href);

describe('lineFit', () => {
  it('finds a line that is one', () => {
    const { slope, intercept, r2, largestResidual } = lineFit([1, 2, 5], [5, 7, 13]);
    expect([slope, intercept, r2, largestResidual]).toEqual([2, 3, 1, 0].map((value) => expect.closeTo(value, 12)));
  });

  it('gives R^2 and the largest residual of points off a line', () => {
    // By hand: slope 1, intercept 1/3, residuals -1/3, 2/3, -1/3 about a spread of 8/3.
    const { slope, intercept, r2, largestResidual } = lineFit([0, 1, 2], [0, 2, 2]);
    expect([slope, intercept, r2, largestResidual]).toEqual(
      [1, 1 / 3, 0.75, 1 / 3].map((value) => expect.closeTo(value, 12)),
    );
  });
});

it('median takes the middle one of an unsorted list', () => {
  expect(median([9, 1, 5])).toBe(5);
});

it('partialSums counts rows times samples of convolutions and dense layers', () => {
  const layers = [
    { kind: 'conv2d', geometry: { output: [3, 4, 2] }, rowFilter: [0, 0, 1] },
    { kind: 'dense', filters: 10 },
  ];
  const image = (rows: number) => [{}, { passes: [{ rows }, { rows: 1 }] }];
  expect(partialSums({ layers }, [image(2), image(4)])).toBe(36 + 10 * 4);
});

describe('targetsOf', async () => {
  const { renderTargets, targetsOf } = await import(new URL('targets.mjs', import.meta.url).href);
  const ratios = { noiseToNormals: 1.6, quietToDigital: 1.3, lumpedToDigital: 1.61, autoToExact: 1.02 };
  const targets = targetsOf({
    backends: [
      { network: 'mnist', ratios },
      { network: 'mnist', absent: 'not here' },
    ],
    threads: [{ network: 'mnist', images: 1000, speedUp: 1.79 }],
    startup: [
      { name: 'sonic --version', wall_ms: 99 },
      { name: 'sonic run mnist --images 10', wall_ms: 1501 },
    ],
  });

  it('says of each ratio, speed-up and start whether its limit holds', () => {
    expect(targets.map(({ isMet }: { isMet: boolean }) => isMet)).toEqual([
      false,
      true,
      false,
      true,
      false,
      true,
      false,
    ]);
  });

  it('prints limit and figure', () => {
    const lines = renderTargets(targets).split('\n');
    expect(lines.find((line: string) => line.startsWith('two threads'))).toMatch(
      /1000 images +mnist +>= 1\.8 +1\.79 +missed/,
    );
    expect(lines.find((line: string) => line.startsWith('sonic --version'))).toMatch(/<= 100 ms +99 ms +met/);
    expect(renderTargets([])).toBe('');
  });
});
