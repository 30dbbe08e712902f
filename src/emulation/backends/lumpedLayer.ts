/** Fidelity `lumped` under the contract of batches: any backend's layer can be replaced by it. */

import { imagesOf, sizeOf } from '../../base/batch.js';
import type { Tensor, Tf } from '../../base/tensorflow/tf.js';
import type { PhotonicLayer } from '../kernels/batchLayer.js';
import { type Kernels, type LoadedLayer, type LumpedTap, loadDenseOn } from '../kernels/contract.js';
import { opticalPart, scaledInput } from '../kernels/electronics.js';
import { electronicsOnBatch } from '../kernels/electronicsOnBatch.js';
import { runImages } from '../kernels/hostImages.js';
import { type DrawNormals, drawOutputs, type LumpedLayer } from '../kernels/lumpedOutputs.js';
import { outputsAreFinite } from '../kernels/outputBounds.js';
import { loadLumpedConv2d } from '../kernels/photonicConv2D/lumped.js';
import { loadLumpedDense } from '../kernels/photonicDense/lumped.js';
import { inputShape, type MacProgram, outputShape, type Program } from '../program/types.js';
import type { PhotonicBackend } from './types.js';

/** The sums of one layer of `program`; `host` holds the activations of a dense one. */
function loadLumped(tf: Tf, host: Kernels, program: Program, layer: MacProgram): LumpedLayer {
  if (layer.kind === 'conv2d') return loadLumpedConv2d(tf, layer);
  return loadLumpedDense(tf, loadDenseOn(host, program, layer));
}

/** Outputs of a batch in fidelity `lumped`; noise is always drawn, and there is no tap. */
function lumpedLayer(tf: Tf, lumped: LumpedLayer, draw: DrawNormals): PhotonicLayer {
  const { outputShape } = lumped;
  return {
    program: lumped.program,
    hasTap: false,
    run: async (input: Tensor, { images, runSeed }) => {
      const batch = images.length;
      const { value, variance, counts } = await lumped.sum((await input.data()) as Float32Array, batch);
      const y = new Float32Array(value.length);
      for (let i = 0; i < batch; i++) {
        const part = (values: Float32Array) => imagesOf(values, batch, i);
        await drawOutputs(lumped, draw, part(value), part(variance), { runSeed, image: images[i]! }, part(y));
      }
      return { output: tf.tensor(y, [batch, ...outputShape]), counts: Promise.resolve(counts) };
    },
    dispose: lumped.dispose,
  };
}

/**
 * The layer on the host's kernels where `lumped` runs on them and they have it themselves, else null. With a noise table it
 * always does: a partial sum's noise depends on that sum, which operations on whole outputs never see; and so it does where every
 * image has its own light.
 */
function loadFused({ host, lumps }: PhotonicBackend, program: Program, layer: MacProgram): LoadedLayer | null {
  if (lumps !== 'host' && !layer.noise.table && !layer.light) return null;
  const [loaded] = host.load({ ...program, layers: [layer] });
  return loaded?.lump ? loaded : null;
}

/** The layer on the backend's own kernels where they lump, else null. */
function loadLumping(backend: PhotonicBackend, program: Program, layer: MacProgram): PhotonicLayer | null {
  if (backend.lumps !== 'kernels') return null;
  const [loaded] = backend.load({ ...program, layers: [layer] });
  return loaded?.lumps ? loaded : null;
}

/** Outputs of a batch from the host's kernels, which have fidelity `lumped` themselves. */
function fusedLayer(tf: Tf, loaded: LoadedLayer, layer: MacProgram): PhotonicLayer {
  const shape = outputShape(layer);
  const isBounded = outputsAreFinite(layer, false);
  return {
    program: layer,
    hasTap: false,
    run: async (input: Tensor, { images, runSeed }) => {
      const x = (await input.data()) as Float32Array;
      const batch = images.length;
      const y = new Float32Array(shape.reduce((product, n) => product * n, batch));
      const counts = runImages(loaded, x, y, { runSeed, images, noise: true, adc: true, lumped: true });
      return {
        output: tf.tensor(y, [batch, ...shape]),
        counts: Promise.resolve(counts),
        ...(isBounded ? { finite: Promise.resolve(counts.map(() => true)) } : {}),
      };
    },
    dispose: () => {},
  };
}

/**
 * One layer in fidelity `lumped`: on the backend's own kernels where they lump, on the host's where they are what the backend
 * computes with or the layer has a noise table or a light of every image, otherwise in operations of TensorFlow.js.
 */
export function lumpedOn(backend: PhotonicBackend, program: Program, layer: MacProgram): PhotonicLayer {
  const { tf, host, normals } = backend;
  const lumping = loadLumping(backend, program, layer);
  if (lumping) {
    const run: PhotonicLayer['run'] = (input, options) => lumping.run(input, { ...options, lumped: true });
    return { ...lumping, hasTap: false, run };
  }
  const loaded = loadFused(backend, program, layer);
  if (loaded) return fusedLayer(tf, loaded, layer);
  return electronicsOnBatch(tf, layer, (part) => lumpedLayer(tf, loadLumped(tf, host, program, part), normals));
}

/** Sums and variances of one image before the draw, from the kernels that `lumpedOn` runs. */
export async function lumpedSums(
  backend: PhotonicBackend,
  program: Program,
  layer: MacProgram,
  x: Float32Array,
): Promise<LumpedTap> {
  const lumping = loadLumping(backend, program, layer);
  if (lumping) {
    const { tf } = backend;
    const input = tf.tensor(x, [1, ...inputShape(layer)]);
    const lumpedTap: LumpedTap[] = [];
    const images = Int32Array.of(0);
    const { output, counts } = await lumping.run(input, {
      runSeed: 0,
      images,
      noise: true,
      adc: true,
      lumped: true,
      lumpedTap,
    });
    await counts;
    tf.dispose([input, output]);
    lumping.dispose();
    return lumpedTap[0]!;
  }
  const tap: LumpedTap = { value: new Float64Array(), variance: new Float64Array() };
  const loaded = loadFused(backend, program, layer);
  if (loaded) {
    const y = new Float32Array(sizeOf(outputShape(layer)));
    loaded.lump!(x, y, { runSeed: 0, image: 0, tap });
    return tap;
  }
  const lumped = loadLumped(backend.tf, backend.host, program, opticalPart(layer));
  const { value, variance } = await lumped.sum(scaledInput(layer, x), 1);
  lumped.dispose();
  return { value: Float64Array.from(value), variance: Float64Array.from(variance) };
}
