/** What a scan loads: however few images it scans, it is calibrated as a run is. */
import { expect, it } from 'vitest';
import { loadExperiment } from '../../../src/experiments/run/loadExperiment.js';
import { loadScan } from '../../../src/experiments/sensitivity/scan.js';

it.each(['train', 'test'] as const)('%s: the calibration set of a few images is that of a run', async (split) => {
  const flags = { network: 'mnist', hardware: 'sonic', set: [], images: 50 };
  const [scan, run] = await Promise.all([
    loadScan({ ...flags, split }),
    loadExperiment({ ...flags, calibrationStart: true }),
  ]);
  expect(scan.dataset.count).toBe(50);
  expect(scan.calibrationSet.count).toBe(run.hardware.calibration.images);
  expect(scan.calibrationSet.sha256).toBe(run.calibrationSet.sha256);
});
