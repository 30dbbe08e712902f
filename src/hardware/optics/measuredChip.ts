/**
 * Static errors of a chip that somebody measured, in place of those that are drawn (section 5 of the contract). Values are
 * as they act, in nm or factors, not the normals that the drawn ones are made of. A map acts where its effect is on.
 */
import { SonicError } from '../../base/errors.js';
import type { HardwareDescription } from '../description.js';
import type { BankKind } from './bank.js';

type Axis = 'units' | 'rails' | 'slots' | 'rings';

interface MapKind {
  /** Lengths of the axes: units of the kind of bank, 2 rails (+ first), slots of a unit, rings of a waveguide. */
  readonly axes: readonly Axis[];
  readonly meaning: string;
  /** Values are finite and not below this. */
  readonly least: number;
  /** Whether a value beyond a free spectral range cannot be meant. */
  readonly withinRange: boolean;
}

const RINGS = ['units', 'rails', 'slots'] as const;
const ANY = Number.NEGATIVE_INFINITY;

/** The maps that a chip has, for each kind of bank. */
export const CHIP_MAPS = {
  trim_nm: { axes: RINGS, least: 0, withinRange: false, meaning: 's: shift that trimming must undo, nm' },
  residual_nm: { axes: RINGS, least: ANY, withinRange: true, meaning: 'error of resonance that trimming leaves, nm' },
  drift_nm: { axes: RINGS, least: ANY, withinRange: true, meaning: 'shift of resonance since calibration, nm' },
  gain: { axes: RINGS, least: 0, withinRange: false, meaning: 'factor on what a slot transmits on a rail' },
  source_nm: {
    axes: ['units', 'slots'],
    least: ANY,
    withinRange: true,
    meaning: 'distance of the VCSEL from its channel, nm',
  },
  coupling: {
    axes: ['units', 'rails', 'slots', 'rings'],
    least: ANY,
    withinRange: false,
    meaning: 'relative error of the coupling of ring j to the slot that TED knows',
  },
} as const satisfies Record<string, MapKind>;
export type ChipMap = keyof typeof CHIP_MAPS;
export const CHIP_MAP_NAMES = Object.keys(CHIP_MAPS) as ChipMap[];
export const BANK_KINDS = ['conv', 'fc'] as const satisfies readonly BankKind[];

/** Maps of one kind of bank, flat, the last axis fastest; what is missing is drawn. */
export type MeasuredMaps = Readonly<Partial<Record<ChipMap, Float64Array>>>;

export interface MeasuredChip extends Readonly<Record<BankKind, MeasuredMaps>> {
  /** Of names, shapes and values: the same content has the same, in whatever file. */
  readonly sha256: string;
}

/** Slots of a unit, surplus ones included, and rings of a waveguide. */
export function bankSlots(
  hardware: HardwareDescription,
  kind: BankKind,
): { readonly slots: number; readonly ringsPerWaveguide: number } {
  const { size } = hardware.vdu[kind];
  const ringsPerWaveguide = Math.min(size, hardware.grid.wavelengthsPerWaveguide);
  return { ringsPerWaveguide, slots: Math.ceil(size / ringsPerWaveguide) * ringsPerWaveguide };
}

/** Shape of a map on the described hardware. */
export function chipMapShape(hardware: HardwareDescription, kind: BankKind, map: ChipMap): number[] {
  const { slots, ringsPerWaveguide } = bankSlots(hardware, kind);
  const lengths = { units: hardware.vdu[kind].units, rails: 2, slots, rings: ringsPerWaveguide };
  return CHIP_MAPS[map].axes.map((axis) => lengths[axis]);
}

/** @throws SonicError for several chips of which nothing is left to be drawn: their scatter would be none of chips. */
export function checkChips(chips: number, measured: MeasuredChip | null): void {
  if (chips === 1 || measured === null) return;
  const { conv, fc } = measured;
  if (CHIP_MAP_NAMES.some((map) => conv[map] === undefined || fc[map] === undefined)) return;
  throw new SonicError(
    `${chips} chips, and a file of static errors that gives every map: all would be the same chip; run one, or leave out ` +
      'of the file what differs from chip to chip',
  );
}

/** Names of the maps that there are, as files have them: 'conv_trim_nm'. */
export function measuredMapNames(measured: MeasuredChip): string[] {
  return BANK_KINDS.flatMap((kind) =>
    CHIP_MAP_NAMES.filter((map) => measured[kind][map] !== undefined).map((map) => `${kind}_${map}`),
  );
}
