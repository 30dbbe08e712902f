/** The images of a batch on a layer of the host's kernels: together where they take them so, otherwise one after the other. */
import { imagesOf } from '../../base/batch.js';
import type { LayerRun } from './batchLayer.js';
import { emptyLumpedTap, type ImagesOptions, type LoadedLayer, type Tap } from './contract.js';

/** `tap`: filled, one entry an image, of one tap a pass; images run one after the other then. */
export interface HostImagesOptions extends ImagesOptions {
  readonly tap?: Tap[][] | undefined;
}

/**
 * @param x [images, ...input], unscaled.
 * @param y [images, ...output], written.
 * @throws NetworkError like the layer.
 */
export function runImages(
  layer: LoadedLayer,
  x: Float32Array,
  y: Float32Array,
  options: HostImagesOptions,
): LayerRun[] {
  const { images, runSeed, noise, adc, lumped, lumpedTaps, stats, tap: taps } = options;
  if (images.length > 1 && !taps && 'runMany' in layer) return layer.runMany!(x, y, options);
  return Array.from(images, (image, i): LayerRun => {
    const of = (values: Float32Array) => imagesOf(values, images.length, i);
    if (lumped) {
      const tap = lumpedTaps && emptyLumpedTap();
      if (tap) lumpedTaps.push(tap);
      return layer.lump!(of(x), of(y), { runSeed, image, ...(tap ? { tap } : {}) });
    }
    const tap: Tap[] = [];
    taps?.push(tap);
    return layer.run(of(x), of(y), {
      runSeed,
      image,
      noise,
      adc,
      ...(stats ? { stats } : {}),
      ...(taps ? { tap } : {}),
    });
  });
}
