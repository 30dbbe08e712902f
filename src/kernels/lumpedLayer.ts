/** Fidelity `lumped` under the contract of batches: any backend's layer can be replaced by it. */
import type { Tensor, Tf } from '../network/tf.js';
import type { MacProgram, Program } from '../program/types.js';
import type { PhotonicLayer } from './batch.js';
import { type Kernels, loadDenseOn } from './contract.js';
import { type DrawNormals, drawOutputs, type LumpedLayer } from './lumped.js';
import { loadLumpedConv2d } from './photonicConv2D/lumped.js';
import { loadLumpedDense } from './photonicDense/lumped.js';

/** The sums of one layer of `program`; `host` holds the activations of a dense one. */
export function loadLumped(tf: Tf, host: Kernels, program: Program, layer: MacProgram): LumpedLayer {
  if (layer.kind === 'conv2d') return loadLumpedConv2d(tf, layer);
  return loadLumpedDense(tf, loadDenseOn(host, program, layer));
}

/** Outputs of a batch in fidelity `lumped`; noise is always drawn, and there is no tap. */
export function lumpedLayer(tf: Tf, lumped: LumpedLayer, draw: DrawNormals): PhotonicLayer {
  const { outputShape } = lumped;
  return {
    program: lumped.program,
    hasTap: false,
    run: async (input: Tensor, { images, runSeed }) => {
      const batch = images.length;
      const { value, variance, counts } = await lumped.sum((await input.data()) as Float32Array, batch);
      const y = new Float32Array(value.length);
      for (let i = 0; i < batch; i++) {
        const part = (values: Float32Array) =>
          values.subarray((i * values.length) / batch, ((i + 1) * values.length) / batch);
        await drawOutputs(lumped, draw, part(value), part(variance), { runSeed, image: images[i]! }, part(y));
      }
      return { output: tf.tensor(y, [batch, ...outputShape]), counts };
    },
    dispose: lumped.dispose,
  };
}
