/** What a layer asks of a processor for an image: from its program and from what its inputs held. */
import { countOf } from '../../dist/emulation/program/coded.js';

/**
 * @param runs what the kernels counted on each image; inputs: of each image.
 * @returns an image's multiplyAdds without noise, varianceMultiplyAdds that noise adds, partialSums, coldBytes (read once an image,
 *   more than caches hold) and warmBytes (read from the first cache).
 */
export function layerWork(layer, runs, inputs) {
  return layer.kind === 'conv2d' ? convWork(layer) : denseWork(layer, runs, inputs);
}

function convWork({ geometry, rowFilter, held, passes }) {
  const positions = geometry.output[0] * geometry.output[1];
  const products = passes * positions * countOf(held);
  return {
    multiplyAdds: products,
    // Of each product its square, and its magnitude.
    varianceMultiplyAdds: 2 * products,
    partialSums: passes * positions * rowFilter.length,
    coldBytes: 0,
    // An activation a product; coefficients serve 16 positions.
    warmBytes: 4 * products,
  };
}

function denseWork({ filters, passes }, runs, inputs) {
  const active = inputs.reduce(
    (sum, x) => sum + x.reduce((n, v) => n + (v > 0 || (passes === 2 && v < 0) ? 1 : 0), 0),
    0,
  );
  const rows = runs.reduce((sum, run) => sum + run.passes.reduce((n, pass) => n + pass.rows, 0), 0);
  const products = (active / inputs.length) * filters;
  return {
    // H+ and H-: half their sum times the weight, half their difference times its magnitude.
    multiplyAdds: 2 * products,
    varianceMultiplyAdds: 2 * products,
    partialSums: (rows / runs.length) * filters,
    coldBytes: 4 * products,
    warmBytes: 0,
  };
}
