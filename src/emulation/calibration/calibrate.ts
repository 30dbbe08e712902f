/**
 * Activation scales, stream means and ADC ranges, in this order, from calibration images (sections 2 and 5 of the contract):
 * the inputs of the digital network, on the wasm backend whatever the run's backend, so that the choice of backend cannot
 * change them.
 */

import { imagesOf, sizeOf } from '../../base/batch.js';
import { NetworkError } from '../../base/errors.js';
import { loadTf, type Tf } from '../../base/tensorflow/tf.js';
import { takeTurn } from '../../base/tensorflow/turns.js';
import { quoted } from '../../base/text/printable.js';
import type { HardwareDescription } from '../../hardware/description.js';
import type { MeasuredChip } from '../../hardware/optics/measuredChip.js';
import { tableVariances } from '../../hardware/optics/noiseTable.js';
import { forwardFiniteSync } from '../../networks/finite.js';
import { loadDigitalNetwork } from '../../networks/forward.js';
import { imagesAtOnce } from '../../networks/shapes.js';
import type { Network } from '../../networks/types.js';
import { createKernels } from '../backends/index.js';
import { compileNetwork } from '../compiler/compile.js';
import {
  activationDacOf,
  chirpOf_nm,
  converterVariance,
  type LayerScale,
  vcselFloor,
  withAdcRange,
  withoutConverterNoise,
} from '../compiler/layerConstants.js';
import type { LayerSpec } from '../compiler/layerSpec.js';
import { macSpecs } from '../compiler/network.js';
import type { Kernels, LoadedLayer, RunStatistics } from '../kernels/contract.js';
import { runImages } from '../kernels/hostImages.js';
import { countMagnitudes } from '../kernels/magnitudes.js';
import { quantiseActivations } from '../kernels/referenceSteps.js';
import { type CalibrationImages, inputShape, type MacProgram, outputShape, type Program } from '../program/types.js';
import { givenScales } from './givenScales.js';
import { QuantileSearch } from './quantile.js';
import { calibratedRange } from './range.js';
import { SNR_IMAGES, snrMeter } from './snr.js';
import { type StreamMeasure, streamMeter } from './streamMeans.js';

/** Bytes that the widest activations of the images at a time may take: TensorFlow.js holds several such. */
const BATCH_BYTES = 2 ** 26;
/** Inputs of all layers on all images are kept up to this; beyond it they are computed anew for each pass over them. */
const KEPT_BYTES = 2 ** 26;

/**
 * Calls `sink` with the digital network's input of every MAC layer, of all calibration images or of the first `most`. The
 * images of a layer come in their order; layers come in any.
 */
type InputSource = (sink: (layer: number, x: Float32Array) => unknown, most?: number) => void;

/** Called now and then with what is being done, and how much of it is. */
export type OnProgress = (what: string, done: number, of: number) => void;

/** The same inputs, which tell how many of them have been taken. */
function watched(source: InputSource, what: string, of: number, onProgress: OnProgress | undefined): InputSource {
  if (!onProgress) return source;
  return (sink, most) => {
    let done = 0;
    source((layer, x) => {
      onProgress(what, done++, of);
      return sink(layer, x);
    }, most);
  };
}

function digitalInputs(tf: Tf, network: Network, images: Float32Array): InputSource {
  const size = sizeOf(network.inputShape);
  const batches = Math.ceil(images.length / size / imagesAtOnce(network, BATCH_BYTES));
  // Of one size, as far as they can: TensorFlow.js keeps what it made room for.
  const atOnce = Math.ceil(images.length / size / batches);
  const indexOf = new Map(macSpecs(network).map((spec) => [spec.name, spec.index]));
  return (sink, most = Number.POSITIVE_INFINITY) => {
    const end = Math.min(images.length, most * size);
    const digital = loadDigitalNetwork(tf, network);
    try {
      for (let start = 0; start < end / size; start += atOnce) {
        const batch = images.subarray(start * size, Math.min((start + atOnce) * size, end));
        const count = batch.length / size;
        const places = Int32Array.from({ length: count }, (_, i) => start + i);
        tf.tidy(() => {
          forwardFiniteSync(tf, digital, tf.tensor(batch, [count, ...network.inputShape]), places, {
            onLayer: (layer, [input]) => {
              const index = indexOf.get(layer.name);
              if (index === undefined) return;
              const values = input!.dataSync() as Float32Array;
              for (let image = 0; image < count; image++) sink(index, imagesOf(values, count, image));
            },
          });
        });
      }
    } finally {
      digital.dispose();
    }
  };
}

