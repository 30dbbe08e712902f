/** Options of the analytical commands: `cost`, `compare`, `explore`. */
import { Option } from 'commander';
import type { EnergyTable } from '../cost/energyTable.js';
import type { HardwareDescription } from '../hardware/description.js';

export const energiesOption = () =>
  new Option('--devices <FILE>', "your own energies per action, YAML or JSON (default: the description's)");
export interface EnergyFlags {
  readonly hardware: string;
  readonly set: readonly string[];
  readonly devices?: string | undefined;
}

/** Hardware, and the user's table: that of `--devices`, else of cost.energyTable. */
export async function loadCosted(
  flags: EnergyFlags,
): Promise<{ hardware: HardwareDescription; table: EnergyTable | null }> {
  const [{ loadHardware }, { loadEnergyTable }] = await Promise.all([
    import('../hardware/descriptionFiles.js'),
    import('../cost/energyTable.js'),
  ]);
  const hardware = await loadHardware(flags.hardware, flags.set);
  const file = flags.devices ?? hardware.cost.energyTable;
  return { hardware, table: file === null ? null : await loadEnergyTable(file) };
}
