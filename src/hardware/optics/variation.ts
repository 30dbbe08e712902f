/**
 * Static errors of a chip (section 5 of the contract): of resonances what process variation leaves, what neighbours'
 * heaters add, drift, self-heating and a common temperature offset; of sources their wavelengths; gains. Maps are drawn
 * once per chip.
 */
import { philoxNormals, philoxUniforms } from '../../base/random/philox.js';
import { STATIC_MAP, staticSeed } from '../../base/random/seeds.js';
import type { HardwareDescription } from '../description.js';
import type { Bank, BankKind, UnitErrors } from './bank.js';
import { bankSlots, type ChipMap, type MeasuredChip, type MeasuredMaps } from './measuredChip.js';
import { convTransmission, detuning_nm } from './ring.js';
import { couplingByDistance } from './thermal.js';
import { heatedTrims_nm } from './trims.js';

/**
 * What is drawn for a bank of every unit. Index of a ring: (unit * 2 + rail) * slots + slot, rail 0 = +. Maps of effects
 * that are off are null.
 */
export interface StaticMaps {
  /** Standard normals, before trimResidual_nm. */
  readonly residual: Float64Array;
  /** s in nm: the shift that trimming must undo. */
  readonly trim_nm: Float64Array;
  /** s' in nm: the trims that heat makes (trims.ts). */
  readonly heatedTrim_nm: Float64Array;
  /** Standard normals, error of the coupling TED knows: [ring index][ring j of the waveguide]. */
  readonly coupling: Float64Array;
  /** Standard normals, what time has done to a resonance. */
  readonly drift: Float64Array | null;
  /** Standard normals, gain errors of slots and of rails: [ring index], [(unit * 2 + rail) * waveguides + waveguide]. */
  readonly gain: Float64Array | null;
  readonly railGain: Float64Array | null;
  /** Standard normals, wavelength errors of VCSELs, both rails the same: [unit * slots + slot]. */
  readonly source: Float64Array | null;
  /** What was measured, in place of the above. */
  readonly measured: MeasuredMaps;
}

/** The trims s of a chip in nm, [units][2 rails][slots]. */
export function drawTrims(hardware: HardwareDescription, chipSeed: number, kind: BankKind): Float64Array {
  const rings = hardware.vdu[kind].units * 2 * bankSlots(hardware, kind).slots;
  const uniforms = philoxUniforms(staticSeed(chipSeed, STATIC_MAP[kind].trim), 0, rings);
  return uniforms.map((uniform) => uniform * 2 * hardware.tuning.trimShift_nm);
}

const NOTHING = new Float64Array(0);

/** All maps of a chip for the units of a bank; those that were measured are not drawn. */
export function drawStaticMaps(
  hardware: HardwareDescription,
  chipSeed: number,
  kind: BankKind,
  chip: MeasuredChip | null = null,
): StaticMaps {
  const measured = chip?.[kind] ?? {};
  const { slots, ringsPerWaveguide } = bankSlots(hardware, kind);
  const { units } = hardware.vdu[kind];
  const { effects } = hardware;
  const rings = units * 2 * slots;
  const map = STATIC_MAP[kind];
  const normals = (of: number, count: number) => philoxNormals(staticSeed(chipSeed, of), 0, count);
  const trim_nm = measured.trim_nm ?? drawTrims(hardware, chipSeed, kind);
  return {
    measured,
    residual: measured.residual_nm ? NOTHING : normals(map.residual, rings),
    trim_nm,
    heatedTrim_nm: heatedTrims_nm(hardware, trim_nm, ringsPerWaveguide),
    coupling: measured.coupling ? NOTHING : normals(map.coupling, rings * ringsPerWaveguide),
    drift: effects.drift ? normals(map.drift, rings) : null,
    gain: effects.gainErrors ? normals(map.gain, rings) : null,
    railGain: effects.gainErrors ? normals(map.railGain, rings / ringsPerWaveguide) : null,
    source: effects.sourceWavelength ? normals(map.source, units * slots) : null,
  };
}

