/**
 * How many weights that are not zero a kernel slice has (the weights of one filter for one channel of its input), which is
 * what a CONV unit takes at a time where kernels are cut slice by slice; and what taking them together instead asks of it.
 */
import { chunkRows } from '../emulation/compiler/convRows.js';
import type { Conv2dLayer, Network } from '../networks/types.js';
import { binomial, expectedChunks } from './expectation.js';

export interface KernelSlices {
  /** Kernel, as '3 x 3'. */
  readonly kernel: string;
  readonly slices: number;
  /** Mean number of non-zero weights. */
  readonly mean: number;
  /** Share of slices with at most `size` of them. */
  readonly fitting: number;
  /** Mean number of chunks a slice. */
  readonly chunks: number;
}

const isSliced = (layer: Network['layers'][number]): layer is Conv2dLayer =>
  layer.kind === 'conv2d' && layer.weightShape[0] * layer.weightShape[1] > 1;

const kernelOf = (layers: readonly Conv2dLayer[]) =>
  [...new Set(layers.map(({ weightShape: [rows, columns] }) => `${rows} x ${columns}`))].join(', ');

interface Sums {
  readonly slices: number;
  readonly weights: number;
  readonly fitting: number;
  readonly chunks: number;
}

function perSlice(layers: readonly Conv2dLayer[], { slices, weights, fitting, chunks }: Sums): KernelSlices {
  const kernel = kernelOf(layers);
  return { kernel, slices, mean: weights / slices, fitting: fitting / slices, chunks: chunks / slices };
}

/** Counted from the weights of all convolutions together. @param size of the units */
export function countSlices(network: Network, size: number): KernelSlices {
  const layers = network.layers.filter(isSliced);
  let [slices, weights, fitting, chunks] = [0, 0, 0, 0];
  for (const { weight, weightShape } of layers) {
    const [rows, columns, channels, filters] = weightShape;
    for (let of = 0; of < channels * filters; of++) {
      let nonZero = 0;
      for (let tap = 0; tap < rows * columns; tap++) if (weight[tap * channels * filters + of] !== 0) nonZero++;
      slices++;
      weights += nonZero;
      if (nonZero <= size) fitting++;
      chunks += Math.ceil(nonZero / size);
    }
  }
  return perSlice(layers, { slices, weights, fitting, chunks });
}

/** Probability of at most `most` of `count`, each with `share`. */
function binomialAtMost(most: number, count: number, share: number): number {
  let sum = 0;
  for (let x = 0; x <= Math.min(most, count); x++) sum += binomial(count, share, x);
  return sum;
}

/**
 * Expected, with zeros anywhere by chance.
 * @param sparsity share of zeros by layer
 */
export function expectedSlices(
  network: Network,
  sparsity: Readonly<Record<string, number>>,
  size: number,
): KernelSlices {
  const layers = network.layers.filter(isSliced);
  let [slices, weights, fitting, chunks] = [0, 0, 0, 0];
  for (const { name, weightShape } of layers) {
    const [rows, columns, channels, filters] = weightShape;
    const [taps, density, count] = [rows * columns, 1 - (sparsity[name] ?? 0), channels * filters];
    slices += count;
    weights += count * taps * density;
    fitting += count * binomialAtMost(size, taps, density);
    chunks += count * expectedChunks(taps, density, size);
  }
  return perSlice(layers, { slices, weights, fitting, chunks });
}

/** What chunks that run over channels ask of a unit: patch entries of how many channels at once. */
export interface ChannelsAtOnce {
  readonly rows: number;
  readonly mean: number;
  readonly most: number;
}

/** Counted from the weights of all convolutions together, cut slice by slice or concatenated. */
export function channelsAtOnce(network: Network, size: number, mode: 'slice' | 'concatenated'): ChannelsAtOnce {
  let [rows, sum, most] = [0, 0, 0];
  for (const { weight, weightShape } of network.layers.filter(isSliced)) {
    const [height, width, channels, filters] = weightShape;
    const value = Float64Array.from(weight);
    const cut = chunkRows(value, filters, height * width * channels, size, { mode, channels });
    for (let row = 0; row < cut.rowFilter.length; row++) {
      const entries = cut.entryK.subarray(cut.rowStart[row]!, cut.rowStart[row + 1]!);
      const { size: different } = new Set(Array.from(entries, (k) => k % channels));
      rows++;
      sum += different;
      most = Math.max(most, different);
    }
  }
  return { rows, mean: sum / rows, most };
}
