/**
 * What calibration images make of a layer's partial sums with static effects only: the ranges of the ADCs follow from it. Maxima
 * and counts of parts of the images merge exactly, so that threads may have some each.
 */
import { sizeOf } from '../../base/batch.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { tableVariances } from '../../hardware/optics/noiseTable.js';
import { converterVariance } from '../compiler/layerConstants.js';
import type { LoadedLayer, RunStatistics } from '../kernels/contract.js';
import { runImages } from '../kernels/hostImages.js';
import { emptyCounts, type MagnitudeCounts, mergeCounts } from '../kernels/magnitudes.js';
import { inputShape, type MacProgram, outputShape } from '../program/types.js';
import type { ImageRange, InputSource } from './inputs.js';
import { QuantileSearch } from './quantile.js';
import { calibratedRange } from './range.js';

/** Of one layer on some images. Plain data. */
export interface LayerExtents {
  readonly maximumAbsoluteU: number;
  /** Largest noise variance, without converter noise. */
  readonly maximumVariance: number;
  /** Absent where magnitudes are not counted. */
  readonly magnitudes?: MagnitudeCounts | undefined;
}

/** Of each layer the `upper` of the counts of its magnitudes; null: nothing is counted. */
export type Counting = readonly MagnitudeCounts['upper'][] | null;

/** Of all layers on all calibration images, whoever measures which of them. */
export type MeasureAll = (counting: Counting) => Promise<readonly LayerExtents[]>;

/** u with static effects only: no read noise, no ADC. */
const STATIC_ONLY = { runSeed: 0, noise: false, adc: false } as const;

/** Images that a layer takes together where it can; few, since their inputs are copied. */
const TOGETHER = 16;

/** Static runs of a layer, whose images may wait for others: `flush` runs those that do. */
function staticRuns(layer: LoadedLayer, stats: RunStatistics) {
  const [inputs, outputs] = [inputShape, outputShape].map((shapeOf) => sizeOf(shapeOf(layer.program)));
  const most = 'runMany' in layer ? TOGETHER : 1;
  const images = new Int32Array(most);
  const waiting = new Float32Array(most * inputs!);
  const y = new Float32Array(most * outputs!);
  let count = 0;
  const flush = () => {
    if (count > 0)
      runImages(layer, waiting.subarray(0, count * inputs!), y.subarray(0, count * outputs!), {
        ...STATIC_ONLY,
        images: images.subarray(0, count),
        stats,
      });
    count = 0;
  };
  const add = (x: Float32Array) => {
    waiting.set(x, count++ * inputs!);
    if (count === most) flush();
  };
  return { add, flush };
}

/**
 * Extents of every layer on some calibration images.
 * @param layers without converter noise, which follows from the range.
 */
export function measureExtents(
  layers: readonly LoadedLayer[],
  inputs: InputSource,
  images: ImageRange,
  counting: Counting,
): LayerExtents[] {
  const stats = layers.map((_, l): RunStatistics => {
    const magnitudes = counting ? emptyCounts(counting[l]!) : undefined;
    return { maximumAbsoluteU: 0, maximumVariance: 0, magnitudes };
  });
  const runs = layers.map((layer, l) => staticRuns(layer, stats[l]!));
  inputs((l, x) => runs[l]!.add(x), images);
  for (const { flush } of runs) flush();
  return stats;
}

/** Extents on all images, of those on each part of them: [part][layer], at least one part. */
export function mergeExtents(parts: readonly (readonly LayerExtents[])[]): LayerExtents[] {
  return parts[0]!.map((_, l) => {
    const ofParts = parts.map((part) => part[l]!);
    const counts = ofParts.flatMap(({ magnitudes }) => magnitudes ?? []);
    return {
      maximumAbsoluteU: Math.max(...ofParts.map(({ maximumAbsoluteU }) => maximumAbsoluteU)),
      maximumVariance: Math.max(...ofParts.map(({ maximumVariance }) => maximumVariance)),
      magnitudes: counts.length > 0 ? mergeCounts(counts) : undefined,
    };
  });
}

/** What calibration images ask of a layer's ADC. */
export interface Extent {
  readonly range: number;
  readonly maximumAbsoluteU: number;
  readonly maximumVariance: number;
}

/** Largest |u| and six standard deviations of its noise: what a range must hold for nothing to clip. */
export function peakOf(hardware: HardwareDescription, { noise, adc }: MacProgram, extent: Extent): number {
  const { maximumAbsoluteU, maximumVariance } = extent;
  const converter = converterVariance(hardware, adc) + tableVariances(noise.table, maximumAbsoluteU).most;
  return maximumAbsoluteU + 6 * Math.sqrt(maximumVariance + converter);
}

/** Extents of all layers, and where a range is to hold a share of |u| only, the magnitudes that do: two passes then. */
async function measured(measure: MeasureAll, layers: readonly MacProgram[], { adc }: HardwareDescription) {
  if (adc.range !== 'calibrated' || adc.rangeQuantile === 1) {
    const extents = await measure(null);
    return { extents, magnitudes: extents.map(({ maximumAbsoluteU }) => maximumAbsoluteU) };
  }
  const searches = layers.map(() => new QuantileSearch(adc.rangeQuantile));
  const count = async () => {
    const extents = await measure(searches.map(({ counts }) => counts.upper));
    for (const [l, search] of searches.entries()) search.counts = extents[l]!.magnitudes!;
    return extents;
  };
  await count();
  for (const search of searches) search.refine();
  const extents = await count();
  return { extents, magnitudes: searches.map(({ value }) => value) };
}

/** What the images that `measure` is of ask of every layer's ADC. */
export async function extentsOf(
  measure: MeasureAll,
  layers: readonly MacProgram[],
  hardware: HardwareDescription,
): Promise<Extent[]> {
  const { extents, magnitudes } = await measured(measure, layers, hardware);
  return layers.map(({ kind }, l) => {
    const { maximumAbsoluteU, maximumVariance } = extents[l]!;
    const full = hardware.vdu[kind === 'conv2d' ? 'conv' : 'fc'].size;
    return { range: calibratedRange(full, magnitudes[l]!, maximumVariance), maximumAbsoluteU, maximumVariance };
  });
}
