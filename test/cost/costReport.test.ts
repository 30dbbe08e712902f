import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DescriptionError, SonicError } from '../../src/base/errors.js';
import { type CostReport, costOfActivity, costReport } from '../../src/cost/costReport.js';
import { DEVICES } from '../../src/cost/energy.js';
import type { Activity, LayerActivity } from '../../src/emulation/program/activity.js';
import type { Program } from '../../src/emulation/program/types.js';
import type { HardwareDescription } from '../../src/hardware/description.js';
import { activity, convActivity, denseActivity, hardwareWith, inputs, layer } from './activities.js';

const near = (actual: number, expected: number) => expect(actual / expected).toBeCloseTo(1, 10);
const noTed = { tuning: { ted: false } };

/** Rows that do not split, on preset sonic: 60 rows of 4 samples that hold 250 weights, 700 of the emitted values lit. */
const conv: LayerActivity = {
  ...convActivity('conv', [], 4, 5),
  schedules: [{ rows: 60, slowRowsByUnit: [], images: 1, eoShift_nm: [30, 0], toShift_nm: [0, 0] }],
  partialSums: 240,
  litSamples: 700,
  streamedConversions: 700,
  heldConversions: 250,
  gainConversions: 60,
  activations: 64,
};

/** 3 rows of 10 samples on 10 units, with optical batch-norm: each is split over 3 units. */
const dense: LayerActivity = {
  ...denseActivity('dense', 120, 10, 50),
  schedules: [{ rows: 3, slowRowsByUnit: [], images: 1, eoShift_nm: [20, 0], toShift_nm: [0, 0] }],
  partialSums: 30,
  litSamples: 900,
  streamedConversions: 900,
  heldConversions: 120,
  gainConversions: 30,
};

const convLayer = layer('conv', 'conv2d', { opticalGain: true, gainShift_nm: [0.3, 0], outputs: 16, readsInput: true });
const denseLayer = layer('dense', 'dense', { opticalGain: true, gainShift_nm: [0.2, 0], outputs: 10 });

describe('a convolution by hand', () => {
  // A row takes 20.25 + 14.4058 + 3 * 14 = 76.6558 ns; of 50 units 10 run two: 153.3116 ns, together 60 * 76.6558 ns.
  const latency_s = 153.3116e-9;
  const busy_s = 4599.348e-9;
  const common = {
    vcsel: 700 * 1.3e-3 * 14e-9,
    eoImprint: 4e-6 * 30 * 76.6558e-9,
    toImprint: 0,
    // 500 CONV and 1000 FC rings, 2.1 nm each, 27.5 mW for 18 nm.
    trim: ((1500 * 2.1 * 27.5e-3) / 18) * latency_s,
    broadbandRing: 4e-6 * 0.3 * busy_s,
    idle: 0,
    control: 0,
    memory: 0,
    // Not in table 2.
    receiver: 0,
  };

  it('static: every device of a working unit is on', () => {
    const report = costReport(activity([conv]), inputs([convLayer]), hardwareWith(noTed));
    near(report.latency_s, latency_s);
    const expected: Record<string, number> = {
      ...common,
      activationDac: 5 * 40e-3 * busy_s,
      weightDac: 5 * 3e-3 * busy_s,
      batchNormDac: 40e-3 * busy_s,
      adc: 62e-3 * busy_s,
      photodetector: 2 * 2.8e-3 * busy_s,
    };
    for (const device of DEVICES) expect(report.devices[device]).toBeCloseTo(expected[device]!, 20);
    near(
      report.energy_J,
      Object.values(expected).reduce((sum, e) => sum + e, 0),
    );
    near(report.power_W, report.energy_J / latency_s);
    near(report.framesPerSecond!, 1 / latency_s);
    near(report.framesPerSecondPerWatt!, 1 / report.energy_J);
  });

  it('perConversion: power * own latency * conversions', () => {
    const hardware = hardwareWith({ ...noTed, cost: { converterAccounting: 'perConversion' } });
    const report = costReport(activity([conv]), inputs([convLayer]), hardware);
    const expected: Record<string, number> = {
      ...common,
      activationDac: 700 * 40e-3 * 0.33e-9,
      weightDac: 250 * 3e-3 * 0.25e-9,
      batchNormDac: 60 * 40e-3 * 0.33e-9,
      adc: 240 * 62e-3 * 14e-9,
      photodetector: 2 * 240 * 2.8e-3 * 5.8e-12,
    };
    for (const device of DEVICES) expect(report.devices[device]).toBeCloseTo(expected[device]!, 20);
    expect(report.accounting).toBe('perConversion');
  });

  it('counts k interleaved ADCs at k times the power, and a pair of detectors per waveguide', () => {
    const hardware = hardwareWith({ adc: { interleave: 2 }, grid: { wavelengthsPerWaveguide: 2 } });
    const report = costReport(activity([conv]), inputs([convLayer]), hardware);
    // 7 ns a sample: 20.25 + 14.4058 + 3 * 7 = 55.6558 ns a row; 3 waveguides for 5 slots.
    near(report.devices.adc, 2 * 62e-3 * 60 * 55.6558e-9);
    near(report.devices.photodetector, 6 * 2.8e-3 * 60 * 55.6558e-9);
  });
});

