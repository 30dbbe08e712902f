/** Network + hardware description -> Program: all that is static, computed once, in float64. */

import { checkSeed } from '../../base/random/seeds.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { gridWarnings, noiseWarnings } from '../../hardware/hardwareWarnings.js';
import { bankOf, crosstalkAt } from '../../hardware/optics/bank.js';
import { measuredTrims } from '../../hardware/optics/chipTrims.js';
import { currentForPhotons_A, electronsPerSample } from '../../hardware/optics/linkBudget.js';
import type { MeasuredChip } from '../../hardware/optics/measuredChip.js';
import type { Network } from '../../networks/types.js';
import type { MakeRowHolder } from '../program/rows.js';
import type { MacProgram, Program } from '../program/types.js';
import { chirpWarnings } from './chirpWarnings.js';
import { holdAtOnce, rowHolder } from './holdRows.js';
import { type Chip, compileLayer, drawChip, type LayerScale } from './layerConstants.js';
import { macSpecs } from './network.js';

export interface CompileOptions {
  readonly chipSeed: number;
  /** One per MAC layer, in order. */
  readonly scales: readonly LayerScale[];
  /** Static errors that are not drawn. */
  readonly measured?: MeasuredChip | null;
}

/** Compiles a network for one chip, in whatever threads. */
export type Compile = (
  network: Network,
  hardware: HardwareDescription,
  options: CompileOptions,
) => Program | Promise<Program>;

/** Share by which crosstalk at v = 0 and v = 1 may differ before the user should know. */
const CROSSTALK_WARNING = 0.1;

/** Why a layer has no scale: all it saw was 0, or so much of it that the quantile is. */
function zeroScale({ calibration }: HardwareDescription, { name }: MacProgram): string {
  const { activationQuantile: quantile } = calibration;
  if (quantile === 1) return `layer '${name}' saw only zeros in calibration: it yields its shift`;
  return (
    `layer '${name}': at least ${Number((100 * quantile).toPrecision(6))} % of its inputs are 0 in calibration, so its scale at ` +
    `calibration.activationQuantile ${quantile} is 0 and it yields its shift; raise the quantile`
  );
}

/** Where attenuated light would have to be more than there is: of the layer, or of the darkest calibration image. */
function lightWarning(hardware: HardwareDescription, layer: MacProgram): string[] {
  const { photonsPerMultiplication: photons, photonAverage } = hardware.calibration;
  const mean = photonAverage === 'layer' ? layer.meanActivation : layer.leastActivation;
  if (photons === null || !mean || !Number.isFinite(mean)) return [];
  const bank = bankOf(hardware, layer.kind === 'conv2d' ? 'conv' : 'fc');
  const most_A = layer.light?.most_A ?? layer.I_A;
  if (currentForPhotons_A(hardware, bank, photons, mean) <= most_A * (1 + 1e-9)) return [];
  const most = (mean * layer.c * electronsPerSample(hardware, bank.kind, most_A)).toPrecision(3);
  return [
    `layer '${layer.name}': calibration.photonsPerMultiplication ${photons} is more light than arrives; ` +
      `${photonAverage === 'layer' ? 'it' : 'the calibration image with least'} has the ${most} that do`,
  ];
}

/** Lines for the user: a bank too dense for its gain correction, photocurrents capped, nothing calibrated, chirp beyond first order. */
function warningsOf(hardware: HardwareDescription, chip: Chip, layers: readonly MacProgram[]): string[] {
  const warnings: string[] = noiseWarnings(hardware);
  for (const kind of ['conv', 'fc'] as const) {
    if (!layers.some((layer) => (layer.kind === 'conv2d') === (kind === 'conv'))) continue;
    warnings.push(...gridWarnings(hardware, kind));
    const unit = kind.toUpperCase();
    const { bank, capped, I_A } = chip[kind];
    const [dark, bright] = [crosstalkAt(hardware, kind, 0), crosstalkAt(hardware, kind, 1)];
    const spread = Math.abs(dark - bright) / Math.max(dark, bright);
    if (hardware.effects.spectralCrosstalk && !(spread <= CROSSTALK_WARNING)) {
      warnings.push(
        `${unit} bank is dense: ${bank.ringsPerWaveguide} channels ${bank.channelSpacing_nm.toPrecision(3)} nm apart transmit ` +
          `${dark.toFixed(3)} of their light past neighbours at 0 and ${bright.toFixed(3)} at full scale; one gain cannot make up for both`,
      );
    }
    if (capped) {
      warnings.push(
        `${unit} photocurrent capped at ${(I_A * 1e6).toPrecision(3)} uA a wavelength so that ${bank.ringsPerWaveguide} of them ` +
          `stay within photodetector.maximumCurrent_mA ${hardware.photodetector.maximumCurrent_mA}`,
      );
    }
  }
  for (const layer of layers) {
    warnings.push(...lightWarning(hardware, layer));
    if (layer.activationScale === 0) warnings.push(zeroScale(hardware, layer));
  }
  return [...warnings, ...chirpWarnings(layers, chip.fc.bank)];
}

/** The chip that options ask for. */
export function chipOf(hardware: HardwareDescription, { chipSeed, measured = null }: CompileOptions): Chip {
  checkSeed(chipSeed, 'chipSeed');
  return drawChip(hardware, chipSeed, measured);
}

/** Compiled layers as a program. */
export function assembleProgram(
  hardware: HardwareDescription,
  chip: Chip,
  { chipSeed, measured }: CompileOptions,
  layers: readonly MacProgram[],
): Program {
  const program = { hardware, chipSeed, layers, warnings: warningsOf(hardware, chip, layers) };
  return measured ? { ...program, measuredTrims: measuredTrims(measured) } : program;
}

/**
 * Compiles every MAC layer of a network for one chip.
 * @param makeHolder what holds the rows of convolutions; default: their definition in float64.
 */
export function compileNetwork(
  network: Network,
  hardware: HardwareDescription,
  options: CompileOptions,
  makeHolder: MakeRowHolder = rowHolder,
): Program {
  const chip = chipOf(hardware, options);
  const hold = holdAtOnce(makeHolder(hardware, chip.conv.bank, chip.conv.errors));
  const layers = macSpecs(network).map((spec, i) => compileLayer(spec, hardware, chip, options.scales[i]!, hold));
  return assembleProgram(hardware, chip, options, layers);
}
