/** Trials for tests: whole in form, with numbers of their own that follow from their seeds. */

import { wilsonInterval95 } from '../../../src/base/statistics/wilson.js';
import { DEVICES } from '../../../src/cost/energy.js';
import type { Result } from '../../../src/experiments/result/types.js';
import { trialKey } from '../../../src/experiments/store/identity.js';
import type { Trial, TrialBlock, TrialIdentity } from '../../../src/experiments/sweep/types.js';
import { hardwareHash } from '../../../src/hardware/descriptionFiles.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';

export interface TrialOptions {
  readonly code?: string;
  readonly network?: string;
  readonly images?: number;
  readonly chipSeed?: number;
  readonly runSeed?: number;
  readonly hardware?: Record<string, unknown>;
  readonly emulated?: number;
  readonly digital?: boolean;
  readonly finishedAt?: string;
}

export function identityOf(options: TrialOptions = {}): TrialIdentity {
  const hardware = presetHardware('sonic', options.hardware ?? {});
  return {
    schema: 'sonic-trial/1',
    code: options.code ?? 'c'.repeat(64),
    network: { name: options.network ?? 'mnist', hash: 'a'.repeat(64) },
    compression: null,
    dataset: { name: 'mnist', split: 'test', hash: 'b'.repeat(64), images: options.images ?? 16 },
    calibration: { split: 'train', hash: 'd'.repeat(64) },
    hardware,
    hardwareHash: hardwareHash(hardware),
    fidelity: options.digital ? 'digital' : 'exact',
    backend: 'wasm',
    runSeed: options.runSeed ?? 1,
    chipSeed: options.chipSeed ?? 1,
  };
}

const totals = (energy_J: number, latency_s: number) => ({
  framesPerSecond: 1 / latency_s,
  energy_J,
  power_W: energy_J / latency_s,
  framesPerSecondPerWatt: 1 / energy_J,
});

function costOf(energy_J: number, latency_s: number): NonNullable<Result['cost']> {
  const all = totals(energy_J, latency_s);
  const devices = Object.fromEntries(DEVICES.map((device, i) => [device, (energy_J * (i + 1)) / 100]));
  return {
    latency_s,
    ...all,
    energyPerBit_J: { denseMac: energy_J / 1e6, parameter: energy_J / 1e5, processed: energy_J / 1e4 },
    devices: devices as NonNullable<Result['cost']>['devices'],
    layers: [],
    accounting: 'static',
    alternatives: { static: all, perConversion: all },
    pipelined: all,
    trimPower_W: 0.5,
    bitsMoved: { dram: 1, sram: 2 },
  };
}

/** A finished trial. */
export function exampleTrial(options: TrialOptions = {}): Trial {
  const identity = identityOf(options);
  const { images } = identity.dataset;
  const { chipSeed, runSeed } = identity;
  const hits = Math.round((options.emulated ?? 0.75) * images);
  const bits = new Uint8Array(Math.ceil(images / 8)).map((_, byte) =>
    Array.from({ length: 8 }, (_, bit) => (8 * byte + bit < hits ? 1 << bit : 0)).reduce((sum, b) => sum + b, 0),
  );
  const text = Buffer.from(bits).toString('base64');
  const [energy_J, latency_s] = [1e-6 * chipSeed, 1e-5 * (1 + runSeed)];
  const layer = (name: string, kind: 'conv2d' | 'dense') => ({
    name,
    kind,
    inputShape: [8],
    outputShape: [4],
    kernel: kind === 'conv2d' ? ([3, 3] as const) : null,
    macs: 32,
    weightSparsity: 0.5,
    activationSparsity: 0.25,
    weightLevels: 'codebook' as const,
    fidelity: 'exact' as const,
    lumpedValidity: { peakOverRange: Number.POSITIVE_INFINITY, stepOverDarkNoise: 0.1, valid: false },
    snr_dB: null,
    passes: 1 as const,
    activationScale: 1 / 3,
    adcRange: 2.5,
    operatingPoint: null,
    lightPoint: null,
    chunkRows: 10,
    partialSums: 100,
    clippedConversions: 5,
    clippedActivations: 1,
    latency_s: latency_s / 2,
    energy_J: energy_J / 2,
  });
  return {
    key: trialKey(identity),
    identity,
    hits: { digital: text, emulated: options.digital ? null : text },
    layerErrors: options.digital
      ? []
      : [
          { name: 'conv1', rms: 0.01, effectiveBits: 4.85 },
          { name: 'dense1', rms: 0, effectiveBits: Number.POSITIVE_INFINITY },
        ],
    finishedAt: options.finishedAt ?? '2026-03-04T05:06:07.000Z',
    result: {
      schema: 'sonic-result/1',
      network: { ...identity.network, parameters: 1234 },
      dataset: identity.dataset,
      hardware: identity.hardware,
      hardwareHash: identity.hardwareHash,
      run: {
        fidelity: identity.fidelity,
        backend: 'wasm',
        threads: 2,
        batch: 16,
        runSeed,
        chipSeed,
        calibration: { split: 'train', images: 200 },
        wallTime_s: 1.5,
        imagesPerSecond: images / 1.5,
        adapter: null,
        tolerance: null,
        versions: { sonic: '0.1.0' },
      },
      accuracy: {
        digital: hits / images,
        emulated: options.digital ? null : hits / images,
        interval95: options.digital ? null : wilsonInterval95(hits, images),
        changed: options.digital ? null : 0,
        images,
      },
      chips: null,
      layers: options.digital ? [] : [layer('conv1', 'conv2d'), layer('dense1', 'dense')],
      cost: options.digital ? null : costOf(energy_J, latency_s),
      warnings: [],
    },
  };
}

export function exampleBlock(first: number, count = 8): TrialBlock {
  const classes = Array.from({ length: count }, (_, i) => (first + i) % 10);
  return { first, count, digitalClasses: classes, emulatedClasses: classes, activity: null, wallTime_s: 0.25 };
}
