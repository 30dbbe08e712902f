import { imagesOf } from '../../base/batch.js';
import { NetworkError } from '../../base/errors.js';
import type { MacProgram } from '../program/types.js';

/**
 * That a layer's activations [images, ...] are numbers, and not negative where the layer runs one pass: that the bounds of
 * the network say so is checked, not believed.
 * @throws NetworkError naming the element of its image.
 */
export function checkInput({ name, passes }: MacProgram, x: Float32Array, images = 1): void {
  for (let image = 0; image < images; image++) {
    const own = imagesOf(x, images, image);
    const at = own.findIndex((value) => Number.isNaN(value) || (passes === 1 && value < 0));
    if (at < 0) continue;
    const problem = Number.isNaN(own[at])
      ? 'is not a number; check the weights and the data'
      : 'is negative, but the layer runs one pass because its input was said to be at least 0; check inputRange of the network';
    throw new NetworkError(`layer '${name}': input element ${at} is ${own[at]}: it ${problem}`);
  }
}
