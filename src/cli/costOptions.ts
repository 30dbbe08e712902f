/** Options of the analytical commands: `cost`, `compare`, `explore`. */
import { Option } from 'commander';
import type { ConverterScaling } from '../cost/converterScaling.js';
import type { EnergyTable } from '../cost/energyTable.js';
import type { HardwareDescription } from '../hardware/description.js';

export const energiesOption = () =>
  new Option('--devices <FILE>', "your own energies per action, YAML or JSON (default: the description's)");
/** The names are those of cost/converterScaling.ts, which is not loaded for help. */
export const scalingOption = () =>
  new Option('--converter-scaling <RULE>', "power of DACs and ADCs by bits: none (the description's), sonic, realistic")
    .choices(['none', 'sonic', 'realistic'])
    .default('none');

export interface EnergyFlags {
  readonly hardware: string;
  readonly set: readonly string[];
  readonly devices?: string | undefined;
  readonly converterScaling: ConverterScaling;
}

/** Hardware with its converters scaled, and the user's table: that of `--devices`, else of cost.energyTable. */
export async function loadCosted(
  flags: EnergyFlags,
): Promise<{ hardware: HardwareDescription; table: EnergyTable | null }> {
  const [{ loadHardware }, { scaleConverters }, { loadEnergyTable }] = await Promise.all([
    import('../hardware/descriptionFiles.js'),
    import('../cost/converterScaling.js'),
    import('../cost/energyTable.js'),
  ]);
  const hardware = scaleConverters(await loadHardware(flags.hardware, flags.set), flags.converterScaling);
  const file = flags.devices ?? hardware.cost.energyTable;
  return { hardware, table: file === null ? null : await loadEnergyTable(file) };
}