/** The same inputs, kept from the first pass over all images on where they are few. */
function keptInputs(source: InputSource, network: Network, count: number): InputSource {
  const elements = macSpecs(network).reduce(
    (sum, spec) => sum + (spec.kind === 'conv2d' ? sizeOf(spec.geometry.input) : spec.inputs),
    0,
  );
  if (4 * elements * count > KEPT_BYTES) return source;
  let kept: (readonly Float32Array[])[] | null = null;
  return (sink, most = Number.POSITIVE_INFINITY) => {
    if (kept === null && most < count) return source(sink, most);
    if (kept === null) {
      const inputs = macSpecs(network).map((): Float32Array[] => []);
      source((layer, x) => inputs[layer]!.push(x.slice()));
      kept = inputs;
    }
    kept.forEach((ofLayer, layer) => {
      for (const x of ofLayer.slice(0, most)) sink(layer, x);
    });
  };
}

/** Quantiles of the magnitudes that two calls of `pass` count, layer by layer. */
function quantiles(searches: readonly QuantileSearch[], pass: () => void): number[] {
  pass();
  for (const search of searches) search.refine();
  pass();
  return searches.map(({ value }) => value);
}

function activationScales(inputs: InputSource, layers: number, quantile: number): number[] {
  if (quantile < 1) {
    const searches = Array.from({ length: layers }, () => new QuantileSearch(quantile));
    return quantiles(searches, () => inputs((layer, x) => countMagnitudes(x, searches[layer]!.counts)));
  }
  const largest = new Array<number>(layers).fill(0);
  inputs((layer, x) => {
    let most = largest[layer]!;
    for (let i = 0; i < x.length; i++) most = Math.max(most, Math.abs(x[i]!));
    largest[layer] = most;
  });
  return largest;
}

/** What of a description decides on what VCSELs emit. */
function emittersKey(hardware: HardwareDescription): string {
  const { effects, activationDac, calibration } = hardware;
  return JSON.stringify([
    effects.activationQuantisation,
    activationDac.bits,
    vcselFloor(hardware),
    calibration.activationScale,
  ]);
}

/**
 * S_x of every layer: those that calibration found, 1 where every image has its own, or those of a quantised network.
 * @throws NetworkError where they are to be given and none is.
 */
function scalesOn(hardware: HardwareDescription, calibration: Calibration): readonly number[] {
  const { activationScales: found, givenScales: given } = calibration;
  switch (hardware.calibration.activationScale) {
    case 'perImage':
      return found.map(() => 1);
    case 'given':
      if (given.some((scale) => scale !== null)) return found.map((scale, i) => given[i] ?? scale);
      throw new NetworkError(
        'calibration.activationScale given: no layer takes activations on a grid of the network; it is not a quantised one, so calibrate (calibrated) or measure (perImage)',
      );
    default:
      return found;
  }
}

/** Said where scales are to be given and some layers have none: those keep what calibration found. */
function fallbackWarnings(
  hardware: HardwareDescription,
  specs: readonly LayerSpec[],
  given: Calibration['givenScales'],
) {
  if (hardware.calibration.activationScale !== 'given') return [];
  const without = specs.filter((_, i) => given[i] === null).map(({ name }) => quoted(name));
  if (without.length === 0) return [];
  return [
    `calibration.activationScale given: the network gives no scale to ${without.length} of ${specs.length} layers, whose input is on no grid; they have calibrated ones: ${without.join(', ')}`,
  ];
}

