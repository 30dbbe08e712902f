import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { passTime, type UnitTiming, unitTiming } from '../../src/cost/unitTiming.js';
import { hardwareWith } from './activities.js';

const ns = 1e-9;

/** Round numbers to do sums in one's head: 10 s a sample, 3 s fill, 2 s and 100 s to load. */
function simple(units: number, overrides: Partial<UnitTiming> = {}): UnitTiming {
  return { units, samplePeriod_s: 10, fill_s: 3, load_s: [2, 100], doubleBuffered: false, ...overrides };
}

describe('unitTiming', () => {
  it('of preset sonic follows from table 2 of the paper', () => {
    // CONV: 16-bit DAC 0.33 + VCSEL 0.07 + photodetector 0.0058 + ADC 14 = 14.4058 ns; held: 6-bit DAC 0.25 + EO 20 ns.
    const conv = unitTiming(hardwareWith(), 'conv', true);
    expect(conv.samplePeriod_s).toBeCloseTo(14 * ns, 18);
    expect(conv.fill_s).toBeCloseTo(14.4058 * ns, 18);
    expect(conv.load_s[0]).toBeCloseTo(20.25 * ns, 18);
    expect(conv.load_s[1]).toBeCloseTo(4000.25 * ns, 18);
    // FC: the DACs change places: 0.25 + 0.07 + 0.0058 + 14 = 14.3258; held 0.33 + 20.
    const fcUnit = unitTiming(hardwareWith(), 'fc', false);
    expect(fcUnit.samplePeriod_s).toBeCloseTo(14 * ns, 18);
    expect(fcUnit.fill_s).toBeCloseTo(14.3258 * ns, 18);
    expect(fcUnit.load_s[0]).toBeCloseTo(20.33 * ns, 18);
  });

  it('waits for the broadband ring at every sample of an FC layer with optical batch-norm', () => {
    expect(unitTiming(hardwareWith(), 'fc', true).samplePeriod_s).toBeCloseTo(20 * ns, 18);
    const slowAdc = hardwareWith({ adc: { latency_ns: 30 } });
    expect(unitTiming(slowAdc, 'fc', true).samplePeriod_s).toBeCloseTo(30 * ns, 18);
  });

  it('interleaves ADCs without shortening the way through one of them', () => {
    const timing = unitTiming(hardwareWith({ adc: { interleave: 4 } }), 'conv', false);
    expect(timing.samplePeriod_s).toBeCloseTo(3.5 * ns, 18);
    expect(timing.fill_s).toBeCloseTo(14.4058 * ns, 18);
  });

  it('loads every row thermally in mode thermal', () => {
    expect(unitTiming(hardwareWith({ tuning: { mode: 'thermal' } }), 'conv', false).load_s[0]).toBeCloseTo(
      4000.25 * ns,
      18,
    );
  });
});

