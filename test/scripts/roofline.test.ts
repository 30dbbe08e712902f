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
    // Many weights of few values are held as codes (src/emulation/program/coded.ts): as many products.
    const coded = { ...conv, held: { codes: new Uint8Array(7), levels: new Float64Array(2) } };
    expect(layerWork(coded, [], [])).toEqual(layerWork(conv, [], []));
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

  it('bounds a GPU by instructions or bytes, whichever takes longer', async () => {
    const { gpuBound, expectedRate } = await script('gpu.mjs');
    const card = { instructions: 1e12, bytes: 1e12 };
    expect(gpuBound({ quiet: 1e6, noisy: 4e6, bytes: 2e6 }, card)).toEqual({
      quiet: 2e-6,
      noisy: 4e-6,
      boundBy: 'instructions',
    });
    expect(gpuBound({ quiet: 1e6, noisy: 1e6, bytes: 2e6 }, card).boundBy).toBe('memory');
    const network = { programs: 10, image_s: 1e-5, weightBytes: 1e8 };
    // Small batches wait for ten programs of 100 us, large ones for 10 us an image and 100 us of weights.
    expect(expectedRate(1, network, { launch_s: 1e-4, perBatch_s: 1e-3 }, card)).toBeCloseTo(1 / 2e-3, 6);
    expect(expectedRate(1000, network, { launch_s: 1e-4, perBatch_s: 1e-3 }, card)).toBeCloseTo(1000 / 11.1e-3, 6);
  });

  it('counts what a GPU is asked for as by hand', async () => {
    const { gpuDemand } = await script('gpu.mjs');
    const conv = {
      kind: 'conv2d',
      geometry: {
        input: [4, 4, 2],
        output: [3, 3, 5],
        padding: [
          [1, 0],
          [0, 1],
        ],
      },
      passes: 2,
      filters: 5,
    };
    const demand = gpuDemand(conv, { multiplyAdds: 0, partialSums: 0 });
    // Nine positions are three groups of four; x 32, planes 2 x 50 written and read, y 45.
    expect(demand).toMatchObject({ threads: 15, bytes: 4 * (32 + 200 + 45), weightBytes: 0 });
    const more = gpuDemand(conv, { multiplyAdds: 1000, partialSums: 100 });
    expect(more.noisy - demand.noisy).toBeGreaterThan(more.quiet - demand.quiet);
    const bank = { ringsPerWaveguide: 2, waveguides: 2, size: 4 };
    const dense = gpuDemand(
      { kind: 'dense', inputs: 10, filters: 6, passes: 1, bank },
      { multiplyAdds: 2 * 6 * 5, partialSums: 12 },
    );
    // Five active inputs, twelve rings: vectors of four, written and read.
    expect(dense).toMatchObject({ threads: 2, bytes: 4 * (10 + 8 * (5 + 12) + 6), weightBytes: 240 });
  });
});