describe('a split dense layer by hand', () => {
  // Parts of 4, 3, 3 samples, 20 ns each for the broadband ring; load 20.33, fill 14.3258:
  // 20.33 + 14.3258 + 60 = 94.6558 ns; a row 94.6558 + 2 * 74.6558 = 243.9674 ns.
  const held_s = 243.9674e-9;

  it('static', () => {
    const report = costReport(activity([dense]), inputs([denseLayer]), hardwareWith(noTed));
    near(report.latency_s, 94.6558e-9);
    near(report.devices.activationDac, 50 * 40e-3 * 3 * held_s);
    near(report.devices.weightDac, 50 * 3e-3 * 3 * held_s);
    near(report.devices.photodetector, 10 * 2.8e-3 * 3 * held_s);
    near(report.devices.vcsel, 900 * 1.3e-3 * 20e-9);
    near(report.devices.eoImprint, 4e-6 * 20 * held_s);
    near(report.devices.broadbandRing, 4e-6 * 0.2 * 3 * held_s);
  });

  it('perConversion: three units load each row, each filter is set once', () => {
    const hardware = hardwareWith({ cost: { converterAccounting: 'perConversion' } });
    const { devices } = costReport(activity([dense]), inputs([denseLayer]), hardware);
    near(devices.activationDac, 3 * 120 * 40e-3 * 0.33e-9);
    near(devices.weightDac, 900 * 3e-3 * 0.25e-9);
    near(devices.batchNormDac, 30 * 40e-3 * 0.33e-9);
    near(devices.adc, 30 * 62e-3 * 14e-9);
    near(devices.photodetector, 10 * 30 * 2.8e-3 * 5.8e-12);
  });
});

describe('receivers', () => {
  it('draw receiver.power_mW a unit: all the time, or for the time of each conversion', () => {
    const receiver = { power_mW: 3 };
    const always = costReport(activity([conv]), inputs([convLayer]), hardwareWith({ ...noTed, receiver }));
    near(always.devices.receiver, 3e-3 * 4599.348e-9);
    const converting = hardwareWith({ ...noTed, receiver, cost: { converterAccounting: 'perConversion' } });
    near(
      costReport(activity([conv]), inputs([convLayer]), converting).devices.receiver,
      conv.partialSums * 3e-3 * 14e-9,
    );
  });

  it('serve all ADCs that take turns behind them, each for its share of the time', () => {
    const adc = { interleave: 2 };
    const converting = hardwareWith({
      ...noTed,
      adc,
      receiver: { power_mW: 3 },
      cost: { converterAccounting: 'perConversion' },
    });
    near(
      costReport(activity([conv]), inputs([convLayer]), converting).devices.receiver,
      conv.partialSums * 3e-3 * (14e-9 / 2),
    );
  });
});

describe('VCSELs', () => {
  it.each([
    [{}, 1.3e-3],
    [{ opticalPower_mW: 0.13 }, 0.52e-3],
    [{ opticalPower_mW: 0.13, wallPlugEfficiency: 0.1 }, 1.3e-3],
    [{ opticalPower_mW: 0.13, electricalPower_mW: 2 }, 2e-3],
  ])('%j draw %d W while lit: optical power over wall-plug efficiency, unless given', (vcsel, power_W) => {
    const report = costReport(activity([conv]), inputs([convLayer]), hardwareWith({ ...noTed, vcsel }));
    near(report.devices.vcsel, 700 * power_W * 14e-9);
  });
});

