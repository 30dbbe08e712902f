/**
 * What each effect does: every one alone on otherwise ideal hardware, and every one left out of the described hardware,
 * on the same images, chips and noise.
 */
import { isDeepStrictEqual } from 'node:util';
import { checkSeed } from '../../base/random/seeds.js';
import { mean } from '../../base/statistics/moments.js';
import { imageBytes } from '../../datasets/content.js';
import type { BackendName } from '../../emulation/backends/types.js';
import { compileForChip } from '../../emulation/calibration/calibrate.js';
import { chipThreads } from '../../emulation/calibration/chipThreads.js';
import { defaultThreads, emulate } from '../../emulation/emulator/emulate.js';
import type { Program } from '../../emulation/program/types.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { mergeDescription } from '../../hardware/descriptionPaths.js';
import { EFFECTS, type EffectName } from '../../hardware/fields/effects.js';
import { checkChips, measuredMapNames } from '../../hardware/optics/measuredChip.js';
import { parseHardware } from '../../hardware/parseHardware.js';
import { checkFits } from '../../networks/fits.js';
import { preprocess } from '../../networks/preprocess.js';
import { effectiveBits } from '../devices/effectiveBits.js';
import { accuracyOf, predictedClasses } from '../result/accuracy.js';
import { crossedChange } from '../result/crossed.js';
import type { PairedDifference } from '../result/paired.js';
import type { DatasetFacts, StaticFacts } from '../result/types.js';
import { datasetFacts, dataWarnings } from '../run/datasetFacts.js';
import { calibrateOn, type RunOptions } from '../run/runExperiment.js';
import { inactivity } from './inactivity.js';
import { type LayerError, layerErrors, type Probes, probeDigital } from './layerErrors.js';

export interface Variant {
  /** Share of images classified correctly, mean over the chips. */
  readonly accuracy: number;
  /** Mean squares are over the chips, too. */
  readonly layers: readonly LayerError[];
}

export interface AttributionOptions extends RunOptions {
  /** Which effects to run; default all. The two variants that they are compared with hold all effects in any case. */
  readonly only?: readonly EffectName[] | undefined;
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
  /** What an interval is over: these chips and images. */
  readonly chipSeeds: readonly number[];
  readonly images: number;
  /** What the images ran on; the layers' own errors are of wasm. */
  readonly backend: BackendName;
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
  /** Which images were right, 0 or 1, one row a chip. */
  readonly hits: readonly Uint8Array[];
  /** Of the first chip's program. */
  readonly warnings: readonly string[];
}

/** One variant on one chip. */
interface ChipMeasured {
  readonly hits: Uint8Array;
  readonly layers: readonly LayerError[];
}

function overChips(chips: readonly ChipMeasured[], warnings: readonly string[]): Measured {
  const hits = chips.map((chip) => chip.hits);
  const layers = chips[0]!.layers.map(({ name }, l) => {
    const rms = Math.sqrt(mean(chips.map((chip) => chip.layers[l]!.rms ** 2)));
    return { name, rms, effectiveBits: effectiveBits(rms) };
  });
  return { hits, layers, warnings, accuracy: mean(hits.map(mean)) };
}

interface VariantRunner {
  /** Runs one variant on every chip. */
  measure(variant: HardwareDescription): Promise<Measured>;
  /** Of the digital network; known once something was measured. */
  digitalLogits(): Float32Array;
}

