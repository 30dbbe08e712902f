/**
 * What each effect does: every one alone on otherwise ideal hardware, and every one left out of the described hardware,
 * on the same images, chip and noise.
 */
import { imagesOf } from '../../base/batch.js';
import { compileForChip } from '../../emulation/calibration/calibrate.js';
import { emulate } from '../../emulation/emulator/emulate.js';
import { EFFECTS, type EffectName, type HardwareDescription, parseHardware } from '../../hardware/description.js';
import { mergeDescription } from '../../hardware/descriptionPaths.js';
import { measuredMapNames } from '../../hardware/optics/measuredChip.js';
import { checkFits } from '../../networks/fits.js';
import { preprocess } from '../../networks/preprocess.js';
import { accuracyOf } from '../result/accuracy.js';
import { comparePaired, type PairedDifference } from '../result/paired.js';
import type { DatasetFacts, StaticFacts } from '../result/types.js';
import { datasetFacts, dataWarnings } from '../run/datasetFacts.js';
import { calibrateOn, type RunOptions } from '../run/runExperiment.js';
import { inactivity } from './inactivity.js';
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
