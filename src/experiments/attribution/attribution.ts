/**
 * What each effect does: every one alone on otherwise ideal hardware, and every one left out of the described hardware,
 * on the same images, chip and noise.
 */
import { imagesOf } from '../../base/batch.js';
import { compileForChip } from '../../emulation/calibration/calibrate.js';
import { adcOf, converterTable, converterVariance } from '../../emulation/compiler/layerConstants.js';
import { emulate } from '../../emulation/emulator/emulate.js';
import { EFFECTS, type EffectName, type HardwareDescription, parseHardware } from '../../hardware/description.js';
import { mergeDescription } from '../../hardware/descriptionPaths.js';
import { type ChipMap, type MeasuredChip, measuredMapNames } from '../../hardware/optics/measuredChip.js';
import { checkFits } from '../../networks/fits.js';
import { preprocess } from '../../networks/preprocess.js';
import { accuracyOf } from '../result/accuracy.js';
import { comparePaired, type PairedDifference } from '../result/paired.js';
import type { DatasetFacts, StaticFacts } from '../result/types.js';
import { datasetFacts, dataWarnings } from '../run/datasetFacts.js';
import { calibrateOn, type RunOptions } from '../run/runExperiment.js';
import { type LayerError, layerErrors, type Probes, probeDigital } from './layerErrors.js';

export interface Variant {
  /** Share of images classified correctly. */
  readonly accuracy: number;
  readonly layers: readonly LayerError[];
}

export interface EffectAttribution {
  readonly effect: EffectName;
  /** Why nothing was run, where the description makes the effect do nothing. */
  readonly inactive: string | null;
  /** Only this effect on; change against no effect at all. Null where inactive. */
  readonly alone: (Variant & { readonly change: PairedDifference }) | null;
  /** All effects of the description but this; change against all of them: what would be won without it. */
  readonly without: (Variant & { readonly change: PairedDifference }) | null;
}

export interface Attribution {
  readonly dataset: DatasetFacts;
  /** What a reader should know of the images. */
  readonly warnings: readonly string[];
  /** Static errors of the chip that were given rather than drawn; absent: all were drawn. */
  readonly static?: StaticFacts;
  readonly images: number;
  readonly probeImages: number;
  readonly digital: number;
  /** No effect on: the arithmetic alone. */
  readonly none: Variant;
  /** The hardware as described. */
  readonly all: Variant;
  readonly effects: readonly EffectAttribution[];
}

/** Images on which the layers' own errors are measured. */
const PROBE_IMAGES = 20;

/** Why an effect does nothing in this description and chip; null where it does something. */
function inactivity(hardware: HardwareDescription, effect: EffectName, chip: MeasuredChip | null): string | null {
  const isGiven = (map: ChipMap) => chip?.conv[map] !== undefined || chip?.fc[map] !== undefined;
  const { effects, tuning, adc, grid, vdu, vcsel, calibration, microring } = hardware;
  if (!effects[effect]) return 'off in this hardware';
  if (effect === 'chirp' && vcsel.chirp_nm === 0) return 'vcsel.chirp_nm is 0';
  if (effect === 'drift' && !isGiven('drift_nm')) {
    if (tuning.hoursSinceCalibration === 0) return 'tuning.hoursSinceCalibration is 0';
    if (tuning.driftRate_pm_per_rtHour === 0) return 'tuning.driftRate_pm_per_rtHour is 0';
  }
  if (effect === 'selfHeating' && microring.selfHeating_nm_per_mW === 0) return 'microring.selfHeating_nm_per_mW is 0';
  if (effect === 'sourceWavelength' && vcsel.wavelengthResidual_nm === 0 && !isGiven('source_nm'))
    return 'vcsel.wavelengthResidual_nm is 0';
  if (effect === 'gainErrors' && calibration.gainResidual === 0 && calibration.railResidual === 0 && !isGiven('gain'))
    return 'calibration.gainResidual and railResidual are 0';
  if (effect === 'temperatureOffset' && tuning.temperatureOffset_K === 0) return 'tuning.temperatureOffset_K is 0';
  if (effect === 'converterNoise' && converterTable(hardware, adcOf(hardware, 1)) === undefined) {
    if (adc.noiseTable !== null && adc.effectiveBits === null) return 'adc.noiseTable is 0 everywhere';
    if (adc.effectiveBits === null) return 'adc.effectiveBits is not set';
    if (converterVariance(hardware, adcOf(hardware, 1)) === 0)
      return `adc.effectiveBits ${adc.effectiveBits} is not below adc.bits ${adc.bits}`;
  }
  if (effect === 'thermalCrosstalk' && tuning.ted && tuning.tedResidual === 0 && !isGiven('coupling'))
    return 'tuning.tedResidual is 0';
  if (effect === 'processVariation' && tuning.trimResidual_nm === 0 && !isGiven('residual_nm'))
    return 'tuning.trimResidual_nm is 0';
  const ringsPerWaveguide = Math.min(Math.max(vdu.conv.size, vdu.fc.size), grid.wavelengthsPerWaveguide);
  if ((effect === 'spectralCrosstalk' || effect === 'thermalCrosstalk') && ringsPerWaveguide === 1)
    return 'a ring has no neighbour';
  return null;
}

