/**
 * Activation scales, stream means and ADC ranges, in this order, from calibration images (sections 2 and 5 of the contract):
 * the inputs of the digital network, on the wasm backend whatever the run's backend, so that the choice of backend cannot
 * change them.
 */

import { sizeOf } from '../../base/batch.js';
import { NetworkError } from '../../base/errors.js';
import { loadTf } from '../../base/tensorflow/tf.js';
import { takeTurn } from '../../base/tensorflow/turns.js';
import { quoted } from '../../base/text/printable.js';
import type { HardwareDescription } from '../../hardware/description.js';
import type { MeasuredChip } from '../../hardware/optics/measuredChip.js';
import type { Network } from '../../networks/types.js';
import { createKernels } from '../backends/index.js';
import { type Compile, compileNetwork } from '../compiler/compile.js';
import {
  activationDacOf,
  chirpOf_nm,
  type LayerScale,
  vcselFloor,
  withAdcRange,
  withoutConverterNoise,
} from '../compiler/layerConstants.js';
import type { LayerSpec } from '../compiler/layerSpec.js';
import { macSpecs } from '../compiler/network.js';
import type { Kernels } from '../kernels/contract.js';
import { countMagnitudes } from '../kernels/magnitudes.js';
import { quantiseActivations } from '../kernels/referenceSteps.js';
import type { CalibrationImages, Program } from '../program/types.js';
import { ExtentMemory, type LayerExtents } from './extentMemory.js';
import { type Counting, type Extent, extentsOf, type MeasureAll, measureExtents, peakOf } from './extents.js';
import { givenScales } from './givenScales.js';
import { calibrationInputs, type ImageRange, type InputSource, type OnProgress, watched } from './inputs.js';
import { QuantileSearch } from './quantile.js';
import { SNR_IMAGES, snrMeter } from './snr.js';
import { type StreamMeasure, streamMeter } from './streamMeans.js';

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

/** What the images say of a network, whatever the hardware and the chip; `compileForChip` takes it. */
export interface Calibration {
  readonly activationScales: readonly number[];
  /** Those that the network brings along; null where it does not. */
  readonly givenScales: readonly (number | null)[];
  readonly inputs: InputSource;
  /** Images that their inputs are computed of at a time: whoever takes a part of them begins at a multiple. */
  readonly atOnce: number;
  /** How many images there are. */
  readonly count: number;
  /** What was measured of each layer's stream so far, null of dense layers, by what the VCSELs emit. */
  readonly streams: Map<string, readonly (StreamMeasure | null)[]>;
  /** Mean activations of each layer, where they were asked for, by what the VCSELs emit. */
  readonly means: Map<string, readonly LayerMeans[]>;
  /** What the layers that were compiled last came to on the inputs. */
  readonly extents: ExtentMemory;
  /** Gives back what it keeps of the images if that is much, for when a chip is compiled; compiling again computes it anew. */
  release(): void;
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
    const { inputs, atOnce, release } = calibrationInputs(await loadTf('wasm'), network, images);
    const seen = watched(inputs, 'activations of the calibration images', specs.length * count, onProgress);
    const scales = activationScales(seen, specs.length, hardware.calibration.activationQuantile);
    const given = givenScales(network);
    const found = { activationScales: scales, givenScales: given };
    const remembered = { streams: new Map(), means: new Map(), extents: new ExtentMemory() };
    return { inputs, atOnce, count, release, ...found, ...remembered };
  });
}

/** Signal-to-noise ratios on the first calibration images. */
function snrsOf(kernels: Kernels, program: Program, { inputs }: Calibration): Promise<(number | null)[]> {
  return takeTurn(async () => {
    await loadTf('wasm');
    const meter = snrMeter(kernels, program);
    inputs((layer, x) => meter.add(layer, x), { first: 0, end: SNR_IMAGES });
    return meter.measure();
  });
}

/** How a chip is compiled. */
export interface ChipOptions {
  /** What of the chip is not drawn. */
  readonly measured?: MeasuredChip | null | undefined;
  readonly onProgress?: OnProgress | undefined;
  /** Default: in this thread. */
  readonly compile?: Compile;
  /** Whether the layers have signal-to-noise ratios; default true. A run does not need them. */
  readonly withSnr?: boolean | undefined;
  /**
   * Has several threads measure the ADC ranges; absent: this one measures them on all images.
   * @param here measures on some images in this thread.
   */
  readonly share?: (
    counting: Counting,
    here: (images: ImageRange) => Promise<LayerExtents[]>,
  ) => Promise<readonly LayerExtents[]>;
}

/** What layers ask of their ADCs on the calibration images. @param program as compiled, ranges unknown. */
async function measureRanges(
  kernels: Kernels,
  program: Program,
  { inputs, count, extents: memory }: Calibration,
  { share, onProgress }: ChipOptions,
): Promise<Extent[]> {
  const { hardware } = program;
  const silent = { ...program, layers: program.layers.map((layer) => withoutConverterNoise(layer, hardware)) };
  const here = (images: ImageRange, counting: Counting) =>
    takeTurn(async () => {
      await loadTf('wasm');
      kernels.free();
      const steps = silent.layers.length * (images.end - images.first);
      const seen = watched(inputs, 'ranges of the ADCs', steps, onProgress);
      return measureExtents(kernels, silent, { inputs: seen, images, memory }, counting);
    });
  const all = { first: 0, end: count };
  const measure: MeasureAll = (counting) =>
    share ? share(counting, (images) => here(images, counting)) : here(all, counting);
  return extentsOf(measure, silent.layers, hardware);
}

/** Compiles a network for one chip, ADC ranges calibrated (or `full`, or as given). */
export async function compileForChip(
  network: Network,
  hardware: HardwareDescription,
  chipSeed: number,
  calibration: Calibration,
  options: ChipOptions = {},
): Promise<Program> {
  const { range } = hardware.adc;
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
  options.onProgress?.('gains, weights and noise of the layers', 0, 1);
  const { measured = null, compile = compileNetwork } = options;
  const program = await compile(network, hardware, { chipSeed, scales, measured });
  const kernels = await createKernels('wasm');
  try {
    const extents = await measureRanges(kernels, program, calibration, options);
    const layers = program.layers.map((layer, i) => {
      const extent = extents[i]!;
      const ranged = range === 'calibrated' ? withAdcRange(layer, hardware, extent.range) : layer;
      return { ...ranged, peak: peakOf(hardware, ranged, extent) };
    });
    kernels.free();
    const snr_dB = options.withSnr === false ? null : await snrsOf(kernels, { ...program, layers }, calibration);
    const { images } = calibration;
    const measuredOn = images ? { calibration: images } : {};
    const warnings = [...program.warnings, ...fallbackWarnings(hardware, macSpecs(network), calibration.givenScales)];
    return {
      ...program,
      warnings,
      ...measuredOn,
      layers: snr_dB ? layers.map((layer, l) => ({ ...layer, snr_dB: snr_dB[l]! })) : layers,
    };
  } finally {
    kernels.free();
  }
}
