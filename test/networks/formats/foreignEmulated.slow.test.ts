/** Checkpoints trained elsewhere, emulated: their accuracy on the hardware against what their authors report for digital. */
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadExperiment } from '../../../src/experiments/run/loadExperiment.js';
import { runExperiment } from '../../../src/experiments/run/runExperiment.js';
import { BUNDLED, FOREIGN, type ForeignFile } from './foreignFiles.js';

const OURS = FOREIGN.filter(({ path }) => path.startsWith(BUNDLED));

/** Images, and how many may change class beside digital: quantisation alone, and with all of the preset's effects. */
const BOUNDS: Record<string, { images: number; ideal: number; sonic?: number }> = {
  'mnist-8.onnx': { images: 500, ideal: 3, sonic: 8 },
  'mnist.json': { images: 500, ideal: 5, sonic: 10 },
  'mlperf_tiny_pretrainedResnet.h5': { images: 200, ideal: 12, sonic: 40 },
  // Of the preset it loses more than its authors' figure leaves room for.
  'mlperf_tiny_resnet8_int8.tflite': { images: 200, ideal: 18 },
};
const boundsOf = ({ path }: ForeignFile) => BOUNDS[basename(path)]!;

const experimentOf = ({ path, dataset, preprocessing }: ForeignFile, hardware: string, images: number) =>
  loadExperiment({ network: path, hardware, set: [], dataset, preprocessing, images });

describe.each(OURS.map((file) => [basename(file.path), file] as const))('%s', (_, file) => {
  const kinds = (['ideal', 'sonic'] as const).filter((kind) => boundsOf(file)[kind] !== undefined);
  it.each(kinds)('%s: right as often as its authors say, and few classes changed', async (kind) => {
    const { images, [kind]: mayChange = 0 } = boundsOf(file);
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
  });
});
