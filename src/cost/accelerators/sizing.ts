/** How many units a design has whose number is not published. */

/** `area`: as many as fit into `area_mm2`; `power`: as many as draw `power_W`. At least one. */
export interface Sizing {
  readonly sizing: 'area' | 'power';
  readonly area_mm2: number;
  readonly power_W: number;
}

/** Units of a chip of one fixed part and many units. */
export function unitsOf(
  { sizing, area_mm2, power_W }: Sizing,
  unit: { readonly area_mm2: number; readonly power_W: number },
  fixed: { readonly area_mm2: number; readonly power_W: number } = { area_mm2: 0, power_W: 0 },
): number {
  const share =
    sizing === 'area' ? (area_mm2 - fixed.area_mm2) / unit.area_mm2 : (power_W - fixed.power_W) / unit.power_W;
  return Math.max(1, Math.floor(share));
}

/** Areas that the OXBNN and SCONNA simulators use, mm2. */
export const AREAS_mm2 = {
  ring: 65e-6,
  photodetector: 1.406e-5,
  /** 8 bit, 1.28 GS/s (ISAAC). */
  adc: 0.0012,
  /** 1 bit (ISAAC). */
  dac: 1.7e-7,
  edram: 0.166,
  router: 0.151,
  bus: 0.009,
} as const;

/** eDRAM, router, bus, shift-and-add, activation, pooling of a tile (ISAAC, as the same simulators have them). */
export const TILE = {
  power_W: 41.4e-3 + 42e-3 + 7e-3 + 0.05e-3 + 0.52e-3 + 0.4e-3,
  area_mm2: AREAS_mm2.edram + AREAS_mm2.router + AREAS_mm2.bus,
} as const;
