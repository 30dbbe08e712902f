/**
 * Energies per action: what one device costs while on, or for one action, each with unit and source. The defaults are
 * those of the hardware description; a user's table (cost.energyTable, a YAML or JSON file) replaces entries:
 *
 *     name: my devices
 *     entries:
 *       adc: { value: 2.55, unit: mW, source: 'ISSCC survey, 8 bit, 120 MS/s' }
 *       dram: { value: 4, unit: pJ/bit, source: 'LPDDR4' }
 *
 * A converter, photodetector or VCSEL given in units of energy costs that per conversion, detection or lit sample under
 * both accountings; given in units of power it is accounted for as `cost.converterAccounting` says.
 */
import { z } from 'zod';
import { DescriptionError } from '../base/errors.js';
import { checkValue } from '../base/input/issues.js';
import { readYaml } from '../base/input/yaml.js';
import type { HardwareDescription } from '../hardware/description.js';
import type { EnergyEntry } from './energyEntry.js';
import { memoryEntries } from './memoryTraffic.js';

const POWER = { W: 1, mW: 1e-3, uW: 1e-6 } as const;
const ENERGY = { nJ: 1e-9, pJ: 1e-12, fJ: 1e-15 } as const;
const PER_BIT = { 'pJ/bit': 1e-12, 'fJ/bit': 1e-15 } as const;
const PER_SHIFT = { 'mW/nm': 1e-3, 'uW/nm': 1e-6 } as const;
const PER_RANGE = { 'mW/FSR': 1e-3 } as const;

const DEVICE = { ...POWER, ...ENERGY };
/** Units that each action may be given in, with their factor to SI (W, J, J/bit, W/nm, W/FSR). */
const ACTION_UNITS = {
  vcsel: DEVICE,
  activationDac: DEVICE,
  weightDac: DEVICE,
  batchNormDac: DEVICE,
  adc: DEVICE,
  photodetector: DEVICE,
  receiver: DEVICE,
  electroOpticTuning: PER_SHIFT,
  thermoOpticTuning: { ...PER_SHIFT, ...PER_RANGE },
  control: ENERGY,
  dram: PER_BIT,
  sram: PER_BIT,
} as const satisfies Record<string, Readonly<Record<string, number>>>;
export type ActionName = keyof typeof ACTION_UNITS;
export const ACTIONS = Object.keys(ACTION_UNITS) as ActionName[];

export type { EnergyEntry } from './energyEntry.js';

export type EnergyEntries = Readonly<Record<ActionName, EnergyEntry>>;

/** A user's entries; the others stay as the description has them. */
export interface EnergyTable {
  readonly name: string;
  readonly entries: Readonly<Partial<Record<ActionName, EnergyEntry>>>;
}

const entrySchema = (action: ActionName) =>
  z
    .strictObject({
      value: z.number().min(0),
      unit: z.enum(Object.keys(ACTION_UNITS[action]) as [string, ...string[]]),
      source: z.string().min(1).max(1000),
    })
    .optional();

/** The schema of a user's table. */
const energyTableSchema = z.strictObject({
  name: z.string().min(1).max(200),
  entries: z.strictObject(
    Object.fromEntries(ACTIONS.map((action) => [action, entrySchema(action)])) as Record<
      ActionName,
      ReturnType<typeof entrySchema>
    >,
  ),
});

/**
 * Checks a table.
 * @param origin file name for messages.
 * @throws DescriptionError naming the entry and what is allowed.
 */
export function parseEnergyTable(value: unknown, origin: string): EnergyTable {
  const { name, entries } = checkValue(
    energyTableSchema,
    value,
    { place: `energy table '${origin}'`, ErrorClass: DescriptionError },
    { whole: 'the table' },
  );
  const given = Object.entries(entries).filter(([, entry]) => entry !== undefined);
  return { name, entries: Object.fromEntries(given) as EnergyTable['entries'] };
}

/**
 * Reads a user's table from a YAML or JSON file, with the file's bytes.
 * @throws DescriptionError if it cannot be read, is not YAML, or has unknown or bad entries.
 */
export async function readEnergyTable(
  file: string,
): Promise<{ readonly table: EnergyTable; readonly bytes: Uint8Array }> {
  const { value, bytes } = await readYaml(file, 'energy table', {
    place: `energy table '${file}'`,
    ErrorClass: DescriptionError,
  });
  return { table: parseEnergyTable(value, file), bytes };
}

/** The table alone. @throws as `readEnergyTable` */
export const loadEnergyTable = async (file: string): Promise<EnergyTable> => (await readEnergyTable(file)).table;

