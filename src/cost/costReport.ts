/**
 * Time, power and energy of a network on SONIC, by layer and by device, from counts (sections 1 and 2 of the cost
 * contract). What the papers leave open, and what is taken here:
 * - Layers and passes run one after the other: latency is their sum, and framesPerSecond = 1 / latency. With
 *   cost.pipelinedLayers CONV and FC units work on different images, and an image leaves every
 *   max(sum of CONV layers, sum of FC layers); `pipelined` has those figures in any case.
 * - Trim heaters of all units of both kinds are on all the time; so is cost.idlePower_mW of every unit that does not work.
 *   Both are shared among the layers by their latency.
 * - `static`: all converters and detectors of a unit are on while it works (loading included), and off otherwise.
 * - A ring is held from the start of its load to the end of its row; so is the broadband ring.
 * - cost.electronics are times per value of one serial stage that does not overlap; they add to the layer's latency.
 */
import { DescriptionError, SonicError } from '../base/errors.js';
import type { Activity } from '../emulation/program/activity.js';
import type { Program } from '../emulation/program/types.js';
import type { HardwareDescription } from '../hardware/description.js';
import { trimDrive_nm } from '../hardware/optics/chipTrims.js';
import type { Network } from '../networks/types.js';
import { type CostInputs, costInputs } from './costInputs.js';
import { type Accounting, DEVICES, type DeviceEnergies, type DeviceName, type LayerUse, layerUse } from './energy.js';
import { actionEnergies, type EnergyTable } from './energyTable.js';
import type { BitsMoved } from './memoryTraffic.js';
import { quotient } from './quotient.js';

/** Of one MAC layer, means per image. */
interface LayerCost {
  readonly name: string;
  readonly latency_s: number;
  readonly energy_J: number;
  readonly devices: Readonly<Record<DeviceName, number>>;
}

interface CostTotals {
  /** Null, as every ratio here, where it is not defined: no layer takes time. */
  readonly framesPerSecond: number | null;
  /** Per image. */
  readonly energy_J: number;
  /** Mean power: energy per image over time per image; where an image takes no time, what trimming and idle units take. */
  readonly power_W: number;
  /** 1 / energy per image. */
  readonly framesPerSecondPerWatt: number | null;
}

/** Means per image. */
export interface CostReport extends CostTotals {
  /** From the first sample of the first layer to the last of the last, one image at a time. */
  readonly latency_s: number;
  /**
   * Energy per image over: dense MACs * 16; dense parameters * 16; bits of the operands converted (activationDac.bits per
   * activation and weightDac.bits per weight, one conversion where a row is split over units). Null where there are none.
   */
  readonly energyPerBit_J: Readonly<Record<'denseMac' | 'parameter' | 'processed', number | null>>;
  readonly devices: Readonly<Record<DeviceName, number>>;
  readonly layers: readonly LayerCost[];
  /** cost.converterAccounting: what all figures but `alternatives` are under. */
  readonly accounting: Accounting;
  readonly alternatives: Readonly<Record<Accounting, CostTotals>>;
  /** With CONV and FC units working on different images, under `accounting`. */
  readonly pipelined: CostTotals;
  /** Of all units, on all the time. */
  readonly trimPower_W: number;
  readonly bitsMoved: BitsMoved;
  /** Which of these are null, and why; absent where none is. */
  readonly notDefined?: string;
}

/** @param standing_W what is on whether or not anything is computed. */
function totals(energy_J: number, interval_s: number, standing_W: number): CostTotals {
  return {
    framesPerSecond: quotient(1, interval_s),
    energy_J,
    power_W: quotient(energy_J, interval_s) ?? standing_W,
    framesPerSecondPerWatt: interval_s > 0 ? quotient(1, energy_J) : null,
  };
}

type Ratios = Pick<CostReport, 'framesPerSecond' | 'framesPerSecondPerWatt' | 'energyPerBit_J'>;

