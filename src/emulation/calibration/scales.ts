/** What calibration images say of layers before they are compiled: their scales on the described hardware, and their light. */
import { NetworkError } from '../../base/errors.js';
import { quoted } from '../../base/text/printable.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { activationDacOf, chirpOf_nm, vcselFloor } from '../compiler/layerConstants.js';
import type { LayerSpec } from '../compiler/layerSpec.js';
import { quantiseActivations } from '../kernels/referenceSteps.js';
import type { InputSource } from './inputs.js';
import { type StreamMeasure, streamMeter } from './streamMeans.js';

/** What a calibration found before any layer was compiled. */
export interface FoundScales {
  readonly inputs: InputSource;
  readonly activationScales: readonly number[];
  /** Those that the network brings along; null where it does not. */
  readonly givenScales: readonly (number | null)[];
  /** What was measured of each layer's stream so far, null of dense layers, by what the VCSELs emit. */
  readonly streams: Map<string, readonly (StreamMeasure | null)[]>;
  /** Mean activations of each layer, where they were asked for, by what the VCSELs emit. */
  readonly means: Map<string, readonly LayerMeans[]>;
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
export function scalesOn(hardware: HardwareDescription, calibration: FoundScales): readonly number[] {
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
export function fallbackWarnings(
  hardware: HardwareDescription,
  specs: readonly LayerSpec[],
  given: FoundScales['givenScales'],
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
export interface LayerMeans {
  readonly mean: number;
  /** Of the image with least, zeros aside. */
  readonly least: number;
}

/** Means of the quantised activations of every layer, passes weighing the same, where the light follows from them. */
export function meansOf(
  calibration: FoundScales,
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
export function streamsOf(
  calibration: FoundScales,
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