describe('slow rows', () => {
  it('are held for longer, by both tuners', () => {
    // 2 rows of 1 sample on 2 units, one slow: 4000.25 + 14.4058 ns against 20.25 + 14.4058 ns.
    const hardware = hardwareWith({ vdu: { conv: { units: 2 } } });
    const slow: LayerActivity = {
      ...conv,
      samplesPerRow: 1,
      schedules: [{ rows: 2, slowRowsByUnit: [0, 1], images: 1, eoShift_nm: [1, 0.5], toShift_nm: [0, 0.2] }],
    };
    const report = costReport(activity([slow]), inputs([{ ...convLayer, gainShift_nm: [0.1, 0.4] }]), hardware);
    near(report.latency_s, 4014.6558e-9);
    near(report.devices.eoImprint, 4e-6 * (1 * 34.6558e-9 + 0.5 * 4014.6558e-9));
    near(report.devices.toImprint, (27.5e-3 / 18) * 0.2 * 4014.6558e-9);
    near(report.devices.broadbandRing, 4e-6 * (0.1 * 34.6558e-9 + 0.4 * 4014.6558e-9));
  });
});

describe('means over images', () => {
  it('weigh schedules by their images', () => {
    // One image of 10 rows on 10 units, three of 20: 20.33 + 14.3258 + 9 * 14 = 160.6558 ns a round.
    const mixed: LayerActivity = {
      ...denseActivity('dense', 0, 10, 50),
      schedules: [
        { rows: 10, slowRowsByUnit: [], images: 1, eoShift_nm: [1, 0], toShift_nm: [0, 0] },
        { rows: 20, slowRowsByUnit: [], images: 3, eoShift_nm: [6, 0], toShift_nm: [0, 0] },
      ],
      partialSums: 700,
    };
    const plain = layer('dense', 'dense');
    const report = costReport(activity([mixed], 4), inputs([plain]), hardwareWith());
    near(report.latency_s, ((1 + 3 * 2) / 4) * 160.6558e-9);
    near(report.devices.adc, (62e-3 * (10 + 60) * 160.6558e-9) / 4);
    near(report.devices.eoImprint, (4e-6 * 7 * 160.6558e-9) / 4);
  });
});