/** What is not defined and why, as `CostReport` has it. */
function notDefined({ energyPerBit_J, ...ratios }: Ratios, interval_s: number): Pick<CostReport, 'notDefined'> {
  const perBit = Object.entries(energyPerBit_J).map(([rule, value]) => [`energyPerBit_J.${rule}`, value] as const);
  const names = [...Object.entries(ratios), ...perBit].flatMap(([name, value]) => (value === null ? [name] : []));
  if (names.length === 0) return {};
  const reason =
    interval_s > 0
      ? 'an image takes no energy, or there are no such bits'
      : 'the network does no work, an image takes no time; power is that of trimming and idle units';
  return { notDefined: `${names.join(', ')} not defined: ${reason}` };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Power that does not depend on what the units do, and the time between images that it is on for. */
interface Standing {
  readonly trimPower_W: number;
  readonly idlePower_W: number;
  readonly units: number;
  readonly interval_s: number;
}

/** Devices by layer with trim and idle units, which are shared among layers by latency where images overlap. */
function withStanding(uses: readonly LayerUse[], accounting: Accounting, standing: Standing): DeviceEnergies[] {
  const { trimPower_W, idlePower_W, units, interval_s } = standing;
  const latency_s = sumOf(uses.map((use) => use.latency_s));
  const idle_s = (time_s: number, busy_s: number) => Math.max(0, units * time_s - busy_s);
  const busy_s = sumOf(uses.map((use) => use.busy_s));
  const overlap = latency_s > 0 ? interval_s / latency_s : 1;
  const apart_s = idle_s(latency_s, busy_s);
  const idleShare = apart_s > 0 ? idle_s(interval_s, busy_s) / apart_s : 0;
  return uses.map((use) => ({
    ...use.devices[accounting],
    trim: trimPower_W * use.latency_s * overlap,
    idle: idlePower_W * idle_s(use.latency_s, use.busy_s) * idleShare,
  }));
}

function addUp(layers: readonly DeviceEnergies[]): DeviceEnergies {
  return Object.fromEntries(
    DEVICES.map((device) => [device, sumOf(layers.map((devices) => devices[device]))]),
  ) as DeviceEnergies;
}

function checkMatch(activity: Activity, inputs: CostInputs): void {
  if (!(activity.images > 0))
    throw new SonicError('the run has no images, so there is no cost per image; run at least one');
  const [counted, known] = [activity.layers, inputs.layers].map((layers) => layers.map(({ name }) => name).join(', '));
  if (counted !== known) {
    throw new SonicError(`the counts are of layers ${counted}, the network has ${known}: they are not of the same run`);
  }
}

/**
 * Cost of counted or predicted activity.
 * @param activity sums over its images.
 * @param inputs of the same layers, in the same order.
 * @param table a user's energies per action, null for those of the description.
 * @throws SonicError if activity and inputs are not of the same network, or of no images.
 */
export function costReport(
  activity: Activity,
  inputs: CostInputs,
  hardware: HardwareDescription,
  table: EnergyTable | null = null,
): CostReport {
  checkMatch(activity, inputs);
  const { converterAccounting: accounting, pipelinedLayers, idlePower_mW } = hardware.cost;
  const energies = actionEnergies(hardware, table);
  const uses = activity.layers.map((layer, l) =>
    layerUse(layer, activity.images, inputs.layers[l]!, hardware, energies),
  );
  const latency_s = sumOf(uses.map((use) => use.latency_s));
  const ofKind_s = (kind: 'conv' | 'fc') => sumOf(uses.filter((use) => use.kind === kind).map((use) => use.latency_s));
  const pipelined_s = Math.max(ofKind_s('conv'), ofKind_s('fc'));
  const trimPower_W = energies.thermoOptic_W_per_nm * trimDrive_nm(hardware, inputs.trims);
  const standing = {
    trimPower_W,
    idlePower_W: idlePower_mW * 1e-3,
    units: hardware.vdu.conv.units + hardware.vdu.fc.units,
  };
  const layersAt = (under: Accounting, interval_s: number) => withStanding(uses, under, { ...standing, interval_s });
  const totalsAt = (under: Accounting, interval_s: number) =>
    totals(
      sumOf(Object.values(addUp(layersAt(under, interval_s)))),
      interval_s,
      trimPower_W + standing.units * standing.idlePower_W,
    );

  const interval_s = pipelinedLayers ? pipelined_s : latency_s;
  const devicesByLayer = layersAt(accounting, interval_s);
  const headline = totalsAt(accounting, interval_s);
  const macs = sumOf(inputs.layers.map((layer) => layer.macs));
  const perBit = (bits: number) => (interval_s > 0 ? quotient(headline.energy_J, bits) : null);
  const energyPerBit_J = {
    denseMac: perBit(macs * 16),
    parameter: perBit(inputs.parameters * 16),
    processed: perBit(processedBits(activity, hardware)),
  };
  const { framesPerSecond, framesPerSecondPerWatt } = headline;
  return {
    latency_s,
    ...headline,
    energyPerBit_J,
    devices: addUp(devicesByLayer),
    layers: devicesByLayer.map((devices, l) => ({
      name: activity.layers[l]!.name,
      latency_s: uses[l]!.latency_s,
      energy_J: sumOf(Object.values(devices)),
      devices,
    })),
    accounting,
    alternatives: { static: totalsAt('static', interval_s), perConversion: totalsAt('perConversion', interval_s) },
    pipelined: totalsAt(accounting, pipelined_s),
    trimPower_W,
    bitsMoved: {
      dram: sumOf(uses.map((use) => use.bitsMoved.dram)),
      sram: sumOf(uses.map((use) => use.bitsMoved.sram)),
    },
    ...notDefined({ framesPerSecond, framesPerSecondPerWatt, energyPerBit_J }, interval_s),
  };
}

/** Bits of the operands that are converted, per image. */
function processedBits(activity: Activity, { activationDac, weightDac }: HardwareDescription): number {
  const bits = activity.layers.map(({ kind, streamedConversions, heldConversions }) => {
    const [activations, weights] =
      kind === 'conv2d' ? [streamedConversions, heldConversions] : [heldConversions, streamedConversions];
    return activationDac.bits * activations + weightDac.bits * weights;
  });
  return sumOf(bits) / activity.images;
}

export interface CostOptions {
  /** All parameters of the dense network. */
  readonly parameters: number;
  /** Needed where cost.electronics is not all 0. */
  readonly network?: Network;
  /** What `loadEnergyTable` read from cost.energyTable. */
  readonly table?: EnergyTable;
}

/**
 * Cost of a run of a compiled network.
 * @throws DescriptionError if the description asks for what the options do not hold.
 */
export function costOfActivity(activity: Activity, program: Program, options: CostOptions): CostReport {
  const { hardware } = program;
  const { energyTable, electronics } = hardware.cost;
  if (energyTable !== null && !options.table) {
    throw new DescriptionError(
      `cost.energyTable is '${energyTable}', but no table was given; read it with loadEnergyTable`,
    );
  }
  if ((electronics.activation_ns > 0 || electronics.pool_ns > 0) && !options.network) {
    throw new DescriptionError(
      `cost.electronics.activation_ns ${electronics.activation_ns} and pool_ns ${electronics.pool_ns} need the network, ` +
        'whose activations and pooled values they are per; give it, or set them to 0',
    );
  }
  const inputs = costInputs(program, options.parameters, options.network ?? null);
  return costReport(activity, inputs, hardware, options.table ?? null);
}
