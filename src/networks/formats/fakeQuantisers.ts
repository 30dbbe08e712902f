/**
 * Checkpoints of quantisation-aware training (torch.ao.quantization): weights are brought to the grid of their fake
 * quantisers, as the forward pass does; observers and the quantisers of activations are left out, since the emulated
 * converters have ranges of their own.
 */
import { FormatError } from '../../base/errors.js';
import { roundHalfEven } from '../../base/roundHalfEven.js';
import { printable } from '../../base/text/printable.js';
import type { Constant } from './import/constant.js';

const WEIGHT = 'weight_fake_quant.';
const OF_WEIGHT = /(^|\.)weight_fake_quant\./;
const OF_ACTIVATION = /(^|\.)activation_post_process(_\d+)?\./;
/** Of batch normalisations in the fused layers of QAT, which have no way to say another. */
const EPSILON = 1e-5;
/** Codes of qint8 less one, PyTorch's default for weights, where nothing observed says how many there are. */
const DEFAULT_STEPS = 255;

interface Grid {
  /** One step for all filters, or one a filter. */
  readonly scale: Constant;
  readonly zeroPoint: Constant | undefined;
  readonly least: Constant | undefined;
  readonly most: Constant | undefined;
}

/** First and last code of a grid, counted from zero's, in PyTorch's rule for symmetric and for affine quantisers. */
function codes({ scale, zeroPoint, least, most }: Grid, i: number): readonly [number, number] {
  const step = scale.data[scale.data.length === 1 ? 0 : i]!;
  const [low, high] = [least, most].map((end) => end?.data[end.data.length === 1 ? 0 : i]);
  const isKnown =
    low !== undefined && high !== undefined && Number.isFinite(low) && Number.isFinite(high) && low <= high;
  const isSymmetric = zeroPoint?.data.every((value) => value === 0) ?? true;
  if (isSymmetric) {
    const largest = isKnown ? Math.max(-low, high) : 0;
    const steps = largest > 0 ? Math.round((2 * largest) / step) : DEFAULT_STEPS;
    return [-Math.ceil(steps / 2), Math.floor(steps / 2)];
  }
  return isKnown
    ? [Math.round(Math.min(low, 0) / step), Math.round(Math.max(high, 0) / step)]
    : [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
}

/** Values on the grid; `factor` is what the layer multiplies each filter by before it quantises. */
function onGrid(weight: Constant, grid: Grid, factor: readonly number[] | null): Constant {
  const filters = weight.shape[0]!;
  const size = weight.data.length / filters;
  const data = weight.data.slice();
  for (let filter = 0; filter < filters; filter++) {
    const step = grid.scale.data[grid.scale.data.length === 1 ? 0 : filter]!;
    const inverse = Math.fround(1 / step);
    const [first, last] = codes(grid, filter);
    const by = factor?.[filter] ?? 1;
    for (let i = filter * size; i < (filter + 1) * size; i++) {
      const code = roundHalfEven(Math.fround(Math.fround(data[i]! * by) * inverse));
      data[i] = (Math.min(Math.max(code, first), last) * step) / by;
    }
  }
  return { shape: weight.shape, data };
}

/** gamma / sqrt(variance + epsilon) of the normalisation within a fused layer, which quantises the folded weights. */
function foldedFactor(tensors: ReadonlyMap<string, Constant>, module: string): readonly number[] | null {
  const [gamma, variance] = ['bn.weight', 'bn.running_var'].map((name) => tensors.get(module + name));
  if (!gamma || !variance || gamma.data.length !== variance.data.length) return null;
  return [...gamma.data].map((value, i) => value / Math.sqrt(variance.data[i]! + EPSILON));
}

/** The weight of `module`, quantised; null where its quantiser is switched off. */
function quantised(tensors: ReadonlyMap<string, Constant>, module: string, place: string): Constant | null {
  const of = (name: string) =>
    tensors.get(module + WEIGHT + name) ?? tensors.get(`${module}${WEIGHT}activation_post_process.${name}`);
  const weight = tensors.get(`${module}weight`);
  const scale = of('scale');
  if (!weight || !scale || of('fake_quant_enabled')?.data[0] === 0) return null;
  const refuse = (problem: string) =>
    new FormatError(`${place}: tensor '${printable(`${module}${WEIGHT}scale`)}': ${problem}`);
  const filters = weight.shape[0] ?? 0;
  if (filters === 0 || (scale.data.length !== 1 && scale.data.length !== filters))
    throw refuse(
      `${scale.data.length} scales for the ${filters} filters of the weight [${weight.shape}]; one, or one a filter is needed`,
    );
  if (!scale.data.every((value) => value > 0 && Number.isFinite(value)))
    throw refuse('a scale is not above 0; save the file again');
  const factor = foldedFactor(tensors, module);
  if (factor && (factor.length !== filters || factor.some((value) => value === 0)))
    throw refuse('the normalisation within the layer does not fit its weight');
  return onGrid(weight, { scale, zeroPoint: of('zero_point'), least: of('min_val'), most: of('max_val') }, factor);
}

/**
 * Tensors without quantisers and observers, the weights on their grids.
 * @throws FormatError for scales that do not fit their weight
 */
export function applyFakeQuantisers(
  given: ReadonlyMap<string, Constant>,
  place: string,
): { readonly tensors: ReadonlyMap<string, Constant>; readonly notes: readonly string[] } {
  const tensors = new Map<string, Constant>();
  let onTheirGrid = 0;
  const leftOut = new Set<string>();
  for (const [name, tensor] of given) {
    if (OF_WEIGHT.test(name)) continue;
    const observer = OF_ACTIVATION.exec(name);
    if (observer) {
      leftOut.add(name.slice(0, observer.index + observer[0].length));
      continue;
    }
    const module = /^(.*\.|)weight$/.exec(name)?.[1];
    const values = module === undefined ? null : quantised(given, module, place);
    if (values) onTheirGrid++;
    tensors.set(name, values ?? tensor);
  }
  return {
    tensors,
    notes: [
      ...(onTheirGrid > 0 ? [`${onTheirGrid} weights are rounded to the grid of their fake quantisers`] : []),
      ...(leftOut.size > 0
        ? [
            `${leftOut.size} quantisers or observers of activations are left out: calibration finds the converters' ranges`,
          ]
        : []),
    ],
  };
}
