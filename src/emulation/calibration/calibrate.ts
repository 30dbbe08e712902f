/**
 * Activation scales, stream means and ADC ranges, in this order, from calibration images (sections 2 and 5 of the contract):
 * the inputs of the digital network, on the wasm backend whatever the run's backend, so that the choice of backend cannot
 * change them.
 */

import { sizeOf } from '../../base/batch.js';
import { loadTf } from '../../base/tensorflow/tf.js';
import { takeTurn } from '../../base/tensorflow/turns.js';
import type { HardwareDescription } from '../../hardware/description.js';
import type { MeasuredChip } from '../../hardware/optics/measuredChip.js';
import type { Network } from '../../networks/types.js';
import type { LayerScale } from '../compiler/layerConstants.js';
import { macSpecs } from '../compiler/network.js';
import { countMagnitudes } from '../kernels/magnitudes.js';
import type { CalibrationImages, Program } from '../program/types.js';
import { type OpenTeam, teamOfOne } from './chipTeam.js';
import { ExtentMemory } from './extentMemory.js';
import { givenScales } from './givenScales.js';
import { type CalibrationInputs, calibrationInputs, type InputSource, type OnProgress, watched } from './inputs.js';
import { type LayerInputs, type MeasureOptions, measuredLayer } from './measureLayers.js';
import { QuantileSearch } from './quantile.js';
import { type FoundScales, fallbackWarnings, meansOf, scalesOn, streamsOf } from './scales.js';

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

/** What the images say of a network, whatever the hardware and the chip; `compileForChip` takes it. */
export interface Calibration extends LayerInputs, CalibrationInputs, FoundScales {
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
    const given = calibrationInputs(await loadTf('wasm'), network, images);
    const { inputs } = given;
    const seen = watched(inputs, 'activations of the calibration images', specs.length * count, onProgress);
    const scales = activationScales(seen, specs.length, hardware.calibration.activationQuantile);
    // Another run may have left another backend the current one.
    const see = <T>(work: (source: InputSource) => T) => takeTurn(async () => loadTf('wasm').then(() => work(inputs)));
    const found = { activationScales: scales, givenScales: givenScales(network) };
    const remembered = { streams: new Map(), means: new Map(), extents: new ExtentMemory() };
    return { ...given, see, count, ...found, ...remembered };
  });
}

/** How a chip is compiled. */
export interface ChipOptions extends MeasureOptions {
  /** What of the chip is not drawn. */
  readonly measured?: MeasuredChip | null | undefined;
  /** Threads that help; default: none. */
  readonly threads?: OpenTeam | undefined;
}

/** Layers' scales and light on the described hardware. */
async function layerScales(
  network: Network,
  hardware: HardwareDescription,
  calibration: Calibration,
): Promise<LayerScale[]> {
  const { range } = hardware.adc;
  const specs = macSpecs(network);
  const { streams, means } = await calibration.see(() => ({
    streams: streamsOf(calibration, specs, hardware),
    means: meansOf(calibration, specs, hardware),
  }));
  return scalesOn(hardware, calibration).map((activationScale, i) => ({
    activationScale,
    ...streams[i],
    ...(means ? { meanActivation: means[i]!.mean, leastActivation: means[i]!.least } : {}),
    ...(typeof range === 'number' ? { adcRange: range } : {}),
  }));
}

/** Compiles a network for one chip, ADC ranges calibrated (or `full`, or as given). */
export async function compileForChip(
  network: Network,
  hardware: HardwareDescription,
  chipSeed: number,
  calibration: Calibration,
  options: ChipOptions = {},
): Promise<Program> {
  const { measured = null, onProgress } = options;
  const team = (await options.threads?.({ network, hardware, chipSeed, measured })) ?? teamOfOne;
  try {
    const scales = await layerScales(network, hardware, calibration);
    onProgress?.('gains, weights and noise of the layers', 0, 1);
    const program = await team.compile(network, hardware, { chipSeed, scales, measured });
    const measures = await team.measure(program, calibration, options);
    const { images } = calibration;
    return {
      ...program,
      warnings: [...program.warnings, ...fallbackWarnings(hardware, macSpecs(network), calibration.givenScales)],
      ...(images ? { calibration: images } : {}),
      layers: program.layers.map((layer, l) => measuredLayer(layer, hardware, measures[l]!)),
    };
  } finally {
    await team.close();
  }
}