describe('the report', () => {
  const both = () => [activity([conv, dense]), inputs([convLayer, denseLayer])] as const;

  it('pipelines CONV and FC units of different images', () => {
    // CONV 153.3116 ns, FC 94.6558 ns: an image every 153.3116 ns; trim is on for that time only.
    const plain = costReport(...both(), hardwareWith());
    near(plain.latency_s, (153.3116 + 94.6558) * 1e-9);
    near(plain.pipelined.framesPerSecond!, 1 / 153.3116e-9);
    near(plain.energy_J - plain.pipelined.energy_J, plain.trimPower_W * 94.6558e-9);
    const pipelined = costReport(...both(), hardwareWith({ cost: { pipelinedLayers: true } }));
    near(pipelined.latency_s, plain.latency_s);
    near(pipelined.framesPerSecond!, plain.pipelined.framesPerSecond!);
    near(pipelined.energy_J, plain.pipelined.energy_J);
    near(pipelined.devices.trim, plain.trimPower_W * 153.3116e-9);
    near(
      pipelined.layers.reduce((sum, { energy_J }) => sum + energy_J, 0),
      pipelined.energy_J,
    );
  });

  it('charges idle units for the time they do not work', () => {
    const report = costReport(...both(), hardwareWith({ cost: { idlePower_mW: 10 } }));
    const busy_s = 60 * 76.6558e-9 + 3 * 243.9674e-9;
    near(report.devices.idle, 10e-3 * (60 * report.latency_s - busy_s));
  });

  it('divides by dense MACs, dense parameters and converted operands', () => {
    const report = costReport(...both(), hardwareWith());
    near(report.energyPerBit_J.denseMac!, report.energy_J / (2000 * 16));
    near(report.energyPerBit_J.parameter!, report.energy_J / (500 * 16));
    // Activations: 700 streamed + 120 held, 16 bits; weights: 250 held + 900 streamed, 6 bits.
    near(report.energyPerBit_J.processed!, report.energy_J / ((700 + 120) * 16 + (250 + 900) * 6));
  });

  it('has the totals of both accountings', () => {
    const [atStatic, perConversion] = (['static', 'perConversion'] as const).map((converterAccounting) =>
      costReport(...both(), hardwareWith({ cost: { converterAccounting } })),
    ) as [CostReport, CostReport];
    near(atStatic.alternatives.perConversion.energy_J, perConversion.energy_J);
    near(perConversion.alternatives.static.power_W, atStatic.power_W);
    expect(atStatic.energy_J).toBeGreaterThan(perConversion.energy_J);
  });

  it('adds electronic time that does not overlap', () => {
    const cost = { electronics: { accumulate_ns: 1, activation_ns: 2, pool_ns: 3 } };
    const work = { ...convLayer, activationFunctions: 5, pooled: 7 };
    const report = costReport(activity([conv]), inputs([work]), hardwareWith({ cost }));
    near(report.latency_s, (153.3116 + 240 + 2 * 5 + 3 * 7) * 1e-9);
    near(report.devices.trim, report.trimPower_W * report.latency_s);
  });

  it('searches for the largest value of an image that is its own scale', () => {
    const hardware = (activationScale: 'calibrated' | 'perImage') =>
      hardwareWith({ calibration: { activationScale }, cost: { electronics: { maximum_ns: 2 } } });
    const [given, searched] = (['calibrated', 'perImage'] as const).map((scale) =>
      costReport(...both(), hardware(scale)),
    ) as [CostReport, CostReport];
    // 64 elements of the image and 120 of the dense layer's input, 16 bits each.
    const elements = 64 + 120;
    near(searched.latency_s - given.latency_s, elements * 2e-9);
    expect(searched.bitsMoved).toEqual({ dram: given.bitsMoved.dram, sram: given.bitsMoved.sram + elements * 16 });
  });

  it('counts the bits that move, and charges them if asked to', () => {
    // CONV: 250 weights of 6 bits and 64 image elements of 16 from DRAM; 700 activations and 16 results of 16 in SRAM.
    // FC: 900 weights; 120 activations, 10 results.
    const dram = 250 * 6 + 64 * 16 + 900 * 6;
    const sram = (700 + 16 + 120 + 10) * 16;
    const plain = costReport(...both(), hardwareWith());
    expect(plain.bitsMoved).toEqual({ dram, sram });
    expect(plain.devices.memory).toBe(0);
    const charged = costReport(...both(), hardwareWith({ cost: { memory: 'literature' } }));
    // 640 pJ and 5 pJ for 32 bits.
    near(charged.devices.memory, (dram * 640e-12 + sram * 5e-12) / 32);
    near(charged.energy_J, plain.energy_J + charged.devices.memory);
  });

  it('costs nothing where nothing is held', () => {
    const empty = { ...conv, schedules: [], partialSums: 0, litSamples: 0, streamedConversions: 0, heldConversions: 0 };
    const report = costReport(activity([empty]), inputs([convLayer]), hardwareWith());
    expect([report.latency_s, report.energy_J, report.power_W]).toEqual([0, 0, report.trimPower_W]);
  });

  it('refuses counts of no images or of another network', () => {
    expect(() => costReport(activity([conv], 0), inputs([convLayer]), hardwareWith())).toThrow(SonicError);
    expect(() => costReport(activity([conv]), inputs([denseLayer]), hardwareWith())).toThrow(
      /counts are of layers conv/,
    );
  });
});

describe('costOfActivity', () => {
  const program = (hardware: HardwareDescription): Program => ({ hardware, chipSeed: 1, layers: [], warnings: [] });

  it('does not ignore a table or times that it was not given the means for', () => {
    const run = activity([]);
    const table = hardwareWith({ cost: { energyTable: 'mine.yaml' } });
    expect(() => costOfActivity(run, program(table), { parameters: 1 })).toThrow(DescriptionError);
    const electronics = hardwareWith({ cost: { electronics: { pool_ns: 1 } } });
    expect(() => costOfActivity(run, program(electronics), { parameters: 1 })).toThrow(/pool_ns 1 need the network/);
  });
});

