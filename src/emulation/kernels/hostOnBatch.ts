/** Layers that run on the host's kernels image by image, under the contract of batches, whatever the backend is. */
import { imagesOf, sizeOf } from '../../base/batch.js';
import type { Tf } from '../../base/tensorflow/tf.js';
import { type MacProgram, outputShape, type Program } from '../program/types.js';
import type { LayerRun, PhotonicLayer } from './batchLayer.js';
import type { Kernels, Tap } from './contract.js';

/** A layer of `program` on `host`. */
export function hostOnBatch(tf: Tf, host: Kernels, program: Program, layer: MacProgram): PhotonicLayer {
  const loaded = host.load({ ...program, layers: [layer] })[0]!;
  const shape = outputShape(layer);
  return {
    program: layer,
    hasTap: true,
    run: async (input, { images, tap, ...options }) => {
      const x = (await input.data()) as Float32Array;
      const batch = images.length;
      const y = new Float32Array(batch * sizeOf(shape));
      const counts = Array.from(images, (image, i): LayerRun => {
        const passes: Tap[] = [];
        tap?.push(passes);
        const given = { ...options, image, ...(tap ? { tap: passes } : {}) };
        return loaded.run(imagesOf(x, batch, i), imagesOf(y, batch, i), given);
      });
      return { output: tf.tensor(y, [batch, ...shape]), counts: Promise.resolve(counts) };
    },
    dispose: () => {},
  };
}
