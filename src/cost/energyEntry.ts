/** One entry of a table of energies. */
export interface EnergyEntry {
  readonly value: number;
  /** One of the units of its action (energyTable.ts). `control` is per partial sum. */
  readonly unit: string;
  /** Where the value comes from. */
  readonly source: string;
}