/** A layer's DAC and scale on the described hardware. */
function converterOf(spec: LayerSpec, hardware: HardwareDescription, activationScale: number) {
  const perImage = hardware.calibration.activationScale === 'perImage';
  return {
    activationScale,
    activationDac: activationDacOf(spec.name, hardware, activationScale),
    ...(perImage ? { scaling: 'perImage' as const } : {}),
  };
}

/** Of a layer's quantised activations over calibration images. */
interface LayerMeans {
  readonly mean: number;
  /** Of the image with least, zeros aside. */
  readonly least: number;
}

/** Means of the quantised activations of every layer, passes weighing the same, where the light follows from them. */
function meansOf(
  calibration: Calibration,
  specs: readonly LayerSpec[],
  hardware: HardwareDescription,
): readonly LayerMeans[] | null {
  if (hardware.calibration.photonsPerMultiplication === null) return null;
  const key = emittersKey(hardware);
  const known = calibration.means.get(key);
  if (known) return known;
  const scales = scalesOn(hardware, calibration);
  const sums = specs.map(() => ({ sum: 0, count: 0, least: Number.POSITIVE_INFINITY }));
  calibration.inputs((l, x) => {
    const [spec, of] = [specs[l]!, sums[l]!];
    if (scales[l] === 0) return;
    const converter = converterOf(spec, hardware, scales[l]!);
    const passes = spec.twoPasses ? 2 : 1;
    let sum = 0;
    for (let pass = 0; pass < passes; pass++) for (const v of quantiseActivations(converter, x, pass).value) sum += v;
    of.sum += sum;
    of.count += passes * x.length;
    if (sum > 0) of.least = Math.min(of.least, sum / (passes * x.length));
  });
  const means = sums.map(({ sum, count, least }) => ({ mean: count === 0 ? 0 : sum / count, least }));
  calibration.means.set(key, means);
  return means;
}

/**
 * What streams past the banks of every convolution on the described hardware, measured once for all descriptions whose VCSELs
 * emit the same; nothing is measured where nothing depends on it.
 */
function streamsOf(
  calibration: Calibration,
  specs: readonly LayerSpec[],
  hardware: HardwareDescription,
): readonly (StreamMeasure | null)[] {
  if (!hardware.effects.selfHeating && chirpOf_nm(hardware) === 0) return specs.map(() => null);
  const { inputs, streams } = calibration;
  const scales = scalesOn(hardware, calibration);
  const key = emittersKey(hardware);
  const known = streams.get(key);
  if (known) return known;
  const meters = specs.map((spec, i) => {
    if (spec.kind !== 'conv2d') return null;
    return streamMeter(spec.geometry, {
      ...converterOf(spec, hardware, scales[i]!),
      floor: vcselFloor(hardware),
      passes: spec.twoPasses ? 2 : 1,
    });
  });
  // Streams of dense layers are their weights': a network of them alone has nothing to measure.
  if (meters.some((meter) => meter !== null)) inputs((layer, x) => meters[layer]?.add(x));
  const measured = meters.map((meter) => meter?.measure() ?? null);
  streams.set(key, measured);
  return measured;
}

/** u with static effects only: no read noise, no ADC. */
const STATIC_ONLY = { runSeed: 0, noise: false, adc: false } as const;

/** What calibration images make of a layer's partial sums. */
interface Extent {
  /** The range that they ask for. */
  readonly range: number;
  readonly maximumAbsoluteU: number;
  /** Largest noise variance, without converter noise. */
  readonly maximumVariance: number;
}

