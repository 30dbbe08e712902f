/**
 * The electronics of `electronics.ts` around layers that run batches on a device: inputs and outputs pass through the host,
 * where the sums are float64.
 */
import { imagesOf } from '../../base/batch.js';
import type { Tf } from '../../base/tensorflow/tf.js';
import type { MacProgram } from '../program/types.js';
import type { PhotonicLayer } from './batchLayer.js';
import { checkInput } from './checkInput.js';
import { finisher, hasElectronics, opticalPart, scaledInput } from './electronics.js';

/** A layer of `program` on what `load` makes of its `opticalPart`. */
export function electronicsOnBatch<P extends MacProgram>(
  tf: Tf,
  program: P,
  load: (part: P) => PhotonicLayer,
): PhotonicLayer {
  if (!hasElectronics(program)) return load(program);
  const part = load(opticalPart(program));
  const finish = finisher(program);
  return {
    program,
    hasTap: part.hasTap,
    lumps: part.lumps ?? false,
    run: async (input, options) => {
      const images = options.images.length;
      const x = (await input.data()) as Float32Array;
      checkInput(program, x, images);
      const scaled = new Float32Array(x.length);
      for (let i = 0; i < images; i++) imagesOf(scaled, images, i).set(scaledInput(program, imagesOf(x, images, i)));
      const given = tf.tensor(scaled, input.shape);
      const { output, counts } = await part.run(given, options);
      const y = (await output.data()).slice() as Float32Array;
      const { shape } = output;
      tf.dispose([given, output]);
      for (let i = 0; i < images; i++) finish(imagesOf(x, images, i), imagesOf(y, images, i));
      return { output: tf.tensor(y, shape), counts };
    },
    dispose: part.dispose,
  };
}
