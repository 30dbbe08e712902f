import { describe, expect, it } from 'vitest';
import { NetworkError } from '../../../src/base/errors.js';
import { publishedWorkloads } from '../../../src/cost/accelerators/comparison.js';
import { convertersPower_W, sonic } from '../../../src/cost/accelerators/sonic/model.js';
import { sparsityStatistics } from '../../../src/cost/layerStatistics.js';
import { predictCost } from '../../../src/cost/predict.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';
import { PUBLISHED_NETWORKS, publishedSparsity } from '../../../src/networks/zoo/publishedNetworks.js';
import { DENSE, OWN, settingWith, workload } from './layers.js';

const [cifar] = publishedWorkloads({ networks: ['cifar10'] }) as [ReturnType<typeof publishedWorkloads>[0]];

describe('SONIC among the accelerators', () => {
  it('is its own cost model', () => {
    const network = PUBLISHED_NETWORKS['cifar10']!.structure();
    const shares = publishedSparsity(PUBLISHED_NETWORKS['cifar10']!, network);
    const cost = predictCost(sparsityStatistics(network, OWN.hardware, shares), OWN.hardware);
    const report = sonic.evaluate(cifar!, sonic.defaults, OWN);
    expect(report.latency_s).toBeCloseTo(cost.latency_s, 15);
    expect(report.energy_J).toBeCloseTo(cost.energy_J, 15);
    expect(report.power_W).toBeCloseTo(cost.power_W, 9);
    for (const rule of ['denseMac', 'parameter', 'processed'] as const) {
      expect(report.energyPerBit_J[rule]! / cost.energyPerBit_J[rule]!).toBeCloseTo(1, 12);
    }
  });

  it('agrees with the first estimate for CIFAR-10: near 19 W and 45 to 50 FPS/W, within 15 %', () => {
    // The estimate is of kernels unrolled over their channels; slices take a third more rows.
    const concatenated = presetHardware('sonic', { vdu: { conv: { chunking: 'concatenated' } } });
    const report = sonic.evaluate(cifar!, sonic.defaults, { ...OWN, hardware: concatenated });
    expect(Math.abs(report.power_W / 19 - 1)).toBeLessThan(0.15);
    expect(Math.abs(report.framesPerSecondPerWatt! / 47.5 - 1)).toBeLessThan(0.15);
  });

  it('all converters and detectors together: by hand', () => {
    // 50 * (5 * 43 + 40 + 62 + 2 * 2.8) mW + 10 * (50 * 43 + 40 + 62 + 10 * 2.8) mW.
    expect(convertersPower_W(presetHardware('sonic'))).toBeCloseTo(50 * 0.3226 + 10 * 2.28, 9);
  });

  it('units that are never off draw that all the time', () => {
    const on = sonic.evaluate(cifar!, { ...sonic.defaults, alwaysOn: true }, OWN);
    expect(on.latency_s).toBe(sonic.evaluate(cifar!, sonic.defaults, OWN).latency_s);
    // And the VCSELs, the imprint and the trimming, which are 4.4 to 5 W.
    expect(on.power_W - 38.93).toBeGreaterThan(4.4);
    expect(on.power_W - 38.93).toBeLessThan(5);
  });

  it('units that are never off draw the same power where CONV and FC units work on different images', () => {
    const pipelined = settingWith({ cost: { pipelinedLayers: true } });
    const [on, off] = [true, false].map((alwaysOn) =>
      sonic.evaluate(cifar!, { ...sonic.defaults, alwaysOn }, pipelined),
    );
    // By hand: 38.93 W of converters and detectors, and trimming; VCSELs and imprints are a few watts at the most.
    expect(on!.power_W).toBeGreaterThan(38.93 + 4.4);
    expect(on!.power_W).toBeLessThan(38.93 + 6);
    expect(on!.framesPerSecond).toBe(off!.framesPerSecond);
  });

  it('takes changes of the description, and the rate of pipelined layers', () => {
    const doubled = { ...sonic.defaults, overrides: { vdu: { conv: { units: 100 } } } };
    expect(sonic.evaluate(cifar!, doubled, OWN).latency_s).toBeLessThan(
      0.6 * sonic.evaluate(cifar!, sonic.defaults, OWN).latency_s,
    );
    const pipelined = sonic.evaluate(cifar!, sonic.defaults, settingWith({ cost: { pipelinedLayers: true } }));
    expect(pipelined.framesPerSecond).toBeGreaterThan(1 / pipelined.latency_s);
    expect(pipelined.power_W).toBeCloseTo(pipelined.energy_J * pipelined.framesPerSecond!, 9);
  });

  it('needs a network', () => {
    expect(() => sonic.evaluate(workload([DENSE]), sonic.defaults, OWN)).toThrow(NetworkError);
  });
});