describe('passTime', () => {
  it('gives the worked examples: MNIST conv2 and its first dense layer', () => {
    // 1600 rows on 50 units: 32 rounds of 20.25 + 14.4058 + 575 * 14 = 8084.6558 ns.
    const conv = passTime(unitTiming(hardwareWith(), 'conv', true), 1600, [], 576);
    expect(conv.latency_s).toBeCloseTo(32 * 8084.6558 * ns, 15);
    expect(conv.latency_s * 1e6).toBeCloseTo(259, 0);
    // 1152 active inputs: 24 rows on 10 units: 3 rounds of 20.33 + 14.3258 + 639 * 14 = 8980.6558 ns.
    const dense = passTime(unitTiming(hardwareWith(), 'fc', false), Math.ceil(1152 / 50), [], 640);
    expect(dense.latency_s).toBeCloseTo(3 * 8980.6558 * ns, 15);
    expect(dense.latency_s * 1e6).toBeCloseTo(27, 0);
  });

  it('takes as long as the busiest unit', () => {
    // Row of 4 samples: 2 + 3 + 3 * 10 = 35. 7 rows on 3 units: 3, 2, 2 rows.
    const time = passTime(simple(3), 7, [], 4);
    expect(time).toEqual({ latency_s: 105, busy_s: 245, held_s: [35, 133], unitsPerRow: 1 });
  });

  it('counts slow rows on the unit that has them', () => {
    // Unit 0: 3 rows of which 1 slow: 3 * 33 + 2 * 2 + 100 = 203; unit 1: 2 slow: 66 + 200 = 266; unit 2: 66 + 4 = 70.
    const time = passTime(simple(3), 7, [1, 2, 0], 4);
    expect(time.latency_s).toBe(266);
    expect(time.busy_s).toBe(203 + 266 + 70);
  });

  it('splits the samples of few rows over all units, each of which loads the rings', () => {
    // 3 rows on 10 units: s = 3; 10 samples in parts of 4, 3, 3: 2 + 3 + 30 = 35, 25, 25: 85 for a row.
    const time = passTime(simple(10), 3, [], 10);
    expect(time.unitsPerRow).toBe(3);
    expect(time.latency_s).toBe(35);
    expect(time.held_s[0]).toBe(85);
    expect(time.busy_s).toBe(3 * 85);
    // One of the rows slow: it takes 98 longer on each of its 3 units.
    const slow = passTime(simple(10), 3, [0, 1, 0], 10);
    expect(slow.latency_s).toBe(35 + 98);
    expect(slow.busy_s).toBe(3 * 85 + 3 * 98);
  });

  it('never splits into parts without samples', () => {
    // 1 row of 4 samples on 50 units: 4 units, one sample each: 2 + 3.
    expect(passTime(simple(50), 1, [], 4)).toEqual({ latency_s: 5, busy_s: 20, held_s: [20, 412], unitsPerRow: 4 });
  });

  it('hides loads behind the row before if double-buffered', () => {
    const timing = simple(1, { doubleBuffered: true });
    // 3 rows of 33: the first load shows, the others are shorter than a row.
    expect(passTime(timing, 3, [], 4).latency_s).toBe(2 + 3 * 33);
    // One slow row, taken to come first: 100 + 33 + 33 + 33.
    expect(passTime(timing, 3, [1], 4).latency_s).toBe(199);
    // Two slow rows: the second one's load outlasts a row: 100 + 33 + 100 + 33.
    expect(passTime(timing, 3, [2], 4).latency_s).toBe(100 + 33 + 100 + 33);
  });

  it('takes no time without rows', () => {
    expect(passTime(simple(3), 0, [], 4)).toMatchObject({ latency_s: 0, busy_s: 0 });
  });

  const rowsAndUnits = fc.record({
    slow: fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }),
    units: fc.integer({ min: 1, max: 40 }),
    samples: fc.integer({ min: 1, max: 30 }),
    doubleBuffered: fc.boolean(),
  });
  const slowByUnit = (slow: readonly boolean[], units: number) =>
    Array.from({ length: units }, (_, u) => slow.filter((is, r) => is && r % units === u).length);

  it('agrees with a row-by-row simulation', () => {
    fc.assert(
      fc.property(rowsAndUnits, ({ slow, units, samples }) => {
        const timing = simple(units);
        const free = new Array<number>(units).fill(0);
        const split = slow.length < units ? Math.max(1, Math.min(samples, Math.floor(units / slow.length))) : 1;
        let held = 0;
        slow.forEach((isSlow, r) => {
          for (let part = 0; part < split; part++) {
            let ofPart = 0;
            for (let sample = part; sample < samples; sample += split) ofPart++;
            const time = (isSlow ? 100 : 2) + 3 + (ofPart - 1) * 10;
            held += time;
            // Split rows have units to themselves: parts 1.. go to units that no row is on.
            if (part === 0) free[r % units]! += time;
          }
        });
        const time = passTime(timing, slow.length, slowByUnit(slow, units), samples);
        expect(time.latency_s).toBeCloseTo(Math.max(...free), 9);
        expect(time.busy_s).toBeCloseTo(held, 9);
      }),
    );
  });

  it('is never slower with twice the units, nor with more samples faster', () => {
    fc.assert(
      fc.property(rowsAndUnits, ({ slow, units, samples, doubleBuffered }) => {
        const at = (count: number, each: number) =>
          passTime(simple(count, { doubleBuffered }), slow.length, slowByUnit(slow, count), each).latency_s;
        expect(at(2 * units, samples)).toBeLessThanOrEqual(at(units, samples));
        expect(at(units, samples + 1)).toBeGreaterThanOrEqual(at(units, samples));
      }),
    );
  });

  it('is never slower double-buffered, and never beats the streaming alone', () => {
    fc.assert(
      fc.property(rowsAndUnits, ({ slow, units, samples }) => {
        const at = (doubleBuffered: boolean) =>
          passTime(simple(units, { doubleBuffered }), slow.length, slowByUnit(slow, units), samples).latency_s;
        expect(at(true)).toBeLessThanOrEqual(at(false));
        const loadless = passTime(simple(units, { load_s: [0, 0] }), slow.length, [], samples).latency_s;
        expect(at(true)).toBeGreaterThanOrEqual(loadless);
      }),
    );
  });

  it('never takes longer with fewer rows', () => {
    fc.assert(
      fc.property(rowsAndUnits, fc.nat(60), ({ slow, units, samples, doubleBuffered }, fewer) => {
        const at = (rows: number) => passTime(simple(units, { doubleBuffered }), rows, [], samples).latency_s;
        expect(at(Math.max(0, slow.length - fewer))).toBeLessThanOrEqual(at(slow.length));
      }),
    );
  });
});