describe('invariants', () => {
  const size = 4;
  const network = fc.record({
    conv: fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 12 }),
    active: fc.integer({ min: 0, max: 200 }),
    positions: fc.integer({ min: 1, max: 30 }),
    filters: fc.integer({ min: 1, max: 30 }),
    dropped: fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 12, maxLength: 12 }),
    droppedActive: fc.integer({ min: 0, max: 200 }),
    units: fc.integer({ min: 1, max: 12 }),
    doubleBuffered: fc.boolean(),
    accounting: fc.constantFrom('static' as const, 'perConversion' as const),
    idlePower_mW: fc.constantFrom(0, 5),
  });
  type Case = typeof network extends fc.Arbitrary<infer T> ? T : never;
  const hardwareOf = ({ units, doubleBuffered, accounting, idlePower_mW }: Case, factor = 1) =>
    hardwareWith({
      vdu: { conv: { size, units: units * factor }, fc: { size, units: units * factor } },
      cost: { doubleBuffered, converterAccounting: accounting, idlePower_mW },
    });
  const counts = (of: Case): Activity =>
    activity([
      convActivity('conv', of.conv, of.positions, size),
      denseActivity('dense', of.active, of.filters, size),
      convActivity('again', of.conv, of.filters, size),
    ]);
  const sizes = inputs([layer('conv', 'conv2d'), layer('dense', 'dense'), layer('again', 'conv2d')]);
  const sparser = (of: Case): Case => ({
    ...of,
    conv: of.conv.map((n, f) => Math.max(0, n - of.dropped[f]!)),
    active: Math.max(0, of.active - of.droppedActive),
  });
  const unsplit = (counted: Activity, units: number) =>
    counted.layers.every(({ schedules }) => schedules.every(({ rows }) => rows === 0 || rows > units / 2));

  it('energy and time are the sums over layers, energy that over devices; power is energy over time', () => {
    fc.assert(
      fc.property(network, (of) => {
        const hardware = hardwareOf(of);
        const report = costReport(counts(of), sizes, hardware);
        const sum = (values: readonly number[]) => values.reduce((total, v) => total + v, 0);
        expect(sum(report.layers.map((l) => l.energy_J))).toBeCloseTo(report.energy_J, 18);
        expect(sum(report.layers.map((l) => l.latency_s))).toBeCloseTo(report.latency_s, 18);
        expect(sum(Object.values(report.devices))).toBeCloseTo(report.energy_J, 18);
        expect(report.power_W * report.latency_s).toBeCloseTo(report.energy_J, 18);
        // Each layer alone costs what it costs in company.
        counts(of).layers.forEach((layerCounts, l) => {
          const alone = costReport(activity([layerCounts]), inputs([sizes.layers[l]!]), hardware);
          expect(alone.energy_J).toBeCloseTo(report.layers[l]!.energy_J, 18);
        });
        for (const energy_J of Object.values(report.devices)) expect(energy_J).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('more sparsity never takes longer, and never more energy where rows are not split', () => {
    let compared = 0;
    fc.assert(
      fc.property(network, (of) => {
        const hardware = hardwareOf(of);
        const [before, after] = [counts(of), counts(sparser(of))];
        const [full, less] = [costReport(before, sizes, hardware), costReport(after, sizes, hardware)];
        expect(less.latency_s).toBeLessThanOrEqual(full.latency_s * (1 + 1e-12));
        if (!unsplit(before, of.units) || !unsplit(after, of.units)) return;
        compared++;
        expect(less.energy_J).toBeLessThanOrEqual(full.energy_J * (1 + 1e-12));
      }),
      { numRuns: 500 },
    );
    expect(compared).toBeGreaterThan(50);
  });

  it('twice the units are never slower', () => {
    fc.assert(
      fc.property(network, (of) => {
        const [once, twice] = [1, 2].map((factor) => costReport(counts(of), sizes, hardwareOf(of, factor)).latency_s);
        expect(twice!).toBeLessThanOrEqual(once! * (1 + 1e-12));
      }),
    );
  });
});
