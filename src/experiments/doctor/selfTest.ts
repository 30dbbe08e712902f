/** Whether a backend computes what the float64 reference computes, and how fast. */

import { imagesOf, sizeOf } from '../../base/batch.js';
import { mean, squaresAbout } from '../../base/statistics/moments.js';
import { createBackend, createKernels } from '../../emulation/backends/index.js';
import { type BackendStatus, probeBackend } from '../../emulation/backends/status.js';
import type { BackendName, PhotonicBackend } from '../../emulation/backends/types.js';
import type { PhotonicLayer } from '../../emulation/kernels/batchLayer.js';
import { inputShape, outputShape, type Program } from '../../emulation/program/types.js';
import { inputOf, largeLayer, smallLayers } from './testLayers.js';

/** A backend's status with what it did on the test layers; the figures where it is available. */
export interface SelfTest extends BackendStatus {
  /** Largest over the layers: root mean square of the difference from the reference over the spread of the output. */
  readonly deviation?: number;
  /** Partial sums a second with all noise, of one thread where the backend runs on worker threads. */
  readonly sumsPerSecond?: number;
}

const RUN_SEED = 1;
const IMAGES = 2;
/** Images of a timed batch, unless one image alone takes long. */
const TIMED_IMAGES = 16;
const LONG_ms = 250;

const imagesFrom = (count: number) => Int32Array.from({ length: count }, (_, i) => i);

async function runLayer({ tf }: PhotonicBackend, layer: PhotonicLayer, images: number): Promise<Float32Array> {
  const input = tf.tensor(inputOf(layer.program, images), [images, ...inputShape(layer.program)]);
  const options = { runSeed: RUN_SEED, images: imagesFrom(images), noise: true, adc: true };
  const { output } = await layer.run(input, options);
  const values = (await output.data()) as Float32Array;
  tf.dispose([input, output]);
  return values;
}

/** What the reference makes of the same inputs, [layer][image, output]. */
async function referenceOutputs(program: Program): Promise<Float32Array[]> {
  const kernels = await createKernels('reference');
  return kernels.load(program).map((layer) => {
    const x = inputOf(layer.program, IMAGES);
    const y = new Float32Array(IMAGES * sizeOf(outputShape(layer.program)));
    for (let image = 0; image < IMAGES; image++) {
      layer.run(imagesOf(x, IMAGES, image), imagesOf(y, IMAGES, image), {
        runSeed: RUN_SEED,
        image,
        noise: true,
        adc: true,
      });
    }
    return y;
  });
}

/** Root mean square of the difference over the spread of what was expected; infinite where a value is no number. */
export function relativeDeviation(values: Float32Array, expected: Float32Array): number {
  const squares = values.reduce((sum, value, i) => sum + (value - expected[i]!) ** 2, 0);
  const spread = squaresAbout(expected, mean(expected));
  return Number.isFinite(squares) ? Math.sqrt(squares / spread) : Number.POSITIVE_INFINITY;
}

async function measureDeviation(backend: PhotonicBackend): Promise<number> {
  const program = await smallLayers();
  const expected = await referenceOutputs(program);
  let largest = 0;
  for (const [l, layer] of backend.load(program).entries()) {
    largest = Math.max(largest, relativeDeviation(await runLayer(backend, layer, IMAGES), expected[l]!));
    layer.dispose();
  }
  return largest;
}

async function measureSpeed(backend: PhotonicBackend): Promise<number> {
  const program = await largeLayer();
  const [layer] = backend.load(program);
  const compiled = program.layers[0]!;
  const [rows, columns] = compiled.kind === 'conv2d' ? compiled.geometry.output : [1, 1];
  const sums = compiled.kind === 'conv2d' ? compiled.rowFilter.length * rows * columns : 0;
  const time_ms = async (images: number) => {
    const started = performance.now();
    await runLayer(backend, layer!, images);
    return performance.now() - started;
  };
  await time_ms(1); // Compiles what is compiled at the first call.
  const single = await time_ms(1);
  const images = single < LONG_ms ? TIMED_IMAGES : 1;
  const best = images === 1 ? single : Math.min(await time_ms(images), await time_ms(images));
  layer!.dispose();
  return (images * sums) / (best / 1000);
}

/** Tries the backend in this process, which holds it from then on. */
export async function selfTest(name: BackendName): Promise<SelfTest> {
  const status = await probeBackend(name);
  if (!status.available) return status;
  const backend = await createBackend(name);
  return { ...status, deviation: await measureDeviation(backend), sumsPerSecond: await measureSpeed(backend) };
}
