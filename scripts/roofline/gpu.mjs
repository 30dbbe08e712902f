/**
 * What an H100-class card could do with the WGSL kernels: instructions, bytes and launches that each layer asks for an image, counted
 * from the kernels' text, against the card's peaks. No card is needed, and nothing here is fitted to one.
 */

/** NVIDIA's data sheet of the H100 SXM: 60 TFLOP/s of float32 are 30e12 fused multiply-adds a second, the most instructions of a thread that it issues. */
export const CARD = { name: 'H100-class', instructions: 30e12, bytes: 3.3e12, residentThreads: 132 * 2048 };

/**
 * Instructions of a thread, counted in `photonicConv2D/webgpu.ts` and what it includes, a fused multiply-add as one, a product of two
 * 32-bit integers as one, the high half of one as eleven. A thread works on four samples: a quarter of what it does is a sample's.
 */
const COSTS = {
  // Entry, end of the loop, four addresses, four loads, four products, four sums; with noise magnitudes and squares.
  product: { quiet: 20 / 4, noisy: 28 / 4 },
  // Clipped, rounded, compared, split and added up.
  conversion: 40 / 4,
  // Eight rounds of Philox of 28, half of two more; Box and Muller of four; variance, its root with a step of Newton's.
  noise: (8 * 28 + 28 + 104 + 44) / 4,
  // Of an element: its place, DAC, floor, five counts.
  element: 40,
  // Of a held input: list, ring on two rails, tuning, and each of the ten rings of its waveguide.
  held: 150,
  ofRing: 36,
};

const WORD = 4;

/** @param work of `layerWork`, an image. */
function convDemand({ geometry, passes, filters }, { multiplyAdds, partialSums }) {
  const { input, output, padding } = geometry;
  const padded = (input[0] + padding[0][0] + padding[0][1]) * (input[1] + padding[1][0] + padding[1][1]) * input[2];
  const elements = input[0] * input[1] * input[2];
  const positions = output[0] * output[1];
  const prepare = passes * padded * COSTS.element;
  return {
    threads: Math.ceil(positions / 4) * filters,
    quiet: prepare + multiplyAdds * COSTS.product.quiet + partialSums * COSTS.conversion,
    noisy: prepare + multiplyAdds * COSTS.product.noisy + partialSums * (COSTS.conversion + COSTS.noise),
    // x once, planes written and read, y written; partial sums stay in registers.
    bytes: WORD * (elements + 2 * passes * padded + positions * filters),
  };
}

function denseDemand({ inputs, filters, passes, bank }, { multiplyAdds, partialSums }) {
  // Of `layerWork`, which counts two a product for the wasm kernels.
  const products = multiplyAdds / 2;
  const rings = bank.ringsPerWaveguide * bank.waveguides * Math.ceil(inputs / bank.size);
  const active = products / filters;
  const prepare = inputs * passes * COSTS.element + active * (COSTS.held + bank.ringsPerWaveguide * COSTS.ofRing);
  return {
    threads: Math.ceil(filters / 4),
    quiet: prepare + products * COSTS.product.quiet + partialSums * COSTS.conversion,
    noisy: prepare + products * COSTS.product.noisy + partialSums * (COSTS.conversion + COSTS.noise),
    // x, entries and rings written and read, y; weights come from the card's second cache but for once a batch.
    bytes: WORD * (inputs + 2 * 4 * passes * (active + rings) + filters),
    weightBytes: WORD * inputs * filters,
  };
}

/** What a layer asks of a GPU for an image: threads, instructions without and with noise, bytes; and once a batch weightBytes. */
export function gpuDemand(layer, work) {
  return { weightBytes: 0, ...(layer.kind === 'conv2d' ? convDemand(layer, work) : denseDemand(layer, work)) };
}

/** Least time of an image, s, and what bounds it. */
export function gpuBound({ quiet, noisy, bytes }, card = CARD) {
  const time = (instructions) => Math.max(instructions / card.instructions, bytes / card.bytes);
  return {
    quiet: time(quiet),
    noisy: time(noisy),
    boundBy: noisy / card.instructions > bytes / card.bytes ? 'instructions' : 'memory',
  };
}

/** Programs of TensorFlow.js beside two a layer: pooling, and two that look for what is not finite in the input. */
export const programsOf = (layers, electronic) => 2 * layers + electronic + 2;

/** Images a second of a batch: its programs enqueued one after the other, or the device's time for it, whichever is more. */
export function expectedRate(batch, { programs, image_s, weightBytes }, { launch_s, perBatch_s }, card = CARD) {
  const device = batch * image_s + weightBytes / card.bytes;
  return batch / (perBatch_s + Math.max(programs * launch_s, device));
}
