/**
 * Checkpoints trained elsewhere, emulated: their accuracy on the hardware against what their authors report for them in
 * digital, and every layer of theirs against the reference on what the layers before it really send.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createBackend } from '../../src/backends/index.js';
import type { PhotonicBackend } from '../../src/backends/types.js';
import { compileForChip } from '../../src/calibration/calibrate.js';
import { probeDigital } from '../../src/experiments/layerErrors.js';
import { sha256Hex } from '../../src/files.js';
import { preprocess } from '../../src/network/preprocess.js';
import { type Experiment, loadExperiment } from '../../src/run/load.js';
import { calibrateOn, runExperiment } from '../../src/run/run.js';
import { CODES_OFF, type CodesOff, compareLayer, compareLumped } from '../parity/compare.js';
import { BUNDLED, FOREIGN, type ForeignFile } from './foreignFiles.js';

interface Manifest {
  readonly networks: readonly { licence: string; files: Record<string, { bytes: number; sha256: string }> }[];
}

const OURS = FOREIGN.filter(({ path }) => path.startsWith(BUNDLED));

/** Images, and how many may change class beside digital: quantisation alone, and with all of the preset's effects. */
const BOUNDS: Record<string, { images: number; ideal: number; sonic: number }> = {
  'mnist-8.onnx': { images: 500, ideal: 3, sonic: 8 },
  'mnist.json': { images: 500, ideal: 5, sonic: 10 },
  'mlperf_tiny_pretrainedResnet.h5': { images: 200, ideal: 12, sonic: 40 },
};
const boundsOf = ({ path }: ForeignFile) => BOUNDS[basename(path)]!;

const experimentOf = ({ path, dataset, preprocessing }: ForeignFile, hardware: string, images: number) =>
  loadExperiment({ network: path, hardware, set: [], dataset, preprocessing, images });

it('the bundled files are those that the manifest names, with their licences', () => {
  const { networks } = JSON.parse(readFileSync(`${BUNDLED}manifest.json`, 'utf8')) as Manifest;
  expect(networks).toHaveLength(OURS.length);
  for (const { licence, files } of networks) {
    expect(licence).toMatch(/^Apache-2\.0/);
    for (const [name, { bytes, sha256 }] of Object.entries(files)) {
      const content = readFileSync(BUNDLED + name);
      expect([content.length, sha256Hex(content)]).toEqual([bytes, sha256]);
    }
  }
});

describe.each(OURS.map((file) => [basename(file.path), file] as const))('%s', (_, file) => {
  it.each(['ideal', 'sonic'] as const)(
    '%s: right as often as its authors say, and few classes changed',
    async (kind) => {
      const { images, [kind]: mayChange } = boundsOf(file);
      const experiment = await experimentOf(file, kind === 'ideal' ? 'sonic-ideal' : 'sonic', images);
      const { accuracy, layers } = await runExperiment({ ...experiment, threads: 2 });
      expect(accuracy.images).toBe(images);
      expect(layers.length).toBeGreaterThan(2);
      // Four standard deviations of so many images drawn out of 10,000.
      const p = file.accuracy;
      const bound = 4 * Math.sqrt(((p * (1 - p)) / images) * (1 - images / 10_000));
      expect(Math.abs(accuracy.digital! - p)).toBeLessThan(bound);
      expect(Math.abs(accuracy.emulated! - p)).toBeLessThan(bound);
      expect(accuracy.changed).toBeLessThanOrEqual(mayChange);
    },
  );
});

describe.each(OURS.map((file) => [basename(file.path), file] as const))('%s, layer by layer', (_, file) => {
  const IMAGES = Int32Array.of(0);
  let experiment: Experiment;
  let backend: PhotonicBackend;
  beforeAll(async () => {
    experiment = await experimentOf(file, 'sonic', 1);
    backend = await createBackend('wasm');
  });

  it('agrees with the reference in both fidelities', async () => {
    const { network, hardware, calibrationSet, dataset } = experiment;
    const few = { ...hardware, calibration: { ...hardware.calibration, images: 20 } };
    const program = await compileForChip(network, few, 1, await calibrateOn(network, few, calibrationSet));
    const probes = await probeDigital(network, preprocess(network, dataset.images));
    expect(program.layers.length).toBe(probes.length);
    const all: CodesOff = { codes: 0, conversions: 0 };
    for (const [l, layer] of program.layers.entries()) {
      const batch = { program: layer, x: probes[l]!.inputs[0]!, images: IMAGES };
      const off = await compareLayer(backend, batch);
      all.codes += off.codes;
      all.conversions += off.conversions;
      await compareLumped(backend, batch);
    }
    expect(all.conversions).toBeGreaterThan(10_000);
    expect(all.codes).toBeLessThanOrEqual(CODES_OFF * all.conversions);
  });
});
