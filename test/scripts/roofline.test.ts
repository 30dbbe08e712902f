import { describe, expect, it } from 'vitest';

const script = (name: string) => import(new URL(`../../scripts/roofline/${name}`, import.meta.url).href);

describe('roofline', () => {
  it('multiplies a dense layer alike by SIMD and by scatter', async () => {
    const micro = await (await script('microKernels.mjs')).compileMicroKernels();
    const layout = micro.denseLayout(70, 32);
    for (const share of [1, 0.3, 0]) {
      const sums = ['simd', 'scatter'].map((kind) => {
        layout.fill(share);
        layout.run(kind);
        return [...layout.sums()];
      });
      expect(sums[1]).toEqual(sums[0]);
      // Weights and what is held are 0 or 1: sums count the non-zero weights of a filter.
      const total = sums[0]!.reduce((sum, value) => sum + value, 0);
      if (share === 0.3) expect(total / (70 * 32)).toBeCloseTo(0.3, 1);
      else expect(total).toBe(share * 70 * 32);
    }
  });

  it('counts the work of layers as by hand', async () => {
    const { layerWork } = await script('work.mjs');
    const conv = {
      kind: 'conv2d',
      geometry: { output: [2, 3] },
      rowFilter: [0, 0, 1],
      held: new Float64Array(7),
      passes: 1,
    };
    expect(layerWork(conv, [], [])).toEqual({
      multiplyAdds: 42,
      varianceMultiplyAdds: 84,
      partialSums: 18,
      coldBytes: 0,
      warmBytes: 168,
    });
    const dense = { kind: 'dense', filters: 10, passes: 1 };
    const runs = [{ passes: [{ rows: 1 }] }, { passes: [{ rows: 2 }] }];
    // 2 and 4 of the inputs are lit, 3 on average; negative ones stay dark in a single pass.
    const inputs = [Float32Array.of(1, 0, 2, 0, -1), Float32Array.of(1, 1, 1, 1, 0)];
    expect(layerWork(dense, runs, inputs)).toEqual({
      multiplyAdds: 60,
      varianceMultiplyAdds: 60,
      partialSums: 15,
      coldBytes: 120,
      warmBytes: 0,
    });
    expect(layerWork({ ...dense, passes: 2 }, runs, inputs).multiplyAdds).toBe(70);
  });
});