/** What the electro-optic tuner reaches of a detuning; nothing where tuning is thermal. */
export function electroOpticRange_nm({ tuning }: HardwareDescription): number {
  return tuning.mode === 'thermal' ? 0 : tuning.eoRange_nm;
}

/** Thermo-optic part of an imprint: what the electro-optic tuner cannot reach. */
export function thermoOpticShift_nm(hardware: HardwareDescription, delta_nm: number): number {
  return Math.max(delta_nm - electroOpticRange_nm(hardware), 0);
}

/** to_j of every FC ring: that of a CONV imprint of one half, whatever is held. */
export function fcThermoOpticShift_nm(hardware: HardwareDescription, bank: Bank): number {
  return thermoOpticShift_nm(hardware, detuning_nm(bank.ring, convTransmission(bank.ring, 0.5)));
}

/** What light does to the rings of a rail (effect selfHeating), beyond the operating point at which they were tuned. */
export interface Heating {
  /** selfHeating_nm_per_mW * P: shift of a ring that takes all of a full-scale wavelength, nm. */
  readonly full_nm: number;
  /** m - m0 of every slot, [slots]; 0 where a slot is empty. */
  readonly excess: ArrayLike<number>;
  /** T(-delta) of every ring, [slots]: it takes the rest. */
  readonly transmission: ArrayLike<number>;
}

/** Shift of a ring that takes all of a full-scale wavelength, nm; 0 with the effect off. @param I_A after its cap. */
export function fullHeating_nm(hardware: HardwareDescription, I_A: number): number {
  if (!hardware.effects.selfHeating) return 0;
  const power_mW = (1000 * I_A) / hardware.photodetector.responsivity_A_per_W;
  return hardware.microring.selfHeating_nm_per_mW * power_mW;
}

/** Adds what light does to e of a rail, in nm. */
export function addHeating({ full_nm, excess, transmission }: Heating, out: Float64Array): void {
  for (let slot = 0; slot < excess.length; slot++) {
    const m = excess[slot]!;
    if (m !== 0) out[slot]! += full_nm * m * (1 - transmission[slot]!);
  }
}

/**
 * Writes e of one rail of one unit, in nm, self-heating aside.
 * @param rail 0 for +, 1 for -.
 * @param thermoOptic_nm to_j of the rail's rings, [slots].
 * @param out written from `offset` on, [slots].
 */
export type RailErrors = (
  unit: number,
  rail: 0 | 1,
  thermoOptic_nm: ArrayLike<number>,
  out: Float64Array,
  offset: number,
) => void;

/** What is off on a chip's bank, unit by unit. */
export interface BankErrors {
  readonly rail: RailErrors;
  /** Wavelength errors of the VCSELs, nm, [units][slots]; null with the effect off. */
  readonly source_nm: Float64Array | null;
  /** Gains of slots and rails, [units][2 rails][slots]; null with the effect off. */
  readonly gain: Float64Array | null;
}

/** The rest of a rail's errors, as `bankTransmission` takes them. */
export function unitErrors(
  { source_nm, gain }: Omit<BankErrors, 'rail'>,
  bank: Bank,
  unit: number,
  rail: 0 | 1,
): UnitErrors {
  return { source_nm, sourceOffset: unit * bank.slots, gain, gainOffset: (unit * 2 + rail) * bank.slots };
}

/** The static errors of a bank on the chip that `maps` were drawn for. */
export function bankErrors(hardware: HardwareDescription, bank: Bank, maps: StaticMaps): BankErrors {
  const { effects } = hardware;
  const { measured } = maps;
  const gain = measured.gain ?? gainsOf(hardware, bank.ringsPerWaveguide, maps);
  const source_nm = measured.source_nm ?? sourcesOf_nm(hardware, maps);
  return {
    rail: railErrors(hardware, bank, maps),
    source_nm: effects.sourceWavelength ? source_nm : null,
    gain: effects.gainErrors ? gain : null,
  };
}

