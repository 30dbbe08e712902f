/**
 * Checkpoints trained elsewhere, emulated: every layer of theirs against the reference on what the layers before it really
 * send. foreignEmulated.slow.test.ts holds their accuracies.
 */

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/base/files.js';
import { readBytes } from '../../../src/base/storedBytes.js';
import { createBackend } from '../../../src/emulation/backends/index.js';
import type { PhotonicBackend } from '../../../src/emulation/backends/types.js';
import { compileForChip } from '../../../src/emulation/calibration/calibrate.js';
import { probeDigital } from '../../../src/experiments/attribution/layerErrors.js';
import { type Experiment, loadExperiment } from '../../../src/experiments/run/loadExperiment.js';
import { calibrateOn } from '../../../src/experiments/run/runExperiment.js';
import { preprocess } from '../../../src/networks/preprocess.js';
import { CODES_OFF, type CodesOff, compareLayer, compareLumped } from '../../parity/compare.js';
import { BUNDLED, FOREIGN, type ForeignFile } from './foreignFiles.js';

interface Manifest {
  readonly networks: readonly { licence: string; files: Record<string, { bytes: number; sha256: string }> }[];
}

const OURS = FOREIGN.filter(({ path }) => path.startsWith(BUNDLED));

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
    const probes = await probeDigital(network, preprocess(network, readBytes(dataset.images)));
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
