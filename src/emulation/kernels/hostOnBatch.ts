/** Layers that run on the host's kernels image by image, under the contract of batches, whatever the backend is. */
import { sizeOf } from '../../base/batch.js';
import type { Tf } from '../../base/tensorflow/tf.js';
import { type MacProgram, outputShape, type Program } from '../program/types.js';
import type { PhotonicLayer } from './batchLayer.js';
import type { Kernels } from './contract.js';
import { runImages } from './hostImages.js';

/** A layer of `program` on `host`. */
export function hostOnBatch(tf: Tf, host: Kernels, program: Program, layer: MacProgram): PhotonicLayer {
  const loaded = host.load({ ...program, layers: [layer] })[0]!;
  const shape = outputShape(layer);
  return {
    program: layer,
    hasTap: true,
    run: async (input, options) => {
      const x = (await input.data()) as Float32Array;
      const batch = options.images.length;
      const y = new Float32Array(batch * sizeOf(shape));
      const counts = runImages(loaded, x, y, options);
      return { output: tf.tensor(y, [batch, ...shape]), counts: Promise.resolve(counts) };
    },
    dispose: () => {},
  };
}