function sourcesOf_nm({ vcsel }: HardwareDescription, { source }: StaticMaps): Float64Array | null {
  return source?.map((normal) => vcsel.wavelengthResidual_nm * normal) ?? null;
}

function gainsOf(
  { calibration }: HardwareDescription,
  ringsPerWaveguide: number,
  { gain, railGain }: StaticMaps,
): Float64Array | null {
  if (!gain || !railGain) return null;
  return gain.map(
    (normal, ring) =>
      Math.max(0, 1 + calibration.gainResidual * normal) *
      Math.max(0, 1 + calibration.railResidual * railGain[Math.floor(ring / ringsPerWaveguide)]!),
  );
}

/** Standard deviation of a resonance's drift, nm. */
function drift_nm({ tuning }: HardwareDescription): number {
  return 0.001 * tuning.driftRate_pm_per_rtHour * Math.sqrt(tuning.hoursSinceCalibration);
}

/**
 * Every map of a chip as it acts, the measured and the drawn: what `CHIP_MAPS` says, as if all effects were on. An exported
 * coupling without TED is what it would be with it.
 */
export function chipMaps(
  hardware: HardwareDescription,
  chipSeed: number,
  kind: BankKind,
  chip: MeasuredChip | null = null,
): Record<ChipMap, Float64Array> {
  const on = { ...hardware.effects, drift: true, gainErrors: true, sourceWavelength: true };
  const maps = drawStaticMaps({ ...hardware, effects: on }, chipSeed, kind, chip);
  const { tuning } = hardware;
  const { ringsPerWaveguide } = bankSlots(hardware, kind);
  const scaled = (normals: Float64Array, deviation: number) => normals.map((normal) => deviation * normal);
  return {
    trim_nm: maps.trim_nm,
    residual_nm: scaled(maps.residual, tuning.trimResidual_nm),
    drift_nm: scaled(maps.drift!, drift_nm(hardware)),
    gain: gainsOf(hardware, ringsPerWaveguide, maps)!,
    source_nm: sourcesOf_nm(hardware, maps)!,
    coupling: scaled(maps.coupling, tuning.tedResidual),
    ...maps.measured,
  };
}

function railErrors(hardware: HardwareDescription, bank: Bank, maps: StaticMaps): RailErrors {
  const { slots, ringsPerWaveguide: w } = bank;
  const { effects, tuning } = hardware;
  const coupling = couplingByDistance(hardware, w);
  const common_nm = effects.temperatureOffset ? tuning.thermalShift_nm_per_K * tuning.temperatureOffset_K : 0;
  const { residual_nm, drift_nm: measuredDrift_nm, coupling: knownErrors } = maps.measured;
  // What was measured is the relative error itself; what is drawn, a normal for the share that TED does not know.
  const share = tuning.ted && !knownErrors ? tuning.tedResidual : 1;
  const known = knownErrors ?? maps.coupling;
  const deviation_nm = drift_nm(hardware);
  return (unit, rail, thermoOptic_nm, out, offset) => {
    const first = (unit * 2 + rail) * slots;
    for (let slot = 0; slot < slots; slot++) {
      let error_nm = 0;
      if (effects.processVariation)
        error_nm = residual_nm ? residual_nm[first + slot]! : tuning.trimResidual_nm * maps.residual[first + slot]!;
      if (effects.thermalCrosstalk) {
        const waveguide = slot - (slot % w);
        let parasitic_nm = 0;
        for (let j = 0; j < w; j++) {
          const ring = waveguide + j;
          if (ring === slot) continue;
          const unknown = tuning.ted ? known[(first + slot) * w + j]! : 1;
          parasitic_nm +=
            coupling[Math.abs(ring - slot)]! * unknown * (maps.heatedTrim_nm[first + ring]! + thermoOptic_nm[ring]!);
        }
        error_nm += share * parasitic_nm;
      }
      if (maps.drift)
        error_nm += measuredDrift_nm ? measuredDrift_nm[first + slot]! : deviation_nm * maps.drift[first + slot]!;
      out[offset + slot] = error_nm + common_nm;
    }
  };
}
