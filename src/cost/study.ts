/** What `sonic cost` finds out about a network: its cost under both accountings, by layer and by device, and the area. */

import { SonicError } from '../base/errors.js';
import type { Activity } from '../emulation/program/activity.js';
import type { HardwareDescription } from '../hardware/description.js';
import { mergeDescription } from '../hardware/descriptionPaths.js';
import { hardwareWarnings } from '../hardware/hardwareWarnings.js';
import { type ChipTrims, chipTrims, measuredTrims } from '../hardware/optics/chipTrims.js';
import { type MeasuredChip, measuredMapNames } from '../hardware/optics/measuredChip.js';
import { parseHardware } from '../hardware/parseHardware.js';
import { type DeviceArea, deviceAreas } from './area.js';
import { type CostReport, costReport } from './costReport.js';
import { ACCOUNTINGS, type Accounting } from './energy.js';
import type { EnergyTable } from './energyTable.js';
import type { NetworkStatistics } from './layerStatistics.js';
import { type ActivationsByLayer, predictActivity, predictedInputs } from './predict.js';

/** Counts of one layer, of one image. */
export interface StudiedLayer {
  readonly name: string;
  readonly kind: 'conv2d' | 'dense';
  readonly macs: number;
  readonly weightSparsity: number;
  readonly activationSparsity: number;
  /** Chunk rows, and conversions of the ADC. */
  readonly rows: number;
  readonly partialSums: number;
}

export interface CostStudy {
  readonly network: string;
  readonly parameters: number;
  /** Where the shares of zero weights come from. */
  readonly sparsitySource: string;
  readonly hardware: HardwareDescription;
  /** A user's table by name, or null. */
  readonly energyTable: EnergyTable | null;
  readonly layers: readonly StudiedLayer[];
  /** Static errors of the chip that were given, of which the trims count; absent: none were. */
  readonly static?: { readonly sha256: string; readonly maps: readonly string[] };
  /** The same counts under both accountings of converters. */
  readonly costs: Readonly<Record<Accounting, CostReport>>;
  readonly areas: readonly DeviceArea[];
  /** What the user should know of the hardware. */
  readonly warnings: readonly string[];
}

export interface StudyOptions {
  /** What the numbers leave out of the network. */
  readonly warnings?: readonly string[] | undefined;
  readonly sparsitySource: string;
  readonly activations?: ActivationsByLayer;
  readonly table?: EnergyTable | null;
  /** Trims of this chip; absent: every ring needs tuning.trimShift_nm. */
  readonly chipSeed?: number | undefined;
  /** Of a measured chip its trims stand in for those of the seed. */
  readonly measured?: MeasuredChip | null;
}

/** @throws SonicError where nothing of a measured chip is a trim. */
function trimsOf(hardware: HardwareDescription, { chipSeed, measured = null }: StudyOptions): ChipTrims | null {
  if (!measured) return chipSeed === undefined ? null : chipTrims(hardware, chipSeed);
  const given = measuredTrims(measured);
  if (!given.conv && !given.fc)
    throw new SonicError(
      'the file of static errors gives neither conv_trim_nm nor fc_trim_nm: a cost without images depends on nothing else of a ' +
        "chip; give trims, or leave the file out ('sonic run --static' has the cost of what was run)",
    );
  return chipTrims(hardware, chipSeed ?? 1, given);
}

function studiedLayers(statistics: NetworkStatistics, activity: Activity): StudiedLayer[] {
  return statistics.layers.map((layer, l) => {
    const counted = activity.layers[l]!;
    return {
      name: layer.name,
      kind: layer.kind,
      macs: layer.macs,
      weightSparsity: 1 - layer.density,
      activationSparsity: counted.zeroActivations / counted.activations,
      rows: counted.schedules.reduce((sum, { rows, images }) => sum + rows * images, 0),
      partialSums: counted.partialSums,
    };
  });
}

/** Expected cost of one image under both accountings. */
export function costStudy(
  statistics: NetworkStatistics,
  hardware: HardwareDescription,
  options: StudyOptions,
): CostStudy {
  const activity = predictActivity(statistics, hardware, options.activations);
  const table = options.table ?? null;
  const inputs = predictedInputs(statistics, hardware, trimsOf(hardware, options));
  const under = (converterAccounting: Accounting) =>
    costReport(activity, inputs, parseHardware(mergeDescription(hardware, { cost: { converterAccounting } })), table);
  return {
    network: statistics.name,
    parameters: statistics.parameters,
    sparsitySource: options.sparsitySource,
    hardware,
    ...(options.measured
      ? { static: { sha256: options.measured.sha256, maps: measuredMapNames(options.measured) } }
      : {}),
    energyTable: table,
    layers: studiedLayers(statistics, activity),
    costs: Object.fromEntries(ACCOUNTINGS.map((accounting) => [accounting, under(accounting)])) as Record<
      Accounting,
      CostReport
    >,
    areas: deviceAreas(hardware),
    warnings: [...hardwareWarnings(hardware), ...(options.warnings ?? [])],
  };
}