/** Largest |u| and six standard deviations of its noise: what a range must hold for nothing to clip. */
function peakOf(hardware: HardwareDescription, { noise, adc }: MacProgram, extent: Extent): number {
  const { maximumAbsoluteU, maximumVariance } = extent;
  const converter = converterVariance(hardware, adc) + tableVariances(noise.table, maximumAbsoluteU).most;
  return maximumAbsoluteU + 6 * Math.sqrt(maximumVariance + converter);
}

/** Images that a layer takes together where it can; few, since their inputs are copied. */
const TOGETHER = 16;

/** Static runs of a layer, whose images may wait for others: `flush` runs those that do. */
function staticRuns(layer: LoadedLayer) {
  const [inputs, outputs] = [inputShape, outputShape].map((shapeOf) => sizeOf(shapeOf(layer.program)));
  const most = 'runMany' in layer ? TOGETHER : 1;
  const images = new Int32Array(most);
  const waiting = new Float32Array(most * inputs!);
  const y = new Float32Array(most * outputs!);
  let count = 0;
  const flush = (stats: RunStatistics) => {
    if (count > 0)
      runImages(layer, waiting.subarray(0, count * inputs!), y.subarray(0, count * outputs!), {
        ...STATIC_ONLY,
        images: images.subarray(0, count),
        stats,
      });
    count = 0;
  };
  const add = (x: Float32Array, stats: RunStatistics) => {
    waiting.set(x, count++ * inputs!);
    if (count === most) flush(stats);
  };
  return { add, flush };
}

/** @param layers without converter noise, which follows from the range. */
function extentsOf(inputs: InputSource, layers: readonly LoadedLayer[], hardware: HardwareDescription): Extent[] {
  const runs = layers.map(staticRuns);
  const maxima = layers.map((): RunStatistics => ({ maximumAbsoluteU: 0, maximumVariance: 0 }));
  const { range, rangeQuantile } = hardware.adc;
  const searches = layers.map(() => new QuantileSearch(rangeQuantile));
  const pass = (isCounted: boolean) => {
    const stats = maxima.map(
      (of, l): RunStatistics => ({ ...of, magnitudes: isCounted ? searches[l]!.counts : undefined }),
    );
    inputs((l, x) => runs[l]!.add(x, stats[l]!));
    runs.forEach(({ flush }, l) => {
      flush(stats[l]!);
      const { maximumAbsoluteU, maximumVariance } = stats[l]!;
      maxima[l] = { maximumAbsoluteU, maximumVariance };
    });
  };
  const isCounted = range === 'calibrated' && rangeQuantile < 1;
  const counted = isCounted ? quantiles(searches, () => pass(true)) : null;
  if (!counted) pass(false);
  return layers.map(({ program }, l) => {
    const { maximumAbsoluteU, maximumVariance } = maxima[l]!;
    const magnitude = counted ? counted[l]! : maximumAbsoluteU;
    const full = hardware.vdu[program.kind === 'conv2d' ? 'conv' : 'fc'].size;
    return { range: calibratedRange(full, magnitude, maximumVariance), maximumAbsoluteU, maximumVariance };
  });
}

/** What the images say of a network, whatever the hardware and the chip; `compileForChip` takes it. */
export interface Calibration {
  readonly activationScales: readonly number[];
  /** Those that the network brings along; null where it does not. */
  readonly givenScales: readonly (number | null)[];
  readonly inputs: InputSource;
  /** How many images there are. */
  readonly count: number;
  /** What was measured of each layer's stream so far, null of dense layers, by what the VCSELs emit. */
  readonly streams: Map<string, readonly (StreamMeasure | null)[]>;
  /** Mean activations of each layer, where they were asked for, by what the VCSELs emit. */
  readonly means: Map<string, readonly LayerMeans[]>;
  /** Which images they are, where that is known. */
  readonly images?: CalibrationImages;
}