/** A lit VCSEL: as given, or its optical power over its wall-plug efficiency. */
function vcselEntry({ vcsel }: HardwareDescription): EnergyEntry {
  const { electricalPower_mW: given, opticalPower_mW, wallPlugEfficiency } = vcsel;
  return given === 'auto'
    ? {
        value: opticalPower_mW / wallPlugEfficiency,
        unit: 'mW',
        source: 'hardware description, vcsel.opticalPower_mW / vcsel.wallPlugEfficiency',
      }
    : { value: given, unit: 'mW', source: 'hardware description, vcsel.electricalPower_mW' };
}

/** The entries that the hardware description implies. */
export function describedEntries(hardware: HardwareDescription): EnergyEntries {
  const power = (value: number, field: string): EnergyEntry => ({
    value,
    unit: 'mW',
    source: `hardware description, ${field}`,
  });
  const { tuning } = hardware;
  return {
    vcsel: vcselEntry(hardware),
    activationDac: power(hardware.activationDac.power_mW, 'activationDac.power_mW'),
    weightDac: power(hardware.weightDac.power_mW, 'weightDac.power_mW'),
    batchNormDac: power(hardware.batchNormDac.power_mW, 'batchNormDac.power_mW'),
    adc: power(hardware.adc.power_mW, 'adc.power_mW'),
    photodetector: power(hardware.photodetector.power_mW, 'photodetector.power_mW'),
    receiver: power(hardware.receiver.power_mW, 'receiver.power_mW'),
    electroOpticTuning: {
      value: tuning.eoPower_uW_per_nm,
      unit: 'uW/nm',
      source: 'hardware description, tuning.eoPower_uW_per_nm',
    },
    thermoOpticTuning: {
      value: tuning.toPower_mW_per_FSR,
      unit: 'mW/FSR',
      source: 'hardware description, tuning.toPower_mW_per_FSR',
    },
    control: { value: 0, unit: 'pJ', source: 'not published: 0 unless a table gives it' },
    ...memoryEntries(hardware),
  };
}

/** What a device costs: power while on, or energy of one action. */
export type DeviceEnergy = { readonly power_W: number } | { readonly energy_J: number };

/** All entries in SI units. */
export interface ActionEnergies {
  readonly vcsel: DeviceEnergy;
  readonly activationDac: DeviceEnergy;
  readonly weightDac: DeviceEnergy;
  readonly batchNormDac: DeviceEnergy;
  /** Of each interleaved ADC. */
  readonly adc: DeviceEnergy;
  /** Of each photodetector. */
  readonly photodetector: DeviceEnergy;
  /** Of the receiver of each unit. */
  readonly receiver: DeviceEnergy;
  readonly electroOptic_W_per_nm: number;
  readonly thermoOptic_W_per_nm: number;
  readonly control_J: number;
  readonly dram_J_per_bit: number;
  readonly sram_J_per_bit: number;
}

function deviceEnergy({ value, unit }: EnergyEntry): DeviceEnergy {
  return unit in POWER
    ? { power_W: value * POWER[unit as keyof typeof POWER] }
    : { energy_J: value * ENERGY[unit as keyof typeof ENERGY] };
}

/** Energies per action in SI units: the description's, with a user's entries in their place. */
export function actionEnergies(hardware: HardwareDescription, table: EnergyTable | null): ActionEnergies {
  const entries: EnergyEntries = { ...describedEntries(hardware), ...table?.entries };
  const { electroOpticTuning: eo, thermoOpticTuning: to } = entries;
  const perRange = to.unit in PER_RANGE;
  return {
    vcsel: deviceEnergy(entries.vcsel),
    activationDac: deviceEnergy(entries.activationDac),
    weightDac: deviceEnergy(entries.weightDac),
    batchNormDac: deviceEnergy(entries.batchNormDac),
    adc: deviceEnergy(entries.adc),
    photodetector: deviceEnergy(entries.photodetector),
    receiver: deviceEnergy(entries.receiver),
    electroOptic_W_per_nm: eo.value * PER_SHIFT[eo.unit as keyof typeof PER_SHIFT],
    thermoOptic_W_per_nm: perRange
      ? (to.value * PER_RANGE['mW/FSR']) / hardware.microring.freeSpectralRange_nm
      : to.value * PER_SHIFT[to.unit as keyof typeof PER_SHIFT],
    control_J: entries.control.value * ENERGY[entries.control.unit as keyof typeof ENERGY],
    dram_J_per_bit: entries.dram.value * PER_BIT[entries.dram.unit as keyof typeof PER_BIT],
    sram_J_per_bit: entries.sram.value * PER_BIT[entries.sram.unit as keyof typeof PER_BIT],
  };
}
