import { describe, expect, it } from 'vitest';
import { p100, published as p100Published } from '../../../src/cost/accelerators/p100/model.js';
import { overheadFps } from '../../../src/cost/accelerators/processor.js';
import { publishedValue } from '../../../src/cost/accelerators/publishedNumbers.js';
import { xeon9282, published as xeonPublished } from '../../../src/cost/accelerators/xeon9282/model.js';
import { inceptionBn, inceptionV3 } from './benchmarks/inception.js';
import { resNet } from './benchmarks/resnet.js';
import { alexNet, vgg } from './benchmarks/vgg.js';
import { fitOverhead, measurementsOf } from './fit.js';
import { CONV, DENSE, OWN, workload } from './layers.js';

/** The networks that are fitted to; AlexNet and VGG are not among them. */
const FITTED = {
  resNet50: () => resNet(50),
  resNet152: () => resNet(152),
  inceptionBn,
  inceptionV3,
};

/** Of the machines that were measured. */
const MACHINES = {
  p100: {
    design: p100,
    published: p100Published,
    rates: { peak_TFLOPS: 10.6, bandwidth_GB_per_s: 720, bytesPerValue: 4 },
    heldOut: { alexNet, vgg11: () => vgg(11) },
    tolerance: 0.45,
  },
  xeon: {
    design: xeon9282,
    published: xeonPublished,
    rates: {
      peak_TFLOPS: publishedValue(xeonPublished, 'measuredPeak_TFLOPS'),
      bandwidth_GB_per_s: publishedValue(xeonPublished, 'measuredBandwidth_GB_per_s'),
      bytesPerValue: 4,
    },
    heldOut: { alexNet, vgg16: () => vgg(16) },
    tolerance: 0.35,
  },
} as const;

describe.each(Object.entries(MACHINES))('%s', (_, { design, published, rates, heldOut, tolerance }) => {
  const { operator_us, efficiency } = design.defaults;

  it('has the constants that the fit gives', () => {
    const fitted = fitOverhead(measurementsOf(published.numbers, FITTED, [1, 32]), rates);
    expect(Math.abs(fitted.operator_us / operator_us - 1)).toBeLessThan(0.02);
    expect(Math.abs(fitted.efficiency / efficiency - 1)).toBeLessThan(0.02);
  });

  it('predicts AlexNet and VGG, which it was not fitted to, within the stated tolerance', () => {
    for (const { workload: network, imagesPerSecond } of measurementsOf(published.numbers, heldOut, [1])) {
      const predicted = overheadFps(network, { ...rates, operator_us, efficiency });
      expect(Math.abs(predicted / imagesPerSecond - 1), network.name).toBeLessThan(tolerance);
      // The README's sanity check: the peak alone would be far off.
      expect((rates.peak_TFLOPS * 1e12) / (2 * network.macs)).toBeGreaterThan(2 * imagesPerSecond);
    }
  });

  it('is as far off on those two as docs/replication.md says', () => {
    for (const [name, make] of Object.entries(heldOut)) {
      const predicted = overheadFps(make(), { ...rates, operator_us, efficiency });
      const ratio = predicted / publishedValue(published, `${name}Batch1`);
      expect(Math.abs(ratio - publishedValue(published, `${name}ModelOverMeasured`)), name).toBeLessThan(0.01);
    }
  });

  it('keeps the fitted networks at batch 1 within the tolerance', () => {
    for (const { workload: network, imagesPerSecond } of measurementsOf(published.numbers, FITTED, [1])) {
      const predicted = overheadFps(network, { ...rates, operator_us, efficiency });
      expect(Math.abs(predicted / imagesPerSecond - 1), network.name).toBeLessThan(tolerance);
    }
  });

  it('takes peak, bandwidth and power from the data sheet', () => {
    const { peak_TFLOPS, bandwidth_GB_per_s, power_W } = design.defaults;
    expect(peak_TFLOPS).toBe(publishedValue(published, 'peakFp32_TFLOPS'));
    expect(bandwidth_GB_per_s).toBe(publishedValue(published, 'bandwidth_GB_per_s'));
    expect(power_W).toBe(publishedValue(published, 'power_W'));
  });
});

describe('fitOverhead', () => {
  it('finds the constants that made the measurements', () => {
    const rates = { peak_TFLOPS: 5, bandwidth_GB_per_s: 300, bytesPerValue: 4 };
    const truth = { operator_us: 17, efficiency: 0.43 };
    const measurements = Object.values(FITTED).flatMap((make) => {
      const network = make();
      return [1, 16].map((batch) => ({
        workload: network,
        batch,
        imagesPerSecond: overheadFps(network, { ...rates, ...truth }, batch),
      }));
    });
    const fitted = fitOverhead(measurements, rates);
    expect(fitted.operator_us).toBeCloseTo(17, 0);
    expect(fitted.efficiency).toBeCloseTo(0.43, 2);
  });
});

describe('a processor by hand', () => {
  const network = workload([CONV, DENSE]);

  it('launches each operator, then computes or moves, whichever takes longer', () => {
    const parameters = { ...p100.defaults, operator_us: 10, efficiency: 0.5, peak_TFLOPS: 1, bandwidth_GB_per_s: 10 };
    // conv: 2 * 1179648 / 0.5e12 = 4.72 us, (2048 + 1024 + 18432) * 4 bytes at 10 GB/s = 8.60 us;
    // dense: 0.16 us, (400 + 100 + 40000) * 4 bytes = 16.2 us.
    const report = p100.evaluate(network, parameters, OWN);
    expect(report.layers.map(({ latency_s }) => latency_s * 1e6)).toEqual([
      expect.closeTo(18.6016, 4),
      expect.closeTo(26.2, 4),
    ]);
    expect(report.power_W).toBeCloseTo(300, 9);
  });

  it('specSheet: the peak rate alone', () => {
    const { latency_s } = p100.evaluate(network, { ...p100.defaults, model: 'specSheet' }, OWN);
    expect(latency_s).toBeCloseTo((2 * 1_219_648) / 21.2e12, 18);
  });

  it('does not see zeros', () => {
    const sparse = workload([
      { ...CONV, weightSparsity: 0.9, activationSparsity: 0.9 },
      { ...DENSE, weightSparsity: 0.9 },
    ]);
    expect(p100.evaluate(sparse, p100.defaults, OWN).latency_s).toBe(
      p100.evaluate(network, p100.defaults, OWN).latency_s,
    );
  });
});
