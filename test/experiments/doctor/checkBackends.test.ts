import { describe, expect, it } from 'vitest';
import type { BackendName } from '../../../src/emulation/backends/types.js';
import { fastest, judge } from '../../../src/experiments/doctor/checkBackends.js';

const available = (sumsPerSecond: number, deviation = 1e-6) => ({ available: true, sumsPerSecond, deviation });
const absent = { available: false, reason: 'is not installed', remedy: 'install it' };
const judged = (name: BackendName, result: Parameters<typeof judge>[1], threads = 1) => judge(name, result, threads);

describe('judge', () => {
  it('counts the speed of worker threads together, and of a backend that has the machine to itself once', () => {
    expect(judged('wasm', available(100), 4).sumsPerSecond).toBe(400);
    expect(judged('webgpu', available(100), 4).sumsPerSecond).toBe(100);
  });

  it.each([2e-3, Number.POSITIVE_INFINITY, undefined])('a deviation of %s is wrong, with the reason', (deviation) => {
    const check = judge(
      'webgpu',
      { available: true, sumsPerSecond: 1, ...(deviation === undefined ? {} : { deviation }) },
      1,
    );
    expect(check).toMatchObject({ works: false, reason: expect.stringContaining('something else than the reference') });
  });

  it('keeps why a backend is not there', () => {
    expect(judged('tensorflow', absent)).toEqual({ name: 'tensorflow', works: false, ...absent });
  });
});

describe('fastest', () => {
  it('takes the fastest that works, never a wrong one', () => {
    const checks = [
      judged('wasm', available(100), 2),
      judged('webgpu', available(1e9, 0.1)),
      judged('tensorflow', available(300)),
      judged('tensorflow-gpu', absent),
    ];
    expect(fastest(checks)?.name).toBe('tensorflow');
  });

  it('takes the reference only where nothing else works', () => {
    const reference = judged('reference', available(1e12, 0));
    expect(fastest([reference, judged('wasm', available(1))])?.name).toBe('wasm');
    expect(fastest([judged('wasm', absent), reference])?.name).toBe('reference');
    expect(fastest([judged('wasm', absent)])).toBeNull();
  });
});