/** @param variants as many will be measured, for progress. */
async function variantRunner(
  options: RunOptions,
  chipSeeds: readonly number[],
  probes: Probes,
  variants: number,
): Promise<VariantRunner> {
  const { network, dataset, hardware, backend = 'wasm', runSeed = 1, threads, batch, onProgress } = options;
  const { images, indices, labels, count } = dataset;
  const chip = options.measured ?? null;
  // Scales come from the digital network: the same for all variants.
  const calibration = await calibrateOn(network, hardware, options.calibrationSet);
  let done = 0;
  let digitalLogits: Float32Array | null = null;

  const runChip = async (program: Program): Promise<ChipMeasured> => {
    const emulation = await emulate({
      network,
      program,
      digital: digitalLogits === null,
      backend,
      runSeed,
      images,
      indices,
      count,
      threads,
      batch,
      onProgress: (ran) => onProgress?.(done * count + ran, variants * chipSeeds.length * count),
    });
    digitalLogits ??= emulation.digitalLogits;
    const classes = predictedClasses(emulation.emulatedLogits!, count);
    return {
      hits: Uint8Array.from(classes, (predicted, i) => Number(predicted === labels[i])),
      layers: await layerErrors(program, probes, runSeed),
    };
  };
  return {
    digitalLogits: () => digitalLogits!,
    measure: async (variant) => {
      const programs: Program[] = [];
      const measured: ChipMeasured[] = [];
      for (const seed of chipSeeds) {
        const program = await compileForChip(network, variant, seed, calibration, {
          measured: chip,
          threads: chipThreads(threads ?? defaultThreads()),
          withSnr: false,
        });
        const same = programs.findIndex(({ layers }) => isDeepStrictEqual(layers, program.layers));
        measured.push(same >= 0 ? measured[same]! : await runChip(program));
        programs.push(program);
        done++;
      }
      return overChips(measured, programs[0]!.warnings);
    },
  };
}

/**
 * Attributes a network's loss of accuracy to the effects of a description, over `chips` chips from `chipSeed`. Where chips
 * do not differ in what a variant emulates (quantisation alone, say), one is run and stands for all.
 * @throws as `runExperiment`.
 */
export async function attribute(options: AttributionOptions): Promise<Attribution> {
  const { network, dataset, calibrationSet, hardware, chipSeed = 1, chips = 1 } = options;
  const { labels, count } = dataset;
  const chip = options.measured ?? null;
  checkFits(network, dataset);
  checkFits(network, calibrationSet);
  checkSeed(chipSeed + chips - 1, 'the last chip seed');
  checkChips(chips, chip);
  const chipSeeds = Array.from({ length: chips }, (_, c) => chipSeed + c);
  const probed = imageBytes(dataset, 0, Math.min(count, PROBE_IMAGES));
  const probes = await probeDigital(network, preprocess(network, probed));
  const { only } = options;
  const names = (Object.keys(EFFECTS) as EffectName[]).filter((effect) => only?.includes(effect) ?? true);
  const active = names.filter((effect) => inactivity(hardware, effect, chip) === null);
  const runner = await variantRunner(options, chipSeeds, probes, 2 + 2 * active.length);
  const plain = ({ accuracy, layers }: Measured): Variant => ({ accuracy, layers });
  const changed = (from: Measured, to: Measured) => ({
    ...plain(to),
    change: crossedChange(chipSeeds, from.hits, to.hits),
  });

  options.onStage?.('running every effect alone, and without each');
  const none = await runner.measure(withEffects(hardware, () => false));
  const all = await runner.measure(hardware);
  const effects: EffectAttribution[] = [];
  for (const effect of names) {
    const inactive = inactivity(hardware, effect, chip);
    if (inactive !== null) {
      effects.push({ effect, inactive, alone: null, without: null });
      continue;
    }
    const alone = await runner.measure(withEffects(hardware, (other) => other === effect));
    const without = await runner.measure(withEffects(hardware, (other) => hardware.effects[other] && other !== effect));
    effects.push({ effect, inactive, alone: changed(none, alone), without: changed(all, without) });
  }
  return {
    dataset: datasetFacts(dataset),
    warnings: [...all.warnings, ...dataWarnings(dataset, calibrationSet)],
    ...(chip ? { static: { sha256: chip.sha256, maps: measuredMapNames(chip) } } : {}),
    chipSeeds,
    images: count,
    backend: options.backend ?? 'wasm',
    probeImages: probes[0]?.inputs.length ?? 0,
    digital: accuracyOf(runner.digitalLogits(), null, labels).digital,
    none: plain(none),
    all: plain(all),
    effects,
  };
}
