import { describe, expect, it } from 'vitest';
import { publishedValue } from '../../../src/cost/accelerators/publishedNumbers.js';
import { published, rsnn } from '../../../src/cost/accelerators/rsnn/model.js';
import { withSparsity } from './benchmarks/builder.js';
import { vgg } from './benchmarks/vgg.js';
import { CONV, DENSE, OWN, workload } from './layers.js';

const unbound = { ...rsnn.defaults, bandwidth_GB_per_s: Number.POSITIVE_INFINITY };

describe("RSNN against its predecessor's abstract", () => {
  it.each([
    [0.664, 1],
    [0.7, 0.9],
  ])('gives 400 GOPS on VGG16 at a weight sparsity of %d and a balance of %d, within 10 %', (weights, loadBalance) => {
    const network = withSparsity(vgg(16), { weights }, 'conv2d');
    const { latency_s } = rsnn.evaluate(network, { ...rsnn.defaults, loadBalance }, OWN);
    const gops = (2 * network.macs) / latency_s / 1e9;
    expect(Math.abs(gops / publishedValue(published, 'vgg16Throughput_GOPS') - 1)).toBeLessThan(0.1);
  });

  it('skips zero weights, never zero activations', () => {
    const at = (weights: number, activations: number) =>
      rsnn.evaluate(withSparsity(vgg(16), { weights, activations }, 'conv2d'), unbound, OWN).latency_s;
    expect(at(0.5, 0.8)).toBe(at(0.5, 0));
    expect(at(0.5, 0) / at(0, 0)).toBeCloseTo(0.5, 12);
  });
});

describe('RSNN by hand', () => {
  it('a convolution fills 8 of 14 elements', () => {
    // ceil(64 / 32) * 8 rows * ceil(8 / 14) * 288 weights / 0.9 = 5120 cycles at 150 MHz.
    const report = rsnn.evaluate(workload([CONV]), unbound, OWN);
    expect(report.latency_s * 150e6).toBeCloseTo(5120, 6);
    expect(report.power_W).toBeCloseTo(9.63, 12);
  });

  it('a dense layer is bound by its weights where memory is slow', () => {
    // ceil(100 / 32) * 400 / 0.9 = 1777.8 cycles = 11.85 us; 40000 * 2 bytes at 12.8 GB/s = 6.25 us, at 1 GB/s 80 us.
    const latency_us = (bandwidth_GB_per_s: number) =>
      rsnn.evaluate(workload([DENSE]), { ...rsnn.defaults, bandwidth_GB_per_s }, OWN).latency_s * 1e6;
    expect(latency_us(12.8)).toBeCloseTo(11.85, 2);
    expect(latency_us(1)).toBeCloseTo(80, 6);
  });

  it('moves an index with every weight of a pruned layer', () => {
    const pruned = workload([{ ...DENSE, weightSparsity: 0.5 }]);
    // 20000 weights of 20 bits at 1 GB/s.
    const { latency_s } = rsnn.evaluate(pruned, { ...rsnn.defaults, bandwidth_GB_per_s: 1 }, OWN);
    expect(latency_s * 1e6).toBeCloseTo(50, 6);
  });
});