/**
 * Activation scales of every MAC layer; of the hardware only the quantile matters.
 * @param images the calibration images as the network's input, float32, [count, ...inputShape].
 * @throws RangeError where there is none, or not whole images.
 * @throws NetworkError naming layer and calibration image where a value is not finite.
 */
export async function calibrate(
  network: Network,
  hardware: HardwareDescription,
  images: Float32Array,
  onProgress?: OnProgress,
): Promise<Calibration> {
  const size = sizeOf(network.inputShape);
  if (images.length === 0 || images.length % size !== 0)
    throw new RangeError(`${images.length} values are not calibration images of ${size}`);
  const specs = macSpecs(network);
  return takeTurn(async () => {
    const count = images.length / size;
    const inputs = keptInputs(digitalInputs(await loadTf('wasm'), network, images), network, count);
    const seen = watched(inputs, 'activations of the calibration images', specs.length * count, onProgress);
    const scales = activationScales(seen, specs.length, hardware.calibration.activationQuantile);
    const given = givenScales(network);
    return { inputs, count, activationScales: scales, givenScales: given, streams: new Map(), means: new Map() };
  });
}

/** Signal-to-noise ratios on the first calibration images. */
function snrsOf(kernels: Kernels, program: Program, { inputs }: Calibration): Promise<(number | null)[]> {
  return takeTurn(async () => {
    await loadTf('wasm');
    const meter = snrMeter(kernels, program);
    inputs((layer, x) => meter.add(layer, x), SNR_IMAGES);
    return meter.measure();
  });
}

/**
 * Compiles a network for one chip, ADC ranges calibrated (or `full`, or as given).
 * @param measured what of it is not drawn.
 */
export async function compileForChip(
  network: Network,
  hardware: HardwareDescription,
  chipSeed: number,
  calibration: Calibration,
  measured: MeasuredChip | null = null,
  onProgress?: OnProgress,
): Promise<Program> {
  const { range } = hardware.adc;
  const layersAndImages = calibration.activationScales.length * calibration.count;
  const { streams, means } = await takeTurn(async () => {
    // Another run may have left another backend the current one.
    await loadTf('wasm');
    const specs = macSpecs(network);
    return { streams: streamsOf(calibration, specs, hardware), means: meansOf(calibration, specs, hardware) };
  });
  const scales = scalesOn(hardware, calibration).map(
    (activationScale, i): LayerScale => ({
      activationScale,
      ...streams[i],
      ...(means ? { meanActivation: means[i]!.mean, leastActivation: means[i]!.least } : {}),
      ...(typeof range === 'number' ? { adcRange: range } : {}),
    }),
  );
  onProgress?.('gains, weights and noise of the layers', 0, 1);
  const program = compileNetwork(network, hardware, { chipSeed, scales, measured });
  const kernels = await createKernels('wasm');
  try {
    const extents = await takeTurn(async () => {
      await loadTf('wasm');
      const silent = program.layers.map((layer) => withoutConverterNoise(layer, hardware));
      const inputs = watched(calibration.inputs, 'ranges of the ADCs', layersAndImages, onProgress);
      return extentsOf(inputs, kernels.load({ ...program, layers: silent }), hardware);
    });
    const layers = program.layers.map((layer, i) => {
      const extent = extents[i]!;
      const ranged = range === 'calibrated' ? withAdcRange(layer, hardware, extent.range) : layer;
      return { ...ranged, peak: peakOf(hardware, ranged, extent) };
    });
    kernels.free();
    const snr_dB = await snrsOf(kernels, { ...program, layers }, calibration);
    const { images } = calibration;
    const measuredOn = images ? { calibration: images } : {};
    const warnings = [...program.warnings, ...fallbackWarnings(hardware, macSpecs(network), calibration.givenScales)];
    return {
      ...program,
      warnings,
      ...measuredOn,
      layers: layers.map((layer, l) => ({ ...layer, snr_dB: snr_dB[l]! })),
    };
  } finally {
    kernels.free();
  }
}