/** The description with exactly the effects for which `on` holds. */
function withEffects(hardware: HardwareDescription, on: (effect: EffectName) => boolean): HardwareDescription {
  const effects = Object.fromEntries((Object.keys(EFFECTS) as EffectName[]).map((effect) => [effect, on(effect)]));
  return parseHardware(mergeDescription(hardware, { effects }));
}

interface Measured extends Variant {
  readonly logits: Float32Array;
}

/**
 * Attributes a network's loss of accuracy to the effects of a description.
 * @throws as `runExperiment`.
 */
export async function attribute(options: RunOptions): Promise<Attribution> {
  const { network, dataset, calibrationSet, hardware, runSeed = 1, chipSeed = 1, onStage, onProgress } = options;
  const { images, indices, labels, count } = dataset;
  const chip = options.measured ?? null;
  checkFits(network, dataset);
  checkFits(network, calibrationSet);
  const probes: Probes = await probeDigital(
    network,
    preprocess(network, imagesOf(images, count, 0, Math.min(count, PROBE_IMAGES))),
  );
  const names = Object.keys(EFFECTS) as EffectName[];
  const active = names.filter((effect) => inactivity(hardware, effect, chip) === null);
  const variants = 2 + 2 * active.length;
  let done = 0;
  let digitalLogits: Float32Array | null = null;

  // Scales come from the digital network: the same for all variants.
  const calibration = await calibrateOn(network, hardware, calibrationSet);
  const measure = async (variant: HardwareDescription): Promise<Measured> => {
    const program = await compileForChip(network, variant, chipSeed, calibration, chip);
    const { threads, batch } = options;
    const emulation = await emulate({
      network,
      program,
      digital: done === 0,
      backend: 'wasm',
      runSeed,
      images,
      indices,
      count,
      threads,
      batch,
      onProgress: (ran) => onProgress?.(done * count + ran, variants * count),
    });
    digitalLogits ??= emulation.digitalLogits;
    done++;
    const logits = emulation.emulatedLogits!;
    return {
      logits,
      accuracy: accuracyOf(logits, null, labels).digital,
      layers: await layerErrors(program, probes, runSeed),
    };
  };
  const changed = (from: Measured, { logits, ...variant }: Measured) => ({
    ...variant,
    change: comparePaired(from.logits, logits, labels),
  });

  onStage?.('running every effect alone, and without each');
  const none = await measure(withEffects(hardware, () => false));
  const all = await measure(hardware);
  const effects: EffectAttribution[] = [];
  for (const effect of names) {
    const inactive = inactivity(hardware, effect, chip);
    if (inactive !== null) {
      effects.push({ effect, inactive, alone: null, without: null });
      continue;
    }
    const alone = await measure(withEffects(hardware, (other) => other === effect));
    const without = await measure(withEffects(hardware, (other) => hardware.effects[other] && other !== effect));
    effects.push({ effect, inactive, alone: changed(none, alone), without: changed(all, without) });
  }
  const plain = ({ accuracy, layers }: Measured): Variant => ({ accuracy, layers });
  return {
    dataset: datasetFacts(dataset),
    warnings: dataWarnings(dataset, calibrationSet),
    ...(chip ? { static: { sha256: chip.sha256, maps: measuredMapNames(chip) } } : {}),
    images: count,
    probeImages: probes[0]?.inputs.length ?? 0,
    digital: accuracyOf(digitalLogits!, null, labels).digital,
    none: plain(none),
    all: plain(all),
    effects,
  };
}
