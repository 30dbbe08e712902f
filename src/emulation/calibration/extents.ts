/**
 * What calibration images make of a layer's partial sums with static effects only: the ranges of the ADCs follow from it. Maxima
 * and counts of parts of the images merge exactly, so that threads may have some each.
 */
import { sizeOf } from '../../base/batch.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { tableVariances } from '../../hardware/optics/noiseTable.js';
import { converterVariance } from '../compiler/layerConstants.js';
import { checkInput } from '../kernels/checkInput.js';
import type { Kernels, LoadedLayer, RunStatistics } from '../kernels/contract.js';
import { opticalPart, scaledInput } from '../kernels/electronics.js';
import { runImages } from '../kernels/hostImages.js';
import { emptyCounts, type MagnitudeCounts, mergeCounts } from '../kernels/magnitudes.js';
import { inputShape, type MacProgram, outputShape, type Program } from '../program/types.js';
import type { ExtentMemory, ExtentQuestion, LayerExtents } from './extentMemory.js';
import { likelyRows, openRows, rowBounds, withRows } from './extremeRows.js';
import type { ImageRange, InputSource } from './inputs.js';
import { QuantileSearch } from './quantile.js';
import { calibratedRange } from './range.js';

/** Of each layer the `upper` of the counts of its magnitudes; null: nothing is counted. */
export type Counting = readonly MagnitudeCounts['upper'][] | null;

/** Of all layers on all calibration images, whoever measures which of them. */
export type MeasureAll = (counting: Counting) => Promise<readonly LayerExtents[]>;

/** u with static effects only: no read noise, no ADC. */
const STATIC_ONLY = { runSeed: 0, noise: false, adc: false } as const;

/** Images that a layer takes together where it can; few, since their inputs are copied. */
const TOGETHER = 16;

/** Takes images one by one; those that wait for others are run by `flush`. */
interface StaticRuns {
  add(x: Float32Array): void;
  flush(): void;
}

function staticRuns(layer: LoadedLayer, stats: RunStatistics): StaticRuns {
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

/** Images on which the rows that are tried first say what the maxima are at least. */
const FIRST_IMAGES = 4;

/** Only rows that can hold a maximum, where it is known which. */
function extremeRuns(load: (layer: MacProgram) => LoadedLayer, program: MacProgram, stats: RunStatistics): StaticRuns {
  const bounds = rowBounds(program);
  if (!bounds || program.kind !== 'conv2d') return staticRuns(load(program), stats);
  const runsOf = (rows: readonly number[]) => staticRuns(load(withRows(program, rows)), stats);
  const first: Float32Array[] = [];
  let open: StaticRuns | null = null;
  const start = (): StaticRuns => {
    const likely = runsOf(likelyRows(bounds));
    for (const x of first) likely.add(x);
    likely.flush();
    open = runsOf(openRows(bounds, stats));
    for (const x of first.splice(0)) open.add(x);
    return open;
  };
  return {
    add(x) {
      if (open) return open.add(x);
      first.push(x.slice());
      if (first.length === FIRST_IMAGES) start();
    },
    flush() {
      (open ?? start()).flush();
    },
  };
}

/** What is measured on. */
export interface MeasuredImages {
  readonly inputs: InputSource;
  readonly images: ImageRange;
  /** Of these inputs. */
  readonly memory: ExtentMemory;
}

/**
 * Extents of every layer on some calibration images.
 * @param kernels where the layers find room.
 * @param program without converter noise, which follows from the range.
 */
export function measureExtents(
  kernels: Kernels,
  program: Program,
  { inputs, images, memory }: MeasuredImages,
  counting: Counting,
): LayerExtents[] {
  const load = (layer: MacProgram) => kernels.load({ ...program, layers: [layer] })[0]!;
  const layers = program.layers.map((layer, l) => {
    const question: ExtentQuestion = { images, upper: counting?.[l] };
    const known = memory.recall(layer, question);
    if (known) return { extents: known };
    const magnitudes = counting ? emptyCounts(counting[l]!) : undefined;
    const extents: RunStatistics = { maximumAbsoluteU: 0, maximumVariance: 0, magnitudes };
    // The electronics around a layer make nothing of its partial sums.
    const optical = opticalPart(layer);
    const runs = counting ? staticRuns(load(optical), extents) : extremeRuns(load, optical, extents);
    return { layer, question, extents, runs };
  });
  if (layers.some(({ runs }) => runs))
    inputs((l, x) => {
      const { layer, runs } = layers[l]!;
      if (!runs) return;
      // The kernels check what they are given, which here is not the image.
      if (layer.scaling !== undefined) checkInput(layer, x);
      runs.add(scaledInput(layer, x));
    }, images);
  return layers.map(({ layer, question, runs, extents }) => {
    runs?.flush();
    if (runs) memory.keep(layer, question, extents);
    return extents;
  });
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
